/** Waits for a count to reach its goal, but not for ever. */
import { setTimeout as sleep } from 'node:timers/promises';

/** @import { Patience } from '../types.js' */

const POLL_MS = 50;

/**
 * @param {() => number | Promise<number>} count
 * @param {number} goal
 * @param {Patience} patience
 * @param {number} [begin]  of the limit: performance.now()
 * @returns {Promise<{ reached: number, gaveUp?: string }>} gaveUp: the reason why it stopped waiting, as a part of a sentence
 */
export async function untilCount(count, goal, { stallMs, limitMs }, begin = performance.now()) {
  let best = -1;
  let bestAt = performance.now();
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
