/** Calls functions of the program whose failure must not affect other requests or end the process. */

/** Passes the error that the call throws, or with which its promise rejects, to `onError`. */
export function attempt(call: () => unknown, onError: (error: unknown) => void): void {
  try {
    const outcome = call();
    if (outcome instanceof Promise) outcome.catch(onError);
  } catch (error) {
    onError(error);
  }
}

/** Wraps a hook that receives errors, so that its own errors are printed. */
export function safeHook(hook: (error: unknown) => unknown): (error: unknown) => void {
  return (error) =>
    attempt(
      () => hook(error),
      (thrown) => report('onHandlerError failed', thrown),
    );
}

/**
 * Prints an error. If that fails, prints that there is one: printing may call the error's own code (its `stack`, its inspect
 * method).
 */
export function report(what: string, error: unknown): void {
  try {
    console.error(`epoll-reactor: ${what}:`, error);
  } catch {
    console.error(`epoll-reactor: ${what}: an error that cannot be printed`);
  }
}

/** A promise that its caller may drop. Without this its rejection would be unhandled, and end the process. */
export function unattended<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
