/** A folder on a disk that answers when the test says so (test/fixtures/fuse-files.mjs). */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { works } from '../daemon/programs.js';

const PROGRAM = fileURLToPath(new URL('../fixtures/fuse-files.mjs', import.meta.url));

/** Whether this process may mount what it serves itself. */
export function canMount(): boolean {
  try {
    accessSync('/dev/fuse', constants.R_OK | constants.W_OK);
  } catch {
    return false;
  }
  return process.getuid?.() === 0 && works('mount', '--version');
}

/** A request of the kernel to a filesystem, with its file, such as `READ large`; `READ *` for any file. */
export type DiskRequest = string;

export class SlowDisk {
  readonly #child: ChildProcess;
  /** Requests that were held so far, those also that were released. */
  readonly held: DiskRequest[] = [];
  #onHeld: () => void = () => {};

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', (message: { held?: DiskRequest }) => {
      if (message.held === undefined) return;
      this.held.push(message.held);
      this.#onHeld();
    });
  }

  /** @param sizes  bytes of each file, whose content is pattern() */
  static async mount(folder: string, sizes: Readonly<Record<string, number>>): Promise<SlowDisk> {
    const child = fork(PROGRAM, [folder, JSON.stringify(sizes)], { execArgv: [] });
    const disk = new SlowDisk(child);
    const [message] = await once(child, 'message');
    if (message !== 'mounted') throw new Error(JSON.stringify(message));
    return disk;
  }

  /** From now on such requests are not answered. */
  hold(request: DiskRequest): Promise<void> {
    return this.#send({ hold: request });
  }

  /** Answers those that were held by this name, and does not hold any more. */
  release(request: DiskRequest): Promise<void> {
    return this.#send({ release: request });
  }

  async untilHeld(request: DiskRequest): Promise<void> {
    while (!this.held.includes(request)) {
      await new Promise<void>((resolve) => {
        this.#onHeld = resolve;
      });
    }
  }

  /** Unmounts. Calls that still wait get an error. */
  async [Symbol.asyncDispose](): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.disconnect();
    await exited;
  }

  #send(message: object): Promise<void> {
    return new Promise((resolve) => {
      this.#child.send(message, () => resolve());
    });
  }
}
