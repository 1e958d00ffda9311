#!/usr/bin/env node
/** npm run bench:profile: the system calls, functions and allocations on which a request spends its time. */
import { on } from 'node:events';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { CASES } from './cases/catalog.mjs';
import { epollReactor } from './contenders/epoll-reactor.mjs';
import { versionOf } from './contenders/version.mjs';
import { chosenFrom, positive, runCommand } from './harness/benchmark.mjs';
import { withServer } from './harness/contender.mjs';
import { pinLoad } from './harness/cores.mjs';
import { cpuTimes } from './harness/process-tree.mjs';
import { runWrk, wrkVersion } from './harness/wrk.mjs';
import { nanosWithoutKernel } from './profile/no-kernel.mjs';
import { countSystemCalls } from './profile/strace.mjs';
import { allocatedBytes, selfMicros, systemCalls } from './profile/summaries.mjs';
import { textTable } from './report/tables.mjs';

/** @import { Case, Contender, Requests, Server, Site } from './types.js' */

const PROFILED = CASES.flatMap((each) => (each.requests === undefined ? [] : [{ ...each, requests: each.requests }]));
const PROFILED_NAMES = PROFILED.map(({ name }) => name);

const HELP = `npm run bench:profile -- [options]

Runs a case of npm run bench against this package and prints, per request: CPU time; the time of the process alone, with a
kernel that costs nothing; system calls (strace); self time and allocations by function (V8). Writes the profiles to a new
folder, for Chromium's developer tools.

  --only CASE[,…]        (hot-file, hello) of ${PROFILED_NAMES.join(', ')}
  --contenders NAME[,…]  (epoll-reactor, fast handler) of this package's contenders
  --seconds S            of each window (3)
  --lines N              of each table (25)
  --node PATH            the Node that runs the server (this one)
  --help
`;

const PROBE = fileURLToPath(new URL('profile/probe.mjs', import.meta.url));
const WARMUP_MS = 1_500;
const STRACE_MS = 1_000;
/** Connections that are ready at each wait: for a server that is slower than its clients, and for one that is faster. */
const EVENTS_WITHOUT_KERNEL = [64, 3];

await runCommand('bench:profile', main);

async function main() {
  const { values: options } = parseArgs({
    options: {
      only: { type: 'string', default: 'hot-file,hello' },
      contenders: { type: 'string', default: 'epoll-reactor,fast handler' },
      seconds: { type: 'string', default: '3' },
      lines: { type: 'string', default: '25' },
      node: { type: 'string', default: process.execPath },
      help: { type: 'boolean', default: false },
    },
  });
  if (options.help) return console.log(HELP);
  wrkVersion();
  const ours = epollReactor(options.node, versionOf(options.node, '--version') ?? '');
  const ourNames = ours.map(({ name }) => name);
  const [cases, names] = [chosenFrom(options.only, PROFILED_NAMES), chosenFrom(options.contenders, ourNames)];
  const windowMs = 1000 * positive('seconds', options.seconds);
  const lines = Math.ceil(positive('lines', options.lines));
  const folder = mkdtempSync(join(tmpdir(), 'bench-profile-'));
  pinLoad();
  for (const each of PROFILED.filter(({ name }) => cases.includes(name))) {
    for (const contender of ours) {
      if (!names.includes(contender.name) || !each.contenders?.includes(contender.name)) continue;
      process.stderr.write(`${each.name}, ${contender.name} …\n`);
      console.log(await profile(each, contender, { windowMs, lines, folder }));
    }
  }
  process.stderr.write(`profiles in ${folder}\n`);
}

/**
 * @param {Case & { requests: Requests }} aCase @param {Contender} contender
 * @param {{ windowMs: number, lines: number, folder: string }} options
 * @returns {Promise<string>}
 */
function profile({ name, title, requests }, contender, { windowMs, lines, folder }) {
  const site = requests.site();
  const act = async (/** @type {Server} */ server) => {
    const file = await requests.checkAndWrite(server, site);
    const load = (/** @type {number} */ ms) => runWrk(server.url, requests.connections, file, ms);
    const save = (/** @type {string} */ kind, /** @type {unknown} */ data) =>
      writeFileSync(join(folder, `${name} ${contender.name}.${kind}`), JSON.stringify(data));
    await load(WARMUP_MS);
    const time = await cpuPerRequest(server, () => load(windowMs));
    const calls = await callsPerRequest(server, () => load(STRACE_MS));
    const cpu = await observed(server, 'Cpu', () => load(windowMs));
    save('cpuprofile', cpu.seen);
    const heap = await observed(server, 'Heap', () => load(windowMs));
    save('heapprofile', heap.seen.profile);
    const own = await withoutKernel(contender, site, requests, file);
    return [
      `${title}  [${name}: ${contender.name}]`,
      `CPU µs per request: ${time.total.toFixed(2)}, of which ${time.kernel.toFixed(2)} in the kernel`,
      ...own,
      calls,
      selfTable(selfMicros(cpu.seen), time.total, lines),
      allocationTable(heap.seen, heap.requests, lines),
      '',
    ].join('\n\n');
  };
  return withServer(probed(contender), site, act, { ipc: true });
}

