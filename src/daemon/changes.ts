/**
 * The changes of a running server, one at a time: each begins when the one before it is done. A change that is requested
 * twice before it begins runs once.
 */
export class Changes<Change extends string> {
  readonly #make: (change: Change) => Promise<void>;
  readonly #onError: (change: Change, error: unknown) => void;
  /** Changes that wait for their turn. */
  readonly #requested = new Set<Change>();
  /** While the server starts, makes a change, or shuts down, the next change waits. */
  #isWaiting = true;
  #isStopped = false;

  /** @param onError  gets the error of a change that rejects: the next change runs nevertheless */
  constructor(make: (change: Change) => Promise<void>, onError: (change: Change, error: unknown) => void) {
    this.#make = make;
    this.#onError = onError;
  }

  /** The server serves: changes begin from now on, with those that were requested before. */
  start(): void {
    this.#isWaiting = false;
    this.#beginNext();
  }

  request(change: Change): void {
    this.#requested.add(change);
    this.#beginNext();
  }

  /** No further change begins. The one that has begun goes on. */
  stop(): void {
    this.#isStopped = true;
  }

  #beginNext(): void {
    const [change] = this.#requested;
    if (this.#isWaiting || this.#isStopped || change === undefined) return;
    this.#requested.delete(change);
    this.#isWaiting = true;
    void this.#make(change)
      .catch((error: unknown) => this.#onError(change, error))
      .then(() => this.start());
  }
}
