/** Waiting for a count to reach its goal, with an end in any case: a contender that cannot must not take for ever. */
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * @typedef {object} Patience
 * @property {number} stallMs  how long to wait without any progress
 * @property {number} limitMs  how long in all
 */

const POLL_MS = 50;

/**
 * @param {() => number | Promise<number>} count
 * @param {number} goal
 * @param {Patience} patience
 * @returns {Promise<{ reached: number, gaveUp?: string }>}  gaveUp: why it waits no longer, as half a sentence
 */
export async function untilCount(count, goal, { stallMs, limitMs }) {
  const begin = performance.now();
  let best = -1;
  let bestAt = begin;
  for (;;) {
    const reached = await count();
    const now = performance.now();
    if (reached >= goal) return { reached };
    if (reached > best) {
      best = reached;
      bestAt = now;
    }
    if (now - bestAt > stallMs) return { reached, gaveUp: `no progress for ${stallMs / 1000} s` };
    if (now - begin > limitMs) return { reached, gaveUp: `after ${limitMs / 1000} s` };
    await sleep(POLL_MS);
  }
}
