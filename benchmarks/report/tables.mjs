/** The result as tables. ✗ marks a contender that failed, with the reason below the table; ! marks trouble beside a result. */
import { warning } from '../harness/environment.mjs';
import { judge } from './bounds.mjs';
import { formatRatio, grouped } from './figures.mjs';
import { coresOf, rowsOf, stepsOf, summaryOf } from './result.mjs';
import { spread } from './statistics.mjs';

/** @import { Case, Figure, Result, Row, Summary } from '../types.js' */

/** @param {Result} result @param {readonly Case[]} cases */
export function tables(result, cases) {
  const blocks = [conditions(result), ...cases.flatMap((each) => caseTables(each, rowsOf(result, each)))];
  return [...blocks, ...reachTable(result, cases)].join('\n\n');
}

/**
 * A table for a terminal: the first column is aligned left, the others right.
 * @param {readonly string[]} head
 * @param {readonly (readonly string[])[]} rows
 */
export function textTable(head, rows) {
  const lines = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  const [first, ...others] = lines.map((line) =>
    line
      .map((text, column) => (column === 0 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0)))
      .join('   ')
      .trimEnd(),
  );
  return [first, '─'.repeat(widths.reduce((sum, width) => sum + width + 3, -3)), ...others].join('\n');
}

/** @param {Result} result */
function conditions(result) {
  const { machine, conditions: under, contenders } = result;
  const busy = warning(result);
  return [
    `epoll-reactor ${result.commit}, ${result.date.slice(0, 10)}; ${machine.cpu}, ${machine.cores} cores, ` +
      `${machine.memoryGiB} GiB; ${result.kernel}; Node ${result.node}; ${result.load}`,
    `${coresOf(result)} A fresh process per measurement, checked for the right bytes. Median of ${under.rounds} ` +
      `interleaved rounds (± half the range), windows of ${under.windowMs / 1000} s after a warm-up of ` +
      `${under.warmupMs / 1000} s.`,
    ...(busy ? [`Beware: ${busy}.`] : []),
    ...contenders.filter(({ missing }) => missing).map(({ name, missing }) => `${name} is left out: ${missing}`),
  ].join('\n');
}

/**
 * One table with a column for each figure; or, for a case with steps, one for each figure with a column for each step.
 * @param {Case} aCase @param {readonly Row[]} rows @returns {string[]}
 */
function caseTables({ name, title, figures }, rows) {
  if (rows.length === 0) return [];
  const steps = stepsOf(rows);
  const overFigures = figures.map((figure) => ({ title: figure.title, figure }));
  const overSteps = (/** @type {Figure} */ figure) => steps.map((step) => ({ title: grouped(step), figure, step }));
  const tables =
    steps.length === 0
      ? [table(`${title}  [${name}]`, rows, overFigures)]
      : figures.map((figure) => table(`${title}: ${figure.title}  [${name}]`, rows, overSteps(figure)));
  const notes = rows.flatMap(({ contender, step, cannot, troubles = [] }) => {
    const place = step === undefined ? contender : `${contender}, ${grouped(step)}`;
    const isNews = cannot !== undefined && !cannot.startsWith('not tried');
    return [...(isNews ? [`✗ ${place}: ${cannot}`] : []), ...troubles.map((trouble) => `! ${place}: ${trouble}`)];
  });
  return [...tables, ...(notes.length > 0 ? [notes.join('\n')] : [])];
}

/**
 * @param {string} title @param {readonly Row[]} rows
 * @param {readonly { title: string, figure: Figure, step?: number }[]} columns
 */
function table(title, rows, columns) {
  const lines = [...new Set(rows.map(({ contender }) => contender))].map((contender) => {
    const isTroubled = rows.some((row) => row.contender === contender && row.troubles !== undefined);
    const cells = columns.map(({ figure, step }) => cell(figure, summaryOf(rows, contender, figure.name, step)));
    return [contender + (isTroubled ? ' !' : ''), ...cells];
  });
  return `${title}\n${textTable(['', ...columns.map((each) => each.title)], lines)}`;
}

/** @param {Figure} figure @param {Summary | undefined} summary */
function cell(figure, summary) {
  if (summary === undefined) return '✗';
  const range =
    summary.samples < 2 || summary.median === 0 ? '' : ` ±${Math.round(spread(summary) * 100)}%`.padStart(5);
  return figure.format(summary.median) + range;
}

/** @param {Result} result @param {readonly Case[]} cases @returns {string[]} */
function reachTable(result, cases) {
  const all = cases.flatMap((each) => {
    const rows = rowsOf(result, each);
    const bounds = rows.length === 0 ? undefined : each.bounds;
    return (bounds ?? []).map((bound) => ({ name: each.name, ...judge(bound, summaryOf.bind(undefined, rows)) }));
  });
  if (all.length === 0) return [];
  const lines = all.map(({ name, text, limit, value, isReached, why }) => [
    `${name}: ${text}`,
    value === undefined ? '–' : formatRatio(value),
    limit,
    isReached === undefined ? `not known: ${why}` : isReached ? 'reached' : 'MISSED',
  ]);
  const reached = all.filter(({ isReached }) => isReached).length;
  return [`${textTable(['Reach', 'measured', 'bound', ''], lines)}\n${reached} of ${all.length} reached`];
}
