/**
 * An upgrade: the program that is on disk now is started with all the sockets of this process, and says on one more descriptor that it
 * serves. Until then nothing has changed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { Socket } from 'node:net';
import { constants, native } from '../native/addon.js';
import { nodeFlags } from './sandbox/inspector.js';
import { FIRST_FD, type HandedSocket, listenFdsEnvironment } from './workers/listen-fds.js';

/** Until the new program serves, from its start. systemd waits 90 s (TimeoutStartSec=). */
const UPGRADE_START_MS = 60_000;

/** Names the process before, in the environment of the new program: the descriptor behind the sockets is for it then. */
const UPGRADE_PPID = 'UPGRADE_PPID';

/** What is written there when the new program serves. */
const READY = 'ready\n';

export class Upgrade {
  /** @throws  Error saying in a few words why the new program does not serve */
  readonly ready: Promise<void>;
  readonly #child: ChildProcess;

  /**
   * Starts the program as this process was started.
   * @param environment  what this process has taken out of its own
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

  /** It is not wanted any more. */
  end(): void {
    this.#child.kill('SIGTERM');
  }

  #whenReady(): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      this.#child.on('error', reject); // EAGAIN, ENOENT …
      this.#child.once('exit', (code, signal) => reject(new Error(`it ended: ${signal ?? `exit code ${code}`}`)));
      const stream = (this.#child.stdio ?? []).at(-1);
      if (!(stream instanceof Socket)) return; // there were no descriptors for it, which the error says
      let said = '';
      stream.setEncoding('latin1').on('data', (text: string) => {
        said += text;
        if (said === READY) resolve();
        else if (!READY.startsWith(said)) stream.destroy();
      });
      stream.on('error', () => {}); // ECONNRESET: it has ended, which is told above
      const timer = setTimeout(() => {
        reject(new Error(`it was not ready within ${UPGRADE_START_MS / 1000} s`));
        this.#child.kill('SIGKILL');
      }, UPGRADE_START_MS).unref();
      stream.once('close', () => clearTimeout(timer));
    });
  }
}

/**
 * Tells the process before an upgrade, if there is one, that this one serves.
 * @param handed  the sockets that this process was started with
 * @returns       what tells it
 */
export function predecessorOf(handed: readonly HandedSocket[]): () => void {
  const isUpgrade = process.env[UPGRADE_PPID] === `${process.ppid}`;
  delete process.env[UPGRADE_PPID];
  if (!isUpgrade) return () => {};
  const fd = FIRST_FD + handed.length;
  native.fcntl(fd, constants.F_SETFD, constants.FD_CLOEXEC); // no worker is to speak for this process
  return () => {
    const bytes = Buffer.from(READY);
    native.send(fd, bytes, 0, bytes.length, constants.MSG_NOSIGNAL); // the other side may have ended meanwhile
    native.close(fd);
  };
}
