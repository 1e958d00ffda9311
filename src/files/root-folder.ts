/**
 * The folder that is served, and what is beneath it. The kernel confines every open: RESOLVE_BENEATH refuses a path that leaves
 * the folder at any step, by `..`, an absolute name or a symbolic link (openat2(2), Linux 5.6; before, native/openat2_walk.cc).
 */

import type { Task } from '../disk/cancellable-task.js';
import { newDiskQueue } from '../disk/disk-queue.js';
import { isLocalFilesystem } from '../disk/filesystems.js';
import { type MaybeAsync, wait } from '../disk/maybe-async.js';
import { giveUpSpareDescriptors } from '../disk/spare-descriptors.js';
import { constants, native } from '../native/addon.js';
import {
  CLOSED_DESCRIPTOR,
  isNoSuchFile,
  isOutOfDescriptors,
  isTooManyLinks,
  isWouldBlock,
  needsDisk,
} from '../native/errno.js';
import { OPENED_STAT_LENGTH, type OwnedFd, STAT_FILESYSTEM, STAT_MODE } from '../native/native-api.js';
import { checked, SystemError } from '../native/system-error.js';
import { OpenFile } from './open-file.js';

const { AT_FDCWD, O_CLOEXEC, O_DIRECTORY, O_NOCTTY, O_NONBLOCK, O_PATH, O_RDONLY, S_IFDIR, S_IFMT, S_IFREG } =
  constants;

/** Attempts at a path with `..`: the kernel gives one up (EAGAIN) if anything on the machine is renamed meanwhile (openat2(2)). */
export const OPEN_ATTEMPTS_MAX = 8;

/** O_NONBLOCK: opening a FIFO without a writer would wait for ever. */
const OPEN_FLAGS = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;

/** The file or folder of a name. The caller closes the file. */
export type Entry = OpenFile | { readonly kind: 'folder' } | { readonly kind: 'nothing' };

const FOLDER: Entry = { kind: 'folder' };
const NOTHING: Entry = { kind: 'nothing' };
/** A symbolic link stands on the way to the name, and must not be followed. */
const SYMLINK = { kind: 'symlink' } as const;

const RESOLVE_PLAIN = constants.RESOLVE_BENEATH | constants.RESOLVE_NO_SYMLINKS;

/** Only what is in the kernel's memory (Linux 5.12), and on the root's own filesystem, whose kind is known. */
const ON_THE_LOOP = constants.RESOLVE_CACHED | constants.RESOLVE_NO_XDEV;

/** fstat and filesystem of the descriptor that was opened last on the loop. Valid until the next one is opened. */
const stat = new Float64Array(OPENED_STAT_LENGTH);

/** A descriptor and its stat; or a negative number. */
interface Opened {
  readonly fd: number;
  readonly stat: Float64Array;
}

const CLOSED: Opened = { fd: CLOSED_DESCRIPTOR, stat };

/** A folder below the root, and the flags that resolve its names. */
export interface OpenFolder {
  readonly fd: number;
  /** Relative to the root: '' or with a slash at its end. */
  readonly name: string;
  readonly rootFd: number;
  /** RESOLVE_* of a request's path, from the root. */
  readonly resolve: number;
}

export class RootFolder {
  readonly #folder: OwnedFd;
  readonly #resolve: number;
  readonly #filesystem: number;
  readonly #disk = newDiskQueue();
  /** Jobs that use the folder's descriptor: its number must not become another folder's meanwhile. */
  #lookUps = 0;
  #isClosed = false;

  /**
   * @param followsSymlinks  follow symbolic links that stay below the root; otherwise a name with a link on its way is nothing
   * @throws                 SystemError ENOENT | ENOTDIR | EACCES, with the path
   */
  constructor(path: string, followsSymlinks: boolean = true) {
    // With the dot, a folder that may not be searched is an error here, and not a 404 for each of its files.
    const fd = native.openat2(AT_FDCWD, `${path}/.`, O_PATH | O_DIRECTORY | O_CLOEXEC, 0, 0);
    this.#folder = new native.OwnedFd(checked(fd, 'openat2', { path }));
    this.#filesystem = native.fstatfs(fd);
    const links = followsSymlinks ? constants.RESOLVE_NO_MAGICLINKS : constants.RESOLVE_NO_SYMLINKS;
    this.#resolve = constants.RESOLVE_BENEATH | links;
  }

  /**
   * Looks a name up, and opens it if it is a regular file.
   * @param name     relative to the folder; '' is the folder itself
   * @param isPlain  follow no symbolic link: SYMLINK if there is one
   * @returns        NOTHING also for what is neither file nor folder, leaves the root, or may not be read
   * @throws         SystemError EMFILE | ENFILE | ENOMEM | EIO …, which are not the name's fault; QueueFullError; CancelledError
   */
  *open(name: string, isPlain: boolean, task: Task): MaybeAsync<Entry | typeof SYMLINK> {
    const opened = yield* this.#open(name, OPEN_FLAGS, isPlain ? RESOLVE_PLAIN : this.#resolve, task);
    if (isPlain && isTooManyLinks(opened.fd)) return SYMLINK;
    if (isNoSuchFile(opened.fd) || isWouldBlock(opened.fd)) return NOTHING;
    checked(opened.fd, 'openat2', { path: name });
    return this.#entryOf(opened, name);
  }

