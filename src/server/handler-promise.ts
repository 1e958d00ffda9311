import type { HttpResponse } from './http-response.js';

/**
 * What a handler that answers later returns to its caller: to the server, or to a handler around it, which may forget to return
 * or await it. Its rejection is then the failure of the request, as if it had been returned: the client gets a 500. It would be
 * an unhandled rejection otherwise, and end the process.
 */
export class HandlerPromise extends Promise<void> {
  /** Somebody awaits it, or has returned it to somebody who does. */
  #isHeld = false;

  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  static of(outcome: void | Promise<void>, response: HttpResponse): void | Promise<void> {
    if (outcome === undefined || outcome instanceof HandlerPromise) return outcome;
    const promise = new HandlerPromise((resolve) => resolve(outcome));
    // A turn later: what awaits it has to be called first.
    Promise.prototype.then.call(promise, undefined, (error: unknown) =>
      setImmediate(() => {
        if (!promise.#isHeld) response.owner.fail(response, error);
      }),
    );
    return promise;
  }

  // biome-ignore lint/suspicious/noThenProperty: await and return call it, which is how it knows that it is held
  override then<T, U>(
    // biome-ignore lint/suspicious/noConfusingVoidType: it is the type of the value
    onFulfilled?: ((value: void) => T | PromiseLike<T>) | null,
    onRejected?: ((reason: unknown) => U | PromiseLike<U>) | null,
  ): Promise<T | U> {
    this.#isHeld = true;
    return super.then(onFulfilled, onRejected);
  }
}
