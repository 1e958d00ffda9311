/**
 * Keeps workers at work: starts them, replaces those that crash or are stuck, changes them for others with a new
 * configuration, and ends them. It holds the listening sockets, so that no connection is lost between two workers; it serves
 * nobody itself.
 *
 * Whoever reads its configuration, and what signals it gets, is not known here (run-supervised.ts).
 */
import { WORKER_ALIVE_EVERY_MS, WORKER_SILENCE_MS } from '../../limits.js';
import type { SocketAddress } from '../../linux/socket-address.js';
import type { Config, LogLevel } from '../config/config.js';
import { forbidIoUring } from '../sandbox/io-uring.js';
import type { HandedSocket } from './listen-fds.js';
import { Endpoints } from './listening-sockets.js';
import type { MetricsSnapshot } from './metrics.js';
import { WorkerMetrics } from './worker-metrics.js';
import { WorkerProcess } from './worker-process.js';
import { Slot } from './worker-slot.js';

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
  /** Workers that are not ready yet: of a first start, or of a change. */
  readonly #starting = new Set<WorkerProcess>();
  readonly #pulse: Pulse;
  readonly #watch: NodeJS.Timeout;
  readonly #metrics = new WorkerMetrics();
  #watchedMs = performance.now();
  #crashCount = 0;
  #sandbox = '';
  #isEnding = false;
  /** Who has handed sockets over goes on with them, and with the files of Unix sockets, where this one does not come to serve. */
  #ownsFiles: boolean;
  #ended: Promise<void> | undefined;

  /**
   * Opens the sockets.
   * @param handed  sockets of whoever started this process
   * @throws        SystemError EADDRINUSE …
   */
  constructor(config: Config, handed: readonly HandedSocket[], hooks: SupervisorHooks, pulse: Pulse = PULSE) {
    if (config.sandbox !== 'off') forbidIoUring();
    this.#config = config;
    this.#endpoints = Endpoints.open(config.listen, config.workers, undefined, handed);
    this.#ownsFiles = handed.length === 0;
    this.#hooks = hooks;
    this.#pulse = pulse;
    this.#watch = setInterval(() => this.#endStuck(), pulse.everyMs).unref();
  }

  /**
   * Starts the workers.
   * @returns  when all of them serve
   * @throws   UserError or Error where one cannot, or shutDown() was called meanwhile: nothing is left then
   */
  async start(): Promise<void> {
    try {
      this.#slots = await this.#startAll(this.#config, this.#endpoints);
      this.#ownsFiles = true;
    } catch (error) {
      await this.shutDown(0);
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

  /** A worker that does not come to its turns, and was not replaced yet. */
  get hasStuckWorker(): boolean {
    return this.#slots.some((slot) => slot.isServed && slot.worker.silenceMs >= this.#pulse.silenceMs);
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
    try {
      this.#slots = await this.#startAll(config, endpoints);
    } catch (error) {
      endpoints.close(before.endpoints);
      endpoints.removeFiles(before.endpoints);
      throw error;
    }
    this.#config = config;
    this.#endpoints = endpoints;
    for (const slot of before.slots) {
      slot.close();
      this.#letGo(slot.worker, before.config.shutdownGraceMs);
    }
    before.endpoints.close(endpoints);
    before.endpoints.removeFiles(endpoints);
  }

  /**
   * Ends all workers, when they have finished what is under way or after `graceMs`. Once more, with less grace: sooner.
   * @param hasSuccessor  another process goes on with the sockets; what the first call says counts
   */
  shutDown(graceMs: number, hasSuccessor: boolean = false): Promise<void> {
    this.#isEnding = true;
    clearInterval(this.#watch);
    for (const slot of this.#slots) {
      slot.close();
      this.#letGo(slot.worker, graceMs);
    }
    for (const worker of this.#starting) this.#letGo(worker, worker.isReady ? graceMs : 0);
    // Those that leave already had a grace of their own, which this one may cut.
    for (const worker of this.#leaving) void worker.shutDown(graceMs);
    this.#ended ??= this.#end(this.#ownsFiles && !hasSuccessor);
    return this.#ended;
  }

  async #end(removesFiles: boolean): Promise<void> {
    await Promise.all([...this.#leaving].map((worker) => worker.ended));
    this.#endpoints.close();
    if (removesFiles) this.#endpoints.removeFiles();
  }

  /** @throws  the first error; the others are ended then */
  async #startAll(config: Config, endpoints: Endpoints): Promise<readonly Slot[]> {
    const workers: WorkerProcess[] = [];
    try {
      for (let slot = 0; slot < config.workers; slot++) {
        const worker = this.#startWorker(config, endpoints, slot);
        workers.push(worker);
        this.#starting.add(worker);
      }
      [this.#sandbox = ''] = await Promise.all(workers.map((worker) => worker.ready));
      if (this.#isEnding) throw new Error('it was told to stop');
    } catch (error) {
      for (const worker of workers) this.#letGo(worker, 0);
      throw error;
    } finally {
      for (const worker of workers) this.#starting.delete(worker);
    }
    return workers.map((worker, i) => {
      const slot = new Slot(worker, {
        // What it is configured with is its own: a change may be under way, which is not in force yet.
        start: () => this.#startWorker(config, endpoints, i),
        onError: (message) => this.#hooks.onLog('error', message),
      });
      if (worker.hasEnded) slot.onCrash(worker, 'at once');
      return slot;
    });
  }

  /** @throws  Error ENOMEM: there is no such process */
  #startWorker(config: Config, endpoints: Endpoints, slot: number): WorkerProcess {
    const worker = new WorkerProcess(config, endpoints.ofSlot(slot), this.#pulse.everyMs, slot === 0, {
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
    // Who stood still itself has heard of nobody: what workers have told meanwhile is heard until the next time.
    const sinceMs = performance.now() - this.#watchedMs;
    this.#watchedMs = performance.now();
    if (sinceMs > 2 * this.#pulse.everyMs) return;
    for (const { isServed, worker } of this.#slots) {
      if (!isServed || worker.silenceMs < this.#pulse.silenceMs) continue;
      this.#hooks.onLog('error', `worker ${worker.pid} was not heard of for ${Math.round(worker.silenceMs / 1000)} s`);
      worker.kill();
    }
  }
}
