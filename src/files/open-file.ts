import {
  constants,
  native,
  STAT_FILESYSTEM,
  STAT_INODE,
  STAT_LENGTH,
  STAT_MTIME_NANOSECONDS,
  STAT_MTIME_SECONDS,
  STAT_SIZE,
} from '../native.js';
import type { FilePart } from '../server/http-response.js';
import { SystemError } from '../system-error.js';
import type { Content } from './content.js';
import { isLocalFilesystem } from './filesystems.js';

/** An open regular file, and what fstat(2) said of it. Closed when everybody who uses it has said so. */
export class OpenFile implements Content {
  readonly kind = 'file';
  readonly size: number;
  /** When it was modified: seconds since 1970, and nanoseconds. */
  readonly modifiedSeconds: number;
  readonly modifiedNanoseconds: number;
  readonly inode: number;
  /** Its every change comes through this kernel. */
  readonly isLocal: boolean;
  readonly fd: number;
  /** Whoever has opened it, and each part that is being sent. */
  #users = 1;

  /**
   * @param fd    is its own from now on
   * @param stat  as of openat2_job()
   */
  constructor(fd: number, stat: Float64Array) {
    this.fd = fd;
    this.size = stat[STAT_SIZE] as number;
    this.modifiedSeconds = stat[STAT_MTIME_SECONDS] as number;
    this.modifiedNanoseconds = stat[STAT_MTIME_NANOSECONDS] as number;
    this.inode = stat[STAT_INODE] as number;
    this.isLocal = isLocalFilesystem(stat[STAT_FILESYSTEM] as number);
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

  read(start: number, end: number): Buffer {
    const bytes = Buffer.allocUnsafe(end - start);
    return filled(bytes, native.pread(this.fd, bytes, 0, bytes.length, start));
  }

  readFromMemory(start: number, end: number): Buffer | undefined {
    const bytes = Buffer.allocUnsafe(end - start);
    const n = native.preadv2(this.fd, bytes, 0, bytes.length, start, constants.RWF_NOWAIT);
    // Fewer bytes: the end of the file, or of what is in memory. Or a filesystem that cannot tell (EOPNOTSUPP).
    return n === bytes.length ? bytes : undefined;
  }

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

  part(start: number, end: number): FilePart {
    this.retain();
    return { fd: this.fd, position: start, end, close: () => this.close() };
  }

  retain(): void {
    this.#users++;
  }

  close(): void {
    if (--this.#users === 0) native.close(this.fd);
  }
}

function filled(bytes: Buffer, n: number): Buffer {
  if (n < 0) throw new SystemError(n, 'pread');
  return bytes.subarray(0, n);
}
