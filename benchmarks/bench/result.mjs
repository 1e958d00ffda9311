/** From the samples of all rounds to the result: what bench.json holds, and what tables and charts are made from. */
import { summarize } from '../harness/statistics.mjs';
import { judge } from './bounds.mjs';

/** @typedef {import('../harness/statistics.mjs').Summary} Summary */
/** @typedef {import('../cases/case.mjs').Case} Case */
/**
 * @typedef {object} Row
 * @property {string} contender
 * @property {Record<string, Summary>} figures  by their names; empty where it cannot
 * @property {string} [cannot]                  why there is none
 * @property {string[]} [troubles]              rounds that failed beside others that did not, and what wrk complained about
 */
/**
 * @typedef {object} CaseResult
 * @property {string} name
 * @property {string} title
 * @property {Row[]} rows
 * @property {import('./bounds.mjs').Verdict[]} verdicts
 */
/**
 * @typedef {object} Result
 * @property {'bench'} benchmark
 * @property {string} date
 * @property {string} commit
 * @property {{ cpu: string, cores: number, memoryGiB: number }} machine
 * @property {string} kernel
 * @property {string} node
 * @property {number} loadAverage  of the machine, before
 * @property {string} load
 * @property {Record<string, unknown>} conditions
 * @property {{ name: string, version: string, missing?: string }[]} contenders
 * @property {CaseResult[]} cases
 */

/**
 * @param {Case} aCase
 * @param {readonly import('../harness/rounds.mjs').Outcome<any>[]} outcomes  of its contenders
 * @returns {CaseResult}
 */
export function caseResult({ name, title, figures, bounds }, outcomes) {
  const rows = outcomes.map((outcome) => rowOf(outcome, figures));
  const measured = (/** @type {string} */ contender, /** @type {string} */ figure) =>
    rows.find((row) => row.contender === contender)?.figures[figure];
  return { name, title, rows, verdicts: bounds.map((bound) => judge(bound, measured)) };
}

/**
 * @param {import('../harness/rounds.mjs').Outcome<any>} outcome
 * @param {readonly import('./figures.mjs').Figure[]} figures
 * @returns {Row}
 */
function rowOf({ point, samples, cannot, failures }, figures) {
  const row = { contender: point.contender, figures: {} };
  if (samples.length === 0) return { ...row, ...(cannot === undefined ? {} : { cannot }) };
  const complaints = samples.flatMap((sample) => sample.complaints ?? []);
  const troubles = [...failures, ...complaints.map((text) => `wrk: ${text}`)];
  return {
    ...row,
    figures: Object.fromEntries(figures.map(({ name }) => [name, summarize(samples.map((sample) => sample[name]))])),
    ...(troubles.length > 0 ? { troubles } : {}),
  };
}
