/**
 * A worker as its supervisor sees it: a process that starts, serves and ends.
 *
 *   starting → ready     it reports that it accepts connections
 *   starting → stopping  it reports that it cannot, or is not ready in time: it is killed
 *   ready    → stopping  shutDown()
 *   any      → ended     the process is gone; if it was ready, it has crashed
 *
 * Clients reach the worker, so an attacker may control it. Its messages are read up to a length and a rate, and checked against a
 * schema (worker-messages.ts). A worker that sends anything else is killed and replaced.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { PACKAGE_FOLDER } from '../../native/package-folder.js';
import { UserError } from '../config/user-error.js';
import type { LogLevel } from '../config/value-shapes.js';
import { readLines } from '../logs/read-lines.js';
import { nodeFlags } from '../sandbox/inspector.js';
import type { SandboxReport } from '../sandbox/sandbox.js';
import { Channel } from './channel.js';
import { FIRST_FD, listenFdsEnvironment } from './listen-fds.js';
import type { SlotSocket } from './listening-sockets.js';
import type { MetricsSnapshot } from './metrics.js';
import { MESSAGE_OVERHEAD_BYTES, readPaced, SAID_BYTES_PER_SECOND_MAX } from './paced-reading.js';
import {
  FROM_WORKER_BYTES_MAX,
  type FromWorker,
  readFromWorker,
  type ToWorker,
  type WorkerConfiguration,
} from './worker-messages.js';

/** From its start until a worker serves. */
const WORKER_START_MS = 30_000;

/** Added to the grace, for the last bytes of a worker and the end of its process; then it is killed. After its end, for reading what is left of its output. */
export const WORKER_END_MS = 2_000;

/** Time for a worker to answer. Prometheus waits 10 s for metrics (scrape_timeout), Kubernetes 1 s for readiness (timeoutSeconds). */
const ANSWER_MS = 800;

/**
 * Objects made for a request are garbage once it is answered, so a server gains nothing by the 32 MiB that V8 would use to collect
 * garbage less often. This process's own flags follow, and override it.
 */
function memoryFlags(): string[] {
  const isChosen = process.env['NODE_OPTIONS']?.includes('semi-space-size') === true;
  return isChosen ? [] : ['--max-semi-space-size=1'];
}

const NEWLINE = 10;

const PROGRAM = join(PACKAGE_FOLDER, 'dist/worker.cjs');

export interface WorkerHooks {
  /** Whole lines of its access log. */
  onLogLines(lines: string): void;
  /** For the error log. */
  onLog(level: LogLevel, message: string): void;
  /** It was ready, and has crashed or was killed. */
  onCrash(worker: WorkerProcess, reason: string): void;
}

export class WorkerProcess {
  /** Resolves with its rights. @throws UserError or Error why it cannot serve */
  readonly ready: Promise<SandboxReport>;
  /** Settles when the process is gone and all its output is read, or dropped WORKER_END_MS later. */
  readonly ended: Promise<void>;
  readonly #child: ChildProcess;
  readonly #channel: Channel<FromWorker> | undefined;
  readonly #hooks: WorkerHooks;
  #state: 'starting' | 'ready' | 'stopping' | 'ended' = 'starting';
  #onReady: (sandbox: SandboxReport) => void = () => {};
  #onFailed: (error: Error) => void = () => {};
  #aliveMs = performance.now();
  #lastMetrics: MetricsSnapshot = {};
  #connectionCount = 0;
  #answer: Promise<boolean> | undefined;
  #onAnswer: (hasAnswered: boolean) => void = () => {};

