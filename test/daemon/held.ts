/** Keeps the command's processes from starting, for as long as a test wants. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Folder } from '../support/sockets.js';

const FIXTURE = fileURLToPath(new URL('../fixtures/delayed-start.mjs', import.meta.url));

export type Hold = `${'worker' | 'command'}-${'waits' | 'fails' | 'is-signalled'}`;

export class Holds {
  readonly #folder = new Folder();
  /** Of the command that is to be held. */
  readonly env: NodeJS.ProcessEnv = { NODE_OPTIONS: `--import=${FIXTURE}`, HELD_BY: this.#folder.path };

  /** Processes that start from now on. */
  set(hold: Hold): void {
    writeFileSync(join(this.#folder.path, hold), '');
  }

  release(hold: Hold): void {
    rmSync(join(this.#folder.path, hold));
  }

  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }
}
