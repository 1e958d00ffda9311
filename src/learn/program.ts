/** The program of an exercise: a process with bounds, whose system calls are read while it runs. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PACKAGE_FOLDER } from '../native/package-folder.js';
import { Client } from './client.js';
import type { Report, Setup } from './setup.js';
import { areBytesUnderWay, processorSeconds, type Standstill, standstillOf } from './standstill.js';

/** The result of until(). */
export type Outcome =
  | { readonly kind: 'met' }
  /** The program sleeps in a call, and nothing will wake it but a client. */
  | ({ readonly kind: 'stands' } & Standstill)
  /** It has made too many calls: `line` is the most frequent one. */
  | { readonly kind: 'floods'; readonly calls: number; readonly line: string; readonly count: number }
  /** It computes without making calls. */
  | { readonly kind: 'computes' }
  /** serve() has returned, or thrown. */
  | { readonly kind: 'ended'; readonly error: string };

/** Sees the process of a program from outside. */
export interface Watch {
  /** For the process. */
  readonly environment: Readonly<Record<string, string>>;
  /** Called before the process is ended by the judge. */
  beforeEnd(): void;
}

/** A program to judge. */
export interface Learner {
  readonly file: string;
  readonly watch?: Watch;
  /** Gets what the program prints, up to a bound. */
  readonly onPrint?: (text: string) => void;
}

export interface StartOptions {
  readonly setup: Setup;
  /** Acts on the clients before the program begins. */
  readonly prepare?: (program: Program) => Promise<unknown>;
  /** Clients that read nothing at first. */
  readonly areReading?: boolean;
  /** Calls after which the program is ended. */
  readonly callsMax?: number;
}

const RUNNER = join(PACKAGE_FOLDER, 'dist/learn-runner.cjs');
/** Seconds of processor time, and descriptors: a program that runs away ends by itself. */
const BOUNDS = 'ulimit -t 20; ulimit -n 256';
const COMPUTES_SECONDS = 2;
const CALLS_MAX = 2_000;
/** Characters that are shown. */
const PRINTED_MAX = 4_096;
const SAMPLE_MS = 3;
/** So many samples in a row show the same sleep. */
const SAMPLES = 4;

export class Program {
  readonly #child: ChildProcess;
  readonly #watch: Watch | undefined;
  readonly #callsMax: number;
  readonly clients: Client[] = [];
  /** Its descriptors, in the order of serve()'s arguments. */
  fds: readonly number[] = [];
  /** Its calls since serve() began. */
  readonly calls: string[] = [];
  /** The result of serve(). */
  returned: unknown;
  /** Its own lines on stderr. */
  #ownLines = '';
  #port = 0;
  #hasBegun = false;
  #hasEnded = false;
  #processorSeconds = 0;

