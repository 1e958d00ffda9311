/** A place for a worker, in which one follows another after a crash, with a delay that grows. */
import type { WorkerProcess } from './worker-process.js';

/** The delay after a crash, doubled after each further one … systemd: RestartSec=100ms. */
const RESTART_DELAY_MS = 100;

/** … up to this … */
const RESTART_DELAY_MS_MAX = 10_000;

/** … and reset after a worker that has lived so long. */
const RESTART_RESET_MS = 60_000;

export interface WorkerSlotHooks {
  /** Starts a worker. @throws Error ENOMEM */
  start(): WorkerProcess;
  /** A crash, or a worker that could not be started, in a line. */
  onError(message: string): void;
}

export class WorkerSlot {
  readonly #hooks: WorkerSlotHooks;
  #worker: WorkerProcess;
  #startedMs = performance.now();
  #delayMs = RESTART_DELAY_MS;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  /** @param worker  is ready */
  constructor(worker: WorkerProcess, hooks: WorkerSlotHooks) {
    this.#worker = worker;
    this.#hooks = hooks;
  }

  get worker(): WorkerProcess {
    return this.#worker;
  }

  /** @returns  whether it was this slot's worker */
  onCrash(worker: WorkerProcess, reason: string): boolean {
    if (worker !== this.#worker || this.#isClosed) return false;
    if (performance.now() - this.#startedMs >= RESTART_RESET_MS) this.#delayMs = RESTART_DELAY_MS;
    this.#hooks.onError(`worker ${worker.pid} ended: ${reason}; another one follows in ${this.#delayMs} ms`);
    this.#restartLater();
    return true;
  }

  /** No further worker starts in this slot. The caller shuts the current one down. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  #restartLater(): void {
    this.#timer = setTimeout(() => void this.#restart(), this.#delayMs);
    this.#delayMs = Math.min(2 * this.#delayMs, RESTART_DELAY_MS_MAX);
  }

  async #restart(): Promise<void> {
    this.#startedMs = performance.now();
    try {
      this.#worker = this.#hooks.start();
      await this.#worker.ready;
    } catch (error) {
      if (this.#isClosed) return;
      const { message } = error as Error;
      this.#hooks.onError(`a worker could not be started: ${message}; tried again in ${this.#delayMs} ms`);
      this.#restartLater();
    }
  }
}
