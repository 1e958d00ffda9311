/** What a contender was seen not to do: a result of its own, with its reason, and no failure of the benchmark. */
export class Cannot extends Error {
  /**
   * @param {string} message
   * @param {object} [observed]  what was measured of it before
   */
  constructor(message, observed = {}) {
    super(message);
    this.observed = observed;
  }
}

/** A number, as it is said in a reason. @param {number} n */
export function count(n) {
  return n.toLocaleString('en-US');
}
