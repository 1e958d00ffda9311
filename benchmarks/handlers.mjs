#!/usr/bin/env node
/** npm run bench:handlers: what it costs to answer `hello`, by the way the handler is written and what serves it. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startContender } from './harness/contender.mjs';
import { pinLoad } from './harness/cores.mjs';
import { environment, warning } from './harness/environment.mjs';
import { runRounds } from './harness/rounds.mjs';
import { spread, summarize } from './harness/statistics.mjs';
import { measureLoad } from './harness/steady-load.mjs';
import { textTable } from './harness/text-table.mjs';
import { wrkVersion } from './harness/wrk.mjs';

const HELP = `npm run bench:handlers -- [options]

Requests/s and CPU per request of a server that answers hello to 64 keep-alive connections, on one core.

  --node PATH   the Node that runs the servers (this one)
  --rounds N    interleaved rounds (5)
  --seconds S   of each measured window (2)
  --save        write benchmarks/results/handlers/node-VERSION.json
  --help
`;

const PROJECT = fileURLToPath(new URL('..', import.meta.url));
const PROGRAM = fileURLToPath(new URL('handlers/serve-hello.mjs', import.meta.url));
const CONNECTIONS = 64;
const CONDITIONS = {
  connections: CONNECTIONS,
  warmupMs: 1_000,
  patience: { stallMs: 3_000, limitMs: 10_000 },
  memoryBytesMax: 2 * 1024 ** 3,
};

const BASE = 'hono-node-server';
const NAMES = /** @type {Record<string, string>} */ ({
  handler: 'HttpServer, handler',
  fetch: 'serve({ fetch }), Response',
  'fetch-fast': 'serve({ fetch }), FastResponse',
  hono: 'serve({ fetch }), Hono',
  'hono-fast': 'serve({ fetch }), Hono, Response = FastResponse',
  [BASE]: '@hono/node-server, Hono',
  'hono-node-server-plain': '@hono/node-server, Hono, no global replaced',
  'node-http': 'node:http',
});

const { values: options } = parseArgs({
  options: {
    node: { type: 'string', default: process.execPath },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '2' },
    save: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (options.help) console.log(HELP);
else await main();

async function main() {
  if (wrkVersion() === undefined) throw new Error('wrk is not installed: run benchmarks/setup');
  if (!existsSync(join(PROJECT, 'dist/index.js'))) throw new Error('there is no dist/: run npm run build first');
  const where = environment(PROJECT);
  const busy = warning(where);
  if (busy) process.stderr.write(`${busy}\n`);
  pinLoad();
  const node = execFileSync(options.node, ['--version'], { encoding: 'utf8' }).trim();
  const windowMs = 1000 * Number(options.seconds);
  const site = { folder: '', path: '/', body: Buffer.from('hello') };
  const points = Object.entries(NAMES).map(([who, name]) => ({
    contender: who,
    series: who,
    label: name,
    measure: async () => {
      const command = (/** @type {string} */ _, /** @type {number} */ port) => [options.node, PROGRAM, who, `${port}`];
      const server = await startContender({ name, version: node, command }, site);
      try {
        return await measureLoad(server, { ...CONDITIONS, windowMs });
      } finally {
        await server.end();
      }
    },
    show: ({ cpuMicrosPerRequest }) => `${cpuMicrosPerRequest.toFixed(1)} µs`,
  }));
  const outcomes = await runRounds(points, {
    rounds: Number(options.rounds),
    isRetrying: true,
    report: (text) => process.stderr.write(`${text}\n`),
  });
  const rows = outcomes.map(({ point, samples, cannot }) => ({
    contender: point.contender,
    name: point.label,
    ...(cannot === undefined
      ? {
          cpuMicrosPerRequest: summarize(samples.map((sample) => sample.cpuMicrosPerRequest)),
          requestsPerSecond: summarize(samples.map((sample) => sample.requestsPerSecond)),
        }
      : { cannot }),
  }));
  const result = { ...where, node, versions: versions(), conditions: { ...CONDITIONS, windowMs }, rows };
  console.log(table(result));
  if (options.save) {
    const folder = join(PROJECT, 'benchmarks/results/handlers');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `node-${node.slice(1).split('.')[0]}.json`), `${JSON.stringify(result, null, 2)}\n`);
  }
}

function versions() {
  const version = (/** @type {string} */ name) =>
    JSON.parse(readFileSync(join(PROJECT, 'node_modules', name, 'package.json'), 'utf8')).version;
  return { hono: version('hono'), '@hono/node-server': version('@hono/node-server') };
}

/** @param {any} result */
function table({ node, rows, versions: of }) {
  const base = rows.find((/** @type {any} */ { contender }) => contender === BASE)?.cpuMicrosPerRequest?.median;
  const lines = rows.map((/** @type {any} */ { name, cpuMicrosPerRequest: cpu, requestsPerSecond, cannot }) =>
    cpu === undefined
      ? [name, '✗', '', '', cannot]
      : [
          name,
          `${cpu.median.toFixed(1)}`,
          `±${Math.round(spread(cpu) * 100)}%`,
          `${(cpu.median / base).toFixed(2)}`,
          Math.round(requestsPerSecond.median).toLocaleString('en-US'),
        ],
  );
  const title = `${node}, hono ${of.hono}, @hono/node-server ${of['@hono/node-server']}; ${CONNECTIONS} connections`;
  return `${title}\n${textTable(['', 'CPU µs/request', '', `÷ ${NAMES[BASE]}`, 'requests/s'], lines)}`;
}
