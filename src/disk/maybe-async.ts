/**
 * Work that waits for a disk only if it must. Almost every requested file is in memory and found at once; a promise for each
 * step would cost more than the steps.
 */

/** Runs until it yields a promise, and goes on with its value. */
export type MaybeAsync<T> = Generator<Promise<unknown>, T, unknown>;

/** @returns  the result; a promise of it only if the work must wait */
export function run<T>(work: MaybeAsync<T>): T | Promise<T> {
  const step = work.next();
  return step.done === true ? step.value : finish(work, step.value);
}

async function finish<T>(work: MaybeAsync<T>, first: Promise<unknown>): Promise<T> {
  let awaited = first;
  for (;;) {
    let step: IteratorResult<Promise<unknown>, T>;
    try {
      step = work.next(await awaited);
    } catch (error) {
      step = work.throw(error); // a generator that has ended by this error throws it again
    }
    if (step.done === true) return step.value;
    awaited = step.value;
  }
}

/** Within such a generator: `yield* wait(promise)`. */
export function* wait<T>(promise: T | Promise<T>): MaybeAsync<T> {
  return promise instanceof Promise ? ((yield promise) as T) : promise;
}
