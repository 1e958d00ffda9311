/**
 * Interleaved rounds: A B C, A B C. A machine that slows down for a while then slows all of them, not the one whose turn it
 * was. Each point gets a fresh process; what it cannot do is found out once, and noted.
 */
import { Cannot } from './cannot.mjs';

/**
 * @template Sample
 * @typedef {object} Point
 * @property {string} contender
 * @property {string} series    points of one contender and one series grow harder, in the order given
 * @property {string} label     for the progress line
 * @property {() => Promise<Sample>} measure
 * @property {(sample: Sample) => string} show
 */

/**
 * @template Sample
 * @typedef {object} Outcome
 * @property {Point<Sample>} point
 * @property {Sample[]} samples
 * @property {string | undefined} cannot
 * @property {object} [observed]
 * @property {string[]} failures  rounds that failed beside others that did not
 */

/** A point that takes this long (a thousand threads to start) is tried once, and measured in one round only. */
const COSTLY_MS = 15_000;

/**
 * @template Sample
 * @param {readonly Point<Sample>[]} points
 * @param {{ rounds: number, isRetrying: boolean, report: (text: string) => void }} options
 * @returns {Promise<Outcome<Sample>[]>}  in the order of the points
 */
export async function runRounds(points, { rounds, isRetrying, report }) {
  const outcomes = points.map((point) => ({
    point,
    samples: /** @type {Sample[]} */ ([]),
    cannot: /** @type {string | undefined} */ (undefined),
    failures: /** @type {string[]} */ ([]),
    isCostly: false,
  }));
  const begin = performance.now();
  let done = 0;
  for (let round = 1; round <= rounds; round++) {
    for (const outcome of outcomes) {
      done++;
      if (outcome.cannot || (round > 1 && outcome.isCostly)) continue;
      const easier = outcomes.find(({ point, cannot }) => cannot && isEasier(point, outcome.point));
      if (easier) {
        outcome.cannot = `not tried: cannot do ${easier.point.label}`;
        continue;
      }
      const pointBegin = performance.now();
      const text = await attempt(outcome, round, isRetrying, pointBegin);
      outcome.isCostly = performance.now() - pointBegin > COSTLY_MS;
      const left = ((performance.now() - begin) / done) * (rounds * outcomes.length - done);
      const { contender, label } = outcome.point;
      const place = `[${done}/${rounds * outcomes.length}] round ${round}/${rounds}`;
      report(`${place}  ${contender}, ${label}: ${text}  (about ${Math.ceil(left / 60_000)} min left)`);
    }
  }
  return outcomes.map(({ isCostly, ...outcome }) => outcome);

  /** @param {Point<Sample>} a @param {Point<Sample>} b */
  function isEasier(a, b) {
    return a.contender === b.contender && a.series === b.series && points.indexOf(a) < points.indexOf(b);
  }
}

/**
 * Measures a point once. What it could not do in the first round it is given a second try for: the verdict is for good.
 * @template Sample
 * @param {Outcome<Sample>} outcome @param {number} round @param {boolean} isRetrying @param {number} begin
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
