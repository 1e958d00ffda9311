/**
 * An upgrade: starts the program that is on disk now with all the sockets of this process. The new program reports on one more
 * descriptor that it serves; until then nothing changes.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { Socket } from 'node:net';
import { constants, native } from '../native/addon.js';
import { nodeFlags } from './sandbox/inspector.js';
import { FIRST_FD, type HandedSocket, listenFdsEnvironment } from './workers/listen-fds.js';

/** Time for the new program to start and serve. systemd waits 90 s (TimeoutStartSec=). */
const UPGRADE_START_MS = 60_000;

/** In the environment of the new program: the pid of its predecessor, which reads the descriptor after the sockets. */
const UPGRADE_PPID = 'UPGRADE_PPID';

/** The new program writes it there when it serves. */
const READY = 'ready\n';

export class Upgrade {
  /** @throws  Error saying in a few words why the new program does not serve */
  readonly ready: Promise<void>;
  readonly #child: ChildProcess;

  /**
   * Starts the program as this process was started.
   * @param environment  variables that this process has removed from its own environment
   * @throws             Error ENOMEM …
   */
  constructor(sockets: readonly HandedSocket[], environment: NodeJS.ProcessEnv) {
    this.#child = spawn(process.execPath, [...nodeFlags(), ...process.argv.slice(1)], {
      stdio: ['inherit', 'inherit', 'inherit', ...sockets.map(({ fd }) => fd), 'pipe'],
      env: {
        ...process.env,
        ...environment,
        ...listenFdsEnvironment(sockets.map(({ name }) => name)),
        [UPGRADE_PPID]: `${process.pid}`,
      },
    });
    this.ready = this.#whenReady();
    this.ready.catch(() => {}); // the caller may wait for it, or not
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  /** Ends the new program: the upgrade is given up. */
  end(): void {
    this.#child.kill('SIGTERM');
  }

  #whenReady(): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      this.#child.on('error', reject); // EAGAIN, ENOENT …
      this.#child.once('exit', (code, signal) => reject(new Error(`it ended: ${signal ?? `exit code ${code}`}`)));
      const stream = (this.#child.stdio ?? []).at(-1);
      if (!(stream instanceof Socket)) return; // no descriptor was free for it; the error says so
      let said = '';
      stream.setEncoding('latin1').on('data', (text: string) => {
        said += text;
        if (said === READY) resolve();
        else if (!READY.startsWith(said)) stream.destroy();
      });
      stream.on('error', () => {}); // ECONNRESET: it has ended, which is reported above
      const timer = setTimeout(() => {
        reject(new Error(`it was not ready within ${UPGRADE_START_MS / 1000} s`));
        this.#child.kill('SIGKILL');
      }, UPGRADE_START_MS).unref();
      stream.once('close', () => {
        clearTimeout(timer);
        if (!said.startsWith(READY)) this.#child.kill('SIGKILL'); // it would never be ready
      });
    });
  }
}

/** Whether an upgrade has started this process: then the descriptor after the sockets leads to its predecessor. */
export function hasPredecessor(): boolean {
  return process.env[UPGRADE_PPID] === `${process.ppid}`;
}

/**
 * Tells the predecessor in an upgrade, if there is one, that this process serves.
 * @param handed  the sockets that this process was started with
 * @returns       the function that tells it
 */
export function predecessorOf(handed: readonly HandedSocket[]): () => void {
  const isUpgrade = hasPredecessor();
  delete process.env[UPGRADE_PPID];
  if (!isUpgrade) return () => {};
  const fd = FIRST_FD + handed.length;
  native.fcntl(fd, constants.F_SETFD, constants.FD_CLOEXEC); // no worker may speak for this process
  return () => {
    const bytes = Buffer.from(READY);
    native.send(fd, bytes, 0, bytes.length, constants.MSG_NOSIGNAL); // the other side may have ended meanwhile
    native.close(fd);
  };
}
