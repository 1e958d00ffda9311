/** Hooks of a program's, which must not take down what they are told of. */

/** The same hook: what it throws is printed. */
export function safeHook(hook: (error: unknown) => void): (error: unknown) => void {
  return (error) => {
    try {
      hook(error);
    } catch (thrown) {
      report('onHandlerError failed', thrown);
    }
  };
}

/** Prints an error, or that there is one: to print it may call what the error is made of (its `stack`, its inspect method). */
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
