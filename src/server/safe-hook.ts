/** Calls of a program's own functions whose failure must not leave the request, or end the process. */

/** What the call throws, or its promise rejects with, goes to `onError`. */
export function attempt(call: () => unknown, onError: (error: unknown) => void): void {
  try {
    const outcome = call();
    if (outcome instanceof Promise) outcome.catch(onError);
  } catch (error) {
    onError(error);
  }
}

/** The hook that hears of errors. Its own are printed. */
export function safeHook(hook: (error: unknown) => unknown): (error: unknown) => void {
  return (error) =>
    attempt(
      () => hook(error),
      (thrown) => report('onHandlerError failed', thrown),
    );
}

/** Prints an error, or that there is one: printing may call code of the error's own (its `stack`, its inspect method). */
export function report(what: string, error: unknown): void {
  try {
    console.error(`epoll-reactor: ${what}:`, error);
  } catch {
    console.error(`epoll-reactor: ${what}: an error that cannot be printed`);
  }
}

/** A promise that its caller may drop: its rejection is then no unhandled one, which would end the process. */
export function unattended<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
