/**
 * Keeps workers at work: starts them, replaces those that crash or are stuck, changes them for others with a new
 * configuration, and ends them. It holds the listening sockets, so that no connection is lost between two workers; it serves
 * nobody itself.
 *
 * Whoever reads its configuration, and what signals it gets, is not known here (serve-command.ts).
 */
import { WORKER_ALIVE_EVERY_MS, WORKER_SILENCE_MS } from '../limits.js';
import type { SocketAddress } from '../socket-address.js';
import type { Config, LogLevel } from './config.js';
import { Endpoints } from './endpoints.js';
import { forbidIoUring } from './io-uring.js';
import type { HandedSocket } from './listen-fds.js';
import type { MetricsSnapshot } from './metrics.js';
import { Slot } from './slot.js';
import { WorkerMetrics } from './worker-metrics.js';
import { WorkerProcess } from './worker-process.js';

export interface SupervisorHooks {
  /** Whole lines of the access log. */
  onLogLines(lines: string): void;
  /** What an operator should know. */
  onLog(level: LogLevel, message: string): void;
}

/** How often workers are to say that their loops turn, and how long one may be silent. */
export interface Pulse {
  readonly everyMs: number;
  readonly silenceMs: number;
}

const PULSE: Pulse = { everyMs: WORKER_ALIVE_EVERY_MS, silenceMs: WORKER_SILENCE_MS };

export class Supervisor {
  readonly #hooks: SupervisorHooks;
  #config: Config;
  #endpoints: Endpoints;
  #slots: readonly Slot[] = [];
  /** Workers that finish what they have. */
  readonly #leaving = new Set<WorkerProcess>();
  readonly #pulse: Pulse;
  readonly #watch: NodeJS.Timeout;
  readonly #metrics = new WorkerMetrics();
  #crashCount = 0;
  #sandbox = '';
  #isEnding = false;

  private constructor(config: Config, endpoints: Endpoints, hooks: SupervisorHooks, pulse: Pulse) {
    this.#config = config;
    this.#endpoints = endpoints;
    this.#hooks = hooks;
    this.#pulse = pulse;
    this.#watch = setInterval(() => this.#endStuck(), pulse.everyMs).unref();
  }

  /**
   * Opens the sockets, and starts the workers.
   * @param handed  sockets of whoever started this process
   * @returns       when all of them serve
   * @throws        UserError or SystemError where one cannot: nothing is left then
   */
  static async start(
    config: Config,
    handed: readonly HandedSocket[],
    hooks: SupervisorHooks,
    pulse: Pulse = PULSE,
  ): Promise<Supervisor> {
    if (config.sandbox !== 'off') forbidIoUring();
    const endpoints = Endpoints.open(config.listen, config.workers, undefined, handed);
    const supervisor = new Supervisor(config, endpoints, hooks, pulse);
    try {
      supervisor.#slots = await supervisor.#startAll();
      return supervisor;
    } catch (error) {
      clearInterval(supervisor.#watch);
      endpoints.close();
      endpoints.removeFiles();
      throw error;
    }
  }

  get addresses(): readonly SocketAddress[] {
    return this.#endpoints.addresses;
  }

  get workerCount(): number {
    return this.#slots.filter((slot) => slot.isServed).length;
  }

  /** What its workers are able to do, in a line. */
  get sandbox(): string {
    return this.#sandbox;
  }

  /** Workers that have ended by themselves. */
  get crashCount(): number {
    return this.#crashCount;
  }

  /** Of all its workers, those that were there before among them. */
  metrics(): Promise<readonly MetricsSnapshot[]> {
    return this.#metrics.collect();
  }

  /** Every slot has a worker whose loop was heard of lately. */
  get isHealthy(): boolean {
    return (
      !this.#isEnding && this.#slots.every((slot) => slot.isServed && slot.worker.silenceMs < this.#pulse.silenceMs)
    );
  }

  /** For a successor of this process. */
  get sockets(): readonly HandedSocket[] {
    return this.#endpoints.handed;
  }

  /**
   * Changes the workers for others. Those before finish what they have.
   * @returns  when the new ones serve
   * @throws   UserError or SystemError where they cannot: then all is as it was
   */
  async reconfigure(config: Config): Promise<void> {
    const before = { config: this.#config, endpoints: this.#endpoints, slots: this.#slots };
    const endpoints = Endpoints.open(config.listen, config.workers, before.endpoints);
    this.#config = config;
    this.#endpoints = endpoints;
    try {
      this.#slots = await this.#startAll();
    } catch (error) {
      this.#config = before.config;
      this.#endpoints = before.endpoints;
      endpoints.close(before.endpoints);
      throw error;
    }
    for (const slot of before.slots) {
      slot.close();
      this.#letGo(slot.worker, before.config.shutdownGraceMs);
    }
    before.endpoints.close(endpoints);
    before.endpoints.removeFiles(endpoints);
  }

  /**
   * Ends all workers, when they have finished what is under way or after `graceMs`.
   * @param hasSuccessor  another process goes on with the sockets
   */
  async shutDown(graceMs: number, hasSuccessor: boolean = false): Promise<void> {
    this.#isEnding = true;
    clearInterval(this.#watch);
    for (const slot of this.#slots) {
      slot.close();
      this.#letGo(slot.worker, graceMs);
    }
    // Those that leave already had a grace of their own, which this one may cut.
    for (const worker of this.#leaving) void worker.shutDown(graceMs);
    await Promise.all([...this.#leaving].map((worker) => worker.ended));
    this.#endpoints.close();
    if (!hasSuccessor) this.#endpoints.removeFiles();
  }

  /** @throws  the first error; the others are ended then */
  async #startAll(): Promise<readonly Slot[]> {
    const workers = Array.from({ length: this.#config.workers }, (_, slot) => this.#startWorker(slot));
    try {
      [this.#sandbox = ''] = await Promise.all(workers.map((worker) => worker.ready));
    } catch (error) {
      for (const worker of workers) this.#letGo(worker, 0);
      throw error;
    }
    return workers.map((worker, i) => {
      const slot = new Slot(worker, {
        start: () => this.#startWorker(i),
        onError: (message) => this.#hooks.onLog('error', message),
      });
      if (worker.hasEnded) slot.onCrash(worker, 'at once');
      return slot;
    });
  }

  #startWorker(slot: number): WorkerProcess {
    const worker = new WorkerProcess(this.#config, this.#endpoints.ofSlot(slot), this.#pulse.everyMs, {
      ...this.#hooks,
      onCrash: (worker, reason) => {
        this.#crashCount++;
        for (const each of this.#slots) if (each.onCrash(worker, reason)) return;
      },
    });
    this.#metrics.add(worker);
    return worker;
  }

  #letGo(worker: WorkerProcess, graceMs: number): void {
    this.#leaving.add(worker);
    void worker.shutDown(graceMs).then(() => this.#leaving.delete(worker));
  }

  /** Nothing in a turn blocks; so a loop that was not heard of for long does not come back by itself. */
  #endStuck(): void {
    for (const { isServed, worker } of this.#slots) {
      if (!isServed || worker.silenceMs < this.#pulse.silenceMs) continue;
      this.#hooks.onLog('error', `worker ${worker.pid} was not heard of for ${Math.round(worker.silenceMs / 1000)} s`);
      worker.kill();
    }
  }
}
