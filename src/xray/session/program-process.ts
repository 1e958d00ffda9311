/** The process of an observed program: its start, its port and its end. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { PACKAGE_FOLDER } from '../../native/package-folder.js';
import { XRAY_SOCKET } from '../protocol.js';
import { hasUnixListener, listenersOf } from './kernel-look.js';
import type { ProgramEnd, ProgramStart } from './observed-program.js';
import type { SessionProcess } from './session-options.js';

const OBSERVER = join(PACKAGE_FOLDER, 'dist/xray-observer.cjs');

/** The time that a program has to begin to listen. */
const START_MS = 30_000;
const INHERITED_MS = 500;

/** From SIGTERM to SIGKILL. A model ends at once; a server lets its clients finish. */
const END_MS = 2_000;

export class ProgramProcess implements SessionProcess {
  readonly #child: ChildProcess;
  readonly ended: Promise<ProgramEnd>;
  #end: ProgramEnd | undefined;

  /**
   * @param socketPath  where its observers connect
   * @throws            Error ENOENT | EAGAIN …: by `ended`
   */
  constructor({ command: [program, ...args], stdio }: ProgramStart, socketPath: string) {
    this.#child = spawn(program, args, {
      // Its own process group: Ctrl-C in a terminal reaches the command alone.
      detached: true,
      stdio: [stdio, stdio, 'inherit'],
      env: { ...process.env, ...observedEnvironment(socketPath) },
    });
    this.ended = new Promise((resolve, reject) => {
      this.#child.once('error', (error) => {
        if (this.#child.pid === undefined) reject(error);
      });
      this.#child.once('exit', (code, signal) => {
        this.#end = { code, signal };
        resolve(this.#end);
      });
    });
    this.ended.catch(() => {}); // the caller may wait for it, or not
  }

  kill(signal: NodeJS.Signals): void {
    if (this.#end === undefined) this.#child.kill(signal);
  }

  /** SIGTERM, and SIGKILL if it does not end. */
  async close(): Promise<void> {
    this.kill('SIGTERM');
    const timer = setTimeout(() => this.kill('SIGKILL'), END_MS);
    await this.ended.catch(() => {});
    clearTimeout(timer);
  }
}

/** The variables by which a process is observed, and those that it starts. */
export function observedEnvironment(socketPath: string): Readonly<Record<string, string>> {
  return { NODE_OPTIONS: withObserver(process.env['NODE_OPTIONS']), [XRAY_SOCKET]: socketPath };
}

/** Node reads NODE_OPTIONS as a shell would. */
function withObserver(options: string | undefined): string {
  const quoted = OBSERVER.replace(/["\\]/g, '\\$&');
  return `${options ?? ''} --require "${quoted}"`.trimStart();
}

/** Finds out where a program listens. */
export class Listening {
  #port = 0;
  #onListen: () => void = () => {};

  /** The program has called listen(2). */
  notice(): void {
    this.#onListen();
  }

  /**
   * The port; 0 if there are Unix sockets only. It is looked up each time, because the first port found may be that of an admin
   * listener. After the program has ended, the last port.
   */
  find(pids: Iterable<number>): number {
    this.#port = portOf(pids) ?? this.#port;
    return this.#port;
  }

  /**
   * Waits until one of the processes listens.
   * @returns  as find(), or how the program has ended
   * @throws   Error after half a minute
   */
  async begun(ended: Promise<ProgramEnd>, pids: () => Iterable<number>): Promise<number | ProgramEnd> {
    const lateMs = performance.now() + START_MS;
    while (performance.now() < lateMs) {
      const end = await Promise.race([ended, this.#noticed()]);
      if (end !== undefined) return end;
      if (portOf(pids()) !== undefined) return this.find(pids());
    }
    throw new Error(`the program does not listen after ${START_MS / 1000} s`);
  }

  /** Resolves after a while, too: a program that has inherited its socket does not call listen(2). */
  #noticed(): Promise<undefined> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#onListen(), INHERITED_MS);
      this.#onListen = () => {
        clearTimeout(timer);
        resolve(undefined);
      };
    });
  }
}

/**
 * The port at which the program listens. Workers have the sockets of the site alone, so the process that began last is asked first: a
 * supervisor has an admin listener, too.
 * @returns  0 if it listens on Unix sockets only; undefined if it does not listen
 */
function portOf(pids: Iterable<number>): number | undefined {
  for (const pid of [...pids].reverse()) {
    const fds = openDescriptors(pid);
    const [address] = listenersOf(pid, fds);
    if (address !== undefined) return Number(/\d+$/.exec(address)?.[0]);
    if (hasUnixListener(pid, fds)) return 0;
  }
  return undefined;
}

function openDescriptors(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map(Number);
  } catch {
    return []; // it has ended
  }
}