  constructor(configuration: WorkerConfiguration, sockets: readonly SlotSocket[], hooks: WorkerHooks) {
    this.#hooks = hooks;
    const isModule = configuration.config.module !== undefined;
    const fds = sockets.map(({ fd }) => fd);
    // 0 reads nothing, 1 is the access log, 2 has messages of Node and libraries; then come the sockets, and the channel. A module
    // writes where this process does, and the access log comes after the channel.
    this.#child = spawn(process.execPath, [...(isModule ? [] : memoryFlags()), ...nodeFlags(), PROGRAM], {
      stdio: isModule
        ? ['ignore', 'inherit', 'inherit', ...fds, 'pipe', 'pipe']
        : ['ignore', 'pipe', 'pipe', ...fds, 'pipe'],
      env: { ...process.env, ...listenFdsEnvironment(sockets.map((_, i) => `socket-${i}`)) },
    });
    this.ready = new Promise((resolve, reject) => {
      this.#onReady = resolve;
      this.#onFailed = reject;
    });
    this.ready.catch(() => {}); // the caller may wait for it, or not
    this.#killIfLate();
    this.ended = this.#whenEnded(isModule);
    const { stdout, stderr, stdio = [] } = this.#child; // no streams if no process could be started for lack of descriptors
    const channel = stdio[FIRST_FD + fds.length];
    readLines(isModule ? readable(stdio[FIRST_FD + fds.length + 1]) : stdout, hooks.onLogLines);
    readLines(stderr, (lines) => {
      for (const line of lines.trimEnd().split('\n')) this.#log('error', line);
    });
    if (stderr) readPaced(stderr, SAID_BYTES_PER_SECOND_MAX, costOfLines);
    this.#channel = this.#openChannel(channel);
    this.#send({ type: 'configure', ...configuration, listens: sockets.map(({ listen }) => listen) });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get isReady(): boolean {
    return this.#state === 'ready';
  }

  get hasEnded(): boolean {
    return this.#state === 'ended';
  }

  /** Time since its last report, in milliseconds. */
  get silenceMs(): number {
    return performance.now() - this.#aliveMs;
  }

  /** Its last report. */
  get lastMetrics(): MetricsSnapshot {
    return this.#lastMetrics;
  }

  /** Open connections, by its last report. */
  get connectionCount(): number {
    return this.#connectionCount;
  }

  /** Lets it finish its requests for at most `graceMs`. A worker that is not ready has none: it is killed. */
  async shutDown(graceMs: number): Promise<void> {
    if (this.#state === 'starting') this.#fail(new Error('it was told to stop'));
    if (this.#state === 'ready') this.#state = 'stopping';
    this.#send({ type: 'shut-down', graceMs });
    const timer = setTimeout(() => this.kill(), graceMs + WORKER_END_MS);
    await this.ended;
    clearTimeout(timer);
  }

  /** Ends it as a crash would: a worker that was ready is replaced. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** Asks for a report of its metrics. @returns  whether it came in time */
  answers(): Promise<boolean> {
    if (this.#state === 'starting' || this.#state === 'ended') return Promise.resolve(false);
    this.#answer ??= this.#ask();
    return this.#answer;
  }

  async #ask(): Promise<boolean> {
    this.#send({ type: 'report' });
    const hasAnswered = await new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => resolve(false), ANSWER_MS);
      this.#onAnswer = (isIt) => {
        clearTimeout(timer);
        resolve(isIt);
      };
    });
    this.#answer = undefined;
    return hasAnswered;
  }

  #killIfLate(): void {
    const seconds = WORKER_START_MS / 1000;
    const late = new UserError(`a worker was not ready within ${seconds} s`, 'is a disk stuck?');
    const timer = setTimeout(() => this.#fail(late), WORKER_START_MS).unref();
    this.ready.catch(() => {}).finally(() => clearTimeout(timer));
  }

  #whenEnded(isModule: boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#child.on('error', (error) => {
        if (this.#child.pid !== undefined) return; // this error is of a signal that did not reach it, not of its start
        // EAGAIN, EMFILE …
        this.#onEnd(new UserError(error.message, 'look at the limits of processes and descriptors: ulimit -un'));
        resolve();
      });
      this.#child.once('exit', (code, signal) => {
        const reason = signal ?? `exit code ${code}`;
        const isCrash = this.#state === 'ready';
        this.#onEnd(
          isModule
            ? new UserError('the module could not be loaded', 'the error above says why')
            : new UserError(`a worker ended before it was ready: ${reason}`, 'the error log has what it has said'),
        );
        if (isCrash) this.#hooks.onCrash(this, reason);
        // Neither the pace at which a worker is read nor a process that the worker has left may keep this process from
        // ending.
        const timer = setTimeout(() => this.#dropUnread(), WORKER_END_MS);
        this.#child.once('close', () => clearTimeout(timer));
      });
      this.#child.once('close', () => resolve());
    });
  }

  /** Drops the unread output, so that the child closes. */
  #dropUnread(): void {
    for (const stream of this.#child.stdio) stream?.destroy();
  }

  #openChannel(stream: unknown): Channel<FromWorker> | undefined {
    if (!(stream instanceof Socket)) return undefined;
    return new Channel(stream, {
      lineBytesMax: FROM_WORKER_BYTES_MAX,
      bytesPerSecondMax: SAID_BYTES_PER_SECOND_MAX,
      read: readFromWorker,
      onMessage: (message) => this.#onMessage(message),
      onBroken: () => this.#onBreach(),
    });
  }

  #onMessage(message: FromWorker): void {
    const isOfStart = message.type === 'ready' || message.type === 'failed';
    if (isOfStart && this.#state !== 'starting') {
      if (this.#state === 'ready') this.#onBreach(); // or it was told to stop meanwhile
      return;
    }
    switch (message.type) {
      case 'ready':
        this.#state = 'ready';
        this.#aliveMs = performance.now();
        this.#onReady(message.sandbox);
        break;
      case 'failed':
        this.#fail(
          message.hint === undefined ? new Error(message.message) : new UserError(message.message, message.hint),
        );
        break;
      case 'alive':
        this.#aliveMs = performance.now();
        break;
      case 'report':
        this.#lastMetrics = message.metrics;
        this.#connectionCount = message.connectionCount;
        this.#onAnswer(true);
        break;
      case 'log':
        this.#log(message.level, message.message);
    }
  }

  /** An intact worker does not send this: kill it. */
  #onBreach(): void {
    this.#log('error', 'said what no worker says, and is killed');
    this.kill();
  }

  /** It failed before it was ready. */
  #fail(error: Error): void {
    if (this.#state !== 'starting') return;
    this.#state = 'stopping';
    this.#onFailed(error);
    this.kill();
  }

  #onEnd(error: Error): void {
    this.#state = 'ended';
    this.#onFailed(error); // unless it was ready
    this.#onAnswer(false);
  }

  #log(level: LogLevel, message: string): void {
    this.#hooks.onLog(level, `worker ${this.pid}: ${message}`);
  }

  #send(message: ToWorker): void {
    this.#channel?.send(message);
  }
}

function readable(stream: unknown): Socket | null {
  return stream instanceof Socket ? stream : null;
}

function costOfLines(chunk: Buffer): number {
  let lines = 0;
  for (const byte of chunk) if (byte === NEWLINE) lines++;
  return chunk.length + lines * MESSAGE_OVERHEAD_BYTES;
}
