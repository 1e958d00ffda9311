#!/usr/bin/env node
/** npm run bench: this package beside its peers and beside bare C, in all the ways in which a server is asked. */
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { contendersOf } from './bench/bounds.mjs';
import { charts } from './bench/charts.mjs';
import { caseResult } from './bench/result.mjs';
import { tables } from './bench/tables.mjs';
import { CASES } from './cases/catalog.mjs';
import { contenders } from './contenders/catalog.mjs';
import { Cannot } from './harness/cannot.mjs';
import { pinLoad } from './harness/cores.mjs';
import { environment, warning } from './harness/environment.mjs';
import { chosenFrom, positive } from './harness/options.mjs';
import { runRounds } from './harness/rounds.mjs';
import { wrkVersion } from './harness/wrk.mjs';

/** @typedef {import('./cases/case.mjs').Case} Case */
/** @typedef {import('./bench/result.mjs').Result} Result */

const HELP = `npm run bench -- [options]

Measures this package beside its peers (benchmarks/setup installs them) and beside bare C: CPU time per request, requests/s,
latency, memory. Prints tables, and what of the bounds is reached; writes bench.json and charts.

  --quick              one short round of what the bounds need: within two minutes, to see that it works
  --only CASE[,…]      these cases: ${CASES.map(({ name }) => name).join(', ')}
  --contenders NAME[,…]  these contenders
  --rounds N           interleaved rounds (5)
  --seconds S          of each measured window (3)
  --node PATH          the Node that runs this package, and the peers that are written for Node (this one)
  --save               write to benchmarks/results/bench/ although it is not the whole
  --charts             measure nothing: print and draw anew what is in benchmarks/results/bench/bench.json
  --help
`;

const PROJECT = fileURLToPath(new URL('..', import.meta.url));
const RESULTS = join(PROJECT, 'benchmarks/results/bench');

const WHOLE = {
  warmupMs: 1_000,
  windowMs: 3_000,
  idleConnections: 9_000,
  patience: { stallMs: 5_000, limitMs: 30_000 },
  memoryBytesMax: 4 * 1024 ** 3,
};
const QUICK = { ...WHOLE, warmupMs: 400, windowMs: 400, idleConnections: 1_000 };

try {
  await main();
} catch (error) {
  const { message } = /** @type {Error} */ (error);
  console.error(process.env['DEBUG'] ? error : `bench: ${message}`);
  process.exitCode = 1;
}

async function main() {
  const { values: options } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      contenders: { type: 'string' },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      node: { type: 'string', default: process.execPath },
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
    report(RESULTS, JSON.parse(readFileSync(join(RESULTS, 'bench.json'), 'utf8')));
    return;
  }
  const caseNames = CASES.map(({ name }) => name);
  const chosenNames = chosenFrom(options.only, caseNames);
  const chosen = CASES.filter(({ name }) => chosenNames.includes(name));
  const names = [...new Set(CASES.flatMap((each) => each.contenders))];
  const selected = new Set(chosenFrom(options.contenders, names));
  const rounds = Math.ceil(positive('rounds', options.rounds ?? (options.quick ? '1' : '5')));
  const settings = {
    ...(options.quick ? QUICK : WHOLE),
    ...(options.seconds === undefined ? {} : { windowMs: 1000 * positive('seconds', options.seconds) }),
  };
  const cases = chosen.map((each) => {
    const needed = contendersOf(each.bounds);
    const isEnough = (/** @type {string} */ name) =>
      !options.quick || options.contenders !== undefined || needed.size === 0 || needed.has(name);
    return { ...each, contenders: each.contenders.filter((name) => selected.has(name) && isEnough(name)) };
  });
  const result = await measure(cases, settings, rounds, options.quick, options.node);
  const isWhole = !options.quick && options.only === undefined && options.contenders === undefined;
  report(isWhole || options.save ? RESULTS : mkdtempSync(join(tmpdir(), 'bench-')), result);
}

/**
 * @param {readonly Case[]} cases
 * @param {import('./cases/case.mjs').Settings} settings
 * @param {number} rounds @param {boolean} isQuick @param {string} node
 * @returns {Promise<Result>}
 */
async function measure(cases, settings, rounds, isQuick, node) {
  const load = wrkVersion();
  if (load === undefined) throw new Error('wrk is not installed: run benchmarks/setup');
  const where = environment(PROJECT);
  const busy = warning(where);
  if (busy) process.stderr.write(`${busy}\n`);
  const { servers, rings } = contenders(node);
  const known = [...servers, ...rings];
  const names = new Set(cases.flatMap((each) => each.contenders));
  const named = known.filter(({ name }) => names.has(name));
  pinLoad();
  const points = cases.flatMap((each) => pointsOf(each, named, settings));
  const outcomes = await runRounds(points, {
    rounds,
    isRetrying: !isQuick,
    report: (text) => process.stderr.write(`${text}\n`),
  });
  return {
    benchmark: 'bench',
    ...where,
    load: `${load}, one thread`,
    conditions: { ...settings, rounds },
    contenders: named.map(({ name, version, missing }) => ({
      name,
      version,
      ...(missing === undefined ? {} : { missing }),
    })),
    cases: cases.map((each) =>
      caseResult(
        each,
        outcomes.filter(({ point }) => point.series === each.name),
      ),
    ),
  };
}

/**
 * @param {Case} aCase
 * @param {readonly { name: string, missing?: string }[]} known
 * @param {import('./cases/case.mjs').Settings} settings
 */
function pointsOf({ name, contenders: names, figures, prepare }, known, settings) {
  const measureOne = prepare(settings);
  return known
    .filter((contender) => names.includes(contender.name) && contender.missing === undefined)
    .map((contender) => ({
      contender: contender.name,
      series: name,
      label: name,
      measure: () => measureOne(contender).catch(fail),
      show: (/** @type {Record<string, number>} */ sample) =>
        figures
          .slice(0, 2)
          .map((figure) => `${figure.format(/** @type {number} */ (sample[figure.name]))} ${figure.title}`)
          .join(', '),
    }));
}

/**
 * What goes wrong with a contender is a result, and the others go on; a mistake in the benchmark (a TypeError) is none.
 * @param {Error} error @returns {never}
 */
function fail(error) {
  throw error.constructor === Error ? new Cannot(/** @type {string} */ (error.message.split('\n', 1)[0])) : error;
}

/** @param {string} folder @param {Result} result */
function report(folder, result) {
  const figuresOf = (/** @type {string} */ name) => CASES.find((each) => each.name === name)?.figures ?? [];
  console.log(tables(result, figuresOf));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'bench.json'), `${JSON.stringify(result, null, 2)}\n`);
  for (const [name, svg] of Object.entries(charts(result, figuresOf))) writeFileSync(join(folder, `${name}.svg`), svg);
  process.stderr.write(`written to ${folder}\n`);
}
