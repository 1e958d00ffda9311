/**
 * How many passwords are checked at once. A check takes a core for a quarter of a second, and 32 MiB: whoever sends wrong passwords
 * in a flood must not get all of them. One at a time, a few wait, the others are told to come back.
 */
import { PASSWORD_JOBS_MAX, PASSWORD_JOBS_WAITING_MAX } from '../limits.js';

export class PasswordJobs {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  /** @returns  undefined where too many wait already */
  run<Result>(job: () => Promise<Result>): Promise<Result> | undefined {
    if (this.#running < PASSWORD_JOBS_MAX) {
      this.#running++;
      return this.#start(job);
    }
    if (this.#waiting.length >= PASSWORD_JOBS_WAITING_MAX) return undefined;
    return new Promise<void>((resolve) => this.#waiting.push(resolve)).then(() => this.#start(job));
  }

  #start<Result>(job: () => Promise<Result>): Promise<Result> {
    return job().finally(() => {
      // Whoever waits has the place from now on, and not from when it begins: somebody may come between.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    });
  }
}
