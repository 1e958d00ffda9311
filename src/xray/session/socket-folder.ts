/** A folder that only this user can access, for the socket of a session. It is removed when the process ends. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PREFIX = 'epoll-reactor-xray-';
const SOCKET = 'observer';

/** A Unix address has room for 107 bytes (unix(7)). */
const TMPDIR_BYTES_MAX = 107 - join('/', `${PREFIX}XXXXXX`, SOCKET).length;

export class SocketFolder {
  readonly #path: string;
  readonly #remove = (): void => rmSync(this.#path, { recursive: true, force: true });

  /** @throws  Error ENOENT | EACCES …: $TMPDIR cannot be used */
  constructor() {
    const folder = tmpdir();
    const isShort = Buffer.byteLength(folder) <= TMPDIR_BYTES_MAX;
    this.#path = mkdtempSync(join(isShort ? folder : '/tmp', PREFIX));
    process.once('exit', this.#remove);
  }

  get socketPath(): string {
    return join(this.#path, SOCKET);
  }

  remove(): void {
    process.off('exit', this.#remove);
    this.#remove();
  }
}
