import { type Expirable, NOT_WAITING } from '../../src/reactor/deadlines.js';

/** An object with a deadline, at which it calls a function. */
export function expirable(onDeadline: () => void = () => {}): Expirable {
  return { dueMs: 0, sortedMs: 0, heapIndex: NOT_WAITING, onDeadline };
}
