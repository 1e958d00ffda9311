/** A folder to serve, with the files of these tests, and secrets beside it. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Folder } from '../support/sockets.js';

export const INDEX = '<h1>index</h1>\n';
export const PAGE = '<p>page</p>\n';
export const SPACED = 'a name with a blank\n';
export const INNER = 'within a folder\n';
/** Every byte value, line ends and head ends included. */
export const BYTES = Buffer.from(Array.from({ length: 1024 }, (_, i) => i & 255)).toString('latin1');

/** More than the kernel buffers for a client that does not read: 4 MiB (net.ipv4.tcp_wmem) and 128 KiB (tcp_rmem). */
export const LARGE = Buffer.alloc(5 * 1024 * 1024);
// Each word holds its position: a piece that is lost, doubled or moved shows.
for (let at = 0; at < LARGE.length; at += 4) LARGE.writeUInt32LE(at, at);

export class Site {
  readonly #own = new Folder();
  readonly #parent = this.#own.path;
  readonly folder = join(this.#parent, 'www');

  constructor() {
    const inside = (name: string): string => join(this.folder, name);
    mkdirSync(inside('folder'), { recursive: true });
    mkdirSync(inside('empty'));
    mkdirSync(join(this.#parent, 'www-secret'));
    for (const secret of ['secret.txt', 'www-secret/secret.txt']) {
      writeFileSync(join(this.#parent, secret), 'secret\n');
    }
    writeFileSync(inside('index.html'), INDEX);
    writeFileSync(inside('page.html'), PAGE);
    writeFileSync(inside('a name.txt'), SPACED);
    writeFileSync(inside('größe.txt'), SPACED);
    writeFileSync(inside('nothing.txt'), '');
    writeFileSync(inside('bytes.bin'), BYTES, 'latin1');
    writeFileSync(inside('folder/inner.txt'), INNER);
    writeFileSync(inside('large.bin'), LARGE);
    symlinkSync('page.html', inside('link-within'));
    symlinkSync('../secret.txt', inside('link-out'));
    symlinkSync(join(this.folder, 'page.html'), inside('link-absolute'));
    symlinkSync('..', inside('folder-out'));
    execFileSync('mkfifo', [inside('fifo')]);
  }

  [Symbol.dispose](): void {
    this.#own[Symbol.dispose]();
  }
}
