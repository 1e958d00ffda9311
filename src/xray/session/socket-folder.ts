/** A folder that only this user can access, for the socket of a session. It is removed when the process ends. */
import { lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isStale } from '../../net/listening-socket.js';

const PREFIX = 'epoll-reactor-xray-';
const SOCKET = 'observer';

/** A Unix address has room for 107 bytes (unix(7)). */
const TMPDIR_BYTES_MAX = 107 - join('/', `${PREFIX}XXXXXX`, SOCKET).length;

/** A younger folder may be that of an X-ray that starts: its socket does not listen yet. */
const STALE_MS = 60_000;

export class SocketFolder {
  readonly #path: string;
  readonly #remove = (): void => rmSync(this.#path, { recursive: true, force: true });

  /** @throws  Error ENOENT | EACCES …: $TMPDIR cannot be used */
  constructor(temporary = tmpdir()) {
    const parent = Buffer.byteLength(temporary) <= TMPDIR_BYTES_MAX ? temporary : '/tmp';
    this.#path = mkdtempSync(join(parent, PREFIX));
    process.once('exit', this.#remove);
    removeStale(parent);
  }

  get socketPath(): string {
    return join(this.#path, SOCKET);
  }

  remove(): void {
    process.off('exit', this.#remove);
    this.#remove();
  }
}

/** An X-ray that was killed leaves its folder. */
function removeStale(parent: string): void {
  try {
    for (const name of readdirSync(parent)) {
      if (!name.startsWith(PREFIX)) continue;
      const path = join(parent, name);
      const { uid, mtimeMs } = lstatSync(path);
      const isOwn = uid === process.geteuid?.();
      const isOld = Date.now() - mtimeMs > STALE_MS;
      if (isOwn && isOld && isStale(join(path, SOCKET))) rmSync(path, { recursive: true, force: true });
    }
  } catch {
    // This X-ray works without it, and the next one tries again.
  }
}
