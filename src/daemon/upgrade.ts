/**
 * The program that is on disk now, started to go on in place of this process: an upgrade. It gets all the sockets, and says
 * over its IPC channel when it serves. Until then nothing has changed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { SUCCESSOR_START_MS } from '../limits.js';
import { type HandedSocket, listenFdsEnvironment } from './workers/listen-fds.js';

export class Successor {
  /** @throws  Error saying what has become of it instead, in a few words */
  readonly ready: Promise<void>;
  readonly #child: ChildProcess;

  /**
   * Starts it, as this process was started.
   * @param environment  what this process has taken out of its own
   * @throws             Error ENOMEM …
   */
  constructor(sockets: readonly HandedSocket[], environment: NodeJS.ProcessEnv) {
    this.#child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
      stdio: ['inherit', 'inherit', 'inherit', ...sockets.map(({ fd }) => fd), 'ipc'],
      env: { ...process.env, ...environment, ...listenFdsEnvironment(sockets.map(({ name }) => name)) },
    });
    this.ready = new Promise((resolve, reject) => {
      const giveUp = setTimeout(() => {
        reject(new Error(`it was not ready within ${SUCCESSOR_START_MS / 1000} s`));
        this.#child.kill('SIGKILL');
      }, SUCCESSOR_START_MS).unref();
      this.#child.once('message', () => resolve());
      this.#child.once('exit', (code, signal) => reject(new Error(`it ended: ${signal ?? `exit code ${code}`}`)));
      this.#child.on('error', reject); // EAGAIN, ENOENT …
      this.#child.once('disconnect', () => clearTimeout(giveUp));
    });
    this.ready.catch(() => {}); // whoever waits is told
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  /** It is not wanted any more. */
  end(): void {
    this.#child.kill('SIGTERM');
  }
}

/** Called by a process that may be one: it serves. */
export function tellPredecessor(): void {
  // The channel is all that it was given beside the sockets, and is for this alone.
  if (process.connected) process.send?.('ready', () => process.disconnect());
}
