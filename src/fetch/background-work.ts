/** Work of handlers that goes on after their responses (waitUntil). Closing a server waits for it. */
import { TIMER_MS_MAX } from '../server/http-server.js';
import { report, safeHook } from '../server/safe-hook.js';

/** The default hook for errors of such work. */
export function reportLeftWork(error: unknown): void {
  report('what a handler left to do failed', error);
}

export class BackgroundWork {
  readonly #pending = new Set<Promise<unknown>>();
  readonly #onError: (error: unknown) => void;

  /** @param onError  gets the error of work that rejects */
  constructor(onError: (error: unknown) => void) {
    this.#onError = safeHook(onError); // no code awaits the promises below, so they must not reject
  }

  add(work: Promise<unknown>): void {
    const settled = Promise.resolve(work)
      .catch(this.#onError)
      .finally(() => this.#pending.delete(settled));
    this.#pending.add(settled);
  }

  /** @returns  when all work is done, or after `timeoutMs`; at once if that is not above 0 */
  async whenDone(timeoutMs: number): Promise<void> {
    if (!(timeoutMs > 0)) return;
    let timer: NodeJS.Timeout | undefined;
    const isLate = new Promise<true>((resolve) => {
      timer = setTimeout(resolve, Math.min(timeoutMs, TIMER_MS_MAX), true);
    });
    // Work may add more work.
    while (this.#pending.size > 0) if ((await Promise.race([isLate, Promise.all(this.#pending)])) === true) break;
    clearTimeout(timer);
  }
}
