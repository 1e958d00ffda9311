import type { HttpResponse } from './http-response.js';

/**
 * The promise of a handler that answers later. Its caller is the server, or a handler that wraps this one and may forget to
 * return or await the promise. A rejection then still counts as the failure of the request, and the client gets a 500. With a
 * plain promise it would be an unhandled rejection, which ends the process.
 */
export class HandlerPromise extends Promise<void> {
  /** A caller awaits it, or has returned it to a caller that does. */
  #isHeld = false;

  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  static of(outcome: void | Promise<void>, response: HttpResponse): void | Promise<void> {
    if (outcome === undefined || outcome instanceof HandlerPromise) return outcome;
    const promise = new HandlerPromise((resolve) => resolve(outcome));
    // A turn later, so that an awaiting caller is called first.
    Promise.prototype.then.call(promise, undefined, (error: unknown) =>
      setImmediate(() => {
        if (!promise.#isHeld) response.owner.fail(response, error);
      }),
    );
    return promise;
  }

  // biome-ignore lint/suspicious/noThenProperty: await and return call it: so the promise knows that it is held
  override then<T, U>(
    // biome-ignore lint/suspicious/noConfusingVoidType: it is the type of the value
    onFulfilled?: ((value: void) => T | PromiseLike<T>) | null,
    onRejected?: ((reason: unknown) => U | PromiseLike<U>) | null,
  ): Promise<T | U> {
    this.#isHeld = true;
    return super.then(onFulfilled, onRejected);
  }
}
