/** The command of npm run bench and npm run bench:models: options, rounds, tables, result file, charts. */
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { benchmarkFile, versionOf } from '../contenders/version.mjs';
import { contendersOf } from '../report/bounds.mjs';
import { charts } from '../report/charts.mjs';
import { formatResult, rowOf } from '../report/result.mjs';
import { tables } from '../report/tables.mjs';
import { Cannot } from './cannot.mjs';
import { pinLoad } from './cores.mjs';
import { environment, warning } from './environment.mjs';
import { runRounds } from './rounds.mjs';
import { wrkVersion } from './wrk.mjs';

/** @import { Case, Contender, Result, Sample, Settings } from '../types.js' */
/** @import { Point } from './rounds.mjs' */

/**
 * @typedef {object} Benchmark
 * @property {string} name      of its folder in results/, and of its result file
 * @property {string} command   as it is typed
 * @property {string} about     the first lines of --help
 * @property {readonly Case[]} cases
 * @property {(node: string, nodeVersion: string) => Promise<readonly Contender[]>} contenders
 * @property {Settings} whole   the settings of a whole run
 * @property {Settings} quick   the settings with --quick
 * @property {number} rounds
 */

const OPTIONS = /** @type {const} */ ({
  quick: { type: 'boolean', default: false },
  only: { type: 'string' },
  contenders: { type: 'string' },
  rounds: { type: 'string' },
  seconds: { type: 'string' },
  node: { type: 'string', default: process.execPath },
  save: { type: 'boolean', default: false },
  charts: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
});

/** Runs a command. A mistake of its user gives one line on stderr. @param {string} command @param {() => Promise<void>} main */
export async function runCommand(command, main) {
  try {
    await main();
  } catch (error) {
    const { message } = /** @type {Error} */ (error);
    console.error(process.env['DEBUG'] ? error : `${command}: ${message}`);
    process.exitCode = 1;
  }
}

