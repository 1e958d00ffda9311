/** The cases of npm run bench:models. */
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Cannot } from '../harness/cannot.mjs';
import { outputOf } from '../harness/children.mjs';
import { withServer } from '../harness/contender.mjs';
import { openIdleConnections } from '../harness/idle-connections.mjs';
import { memoryBytes } from '../harness/process-tree.mjs';
import { createSite } from '../harness/site.mjs';
import { measureLoad } from '../harness/steady-load.mjs';
import { CPU_PER_REQUEST, figure, grouped, MEMORY, REQUESTS_PER_SECOND, roughly, rounded } from '../report/figures.mjs';
import { stepsOf, summaryOf } from '../report/result.mjs';
import { summarize } from '../report/statistics.mjs';

/** @import { Case, Figure, Row, Sample, Server, Settings, Site } from '../types.js' */

const FAST_CLIENTS_PROGRAM = fileURLToPath(new URL('../harness/fast-clients.mjs', import.meta.url));
const FAST_CLIENTS = 8;
/** Fast clients that get no answer for so long count as starving. */
const STALL_MS = 1_500;
const ACTIVE_BESIDE_IDLE = 32;
/** Memory is read after this time, when threads that started with the connections have come to rest. */
const SETTLE_MS = 200;
/** Medians of the same thing differ by so much from run to run: a title does not call it a change. */
const NOISE = 0.2;

const CPU_SHARE = figure('cpuShare', 'CPU share', 'share of a core', (share) => `${Math.round(100 * share)} %`);
const ANONYMOUS = figure('anonymousBytes', 'anonymous MiB', 'anonymous memory', MEMORY.format);
/** Smaller values are noise of the heap: for 9,000 connections, 0.1 KiB each are one MB. */
const KIB_PER_IDLE = figure('kibPerIdle', 'KiB per idle connection', 'KiB per idle connection', rounded, false, 0.1);
const MEMORY_EMPTY = figure('pssBytes', 'MiB of the empty server', 'memory', MEMORY.format);
const ANSWERED = figure('answered', `answered, of ${FAST_CLIENTS}`, 'clients answered', grouped, true);
const ms = (/** @type {number} */ value) => value.toFixed(2);

/** @type {readonly Case[]} */
export const MODEL_CASES = [
  {
    name: 'active',
    title: 'Connections that all ask for a file of 1 KiB',
    figures: [REQUESTS_PER_SECOND, CPU_PER_REQUEST],
    recorded: [CPU_SHARE],
    prepare: (settings) => {
      const site = createSite();
      return (contender, connections) =>
        withServer(contender, site, (server) => measureLoad(server, { ...settings, connections }));
    },
    message: activeMessage,
  },
  {
    name: 'idle',
    title: `${ACTIVE_BESIDE_IDLE} connections that ask for a file of 1 KiB, beside idle ones`,
    figures: [CPU_PER_REQUEST, REQUESTS_PER_SECOND],
    recorded: [CPU_SHARE, MEMORY, ANONYMOUS],
    prepare: (settings) => {
      const site = createSite();
      return (contender, idle) => withServer(contender, site, (server) => measureBesideIdle(server, idle, settings));
    },
    message: idleMessage,
  },
  {
    name: 'memory',
    title: 'Memory per silent connection (stacks and heaps)',
    figures: [KIB_PER_IDLE, MEMORY_EMPTY, figure('heldConnections', 'measured with', 'connections held', grouped)],
    derive: memoryRows,
    message: (rows) => {
      const [epoll, threads] = ['epoll', 'threads'].map((name) => roughly(median(rows, name, KIB_PER_IDLE)));
      return `A silent connection costs epoll ${epoll} KiB, a thread of Node ${threads} KiB`;
    },
  },
  fairness('fairness-alone', 'alone', false),
  {
    ...fairness('fairness', 'beside a slow one that drips its request (○ alone)', true),
    alone: 'fairness-alone',
    message: fairnessMessage,
  },
];

/** @param {string} name @param {string} manner @param {boolean} isSlowThere @returns {Case} */
function fairness(name, manner, isSlowThere) {
  return {
    name,
    title: `Fairness: ${FAST_CLIENTS} fast clients ${manner}`,
    figures: [
      figure('p99Ms', 'p99 ms', 'p99', ms),
      REQUESTS_PER_SECOND,
      figure('p50Ms', 'p50 ms', 'p50', ms),
      ANSWERED,
    ],
    prepare: (settings) => {
      const site = createSite();
      return (contender) =>
        withServer(contender, site, (server) => measureFairness(server, site, isSlowThere, settings));
    },
  };
}

/** @param {Server} server @param {number} idle @param {Settings} settings @returns {Promise<Sample>} */
async function measureBesideIdle(server, idle, settings) {
  const idleConnections = await openIdleConnections(server, idle, settings);
  await sleep(SETTLE_MS);
  const memory = memoryBytes(server.pids());
  try {
    return { ...(await measureLoad(server, { ...settings, connections: ACTIVE_BESIDE_IDLE })), ...memory };
  } catch (error) {
    // Its memory was measured, although it cannot answer beside the idle connections.
    throw error instanceof Cannot ? new Cannot(error.message, memory) : error;
  } finally {
    await idleConnections.close();
  }
}

