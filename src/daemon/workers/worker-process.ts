/** A worker as its supervisor sees it: a process that is started, gets ready, serves, and ends, by itself or when told. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { WORKER_END_MS, WORKER_METRICS_MS, WORKER_START_MS } from '../../limits.js';
import type { Config, LogLevel } from '../config/config.js';
import { UserError } from '../config/user-error.js';
import { readLines } from '../logs/read-lines.js';
import { listenFdsEnvironment } from './listen-fds.js';
import type { SlotSocket } from './listening-sockets.js';
import type { MetricsSnapshot } from './metrics.js';
import { readFromWorker, type ToWorker } from './worker-messages.js';

/**
 * What a server makes for a request is garbage when it is answered, so that V8 has no use for the 32 MiB of memory that it would
 * take to collect it less often. What this process was started with comes behind it, and counts.
 */
function workerFlags(): string[] {
  const isChosen = process.env['NODE_OPTIONS']?.includes('semi-space-size') === true;
  return isChosen ? [] : ['--max-semi-space-size=1'];
}

const PROGRAM = fileURLToPath(new URL('worker.js', import.meta.url));

export interface WorkerHooks {
  /** Whole lines of its access log. */
  onLogLines(lines: string): void;
  /** For the error log. */
  onLog(level: LogLevel, message: string): void;
  /** It has ended, by itself, after it was ready. */
  onCrash(worker: WorkerProcess, reason: string): void;
}

export class WorkerProcess {
  /** Resolves with what it is able to do, in a line. @throws UserError of the worker's; Error where it ends without a word */
  readonly ready: Promise<string>;
  /** Settles when there is no such process any more. */
  readonly ended: Promise<void>;
  readonly #child: ChildProcess;
  #onReady: (sandbox: string) => void = () => {};
  #onFailed: (error: Error) => void = () => {};
  /** What it has told last of what it does. */
  lastMetrics: MetricsSnapshot = [];
  /** Those who wait for it to tell more. */
  readonly #onMetrics: (() => void)[] = [];
  #aliveMs = performance.now();
  #isReady = false;
  #hasFailedToStart = false;
  /** It was told to end, or has ended. */
  #isEnding = false;

  constructor(
    config: Config,
    sockets: readonly SlotSocket[],
    aliveEveryMs: number,
    isFirst: boolean,
    hooks: WorkerHooks,
  ) {
    // Descriptor 0 reads nothing, 1 is the access log, 2 is ours; 3 and up are the sockets.
    this.#child = spawn(process.execPath, [...workerFlags(), ...process.execArgv, PROGRAM], {
      stdio: ['ignore', 'pipe', 'inherit', ...sockets.map(({ fd }) => fd), 'ipc'],
      env: { ...process.env, ...listenFdsEnvironment(sockets.map((_, i) => `socket-${i}`)) },
      serialization: 'advanced', // JSON has no Infinity, which limits can be
    });
    this.ready = new Promise((resolve, reject) => {
      this.#onReady = resolve;
      this.#onFailed = reject;
    });
    const giveUp = setTimeout(() => {
      this.#onFailed(new UserError(`a worker was not ready within ${WORKER_START_MS / 1000} s`, 'is a disk stuck?'));
      this.kill();
    }, WORKER_START_MS).unref();
    void this.ready.catch(() => {}).then(() => clearTimeout(giveUp)); // who waits is told; nobody has to wait
    this.ended = new Promise((resolve) => {
      this.#child.on('error', (error) => {
        if (this.#child.pid !== undefined) return; // a signal that did not reach it: it is another's by now
        this.#hasFailedToStart = true; // EAGAIN, EMFILE …
        this.#onFailed(new UserError(error.message, 'look at the limits of processes and descriptors: ulimit -un'));
        this.#forget();
        resolve();
      });
      this.#child.once('exit', (code, signal) => this.#onExit(signal ?? `exit code ${code}`, hooks));
      this.#child.once('close', () => resolve()); // behind the last line of its log
    });
    this.#child.on('message', (message: unknown) => this.#onMessage(message, hooks));
    readLines(this.#child.stdout, hooks.onLogLines);
    this.#send({ type: 'configure', config, listens: sockets.map(({ listen }) => listen), aliveEveryMs, isFirst });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  get hasEnded(): boolean {
    return this.#hasFailedToStart || this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** How long its loop has not been heard of, in milliseconds. */
  get silenceMs(): number {
    return performance.now() - this.#aliveMs;
  }

  /** Lets it finish what is under way. One that does not end in time is ended. */
  async shutDown(graceMs: number): Promise<void> {
    this.#isEnding = true;
    this.#send({ type: 'shut-down', graceMs });
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), Math.min(graceMs + WORKER_END_MS, 2 ** 31 - 1));
    await this.ended;
    clearTimeout(timer);
  }

  /** Ends it as a crash would: it is replaced. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** Resolves when it has told its metrics anew, or does not answer. */
  async tellMetrics(): Promise<void> {
    if (!this.#isReady || !this.#child.connected) return;
    const told = new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, WORKER_METRICS_MS);
      this.#onMetrics.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
    this.#send({ type: 'metrics' });
    await told;
  }

  #onMessage(said: unknown, hooks: WorkerHooks): void {
    const message = readFromWorker(said);
    switch (message?.type) {
      case 'ready':
        this.#isReady = true;
        this.#aliveMs = performance.now();
        this.#onReady(message.sandbox);
        break;
      case 'failed': {
        const { message: text, hint } = message;
        this.#isEnding = true;
        this.#onFailed(hint === undefined ? new Error(text) : new UserError(text, hint));
        break;
      }
      case 'alive':
        this.#aliveMs = performance.now();
        break;
      case 'metrics':
        this.lastMetrics = message.metrics;
        this.#tellWaiting();
        break;
      case 'log':
        hooks.onLog(message.level, `worker ${this.pid}: ${message.message}`);
    }
  }

  #onExit(reason: string, hooks: WorkerHooks): void {
    this.#onFailed(new UserError(`a worker ended before it was ready: ${reason}`, 'what it has said is on stderr'));
    if (this.#isReady && !this.#isEnding) hooks.onCrash(this, reason);
    this.#forget();
  }

  /** There is no such process. */
  #forget(): void {
    this.#isEnding = true;
    this.#tellWaiting();
  }

  #tellWaiting(): void {
    for (const tell of this.#onMetrics.splice(0)) tell();
  }

  #send(message: ToWorker): void {
    // One that has just ended cannot be told, and need not be.
    if (this.#child.connected) this.#child.send(message, () => {});
  }
}