/**
 * @param {Contender} contender @param {Site} site @param {Requests} requests @param {string} file
 * @returns {Promise<string[]>} empty for a case in which connections or requests differ
 */
async function withoutKernel(contender, site, { depth, closes }, file) {
  if (closes || readFileSync(file, 'latin1').includes('\0')) return [];
  const nanos = [];
  for (const events of EVENTS_WITHOUT_KERNEL) {
    const each = await nanosWithoutKernel(contender, site, file, depth, events);
    nanos.push(`${each.toFixed(0)} with ${events} events in a turn`);
  }
  return [`Without the kernel, CPU ns per request: ${nanos.join(', ')}`];
}

/** The contender with the probe in its process. @param {Contender} contender @returns {Contender} */
function probed(contender) {
  const command = (/** @type {string[]} */ ...where) => {
    const [node = '', ...args] = contender.command(...where);
    return [node, '--import', PROBE, ...args];
  };
  return { ...contender, command };
}

/** @typedef {() => Promise<{ requests: number }>} Load */

/** @param {Server} server @param {Load} load */
async function cpuPerRequest(server, load) {
  const before = cpuTimes(server.pids());
  const { requests } = await load();
  const after = cpuTimes(server.pids());
  const kernel = (after.kernelMicros - before.kernelMicros) / requests;
  return { kernel, total: kernel + (after.userMicros - before.userMicros) / requests };
}

/** @param {Server} server @param {Load} load */
async function callsPerRequest(server, load) {
  if (versionOf('strace', '-V') === undefined) return 'System calls: strace is not installed: run benchmarks/setup';
  let requests = 0;
  const text = await countSystemCalls(server.pids(), async () => {
    requests = (await load()).requests;
  });
  const rows = systemCalls(text).map(({ name, calls, errors }) => [
    name,
    (calls / requests).toFixed(4),
    errors === 0 ? '' : (errors / requests).toFixed(4),
  ]);
  return textTable(['System calls (strace)', 'per request', 'errors'], rows);
}

/**
 * @param {Server} server @param {'Cpu' | 'Heap'} profiler @param {Load} load
 * @returns {Promise<{ seen: any, requests: number }>}
 */
async function observed(server, profiler, load) {
  const tell = async (/** @type {string} */ action) => {
    server.child.send(action);
    for await (const [answer] of on(server.child, 'message')) if (answer.action === action) return answer.seen;
  };
  await tell(`begin${profiler}`);
  const { requests } = await load();
  return { seen: await tell(`end${profiler}`), requests };
}

/**
 * @param {readonly import('./profile/summaries.mjs').Share[]} shares
 * @param {number} microsPerRequest measured without the profiler; the shares are parts of it
 * @param {number} lines
 */
function selfTable(shares, microsPerRequest, lines) {
  const busy = shares.filter(({ name }) => name !== '(idle)');
  const total = sum(busy);
  const rows = busy.slice(0, lines).map(({ name, amount }) => {
    const share = amount / total;
    return [name, `${(100 * share).toFixed(1)} %`, (share * microsPerRequest).toFixed(3)];
  });
  return textTable(['Self time (V8)', 'share', 'µs per request'], rows);
}

/** @param {{ profile: any, collections: number }} seen @param {number} requests @param {number} lines */
function allocationTable({ profile, collections }, requests, lines) {
  const shares = allocatedBytes(profile.head);
  const rows = shares.slice(0, lines).map(({ name, amount }) => [name, (amount / requests).toFixed(1)]);
  const perRequest = `${(sum(shares) / requests).toFixed(0)} bytes per request`;
  const perMillion = `${((1e6 * collections) / requests).toFixed(0)} collections per million`;
  return textTable([`Allocated (V8): ${perRequest}, ${perMillion}`, 'bytes per request'], rows);
}

/** @param {readonly import('./profile/summaries.mjs').Share[]} shares */
function sum(shares) {
  return shares.reduce((total, { amount }) => total + amount, 0);
}
