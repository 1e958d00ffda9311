/**
 * The connections that have written during a turn. They send after the handlers have run, several in a row, while the
 * processor's caches hold the code of sending.
 */
import { SPARES_MAX } from '../limits.js';

/** Has queued bytes, and sends them when it is flushed. */
export interface Flushable {
  /** Called once, after the handlers of the turn or between them. */
  flush(): void;
}

/**
 * The first connection waits until the handlers of the others have run, so the number is small. It is that of the spare
 * write queues.
 */
const FLUSHED_TOGETHER_MAX = SPARES_MAX;

export class FlushList {
  /** Entries from `#flushedCount` up to `#count` wait to be flushed. */
  readonly #list: (Flushable | undefined)[] = [];
  #flushedCount = 0;
  #count = 0;

  get isFull(): boolean {
    return this.#count >= FLUSHED_TOGETHER_MAX;
  }

  add(one: Flushable): void {
    this.#list[this.#count++] = one;
  }

  /** Also flushes connections that are added meanwhile. */
  flush(onError: (error: unknown) => void): void {
    while (this.#flushedCount < this.#count) {
      const one = this.#list[this.#flushedCount] as Flushable;
      this.#list[this.#flushedCount++] = undefined;
      try {
        one.flush();
      } catch (error) {
        onError(error);
      }
    }
    this.#flushedCount = 0;
    this.#count = 0;
  }
}
