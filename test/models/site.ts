/** A folder to serve, with what is asked for in these tests, and what must not be given away beside it. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const INDEX = '<h1>index</h1>\n';
export const PAGE = '<p>page</p>\n';
export const SPACED = 'a name with a blank\n';
export const INNER = 'within a folder\n';
/** Every byte there is, the ends of lines and of heads among them. */
export const BYTES = Buffer.from(Array.from({ length: 1024 }, (_, i) => i & 255)).toString('latin1');

/** More than the kernel takes for a client that does not read: 4 MiB (net.ipv4.tcp_wmem) and 128 KiB (tcp_rmem). */
export const LARGE = Buffer.alloc(5 * 1024 * 1024);
// The position is written into each word: a piece that is lost, doubled or moved shows.
for (let at = 0; at < LARGE.length; at += 4) LARGE.writeUInt32LE(at, at);

export class Site {
  readonly #parent = mkdtempSync(join(tmpdir(), 'epoll-reactor-models-'));
  readonly folder = join(this.#parent, 'www');

  constructor() {
    const inside = (name: string): string => join(this.folder, name);
    mkdirSync(inside('folder'), { recursive: true });
    mkdirSync(inside('empty'));
    mkdirSync(join(this.#parent, 'www-secret'));
    for (const secret of ['secret.txt', 'www-secret/secret.txt']) {
      writeFileSync(join(this.#parent, secret), 'not to be given away\n');
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
    rmSync(this.#parent, { recursive: true });
  }
}
