/** Work that handlers leave to go on after their responses (waitUntil), and that closing a server waits for. */
import { report, safeHook } from '../server/safe-hook.js';

/** Where nobody else wants to know. */
export function reportLeftWork(error: unknown): void {
  report('what a handler left to do failed', error);
}

export class BackgroundWork {
  readonly #pending = new Set<Promise<unknown>>();
  readonly #onError: (error: unknown) => void;

  /** @param onError  told of work that rejects: nobody else waits for it */
  constructor(onError: (error: unknown) => void) {
    this.#onError = safeHook(onError); // a promise that nobody waits for must not reject
  }

  add(work: Promise<unknown>): void {
    const settled = Promise.resolve(work)
      .catch(this.#onError)
      .finally(() => this.#pending.delete(settled));
    this.#pending.add(settled);
  }

  /** @returns  when there is none, or after `timeoutMs`: what goes on then is not waited for */
  async whenDone(timeoutMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const isLate = new Promise<true>((resolve) => {
      timer = setTimeout(resolve, timeoutMs, true);
    });
    // Work may leave more work.
    while (this.#pending.size > 0) if ((await Promise.race([isLate, Promise.all(this.#pending)])) === true) break;
    clearTimeout(timer);
  }
}
