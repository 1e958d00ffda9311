/** Finds out when a program has nothing left to do without a client: then the clients of an experiment go on. */
import { setTimeout as later } from 'node:timers/promises';
import { isAsleep } from './proc-files.js';

export interface Watched {
  readonly hasEnded: boolean;
  /** Its threads are held; `isReady`: one of them could run a turn. */
  readonly holds: boolean;
  readonly isReady: boolean;
  /** The turn of a step has begun, and is not over. */
  readonly isInTurn: boolean;
  /** The times of its last line and of the last report of a held thread, by performance.now(). */
  readonly lastLineMs: number;
  readonly lastReportMs: number;
  readonly pids: Iterable<number>;
}

const CHECK_MS = 5;

/**
 * A thread that has just begun sleeps until the session has answered it. So the program must be found asleep several times, while the
 * session reads what there is to read.
 */
const CHECKS = 3;

/** A program that was not asleep for so long, and in so many checks, never sleeps: clients no longer wait for it. */
const RESTLESS_MS = 3_000;
const RESTLESS_CHECKS = 100;

export class Settling {
  #isRestless = false;

  /** Resolves when nothing happens without a client, or a person who steps: at least `paceMs` from now. */
  async wait(program: Watched, paceMs: number): Promise<void> {
    const beginMs = performance.now();
    await later(paceMs);
    let calm = 0;
    for (let checks = 1; !program.hasEnded && calm < CHECKS; checks++) {
      const beforeMs = performance.now();
      await later(CHECK_MS);
      calm = program.lastLineMs < beforeMs && isAtRest(program, beginMs) ? calm + 1 : 0;
      if (program.holds) continue; // however long a person thinks
      this.#isRestless ||= checks > RESTLESS_CHECKS && performance.now() - beginMs > RESTLESS_MS;
      if (this.#isRestless) return;
    }
  }
}

function isAtRest({ holds, isReady, isInTurn, lastReportMs, pids }: Watched, sinceMs: number): boolean {
  // A turn may stand still in the middle: a blocking send has found room for a part, and waits for more.
  if (!holds || isInTurn) return [...pids].every(isAsleep);
  return !isReady && lastReportMs > sinceMs;
}
