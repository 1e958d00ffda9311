import { type Expirable, NOT_WAITING } from '../../src/reactor/deadlines.js';

/** Something that has a deadline, and does what it is given then. */
export function expirable(onDeadline: () => void = () => {}): Expirable {
  return { dueMs: 0, sortedMs: 0, heapIndex: NOT_WAITING, onDeadline };
}
