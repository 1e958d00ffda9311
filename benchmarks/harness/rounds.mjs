/**
 * Interleaved rounds: A B C, A B C. If the machine is slow for a while, all contenders suffer alike. Each point gets a fresh
 * process. If a contender cannot do something, it is noted once and not tried again.
 */
import { grouped } from '../report/figures.mjs';
import { Cannot } from './cannot.mjs';

/** @import { Sample } from '../types.js' */
/**
 * @typedef {object} Point
 * @property {string} contender
 * @property {string} series           the name of its case
 * @property {number | undefined} step the points of one contender and one series become harder in the given order
 * @property {() => Promise<Sample>} measure
 * @property {(sample: Sample) => string} show
 */
/**
 * @typedef {object} Outcome
 * @property {Point} point
 * @property {Sample[]} samples
 * @property {string | undefined} cannot
 * @property {Sample} observed the values that were measured before a contender failed
 * @property {string[]} failures failed rounds, if others succeeded
 */

/** A point that takes so long (a thousand threads to start) is tried once, and measured in one round only. */
const COSTLY_MS = 15_000;

/**
 * @param {readonly Point[]} points
 * @param {{ rounds: number, isRetrying: boolean, report: (text: string) => void }} options
 * @returns {Promise<Outcome[]>}  in the order of the points
 */
export async function runRounds(points, { rounds, isRetrying, report }) {
  /** @type {(Outcome & { isCostly: boolean })[]} */
  const outcomes = points.map((point) => ({
    ...{ point, samples: [], cannot: undefined, observed: {}, failures: [], isCostly: false },
  }));
  const begin = performance.now();
  let done = 0;
  for (let round = 1; round <= rounds; round++) {
    for (const outcome of outcomes) {
      done++;
      if (outcome.cannot || (round > 1 && outcome.isCostly)) continue;
      const { contender, series, step } = outcome.point;
      const easier = outcomes.find(
        ({ point, cannot }) =>
          cannot && point.contender === contender && point.series === series && (point.step ?? 0) < (step ?? 0),
      );
      if (easier) {
        outcome.cannot = `not tried: cannot do ${grouped(easier.point.step ?? 0)} ${series}`;
        continue;
      }
      const pointBegin = performance.now();
      const text = await attempt(outcome, round, isRetrying, pointBegin);
      outcome.isCostly = performance.now() - pointBegin > COSTLY_MS;
      const left = ((performance.now() - begin) / done) * (rounds * outcomes.length - done);
      const place = `[${done}/${rounds * outcomes.length}] round ${round}/${rounds}`;
      const name = [contender, series, ...(step === undefined ? [] : [step])].join(', ');
      report(`${place}  ${name}: ${text}  (about ${Math.ceil(left / 60_000)} min left)`);
    }
  }
  return outcomes;
}

/**
 * Measures a point once. A failure in the first round gets a second try, because the verdict is final.
 * @param {Outcome} outcome @param {number} round @param {boolean} isRetrying @param {number} begin
 * @returns {Promise<string>}  for the progress line
 */
async function attempt(outcome, round, isRetrying, begin) {
  const triesMax = round === 1 && isRetrying ? 2 : 1;
  for (let tries = 1; ; tries++) {
    try {
      const sample = await outcome.point.measure();
      outcome.samples.push(sample);
      return outcome.point.show(sample);
    } catch (error) {
      if (!(error instanceof Cannot)) throw error;
      if (tries < triesMax && performance.now() - begin < COSTLY_MS) continue;
      if (outcome.samples.length > 0) outcome.failures.push(error.message);
      else Object.assign(outcome, { cannot: error.message, observed: error.observed });
      return `cannot: ${error.message}`;
    }
  }
}
