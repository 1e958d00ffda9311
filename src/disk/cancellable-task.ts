/** Work for clients. When the last client has gone the task is cancelled, and the job that it waits for is given up. */

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
   * A promise that rejects with CancelledError if the task is cancelled first. A task waits for one promise at a time.
   * @param start  begins the work that settles the promise, and returns the function that gives it up; that returns false if it is
   *               too late, and a result will come
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
