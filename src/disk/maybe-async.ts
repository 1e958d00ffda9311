/**
 * What waits for a disk only where it has to. Almost all that is asked for is in memory, and is found out at once; a promise for
 * each step of it would cost more than the steps.
 */

/** Runs until it yields a promise, and goes on with what that has brought. */
export type Waiting<T> = Generator<Promise<unknown>, T, unknown>;

/** Begins it. @returns what it comes to, now if it can */
export function begin<T>(waiting: Waiting<T>): T | Promise<T> {
  const step = waiting.next();
  return step.done === true ? step.value : finish(waiting, step.value);
}

async function finish<T>(waiting: Waiting<T>, first: Promise<unknown>): Promise<T> {
  let awaited = first;
  for (;;) {
    let step: IteratorResult<Promise<unknown>, T>;
    try {
      step = waiting.next(await awaited);
    } catch (error) {
      step = waiting.throw(error); // a generator that has ended by this error throws it again
    }
    if (step.done === true) return step.value;
    awaited = step.value;
  }
}

/** Within such a generator: `yield* until(promise)`. */
export function* until<T>(promise: Promise<T>): Waiting<T> {
  return (yield promise) as T;
}