  private constructor({ file, watch, onPrint }: Learner, setup: Setup, callsMax: number) {
    this.#watch = watch;
    this.#callsMax = callsMax;
    const command = [process.execPath, RUNNER, file, JSON.stringify(setup)];
    this.#child = spawn('sh', ['-c', `${BOUNDS}; exec "$@"`, 'sh', ...command], {
      cwd: dirname(file),
      env: { ...process.env, ...watch?.environment, EPOLL_REACTOR_TRACE: '1' },
    });
    this.#child.stdin?.on('error', () => {}); // it has ended
    let printable = PRINTED_MAX;
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      onPrint?.(text.slice(0, printable));
      printable -= Math.min(text.length, printable);
    });
    let rest = '';
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() as string;
      for (const line of lines) this.#take(line);
    });
    this.#child.on('close', () => {
      this.#hasEnded = true;
    });
  }

  /** Runs a program until `use` is done. */
  static async run<T>(learner: Learner, options: StartOptions, use: (program: Program) => Promise<T>): Promise<T> {
    const program = new Program(learner, options.setup, options.callsMax ?? CALLS_MAX);
    try {
      await program.#begin(options);
      return await use(program);
    } finally {
      await program.#end();
    }
  }

  async #begin({ setup, prepare, areReading = true }: StartOptions): Promise<void> {
    await this.until(() => this.#port !== 0);
    if (this.#port === 0) return; // a mistake in the file, which the first until() of the exercise reports
    for (let i = 0; i < (setup.clients ?? 0); i++) await this.connect(areReading);
    await prepare?.(this);
    this.#processorSeconds = processorSeconds(this.pid);
    this.#child.stdin?.write('g');
    await this.until(() => this.#hasBegun);
  }

  /** One more client, at the end of `clients`. It waits to be accepted. */
  async connect(isReading: boolean = true): Promise<Client> {
    const client = await Client.connect(this.#port, isReading);
    this.clients.push(client);
    return client;
  }

  async #end(): Promise<void> {
    this.#kill();
    for (const { socket } of this.clients) socket.destroy();
    if (!this.#hasEnded) await once(this.#child, 'close');
  }

  #kill(): void {
    if (this.#hasEnded || this.#child.killed) return;
    this.#watch?.beforeEnd();
    this.#child.kill('SIGKILL');
  }

  /** The text of the error that ended serve(). */
  get error(): string {
    return this.returned === undefined ? this.#ownLines : '';
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  /** Waits until `condition` holds, or it is certain that it never will. */
  async until(condition: () => boolean): Promise<Outcome> {
    let before = '';
    let samples = 0;
    for (;;) {
      if (condition()) return { kind: 'met' };
      if (this.calls.length > this.#callsMax) return this.#flood();
      if (this.#hasEnded) {
        // Its clients may not have read all that it sent.
        await Promise.all(this.clients.filter((client) => client.isReading).map((client) => client.ended()));
        return condition() ? { kind: 'met' } : { kind: 'ended', error: this.error };
      }
      if (processorSeconds(this.pid) - this.#processorSeconds > COMPUTES_SECONDS) return { kind: 'computes' };
      const stands = this.#port === 0 ? undefined : standstillOf(this.pid);
      const now = stands && `${stands.sleeps} ${this.calls.length} ${this.clients.map(({ length }) => length)}`;
      samples = now !== undefined && now === before ? samples + 1 : 0;
      before = now ?? '';
      if (stands !== undefined && samples === SAMPLES) {
        if (!areBytesUnderWay(this.clients.map(({ socket }) => socket.localPort))) return { kind: 'stands', ...stands };
        samples = 0;
      }
      await sleep(SAMPLE_MS);
    }
  }

  /** Waits until the program sleeps. */
  async rest(): Promise<Outcome> {
    return this.until(() => false);
  }

  /** The calls that match. */
  count(pattern: RegExp): number {
    return this.calls.filter((line) => pattern.test(line)).length;
  }

  /** The bytes that the calls of `call` on a descriptor have moved. */
  bytes(call: 'recv' | 'send', fd: number | undefined): number {
    const pattern = new RegExp(`^${call}\\(${fd}, .* = (\\d+)$`);
    return this.calls.reduce((sum, line) => sum + Number(pattern.exec(line)?.[1] ?? 0), 0);
  }

  #flood(): Outcome {
    this.#kill();
    const counts = new Map<string, number>();
    for (const line of this.calls) counts.set(line, (counts.get(line) ?? 0) + 1);
    const [[line, count] = ['', 0]] = [...counts].sort(([, a], [, b]) => b - a);
    return { kind: 'floods', calls: this.calls.length, line, count };
  }

  #take(line: string): void {
    if (/^@ \{.*\}$/.test(line)) this.#report(JSON.parse(line.slice(2)) as Report);
    else if (!/^\w+\(.*\) = /.test(line)) this.#ownLines += `${line}\n`;
    else if (this.#hasBegun && this.calls.length <= this.#callsMax) this.calls.push(line);
  }

  #report(line: Report): void {
    if ('port' in line) this.#port = line.port;
    else if ('fds' in line) {
      this.fds = line.fds;
      this.#hasBegun = true;
    } else this.returned = line.returned;
  }
}
