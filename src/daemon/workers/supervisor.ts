/**
 * Starts workers, replaces workers that crash or are stuck, exchanges them for workers with a new configuration, and ends them. It
 * holds the listening sockets, so that no connection is lost between two workers, and serves no client itself.
 *
 * It does not know where its configuration comes from, nor which signals come (run-supervised.ts).
 */
import type { SocketAddress } from '../../linux/socket-address.js';
import { TicketKeys } from '../../tls/ticket-keys.js';
import type { TlsOptions } from '../../tls/tls-options.js';
import type { LogLevel } from '../config/value-shapes.js';
import { forbidIoUring } from '../sandbox/io-uring.js';
import type { SandboxReport } from '../sandbox/sandbox.js';
import type { Settings } from '../tls/settings.js';
import type { HandedSocket } from './listen-fds.js';
import { ListeningSockets } from './listening-sockets.js';
import type { MetricsSnapshot } from './metrics.js';
import { WorkerMetrics } from './worker-metrics.js';
import { WorkerProcess } from './worker-process.js';
import { WorkerSlot } from './worker-slot.js';

export interface SupervisorHooks {
  /** Whole lines of the access log. */
  onLogLines(lines: string): void;
  /** For the error log. */
  onLog(level: LogLevel, message: string): void;
  /** A listening socket was shut down by a worker: reconfigure() opens another one. */
  onDeafSocket(): void;
}

/** How often workers report that their loops turn, and the silence after which a worker is killed and replaced. */
export interface Pulse {
  readonly everyMs: number;
  readonly silenceMs: number;
}

/** A loop never blocks for so long; a machine that swaps can. */
const PULSE: Pulse = { everyMs: 5_000, silenceMs: 30_000 };

export class Supervisor {
  readonly #hooks: SupervisorHooks;
  readonly #pulse: Pulse;
  readonly #watch: NodeJS.Timeout;
  readonly #metrics = new WorkerMetrics();
  #settings: Settings;
  #sockets: ListeningSockets;
  #slots: readonly WorkerSlot[] = [];
  /** Workers that are not ready yet: of the first start, or of an exchange. */
  readonly #starting = new Set<WorkerProcess>();
  /** Workers that are shutting down. */
  readonly #leaving = new Set<WorkerProcess>();
  /** undefined until the first worker serves HTTPS. */
  #tickets: TicketKeys | undefined;
  #watchedMs = performance.now();
  #crashCount = 0;
  #sandbox: SandboxReport = { line: '', missing: [] };
  /** Until this process serves, the files of Unix sockets handed over by a predecessor belong to the predecessor. */
  #ownsFiles: boolean;
  /** From shutDown() on. */
  #stopped: Promise<void> | undefined;

  /**
   * Opens the sockets.
   * @param handed  sockets of the process that started this one
   * @throws        SystemError EADDRINUSE …
   */
  constructor(settings: Settings, handed: readonly HandedSocket[], hooks: SupervisorHooks, pulse: Pulse = PULSE) {
    const { config } = settings;
    if (config.sandbox !== 'off') forbidIoUring();
    this.#settings = settings;
    this.#sockets = ListeningSockets.open(config.listen, config.workers, undefined, handed);
    this.#ownsFiles = handed.length === 0;
    this.#hooks = hooks;
    this.#pulse = pulse;
    this.#watch = setInterval(() => this.#look(), pulse.everyMs).unref();
  }

  /**
   * Starts the workers.
   * @returns  when all of them serve
   * @throws   UserError or Error if one cannot, or if shutDown() was called meanwhile: nothing is left then
   */
  async start(): Promise<void> {
    try {
      this.#slots = await this.#startAll(this.#settings, this.#sockets);
      this.#ownsFiles = true;
    } catch (error) {
      await this.shutDown(0);
      throw error;
    }
  }

  get addresses(): readonly SocketAddress[] {
    return this.#sockets.addresses;
  }

  /** Workers that serve. */
  get workerCount(): number {
    return this.#slots.filter(({ worker }) => worker.isReady).length;
  }

  /** The rights of its workers. */
  get sandbox(): SandboxReport {
    return this.#sandbox;
  }

  /** Workers that crashed or were killed. */
  get crashCount(): number {
    return this.#crashCount;
  }

