/** One place for a worker, in which one follows another: after a crash, with a delay that grows; or with a new configuration. */
import { RESTART_DELAY_MS, RESTART_DELAY_MS_MAX, RESTART_RESET_MS } from '../../limits.js';
import type { WorkerProcess } from './worker-process.js';

export interface SlotHooks {
  /** Starts a worker. @throws Error ENOMEM */
  start(): WorkerProcess;
  /** What is to be known of a crash, in a line. */
  onError(message: string): void;
}

export class Slot {
  readonly #hooks: SlotHooks;
  #worker: WorkerProcess;
  #sinceMs = performance.now();
  #delayMs = RESTART_DELAY_MS;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  /** @param worker  is ready */
  constructor(worker: WorkerProcess, hooks: SlotHooks) {
    this.#worker = worker;
    this.#hooks = hooks;
  }

  get worker(): WorkerProcess {
    return this.#worker;
  }

  /** Whether it has a worker that serves. */
  get isServed(): boolean {
    return this.#timer === undefined && !this.#isClosed;
  }

  /** @returns  whether it was this slot's worker */
  onCrash(worker: WorkerProcess, reason: string): boolean {
    if (worker !== this.#worker || this.#isClosed) return false;
    if (performance.now() - this.#sinceMs >= RESTART_RESET_MS) this.#delayMs = RESTART_DELAY_MS;
    this.#hooks.onError(`worker ${worker.pid} ended: ${reason}; another one follows in ${this.#delayMs} ms`);
    this.#restartLater();
    return true;
  }

  /** Its worker is another one's successor, or nobody's: what becomes of the one before is the caller's. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  #restartLater(): void {
    this.#timer = setTimeout(() => void this.#restart(), this.#delayMs);
    this.#delayMs = Math.min(2 * this.#delayMs, RESTART_DELAY_MS_MAX);
  }

  async #restart(): Promise<void> {
    this.#sinceMs = performance.now();
    try {
      this.#worker = this.#hooks.start();
      await this.#worker.ready;
      this.#timer = undefined;
    } catch (error) {
      if (this.#isClosed) return;
      this.#hooks.onError(
        `a worker could not be started: ${(error as Error).message}; tried again in ${this.#delayMs} ms`,
      );
      this.#restartLater();
    }
  }
}
