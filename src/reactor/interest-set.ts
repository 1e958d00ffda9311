/**
 * The reactor's side of the interest set: the handler of each descriptor, its interest, and the turn of its registration.
 * Indexed by descriptor, which the kernel keeps small (the lowest free number).
 */
import type { ReadinessHandler } from './readiness.js';

const CAPACITY_INITIAL = 64;

export class InterestSet {
  /**
   * undefined for a descriptor that is not registered. Never a hole: V8 would turn the array into a dictionary, which
   * is slower.
   */
  readonly #handlers: (ReadinessHandler | undefined)[] = new Array(CAPACITY_INITIAL).fill(undefined);
  #interests = new Uint32Array(CAPACITY_INITIAL);
  /** 64-bit floats: a counter of 32 bits wraps around in half a day. */
  #sinceTurns = new Float64Array(CAPACITY_INITIAL);

  /**
   * The handler of a descriptor, unless it was registered in this turn: then the event belongs to an earlier owner of
   * the number.
   */
  handlerBefore(fd: number, turn: number): ReadinessHandler | undefined {
    return this.#sinceTurns[fd] === turn ? undefined : this.#handlers[fd];
  }

  handler(fd: number): ReadinessHandler | undefined {
    return this.#handlers[fd];
  }

  interest(fd: number): number {
    return this.#interests[fd] as number;
  }

  add(fd: number, interest: number, handler: ReadinessHandler, turn: number): void {
    if (fd >= this.#handlers.length) this.#grow(fd);
    this.#handlers[fd] = handler;
    this.#interests[fd] = interest;
    this.#sinceTurns[fd] = turn;
  }

  change(fd: number, interest: number): void {
    this.#interests[fd] = interest;
  }

  remove(fd: number): void {
    if (this.#handlers[fd] !== undefined) this.#handlers[fd] = undefined; // never beyond the end, which would leave holes
  }

  clear(): void {
    this.#handlers.fill(undefined);
  }

  #grow(fd: number): void {
    const capacity = 2 ** Math.ceil(Math.log2(fd + 1));
    while (this.#handlers.length < capacity) this.#handlers.push(undefined);
    const interests = new Uint32Array(capacity);
    interests.set(this.#interests);
    this.#interests = interests;
    const sinceTurns = new Float64Array(capacity);
    sinceTurns.set(this.#sinceTurns);
    this.#sinceTurns = sinceTurns;
  }
}