/** @param {Benchmark} benchmark */
export function runBenchmark(benchmark) {
  const { name, command, cases, whole, quick } = benchmark;
  const folder = benchmarkFile(`results/${name}`);
  return runCommand(command, async () => {
    const { values: options } = parseArgs({ options: OPTIONS });
    if (options.help) return console.log(help(benchmark));
    if (options.charts) {
      return report(benchmark, folder, JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')));
    }
    const names = chosenFrom(options.only, measuredNames(cases));
    const chosen = cases.filter((each) => names.includes(each.name));
    const rounds = Math.ceil(positive('rounds', options.rounds ?? (options.quick ? '1' : `${benchmark.rounds}`)));
    const windowMs = options.seconds === undefined ? {} : { windowMs: 1000 * positive('seconds', options.seconds) };
    const settings = { ...(options.quick ? quick : whole), ...windowMs };
    const result = await measure(benchmark, chosen, settings, rounds, options);
    const isWhole = !options.quick && options.only === undefined && options.contenders === undefined;
    report(benchmark, isWhole || options.save ? folder : mkdtempSync(join(tmpdir(), `${name}-`)), result);
  });
}

/** @param {readonly Case[]} cases */
function measuredNames(cases) {
  return cases.filter(({ prepare }) => prepare !== undefined).map(({ name }) => name);
}

/** @param {Benchmark} benchmark */
function help({ name, command, about, cases, whole, rounds }) {
  return `npm run ${command} -- [options]

${about}

  --quick                one short round within about two minutes, to see that it works
  --only CASE[,…]        these cases: ${measuredNames(cases).join(', ')}
  --contenders NAME[,…]  these contenders
  --rounds N             interleaved rounds (${rounds})
  --seconds S            length of each measured window (${whole.windowMs / 1000})
  --node PATH            the Node that runs this package and the peers written for Node (this one)
  --save                 write to benchmarks/results/${name}/ even if the run is not whole
  --charts               measure nothing: print and draw benchmarks/results/${name}/${name}.json again
  --help
`;
}

/**
 * @param {Benchmark} benchmark @param {readonly Case[]} cases the chosen ones
 * @param {Settings} settings @param {number} rounds
 * @param {{ node: string, quick: boolean, contenders?: string | undefined }} options
 * @returns {Promise<Result>}
 */
async function measure(benchmark, cases, settings, rounds, options) {
  const load = wrkVersion();
  const nodeVersion = versionOf(options.node, '--version');
  if (nodeVersion === undefined) throw new Error(`${options.node} is not a Node`);
  const known = await benchmark.contenders(options.node, nodeVersion);
  const knownNames = known.map(({ name }) => name);
  const selected = chosenFrom(options.contenders, knownNames);
  const where = environment(benchmarkFile('..'));
  const busy = warning(where);
  if (busy) process.stderr.write(`${busy}\n`);
  pinLoad();
  const asked = cases.map((aCase) => {
    const needed = contendersOf(aCase.bounds);
    const isBoundAlone = options.quick && options.contenders === undefined && needed.size > 0;
    const contenders = known.filter(
      ({ name }) =>
        selected.includes(name) && (aCase.contenders?.includes(name) ?? true) && (!isBoundAlone || needed.has(name)),
    );
    return { aCase, contenders };
  });
  const points = asked.flatMap(({ aCase, contenders }) => pointsOf(aCase, contenders, settings));
  const outcomes = await runRounds(points, {
    rounds,
    isRetrying: !options.quick,
    report: (text) => process.stderr.write(`${text}\n`),
  });
  const named = known.filter((contender) => asked.some(({ contenders }) => contenders.includes(contender)));
  return {
    benchmark: benchmark.name,
    ...where,
    load: `${load}, one thread`,
    conditions: { ...settings, rounds },
    contenders: named.map(({ name, version, isOnAllCores, missing }) => ({
      ...{ name, version },
      ...(isOnAllCores ? { cores: 'all' } : {}),
      ...(missing === undefined ? {} : { missing }),
    })),
    rows: outcomes.map((outcome) =>
      rowOf(/** @type {Case} */ (cases.find(({ name }) => name === outcome.point.series)), outcome),
    ),
  };
}

/**
 * @param {Case} aCase @param {readonly Contender[]} contenders @param {Settings} settings
 * @returns {Point[]}
 */
function pointsOf({ name, figures, prepare }, contenders, settings) {
  const measureOne = prepare?.(settings);
  if (measureOne === undefined) return [];
  const present = contenders.filter(({ missing }) => missing === undefined);
  const steps = settings.steps[name] ?? [undefined];
  const show = (/** @type {Sample} */ sample) =>
    figures
      .slice(0, 2)
      .map(({ name: of, title, format }) => `${sample[of] === undefined ? '–' : format(Number(sample[of]))} ${title}`)
      .join(', ');
  return steps.flatMap((step) =>
    present.map((contender) => ({
      contender: contender.name,
      series: name,
      step,
      measure: () => measureOne(contender, step ?? 0).catch(fail),
      show,
    })),
  );
}

/**
 * An error of a contender is a result, and the run continues with the others. A mistake in the benchmark (a TypeError) ends
 * it.
 * @param {Error} error @returns {never}
 */
function fail(error) {
  throw error.constructor === Error ? new Cannot(error.message.split('\n', 1)[0] ?? '') : error;
}

/** @param {Benchmark} benchmark @param {string} folder @param {Result} result */
function report({ name, cases }, folder, result) {
  console.log(tables(result, cases));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.json`), formatResult(result));
  for (const [file, svg] of Object.entries(charts(result, cases))) writeFileSync(join(folder, `${file}.svg`), svg);
  process.stderr.write(`written to ${folder}\n`);
}

/** @param {string | undefined} list  separated by commas @param {readonly string[]} names @returns {readonly string[]} */
export function chosenFrom(list, names) {
  if (list === undefined) return names;
  const wanted = list.split(',').map((name) => name.trim());
  const unknown = wanted.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new Error(`there is no ${unknown}; there are ${names.join(', ')}`);
  return wanted;
}

/** @param {string} name @param {string} text */
export function positive(name, text) {
  const value = Number(text);
  if (!(value > 0 && value <= 60)) throw new Error(`--${name} is a number up to 60, not ${text}`);
  return value;
}
