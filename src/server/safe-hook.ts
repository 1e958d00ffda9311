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

export function report(what: string, error: unknown): void {
  console.error(`epoll-reactor: ${what}:`, error);
}
