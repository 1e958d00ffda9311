import {
  constants,
  native,
  STAT_INODE,
  STAT_LENGTH,
  STAT_MTIME_NANOSECONDS,
  STAT_MTIME_SECONDS,
  STAT_SIZE,
} from '../native.js';
import type { FilePart } from '../server/http-response.js';
import { SystemError } from '../system-error.js';

/** An open regular file, and what fstat(2) said of it. Closed when everybody who uses it has said so. */
export class OpenFile {
  readonly kind = 'file';
  readonly size: number;
  /** When it was modified: seconds since 1970, and nanoseconds. */
  readonly modifiedSeconds: number;
  readonly modifiedNanoseconds: number;
  readonly inode: number;
  readonly fd: number;
  /** Of a file that is kept in memory: all of it. */
  #content: Buffer | undefined;
  /** Whoever has opened it, and each part that is being sent. */
  #users = 1;

  /** @param fd  is its own from now on */
  constructor(fd: number, stat: Float64Array) {
    this.fd = fd;
    this.size = stat[STAT_SIZE] as number;
    this.modifiedSeconds = stat[STAT_MTIME_SECONDS] as number;
    this.modifiedNanoseconds = stat[STAT_MTIME_NANOSECONDS] as number;
    this.inode = stat[STAT_INODE] as number;
  }

  get modifiedMs(): number {
    return this.modifiedSeconds * 1000 + this.modifiedNanoseconds / 1e6;
  }

  /** Whether fstat(2) still says what it said. */
  isUnchanged(): boolean {
    const stat = new Float64Array(STAT_LENGTH);
    return (
      native.fstat(this.fd, stat) === 0 &&
      stat[STAT_SIZE] === this.size &&
      stat[STAT_MTIME_SECONDS] === this.modifiedSeconds &&
      stat[STAT_MTIME_NANOSECONDS] === this.modifiedNanoseconds
    );
  }

  /** Bytes [start, end), or fewer where the file was truncated meanwhile; waits for the disk. @throws SystemError EIO … */
  read(start: number, end: number): Buffer {
    if (this.#content !== undefined) return this.#content.subarray(start, end);
    const bytes = Buffer.allocUnsafe(end - start);
    return filled(bytes, native.pread(this.fd, bytes, 0, bytes.length, start));
  }

  /** The same, as far as it needs no disk: undefined where it does. */
  readFromMemory(start: number, end: number): Buffer | undefined {
    if (this.#content !== undefined) return this.#content.subarray(start, end);
    const bytes = Buffer.allocUnsafe(end - start);
    const n = native.preadv2(this.fd, bytes, 0, bytes.length, start, constants.RWF_NOWAIT);
    // Fewer bytes: the end of the file, or of what is in memory. Or a filesystem that cannot tell (EOPNOTSUPP).
    return n === bytes.length ? bytes : undefined;
  }

  /** The same, by a thread that may wait for the disk. */
  readLater(start: number, end: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafe(end - start);
    this.retain();
    return new Promise((resolve, reject) => {
      native.pread_job(this.fd, bytes, 0, bytes.length, start, (n) => {
        this.close();
        try {
          resolve(filled(bytes, n));
        } catch (error) {
          reject(error);
        }
      });
    });
  }

  /** Keeps all of it in memory, and the descriptor no more. */
  keep(content: Buffer): void {
    this.#content = content;
    native.close(this.fd);
  }

  /** Bytes [start, end), for a response that reads them from the file itself. */
  part(start: number, end: number): FilePart {
    this.retain();
    return { fd: this.fd, position: start, end, close: () => this.close() };
  }

  /** One more user, who closes it as well. */
  retain(): void {
    this.#users++;
  }

  close(): void {
    if (--this.#users === 0 && this.#content === undefined) native.close(this.fd);
  }
}

function filled(bytes: Buffer, n: number): Buffer {
  if (n < 0) throw new SystemError(n, 'pread');
  return bytes.subarray(0, n);
}