  /** Whether the name is that of a file that can be sent. Waits for the disk: for checks before a start. */
  hasFile(name: string): boolean {
    const fd = native.openat2(this.#folder.fd, pathOf(name), OPEN_FLAGS, 0, this.#resolve);
    if (fd < 0) return false;
    this.#fillStat(fd, name, this.#filesystem);
    const entry = this.#entryOf({ fd, stat }, name);
    if (entry.kind === 'file') entry.close();
    return entry.kind === 'file';
  }

  /** Opens a folder to watch it. @returns a descriptor; negative if it is no folder, or on a filesystem that does not tell changes */
  *openToWatch(name: string, task: Task): MaybeAsync<number> {
    const { fd, stat } = yield* this.#open(name, O_PATH | O_DIRECTORY | O_CLOEXEC, RESOLVE_PLAIN, task);
    if (fd < 0 || isLocalFilesystem(stat[STAT_FILESYSTEM] as number)) return fd;
    native.close(fd);
    return -1;
  }

  /**
   * Opens a folder below the root for as long as `read` takes. It is opened when a thread is free, and not before.
   * @returns  undefined if there is no such folder
   * @throws   as open()
   */
  readFolder<T>(name: string, task: Task, read: (folder: OpenFolder) => Promise<T>): Promise<T | undefined> {
    return this.#byThread(name, task, async () => {
      const { fd } = await this.#openat2Job(name, OPEN_FLAGS | O_DIRECTORY, this.#resolve);
      if (isNoSuchFile(fd) || isWouldBlock(fd)) return undefined;
      checked(fd, 'openat2', { path: name });
      try {
        return await read({ fd, name, rootFd: this.#rootFd, resolve: this.#resolve });
      } finally {
        native.close(fd);
      }
    });
  }

  /** Every later open fails (EBADF). */
  close(): void {
    this.#isClosed = true;
    if (this.#lookUps === 0) this.#folder.close();
  }

  /** Opens it now if it is in memory; otherwise by a thread. */
  *#open(name: string, flags: number, resolve: number, task: Task): MaybeAsync<Opened> {
    if (this.#isClosed) return CLOSED;
    if (isLocalFilesystem(this.#filesystem)) {
      const fd = native.openat2(this.#folder.fd, pathOf(name), flags, 0, resolve | ON_THE_LOOP);
      if (fd >= 0) this.#fillStat(fd, name, this.#filesystem);
      if (!needsDisk(fd)) return { fd, stat };
    }
    return yield* wait(this.#byThread(name, task, () => this.#openat2Job(name, flags, resolve)));
  }

  /** Runs a job when it is the name's turn. The folder stays open meanwhile. */
  #byThread<T>(name: string, task: Task, job: () => Promise<T>): Promise<T> {
    return this.#disk.run(name, task, async () => {
      this.#lookUps++;
      try {
        return await job();
      } finally {
        this.#lookUps--;
        if (this.#isClosed) this.close();
      }
    });
  }

  async #openat2Job(name: string, flags: number, resolve: number): Promise<Opened> {
    let opened = CLOSED;
    for (let attempt = 0; attempt < OPEN_ATTEMPTS_MAX; attempt++) {
      opened = await new Promise<Opened>((settle) => {
        native.openat2_job(this.#rootFd, pathOf(name), flags, resolve, (fd, stat) => settle({ fd, stat }));
      });
      if (!isToBeRepeated(opened.fd)) break;
    }
    return opened;
  }

  /** -1 once closed, although the descriptor stays open for jobs under way. */
  get #rootFd(): number {
    return this.#isClosed ? -1 : this.#folder.fd;
  }

  #entryOf({ fd, stat }: Opened, name: string): Entry {
    const mode = (stat[STAT_MODE] as number) & S_IFMT;
    if (mode === S_IFREG) return new OpenFile(fd, stat, this.#disk, name);
    native.close(fd);
    return mode === S_IFDIR ? FOLDER : NOTHING;
  }

  #fillStat(fd: number, path: string, filesystem: number): void {
    const failed = native.fstat(fd, stat);
    if (failed < 0) {
      native.close(fd);
      throw new SystemError(failed, 'fstat', { path });
    }
    stat[STAT_FILESYSTEM] = filesystem;
  }
}

/** EAGAIN: something was renamed meanwhile. If descriptors have run out, cached files are closed. */
function isToBeRepeated(fd: number): boolean {
  return isWouldBlock(fd) || (isOutOfDescriptors(fd) && giveUpSpareDescriptors());
}

function pathOf(name: string): string {
  return name === '' ? '.' : name;
}
