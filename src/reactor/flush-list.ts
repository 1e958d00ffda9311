/** What has been written during a turn and is sent behind its handlers: several in a row, with the processor's caches full of it. */
import { SPARES_MAX } from '../limits.js';

/** Has something to write, which leaves when it is flushed. */
export interface Flushable {
  /** Called once, after the handlers of the turn or between them. */
  flush(): void;
}

/** The first one waits for the handlers of the others. As many as there are spare write queues. */
const FLUSHED_TOGETHER_MAX = SPARES_MAX;

export class FlushList {
  /** Those from `#flushedCount` up to `#count` are to be flushed. */
  readonly #list: (Flushable | undefined)[] = [];
  #flushedCount = 0;
  #count = 0;

  get isFull(): boolean {
    return this.#count >= FLUSHED_TOGETHER_MAX;
  }

  add(one: Flushable): void {
    this.#list[this.#count++] = one;
  }

  /** Also flushes what is added meanwhile. */
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
