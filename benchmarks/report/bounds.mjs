/** The bounds that a case sets, and whether a run meets them. */

/** @import { Bound, Summary, Verdict } from '../types.js' */

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
    // Without one of the peers, the better of the others would give a weaker bound than the case sets.
    if (absent !== undefined) return { ...verdict, why: `no figure of ${absent}` };
    const best = atMost === undefined ? Math.max : Math.min;
    value = own / best(...medians.map(Number));
  }
  const isReached = atMost === undefined ? value >= Number(atLeast) : value <= atMost;
  return { ...verdict, value, isReached };
}

/** The contenders that bounds need. @param {readonly Bound[]} [bounds] */
export function contendersOf(bounds = []) {
  return new Set(bounds.flatMap(({ of, over = [] }) => [of, ...over]));
}
