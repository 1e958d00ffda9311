/** Bounds how many passwords are checked at once, so that a flood of wrong ones cannot take all cores. */

/** Each takes a core for a quarter of a second, 32 MiB, and one of libuv's four threads. */
export const PASSWORD_JOBS_MAX = 1;

/** Passwords that wait for it. One more is answered 503 … */
export const PASSWORD_JOBS_WAITING_MAX = 16;
/** … with this Retry-After: the time for those that wait. */
export const PASSWORD_RETRY_AFTER_SECONDS = 4;

export class PasswordJobs {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  /** @returns  undefined if too many wait already */
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
      // The next one has the place from now on, and not from when it begins: another may come between.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    });
  }
}
