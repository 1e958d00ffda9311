/** Delays the start of the command and of workers, or lets it fail, as long as a test wants. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Folder } from '../support/sockets.js';

const FIXTURE = fileURLToPath(new URL('../fixtures/delayed-start.mjs', import.meta.url));

export type Delay = `${'worker' | 'command'}-${'waits' | 'fails' | 'is-signalled'}`;

export class DelayedStarts {
  readonly #folder = new Folder();
  /** For the command whose processes are delayed. */
  readonly env: NodeJS.ProcessEnv = { NODE_OPTIONS: `--import=${FIXTURE}`, HELD_BY: this.#folder.path };

  /** For processes that start from now on. */
  set(delay: Delay): void {
    writeFileSync(join(this.#folder.path, delay), '');
  }

  release(delay: Delay): void {
    rmSync(join(this.#folder.path, delay));
  }

  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }
}
