import type { Task } from '../disk/cancellable-task.js';
import { isLocalFilesystem } from '../disk/filesystems.js';
import type { JobQueue } from '../disk/job-queue.js';
import { DiskFile } from '../disk/page-cache.js';
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

/** An open regular file and its fstat(2). It is closed when its last user closes it. */
export class OpenFile implements Content {
  readonly kind = 'file';
  readonly size: number;
  /** When it was modified: seconds since 1970, and nanoseconds. */
  readonly modifiedSeconds: number;
  readonly modifiedNanoseconds: number;
  /** The time of the last change of any kind (ctime), which no program can set. */
  readonly changedSeconds: number;
  readonly changedNanoseconds: number;
  readonly inode: number;
  /** This kernel sees every change of it. */
  readonly isLocal: boolean;
  readonly fd: number;
  readonly #disk: DiskFile;
  #owner: OwnedFd | undefined;
  /** Users of the file: its opener, and each part that is being sent. */
  #users = 1;

  /**
   * @param fd     taken over
   * @param stat   as of openat2_job()
   * @param queue  for its disk
   * @param name   by which it was opened, and the key of its jobs: opening and reading take turns, since a filesystem makes one
   *               wait for the other (FUSE drops the cached pages of a file that is opened)
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

  /** Whether fstat(2) still gives the same values. */
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
    // Fewer bytes: the file or its cached part ends there. Negative: nothing is cached, or the filesystem cannot tell.
    return n === bytes.length ? bytes : undefined;
  }

  async readLater(start: number, end: number, task: Task): Promise<Buffer> {
    this.retain();
    try {
      return await this.#disk.run(task, () => readOnThread(this.fd, start, end));
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

  /** For the cache: the file is closed also when its owner is garbage, or its worker is terminated. */
  own(): void {
    this.#owner ??= new native.OwnedFd(this.fd);
  }

  close(): void {
    if (--this.#users > 0) return;
    // Closing waits for a FUSE filesystem, which gets a FLUSH.
    if (this.#owner !== undefined) this.#owner.close();
    else if (this.isLocal) native.close(this.fd);
    else this.#disk.push((done) => native.close_job(this.fd, done));
  }
}

/**
 * Reads bytes [start, end) of an open file on a thread.
 * @returns  fewer if the file ends before
 * @throws   SystemError EIO …
 */
export function readOnThread(fd: number, start: number, end: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    native.pread_job(fd, end - start, start, (n, bytes) => {
      if (n < 0) reject(new SystemError(n, 'pread'));
      else resolve(bytes);
    });
  });
}
