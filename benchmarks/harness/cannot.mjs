/** A contender that cannot do something: this is a result, with its reason, and not a failure of the benchmark. */
export class Cannot extends Error {
  /**
   * @param {string} message
   * @param {import('../types.js').Sample} [observed]  what was measured before
   */
  constructor(message, observed = {}) {
    super(message);
    this.observed = observed;
  }
}
