import type { Reactor } from '../reactor/reactor.js';

/**
 * Threads report to Node's loop, so a reactor in run() would never get their results.
 * @throws  Error if the reactor is not attached to that loop
 */
export function requireAttached(reactor: Reactor): void {
  if (reactor.isAttached) return;
  throw new Error("files and passwords are for threads, which report to Node's loop: call reactor.attach(), not run()");
}
