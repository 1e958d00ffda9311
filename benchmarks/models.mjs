#!/usr/bin/env node
/** npm run bench:models: what each way of waiting costs, from one client to thousands. */
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { pinLoad } from './harness/cores.mjs';
import { environment, warning } from './harness/environment.mjs';
import { chosenFrom, positive } from './harness/options.mjs';
import { runRounds } from './harness/rounds.mjs';
import { createSite } from './harness/site.mjs';
import { wrkVersion } from './harness/wrk.mjs';
import { charts } from './models/charts.mjs';
import { contenders } from './models/contenders.mjs';
import { measures } from './models/measures.mjs';
import { fairnessRow, loadRow } from './models/result.mjs';
import { tables } from './models/tables.mjs';

const HELP = `npm run bench:models -- [options]

Measures the models, and the tutorial's servers in Python, side by side: throughput and CPU per request over active
connections, beside idle ones, memory per connection, fairness. Prints tables; writes models.json and charts.

  --quick            fewer points, one short round: within two minutes, to see that it works
  --only NAME[,…]    these contenders (a model, or "python threads", "python gevent", "python epoll")
  --measure NAME[,…] active, idle (with memory), fairness
  --rounds N         interleaved rounds (3)
  --seconds S        of each measured window (1)
  --save             write to benchmarks/results/models/ although it is not the whole
  --charts           measure nothing: draw the charts anew from benchmarks/results/models/models.json
  --help
`;

const PROJECT = fileURLToPath(new URL('..', import.meta.url));
const RESULTS = join(PROJECT, 'benchmarks/results/models');
const MEASURES = /** @type {const} */ (['active', 'idle', 'fairness']);

const WHOLE = {
  activeConnections: [1, 2, 8, 32, 128, 512, 1000],
  idleConnections: [0, 100, 1000, 3000, 9000],
  idleActive: 32,
  fastClients: 8,
  warmupMs: 300,
  patience: { stallMs: 5_000, limitMs: 60_000 },
  memoryBytesMax: 8 * 1024 ** 3, // a thread of Node takes 7 MiB, and the machine may belong to others, too
};
const QUICK = {
  ...WHOLE,
  activeConnections: [1, 256],
  idleConnections: [0, 1000],
  warmupMs: 150,
  patience: { stallMs: 1_500, limitMs: 6_000 },
};

try {
  await main();
} catch (error) {
  const { message } = /** @type {Error} */ (error);
  console.error(process.env['DEBUG'] ? error : `bench:models: ${message}`);
  process.exitCode = 1;
}

async function main() {
  const { values: options } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      measure: { type: 'string' },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      save: { type: 'boolean', default: false },
      charts: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (options.help) {
    console.log(HELP);
    return;
  }
  if (options.charts) {
    writeResult(RESULTS, JSON.parse(readFileSync(join(RESULTS, 'models.json'), 'utf8')));
    return;
  }
  const chosen = MEASURES.filter((name) => chosenFrom(options.measure, MEASURES).includes(name));
  const rounds = Math.ceil(positive('rounds', options.rounds ?? (options.quick ? '1' : '3')));
  const windowMs = 1000 * positive('seconds', options.seconds ?? (options.quick ? '0.4' : '1'));
  const settings = { ...(options.quick ? QUICK : WHOLE), windowMs };
  const isWhole = !options.quick && options.only === undefined && options.measure === undefined;
  const all = await contenders();
  const names = all.map(({ name }) => name);
  const chosenNames = chosenFrom(options.only, names);
  const selected = all.filter(({ name }) => chosenNames.includes(name));
  const result = await measure(selected, chosen, settings, rounds, options.quick);
  console.log(tables(result));
  const folder = isWhole || options.save ? RESULTS : mkdtempSync(join(tmpdir(), 'bench-models-'));
  writeResult(folder, result);
}

/**
 * @param {import('./harness/contender.mjs').Contender[]} selected
 * @param {readonly ('active' | 'idle' | 'fairness')[]} chosen
 * @param {import('./models/measures.mjs').Settings} settings
 * @param {number} rounds @param {boolean} isQuick
 * @returns {Promise<import('./models/result.mjs').Result>}
 */
async function measure(selected, chosen, settings, rounds, isQuick) {
  const load = wrkVersion();
  if (load === undefined) throw new Error('wrk is not installed: run benchmarks/setup');
  const where = environment(PROJECT);
  const busy = warning(where);
  if (busy) process.stderr.write(`${busy}\n`);
  pinLoad();
  const site = createSite();
  const possible = selected.filter((contender) => !contender.missing);
  const all = measures(site, settings);
  const points = chosen.flatMap((name) => /** @type {any[]} */ (all[name](possible)));
  const outcomes = await runRounds(points, {
    rounds,
    isRetrying: !isQuick,
    report: (text) => process.stderr.write(`${text}\n`),
  });
  const rows = (/** @type {string} */ series, /** @type {(outcome: any) => any} */ row) =>
    outcomes.filter(({ point }) => point.series.startsWith(series)).map(row);
  return {
    benchmark: 'models',
    ...where,
    load: `${load}, one thread`,
    conditions: { ...settings, rounds, fileBytes: site.body.length },
    contenders: selected.map(({ name, version, isOnAllCores, missing }) => ({
      name,
      version,
      cores: isOnAllCores ? 'all' : 'one',
      ...(missing === undefined ? {} : { missing }),
    })),
    active: rows('active', loadRow),
    idle: rows('idle', loadRow),
    fairness: rows('fairness', fairnessRow),
  };
}

/** @param {string} folder @param {import('./models/result.mjs').Result} result */
function writeResult(folder, result) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'models.json'), `${JSON.stringify(result, null, 2)}\n`);
  for (const [name, svg] of Object.entries(charts(result))) writeFileSync(join(folder, `${name}.svg`), svg);
  process.stderr.write(`written to ${folder}\n`);
}