/** @param {Server} server @param {Site} site @param {boolean} isSlowThere @param {Settings} settings @returns {Promise<Sample>} */
async function measureFairness({ port, responseBytes, requireAlive }, site, isSlowThere, { warmupMs, windowMs }) {
  const about = { port, path: site.path, responseBytes, clients: FAST_CLIENTS, isSlowThere };
  const task = JSON.stringify({ ...about, warmupMs, windowMs, stallMs: STALL_MS });
  const sample = await outputOf('the fast clients', [process.execPath, FAST_CLIENTS_PROGRAM, task]).finally(
    requireAlive,
  );
  const isFair = sample.answered === FAST_CLIENTS;
  return { ...sample, complaints: isFair ? [] : [`answers ${sample.answered} of ${FAST_CLIENTS} clients`] };
}

/** The growth of memory from no idle connection to the most that the contender held. @param {readonly Row[]} rows @returns {Row[]} */
function memoryRows(rows) {
  const idle = rows.filter((row) => row.case === 'idle');
  /** @param {string} contender @returns {Row[]} */
  const memoryRow = (contender) => {
    const own = idle.filter((row) => row.contender === contender);
    const [empty, emptyPss] = [ANONYMOUS, MEMORY].map(({ name }) => summaryOf(own, contender, name, 0));
    const full = own.findLast(({ step, figures }) => step && figures[ANONYMOUS.name]);
    const cannot = own.find((row) => row.cannot)?.cannot;
    if (empty === undefined || emptyPss === undefined) return [];
    const row = { case: 'memory', contender, figures: { pssBytes: emptyPss } };
    if (full?.step === undefined) return cannot === undefined ? [] : [{ ...row, cannot }];
    const kibPerIdle = (Number(full.figures[ANONYMOUS.name]?.median) - empty.median) / 1024 / full.step;
    const figures = { ...row.figures, kibPerIdle: summarize([kibPerIdle]), heldConnections: summarize([full.step]) };
    const isWhole = full.step === stepsOf(idle).at(-1);
    return [{ ...row, figures, ...(isWhole ? {} : { troubles: [`with ${grouped(full.step)} connections`] }) }];
  };
  return [...new Set(idle.map(({ contender }) => contender))].flatMap(memoryRow);
}

/**
 * @param {readonly Row[]} rows @param {string} contender @param {Figure} figure @param {number} [step]
 * @returns {number}  NaN if it was not measured
 */
function median(rows, contender, { name }, step) {
  return summaryOf(rows, contender, name, step)?.median ?? Number.NaN;
}

/** @param {readonly Row[]} rows @param {Figure} figure */
function activeMessage(rows, figure) {
  const [few = 0, most = 0] = [stepsOf(rows).at(0), stepsOf(rows).at(-1)];
  if (figure === CPU_PER_REQUEST) {
    const [first, last] = [few, most].map((step) => roughly(median(rows, 'epoll', figure, step)));
    return `A request costs epoll ${first} µs over ${few} active connection${few === 1 ? '' : 's'}, ${last} µs over ${grouped(most)}`;
  }
  const cannot = [...new Set(rows.filter((row) => row.cannot).map(({ contender }) => contender))];
  if (cannot.length === 0) return `All serve ${grouped(most)} active connections`;
  return `${new Intl.ListFormat('en-GB').format(cannot)} cannot serve ${grouped(most)} active connections, the others can`;
}

/** @param {readonly Row[]} rows @param {Figure} figure */
function idleMessage(rows, figure) {
  const most = stepsOf(rows).at(-1) ?? 0;
  const ratio = (/** @type {string} */ name) => median(rows, name, figure, most) / median(rows, name, figure, 0);
  if (figure === CPU_PER_REQUEST) {
    const times = (/** @type {string} */ name) =>
      ratio(name) > 1 + NOISE ? `${name} ${roughly(ratio(name))} times as much CPU time` : `${name} no more`;
    return `With ${grouped(most)} idle connections a request costs ${times('poll')}, ${times('epoll')}`;
  }
  const kept = (/** @type {string} */ name) => (ratio(name) < 1 - NOISE ? `${Math.round(100 * ratio(name))} %` : 'all');
  return `Beside ${grouped(most)} idle connections epoll keeps ${kept('epoll')} of its throughput, poll ${kept('poll')}`;
}

/** @param {readonly Row[]} rows */
function fairnessMessage(rows) {
  const starving = rows.flatMap(({ contender }) => {
    const answered = median(rows, contender, ANSWERED);
    return answered < FAST_CLIENTS ? [`${contender} answers ${answered || 'none'}`] : [];
  });
  if (starving.length === 0) return 'A slow client keeps no other client waiting';
  return `Of ${FAST_CLIENTS} fast clients beside a slow one, ${starving.join(', ')}${starving.length < rows.length ? ', the others all' : ''}`;
}
