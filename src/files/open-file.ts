import { isLocalFilesystem } from '../disk/filesystems.js';
import type { JobQueue } from '../disk/job-queue.js';
import { DiskFile } from '../disk/page-cache.js';
import type { Task } from '../disk/task.js';
import { constants, native } from '../native/addon.js';
import {
  type OwnedFd,
  STAT_CTIME_NANOSECONDS,
  STAT_CTIME_SECONDS,
  STAT_FILESYSTEM,
  STAT_INODE,
  STAT_LENGTH,
  STAT_MTIME_NANOSECONDS,
  STAT_MTIME_SECONDS,
  STAT_SIZE,
} from '../native/native-api.js';
import { SystemError } from '../native/system-error.js';
import type { FilePart } from '../server/http-response.js';
import type { Content } from './content.js';

/** An open regular file, and what fstat(2) said of it. Closed when everybody who uses it has said so. */
export class OpenFile implements Content {
  readonly kind = 'file';
  readonly size: number;
  /** When it was modified: seconds since 1970, and nanoseconds. */
  readonly modifiedSeconds: number;
  readonly modifiedNanoseconds: number;
  /** When anything of it changed last (ctime), which no program can set. */
  readonly changedSeconds: number;
  readonly changedNanoseconds: number;
  readonly inode: number;
  /** Its every change comes through this kernel. */
  readonly isLocal: boolean;
  readonly fd: number;
  readonly #disk: DiskFile;
  #owner: OwnedFd | undefined;
  /** Whoever has opened it, and each part that is being sent. */
  #users = 1;

  /**
   * @param fd     is its own from now on
   * @param stat   as of openat2_job()
   * @param queue  of jobs that wait for its disk
   * @param name   by which it was opened: who opens it and who reads it take turns, for a filesystem makes one wait for the
   *               other (FUSE gives up what it has cached when a file is opened)
   */
  constructor(fd: number, stat: Float64Array, queue: JobQueue, name: string) {
    this.fd = fd;
    this.#disk = new DiskFile(fd, queue, name);
    this.size = stat[STAT_SIZE] as number;
    this.modifiedSeconds = stat[STAT_MTIME_SECONDS] as number;
    this.modifiedNanoseconds = stat[STAT_MTIME_NANOSECONDS] as number;
    this.changedSeconds = stat[STAT_CTIME_SECONDS] as number;
    this.changedNanoseconds = stat[STAT_CTIME_NANOSECONDS] as number;
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
      stat[STAT_CTIME_SECONDS] === this.changedSeconds &&
      stat[STAT_CTIME_NANOSECONDS] === this.changedNanoseconds
    );
  }

  readFromMemory(start: number, end: number): Buffer | undefined {
    const bytes = Buffer.allocUnsafe(end - start);
    const n = native.preadv2(this.fd, bytes, 0, bytes.length, start, constants.RWF_NOWAIT);
    // Fewer bytes: the end of the file, or of what is in memory. Or a filesystem that cannot tell (EOPNOTSUPP).
    return n === bytes.length ? bytes : undefined;
  }

  async readLater(start: number, end: number, task: Task): Promise<Buffer> {
    this.retain();
    try {
      return await this.#disk.run(task, () => this.#pread(start, end));
    } finally {
      this.close();
    }
  }

  part(start: number, end: number): FilePart {
    this.retain();
    return { fd: this.fd, position: start, end, disk: this.#disk, close: () => this.close() };
  }

  retain(): void {
    this.#users++;
  }

  /** For who keeps it: it is closed, too, where that is forgotten, or its thread ended from outside. */
  own(): void {
    this.#owner ??= new native.OwnedFd(this.fd);
  }

  close(): void {
    if (--this.#users > 0) return;
    // A FUSE filesystem is told of it (FLUSH), and waited for.
    if (this.#owner !== undefined) this.#owner.close();
    else if (this.isLocal) native.close(this.fd);
    else this.#disk.push((done) => native.close_job(this.fd, done));
  }

  #pread(start: number, end: number): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      native.pread_job(this.fd, end - start, start, (n, bytes) => {
        if (n < 0) reject(new SystemError(n, 'pread'));
        else resolve(bytes);
      });
    });
  }
}