  /** Open connections of workers that are shutting down: each waits for a response. */
  async countLeaving(): Promise<number> {
    const workers = [...this.#leaving];
    const answers = await Promise.all(workers.map((worker) => worker.answers()));
    return workers.reduce((sum, worker, i) => (answers[i] ? sum + worker.connectionCount : sum), 0);
  }

  /** The metrics of all workers, including those that have ended. */
  metrics(): Promise<readonly MetricsSnapshot[]> {
    return this.#metrics.collect();
  }

  /** Whether all sockets listen, and all workers answer now. */
  async isReady(): Promise<boolean> {
    if (this.#stopped !== undefined || !this.#sockets.areListening) return false;
    const answers = await Promise.all(this.#slots.map(({ worker }) => worker.isReady && worker.answers()));
    return answers.every((hasAnswered) => hasAnswered) && this.#stopped === undefined;
  }

  /** A worker whose loop does not turn, and that was not replaced yet. */
  get hasStuckWorker(): boolean {
    return this.#slots.some(({ worker }) => this.#isStuck(worker));
  }

  /** For a successor of this process. */
  get sockets(): readonly HandedSocket[] {
    return this.#sockets.handed;
  }

  /**
   * Exchanges the workers, and replaces sockets that no longer listen. The old workers finish their requests.
   * @returns  when the new ones serve
   * @throws   UserError or SystemError if they cannot: then the old workers go on
   */
  async reconfigure(settings: Settings): Promise<void> {
    const { config } = settings;
    const before = { config: this.#settings.config, sockets: this.#sockets, slots: this.#slots };
    const sockets = ListeningSockets.open(config.listen, config.workers, before.sockets);
    try {
      this.#slots = await this.#startAll(settings, sockets);
    } catch (error) {
      sockets.close(before.sockets);
      sockets.removeFiles(before.sockets);
      throw error;
    }
    this.#settings = settings;
    this.#sockets = sockets;
    for (const slot of before.slots) {
      slot.close();
      this.#letGo(slot.worker, before.config.shutdownGraceMs);
    }
    before.sockets.close(sockets);
    before.sockets.removeFiles(sockets);
  }

  /** Exchanges the workers as well. @throws  as reconfigure() */
  replaceSockets(): Promise<void> {
    return this.reconfigure(this.#settings);
  }

  /**
   * Ends all workers when their requests are finished, or after `graceMs`. A second call with less grace ends them sooner.
   *
   * No process listens from now on: this process closes its sockets first, and each worker accepts the connections that wait and closes
   * its own. Later clients are refused at once, and do not wait for a server that will not come.
   * @param hasSuccessor  another process goes on with the sockets; the first call decides
   */
  shutDown(graceMs: number, hasSuccessor: boolean = false): Promise<void> {
    if (this.#stopped === undefined) {
      clearInterval(this.#watch);
      this.#sockets.close();
      if (this.#ownsFiles && !hasSuccessor) this.#sockets.removeFiles();
      for (const slot of this.#slots) {
        slot.close();
        this.#leaving.add(slot.worker);
      }
      for (const worker of this.#starting) this.#leaving.add(worker);
    }
    // Workers of an earlier configuration had a grace of their own, which this one may cut.
    const ended = Promise.all([...this.#leaving].map((worker) => worker.shutDown(graceMs)));
    this.#stopped ??= ended.then(() => {});
    return this.#stopped;
  }

  /** @throws  the first error; the other workers are ended */
  async #startAll(settings: Settings, sockets: ListeningSockets): Promise<readonly WorkerSlot[]> {
    const workers: WorkerProcess[] = [];
    try {
      for (let slot = 0; slot < settings.config.workers; slot++) {
        const worker = this.#startWorker(settings, sockets, slot);
        workers.push(worker);
        this.#starting.add(worker);
      }
      [this.#sandbox = this.#sandbox] = await Promise.all(workers.map((worker) => worker.ready));
      if (this.#stopped !== undefined) throw new Error('it was told to stop');
    } catch (error) {
      for (const worker of workers) this.#letGo(worker, 0);
      throw error;
    } finally {
      for (const worker of workers) this.#starting.delete(worker);
    }
    return workers.map((worker, i) => {
      const slot = new WorkerSlot(worker, {
        // Uses the settings of this slot, because the new settings of an exchange may not be in force yet.
        start: () => this.#startWorker(settings, sockets, i),
        onError: (message) => this.#hooks.onLog('error', message),
      });
      if (worker.hasEnded) slot.onCrash(worker, 'at once');
      return slot;
    });
  }

  /** @throws  Error ENOMEM: there is no such process */
  #startWorker({ config, tls }: Settings, sockets: ListeningSockets, slot: number): WorkerProcess {
    const worker = new WorkerProcess(
      { config, tls: tls && this.#withTickets(tls), aliveEveryMs: this.#pulse.everyMs, isFirst: slot === 0 },
      sockets.ofSlot(slot),
      {
        ...this.#hooks,
        onCrash: (worker, reason) => {
          this.#crashCount++;
          this.#lookAtSockets();
          for (const each of this.#slots) if (each.onCrash(worker, reason)) return;
        },
      },
    );
    this.#metrics.add(worker);
    return worker;
  }

  /** Workers resume each other's sessions, also after an exchange. */
  #withTickets(tls: TlsOptions): TlsOptions {
    this.#tickets ??= new TicketKeys();
    this.#tickets.advance();
    return { ...tls, ticketSecret: this.#tickets.shared };
  }

  #letGo(worker: WorkerProcess, graceMs: number): void {
    this.#leaving.add(worker);
    void worker.shutDown(graceMs).then(() => this.#leaving.delete(worker));
  }

  #look(): void {
    this.#lookAtSockets();
    this.#tickets?.advance(); // drops a secret whose time is over
    // If this process itself stood still, the workers' reports are read before the next check.
    const sinceMs = performance.now() - this.#watchedMs;
    this.#watchedMs = performance.now();
    if (sinceMs <= 2 * this.#pulse.everyMs) this.#killStuck();
  }

  #lookAtSockets(): void {
    if (this.#stopped === undefined && !this.#sockets.areListening) this.#hooks.onDeafSocket();
  }

  /** Nothing in a turn blocks, so a loop that is silent for so long does not recover by itself. */
  #killStuck(): void {
    for (const { worker } of this.#slots) {
      if (!this.#isStuck(worker)) continue;
      this.#hooks.onLog('error', `worker ${worker.pid} was not heard of for ${Math.round(worker.silenceMs / 1000)} s`);
      worker.kill();
    }
  }

  #isStuck(worker: WorkerProcess): boolean {
    return worker.isReady && worker.silenceMs >= this.#pulse.silenceMs;
  }
}
