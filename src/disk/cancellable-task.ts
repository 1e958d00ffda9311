/** Work on behalf of clients. It is cancelled when the last of them has gone: what it still waits for is then given up. */

/** The work was cancelled before it had a result. */
export class CancelledError extends Error {
  constructor() {
    super('cancelled: every client that waited for it has gone');
  }
}

export class Task {
  #isCancelled = false;
  #giveUp: (() => void) | undefined;

  /** Idempotent. */
  cancel(): void {
    if (this.#isCancelled) return;
    this.#isCancelled = true;
    this.#giveUp?.();
  }

  get isCancelled(): boolean {
    return this.#isCancelled;
  }

  /**
   * A promise that rejects with CancelledError where the task is cancelled before. A task waits for one thing at a time.
   * @param start  begins what the promise is settled by. It returns what gives that up: false where it is too late, and a result
   *               will come
   */
  wait<T>(
    start: (resolve: (value: T | Promise<T>) => void, reject: (error: unknown) => void) => () => boolean,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#isCancelled) {
        reject(new CancelledError());
        return;
      }
      const giveUp = start(resolve, reject);
      this.#giveUp = () => {
        if (giveUp()) reject(new CancelledError());
      };
    });
  }
}
