/** Median and spread of a few samples. A single disturbed round would shift a mean. */

/** @import { Summary } from '../types.js' */

/**
 * @param {readonly number[]} values  at least one
 * @returns {Summary}
 */
export function summarize(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return {
    median: round(quantile(sorted, 0.5)),
    min: round(quantile(sorted, 0)),
    max: round(quantile(sorted, 1)),
    samples: sorted.length,
  };
}

/**
 * @param {ArrayLike<number>} sorted  ascending
 * @param {number} share 0.99 gives the value that 99 % do not exceed
 */
export function quantile(sorted, share) {
  const place = share * (sorted.length - 1);
  const below = /** @type {number} */ (sorted[Math.floor(place)]);
  const above = /** @type {number} */ (sorted[Math.ceil(place)]);
  return below + (above - below) * (place - Math.floor(place));
}

/** @param {Summary} summary @returns {number}  half of the range, as a share of the median */
export function spread({ median, min, max }) {
  return (max - min) / 2 / median;
}

/** Four digits are more than the measurement has. @param {number} value */
function round(value) {
  return Number(value.toPrecision(4));
}
