import { native, STAT_INODE, STAT_MTIME_NANOSECONDS, STAT_MTIME_SECONDS, STAT_SIZE } from '../native.js';
import type { FilePart } from '../server/http-response.js';
import { SystemError } from '../system-error.js';

/** An open regular file, and what fstat(2) said of it. Closed when it was given up, and all parts of it are sent. */
export class OpenFile {
  readonly kind = 'file';
  readonly size: number;
  /** When it was modified: seconds since 1970, and nanoseconds. */
  readonly modifiedSeconds: number;
  readonly modifiedNanoseconds: number;
  readonly inode: number;
  readonly #fd: number;
  /** Whoever has opened it, and each part that is being sent. */
  #users = 1;

  /** @param fd  is its own from now on */
  constructor(fd: number, stat: Float64Array) {
    this.#fd = fd;
    this.size = stat[STAT_SIZE] as number;
    this.modifiedSeconds = stat[STAT_MTIME_SECONDS] as number;
    this.modifiedNanoseconds = stat[STAT_MTIME_NANOSECONDS] as number;
    this.inode = stat[STAT_INODE] as number;
  }

  get modifiedMs(): number {
    return this.modifiedSeconds * 1000 + this.modifiedNanoseconds / 1e6;
  }

  /**
   * Bytes [start, end), or fewer where the file was truncated meanwhile.
   * @throws  SystemError EIO …
   */
  read(start: number, end: number): Buffer {
    const bytes = Buffer.allocUnsafe(end - start);
    const n = native.pread(this.#fd, bytes, 0, bytes.length, start);
    if (n < 0) throw new SystemError(n, 'pread');
    return bytes.subarray(0, n);
  }

  /** Bytes [start, end), for a response that reads them from the file itself. */
  part(start: number, end: number): FilePart {
    this.#users++;
    return { fd: this.#fd, position: start, end, close: () => this.close() };
  }

  close(): void {
    if (--this.#users === 0) native.close(this.#fd);
  }
}
