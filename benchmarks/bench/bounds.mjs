/** What is to be reached, and whether a run reaches it. */

/** @typedef {import('../harness/statistics.mjs').Summary} Summary */

/**
 * A figure of one contender, or its quotient to that of others.
 * @typedef {object} Bound
 * @property {import('./figures.mjs').Figure} figure
 * @property {string} of                 the contender that is to reach it
 * @property {readonly string[]} [over]  compared with the better of these; absent: the figure itself counts
 * @property {number} [atMost]           one of these two
 * @property {number} [atLeast]
 */

/**
 * @typedef {object} Verdict
 * @property {string} text      what is judged
 * @property {string} limit
 * @property {number} [value]   absent where it was not measured
 * @property {boolean} [isReached]
 * @property {string} [why]     it was not measured
 */

/**
 * @param {Bound} bound
 * @param {(contender: string, figure: string) => Summary | undefined} measured
 * @returns {Verdict}
 */
export function judge({ figure, of, over, atMost, atLeast }, measured) {
  const others = over === undefined ? '' : ` ÷ ${over.length > 1 ? `the better of ${over.join(', ')}` : over[0]}`;
  const verdict = {
    text: `${of}: ${figure.phrase}${others}`,
    limit: atMost === undefined ? `≥ ${atLeast}` : `≤ ${atMost}`,
  };
  const own = measured(of, figure.name)?.median;
  if (own === undefined) return { ...verdict, why: `no figure of ${of}` };
  let value = own;
  if (over !== undefined) {
    const medians = over.map((name) => measured(name, figure.name)?.median);
    const absent = over.find((_, i) => medians[i] === undefined);
    // The better of those that are there would be a weaker bound than the one that was set.
    if (absent !== undefined) return { ...verdict, why: `no figure of ${absent}` };
    const best = atMost === undefined ? Math.max : Math.min;
    value = own / best(.../** @type {number[]} */ (medians));
  }
  const isReached = atMost === undefined ? value >= /** @type {number} */ (atLeast) : value <= atMost;
  return { ...verdict, value, isReached };
}

/** The contenders that bounds need. @param {readonly Bound[]} bounds */
export function contendersOf(bounds) {
  return new Set(bounds.flatMap(({ of, over = [] }) => [of, ...over]));
}
