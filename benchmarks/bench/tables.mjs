/** The result as tables: what could not be done is ✗, with its reason below. */
import { warning } from '../harness/environment.mjs';
import { spread } from '../harness/statistics.mjs';
import { textTable } from '../harness/text-table.mjs';
import { formatRatio } from './figures.mjs';

/** @typedef {import('./result.mjs').Result} Result */
/** @typedef {import('./result.mjs').CaseResult} CaseResult */
/** @typedef {import('./figures.mjs').Figure} Figure */

/** @param {Result} result @param {(name: string) => readonly Figure[]} figuresOf  a case, by its name */
export function tables(result, figuresOf) {
  return [
    conditions(result),
    ...result.cases.map((each) => caseTable(each, figuresOf(each.name))),
    reachTable(result.cases),
  ].join('\n\n');
}

/** @param {Result} result */
function conditions(result) {
  const { machine, conditions: under } = result;
  const busy = warning(result);
  return [
    `epoll-reactor ${result.commit}, ${result.date.slice(0, 10)}; ${machine.cpu}, ${machine.cores} cores, ` +
      `${machine.memoryGiB} GiB; ${result.kernel}; ${result.load}`,
    `Server on one core, load on another. A fresh process per measurement, checked for the right bytes. Median of ` +
      `${under['rounds']} interleaved rounds (± half the range), windows of ${Number(under['windowMs']) / 1000} s after ` +
      `a warm-up of ${Number(under['warmupMs']) / 1000} s.`,
    ...(busy ? [`Beware: ${busy}.`] : []),
    ...result.contenders.filter(({ missing }) => missing).map(({ name, missing }) => `${name} is left out: ${missing}`),
  ].join('\n');
}

/** @param {CaseResult} result @param {readonly Figure[]} figures */
function caseTable({ name, title, rows }, figures) {
  const lines = rows.map((row) => [
    row.contender + (row.troubles ? ' !' : ''),
    ...figures.map((figure) => {
      const summary = row.figures[figure.name];
      return summary === undefined ? '✗' : figure.format(summary.median) + spreadText(summary);
    }),
  ]);
  const notes = rows.flatMap(({ contender, cannot, troubles = [] }) => [
    ...(cannot === undefined ? [] : [`✗ ${contender}: ${cannot}`]),
    ...troubles.map((trouble) => `! ${contender}: ${trouble}`),
  ]);
  return [`${title}  [${name}]`, textTable(['', ...figures.map((each) => each.title)], lines), ...notes].join('\n');
}

/** @param {import('../harness/statistics.mjs').Summary} summary */
function spreadText(summary) {
  return summary.samples < 2 ? '' : ` ±${Math.round(spread(summary) * 100)}%`.padStart(5);
}

/** @param {readonly CaseResult[]} cases */
function reachTable(cases) {
  const all = cases.flatMap(({ name, verdicts }) => verdicts.map((verdict) => ({ name, ...verdict })));
  if (all.length === 0) return '';
  const lines = all.map(({ name, text, limit, value, isReached, why }) => [
    `${name}: ${text}`,
    value === undefined ? '–' : formatValue(value),
    limit,
    isReached === undefined ? `not known: ${why}` : isReached ? 'reached' : 'MISSED',
  ]);
  const reached = all.filter(({ isReached }) => isReached).length;
  return `${textTable(['Reach', 'measured', 'bound', ''], lines)}\n${reached} of ${all.length} reached`;
}

/** @param {number} value  a quotient, or bytes */
function formatValue(value) {
  return value >= 100 ? `${Math.round(value)}` : formatRatio(value);
}
