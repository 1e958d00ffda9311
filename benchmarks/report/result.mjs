/** The result of a run: made from the samples of all rounds, written as JSON, read by tables and charts. */
import { summarize } from './statistics.mjs';

/** @import { Case, Result, Row, Summary } from '../types.js' */
/** @import { Outcome } from '../harness/rounds.mjs' */

/** @param {Case} aCase @param {Outcome} outcome @returns {Row} */
export function rowOf({ name, figures, recorded = [] }, { point, samples, cannot, observed, failures }) {
  const troubles = [
    ...failures.map((text) => `in one round: ${text}`),
    ...samples.flatMap(({ complaints = [] }) => complaints),
  ];
  const summaries = [...figures, ...recorded].flatMap((figure) => {
    const values = (samples.length > 0 ? samples : [observed])
      .map((sample) => sample[figure.name])
      .filter((value) => typeof value === 'number');
    return values.length > 0 ? [[figure.name, summarize(values)]] : [];
  });
  return {
    case: name,
    ...(point.step === undefined ? {} : { step: point.step }),
    contender: point.contender,
    figures: Object.fromEntries(summaries),
    ...(cannot === undefined ? {} : { cannot }),
    ...(troubles.length > 0 ? { troubles } : {}),
  };
}

/** @param {Result} result @param {Case} aCase @returns {readonly Row[]} */
export function rowsOf({ rows }, { name, derive }) {
  return derive?.(rows) ?? rows.filter((row) => row.case === name);
}

/** @param {readonly Row[]} rows @returns {number[]}  the steps at which a case was measured, in ascending order */
export function stepsOf(rows) {
  return [...new Set(rows.flatMap(({ step }) => step ?? []))];
}

/**
 * @param {readonly Row[]} rows @param {string} contender @param {string} figure @param {number} [step]
 * @returns {Summary | undefined}
 */
export function summaryOf(rows, contender, figure, step) {
  return rows.find((row) => row.contender === contender && row.step === step)?.figures[figure];
}

/** Which core ran what, as a sentence. @param {Result} result */
export function coresOf({ contenders }) {
  const shared = contenders.filter(({ cores }) => cores === 'all').map(({ name }) => name);
  const exception = shared.length > 0 ? `; ${shared.join(', ')}: all cores, shared with the load` : '';
  return `Server on one core, load on another${exception}.`;
}

/** JSON with a line for each contender and each row: a diff shows what changed. @param {Result} result */
export function formatResult(result) {
  const fields = Object.entries(result).map(([name, value]) => {
    if (!Array.isArray(value)) return `  "${name}": ${JSON.stringify(value)}`;
    return `  "${name}": [\n${value.map((item) => `    ${JSON.stringify(item)}`).join(',\n')}\n  ]`;
  });
  return `{\n${fields.join(',\n')}\n}\n`;
}
