/** A folder that is made for a test, and a server of it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type FileHandler, fileHandler } from '../../src/files/file-handler.js';
import type { FileHandlerOptions } from '../../src/files/file-options.js';
import { TestServer } from '../server/test-server.js';

export class SiteFolder {
  readonly #handlers: FileHandler[] = [];
  /** The files beside the root must never be served. */
  readonly parent: string = mkdtempSync(join(tmpdir(), 'site-'));
  readonly root: string = join(this.parent, 'root');

  /** @param files  by their names below the root */
  constructor(files: Readonly<Record<string, string | Uint8Array>> = {}) {
    mkdirSync(this.root);
    for (const [name, content] of Object.entries(files)) this.write(name, content);
  }

  /** The path of a name below the root; `../x` lies beside it. */
  path(name: string): string {
    return join(this.root, name);
  }

  write(name: string, content: string | Uint8Array): void {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), content);
  }

  /** Waits until the files that are there have strong tags: another change would have another time (GRAIN_MS). */
  async settled(): Promise<void> {
    await setTimeout(25);
  }

  serve(options?: FileHandlerOptions): TestServer {
    const handler = fileHandler(this.root, options);
    this.#handlers.push(handler);
    return new TestServer(handler);
  }

  [Symbol.dispose](): void {
    for (const handler of this.#handlers) handler.close();
    rmSync(this.parent, { recursive: true });
  }
}
