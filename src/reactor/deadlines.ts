/**
 * Deadlines, nearest first: a binary heap whose entries know their own place in it.
 *
 * A server mostly puts deadlines off: every request starts a connection's idle time anew. So a deadline that is put off
 * is only written into its entry, and the heap stays as it is. When the entry reaches the top at its old moment, it is
 * not yet due, and moves to its new place: once per deadline, not once per request.
 */

/** Something that has a deadline. A connection implements it, so its deadline costs no further object. */
export interface Expirable {
  /** When it is due, in milliseconds of the reactor's clock. Deadlines writes it. */
  dueMs: number;
  /** The moment by which the heap sorts it, at or before dueMs. Deadlines writes it. */
  sortedMs: number;
  /** Its place in the heap, or NOT_WAITING. Deadlines writes it. */
  heapIndex: number;
  /** Called when it is due; it has no deadline then, and may be given another. */
  onDeadline(): void;
}

/** The heapIndex of an entry without a deadline. */
export const NOT_WAITING = -1;

/** A deadline that is an object of its own, with a function to call. */
export class Deadline implements Expirable {
  dueMs = 0;
  sortedMs = 0;
  heapIndex = NOT_WAITING;
  /** As it was given. */
  readonly onDeadline: () => void;

  /** A deadline that is not set: Reactor.setDeadline() sets it. @param onDeadline  called when it is due */
  constructor(onDeadline: () => void) {
    this.onDeadline = onDeadline;
  }
}

export class Deadlines {
  readonly #heap: Expirable[] = [];

  get size(): number {
    return this.#heap.length;
  }

  /** When to look again, in milliseconds: never later than the nearest deadline; Infinity if there is none. */
  get nextMs(): number {
    return this.#heap[0]?.sortedMs ?? Number.POSITIVE_INFINITY;
  }

  /** Gives `entry` a deadline, in place of any it has. */
  set(entry: Expirable, dueMs: number): void {
    entry.dueMs = dueMs;
    if (entry.heapIndex === NOT_WAITING) {
      entry.sortedMs = dueMs;
      this.#heap.push(entry);
      this.#siftUp(entry, this.#heap.length - 1);
    } else if (dueMs < entry.sortedMs) {
      entry.sortedMs = dueMs;
      this.#siftUp(entry, entry.heapIndex);
    }
  }

  /** Removes the deadline, if there is one. */
  clear(entry: Expirable): void {
    const index = entry.heapIndex;
    if (index === NOT_WAITING) return;
    entry.heapIndex = NOT_WAITING;
    const last = this.#heap.pop() as Expirable;
    if (last === entry) return;
    this.#siftUp(last, index);
    this.#siftDown(last, last.heapIndex);
  }

  /**
   * Removes one entry that is due, and returns it.
   * @returns  undefined if none is due
   */
  takeDue(nowMs: number): Expirable | undefined {
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined || first.sortedMs > nowMs) return undefined;
      if (first.dueMs === first.sortedMs) {
        this.clear(first);
        return first;
      }
      first.sortedMs = first.dueMs;
      this.#siftDown(first, 0);
    }
  }

  #siftUp(entry: Expirable, from: number): void {
    let index = from;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = this.#heap[parentIndex] as Expirable;
      if (parent.sortedMs <= entry.sortedMs) break;
      this.#place(parent, index);
      index = parentIndex;
    }
    this.#place(entry, index);
  }

  #siftDown(entry: Expirable, from: number): void {
    let index = from;
    for (;;) {
      let childIndex = 2 * index + 1;
      if (childIndex >= this.#heap.length) break;
      const right = this.#heap[childIndex + 1];
      let child = this.#heap[childIndex] as Expirable;
      if (right !== undefined && right.sortedMs < child.sortedMs) {
        child = right;
        childIndex++;
      }
      if (child.sortedMs >= entry.sortedMs) break;
      this.#place(child, index);
      index = childIndex;
    }
    this.#place(entry, index);
  }

  #place(entry: Expirable, index: number): void {
    this.#heap[index] = entry;
    entry.heapIndex = index;
  }
}
