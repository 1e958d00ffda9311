/**
 * The folder that is served, and what is beneath it. Every open is confined by the kernel: RESOLVE_BENEATH refuses a
 * path that leaves the folder at any step, by `..`, by an absolute name or by a symbolic link (openat2(2), Linux 5.6; where
 * there is none, native/openat2_walk.cc stands in for it).
 */
import { DiskQueue } from '../disk/disk-queue.js';
import { isLocalFilesystem } from '../disk/filesystems.js';
import { until, type Waiting } from '../disk/maybe-async.js';
import { giveUpSpareDescriptors } from '../disk/spare-descriptors.js';
import { OPEN_ATTEMPTS_MAX } from '../limits.js';
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

/** O_NONBLOCK: opening a FIFO that nobody writes to would wait for ever. */
const OPEN_FLAGS = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;

/** What a name stands for. Whoever has the file closes it. */
export type Entry = OpenFile | { readonly kind: 'folder' } | { readonly kind: 'nothing' };

const FOLDER: Entry = { kind: 'folder' };
const NOTHING: Entry = { kind: 'nothing' };
/** A name on whose way a symbolic link stands, where there was to be none. */
const SYMLINK = { kind: 'symlink' } as const;

const RESOLVE_PLAIN = constants.RESOLVE_BENEATH | constants.RESOLVE_NO_SYMLINKS;

/** Only what is in the kernel's memory (Linux 5.12), and on the root's own filesystem: what that may do is known. */
const ON_THE_LOOP = constants.RESOLVE_CACHED | constants.RESOLVE_NO_XDEV;

/** Of a descriptor that was opened here: fstat, and what filesystem it is on. In use until the next one is opened. */
const stat = new Float64Array(OPENED_STAT_LENGTH);

/** A descriptor, whose stat is beside it; or negative. */
interface Opened {
  readonly fd: number;
  readonly stat: Float64Array;
}

export class RootFolder {
  /** Closed when nobody serves from it any more. */
  readonly #folder: OwnedFd;
  readonly #resolve: number;
  readonly #filesystem: number;
  /** Those who wait for the disk. */
  readonly #disk = new DiskQueue();
  /** Threads that look a name up in the folder: its number must not become another folder's meanwhile. */
  #lookUps = 0;
  #isClosed = false;

  /**
   * @param followsSymlinks  symbolic links that stay below the root lead somewhere; without, a name with one is nothing
   * @throws                 SystemError ENOENT | ENOTDIR | EACCES, with the path
   */
  constructor(path: string, followsSymlinks: boolean = true) {
    // With the dot, a folder that may not be searched is refused here, and not by a 404 for each of its files.
    const fd = native.openat2(AT_FDCWD, `${path}/.`, O_PATH | O_DIRECTORY | O_CLOEXEC, 0, 0);
    this.#folder = new native.OwnedFd(checked(fd, 'openat2', { path }));
    this.#filesystem = native.fstatfs(fd);
    const links = followsSymlinks ? constants.RESOLVE_NO_MAGICLINKS : constants.RESOLVE_NO_SYMLINKS;
    this.#resolve = constants.RESOLVE_BENEATH | links;
  }

  /**
   * Looks a name up, and opens it if it is a regular file.
   * @param name     relative to the folder; '' is the folder itself
   * @param isPlain  no symbolic link is followed on the way: SYMLINK tells of one
   * @param blocks   waits for the disk here, and not by a thread
   * @returns        nothing, too, for what is neither file nor folder, leaves the root, or may not be read
   * @throws         SystemError EMFILE | ENFILE | ENOMEM | EIO …: what is not the name's fault
   */
  *open(name: string, isPlain: boolean, blocks: boolean): Waiting<Entry | typeof SYMLINK> {
    const opened = yield* this.#open(name, OPEN_FLAGS, isPlain ? RESOLVE_PLAIN : this.#resolve, blocks);
    if (isPlain && isTooManyLinks(opened.fd)) return SYMLINK;
    if (isNoSuchFile(opened.fd) || isWouldBlock(opened.fd)) return NOTHING;
    checked(opened.fd, 'openat2', { path: name });
    return blocks ? entryOf(opened) : entryOf(opened, this.#disk, name);
  }

  /** Opens a folder to be watched. @returns a descriptor; negative where it is none, or on a filesystem that does not tell */
  *openToWatch(name: string, blocks: boolean): Waiting<number> {
    const { fd, stat } = yield* this.#open(name, O_PATH | O_DIRECTORY | O_CLOEXEC, RESOLVE_PLAIN, blocks);
    if (fd < 0 || isLocalFilesystem(stat[STAT_FILESYSTEM] as number)) return fd;
    native.close(fd);
    return -1;
  }

  /**
   * What is in a folder below the root, read by a thread that may wait for the disk.
   * @returns  undefined where there is no such folder
   * @throws   as open()
   */
  async readFolder<Contents>(name: string, read: (fd: number) => Promise<Contents>): Promise<Contents | undefined> {
    const { fd } = await this.#openLater(name, OPEN_FLAGS | O_DIRECTORY, this.#resolve);
    if (isNoSuchFile(fd) || isWouldBlock(fd)) return undefined;
    checked(fd, 'openat2', { path: name });
    return new Promise((resolve, reject) => {
      this.#disk.push(name, (done) => {
        read(fd)
          .then(resolve, reject)
          .finally(() => {
            done();
            native.close(fd);
          });
      });
    });
  }

  /** What is opened from now on fails (EBADF). */
  close(): void {
    this.#isClosed = true;
    if (this.#lookUps === 0) this.#folder.close();
  }

  /** Now, if it is in memory; else by a thread, unless it may wait here. */
  *#open(name: string, flags: number, resolve: number, blocks: boolean): Waiting<Opened> {
    if (this.#isClosed) return { fd: CLOSED_DESCRIPTOR, stat };
    if (blocks) {
      const fd = this.#openat2(name, flags, resolve);
      if (fd >= 0) this.#fillStat(fd, name, native.fstatfs(fd));
      return { fd, stat };
    }
    if (isLocalFilesystem(this.#filesystem)) {
      const fd = native.openat2(this.#folder.fd, name === '' ? '.' : name, flags, 0, resolve | ON_THE_LOOP);
      if (fd >= 0) this.#fillStat(fd, name, this.#filesystem);
      if (!needsDisk(fd)) return { fd, stat };
    }
    return yield* until(this.#openLater(name, flags, resolve));
  }

  async #openLater(name: string, flags: number, resolve: number): Promise<Opened> {
    const ownStat = new Float64Array(OPENED_STAT_LENGTH);
    let fd = -1;
    for (let attempt = 0; attempt < OPEN_ATTEMPTS_MAX; attempt++) {
      fd = await this.#openat2Job(name === '' ? '.' : name, flags, resolve, ownStat);
      if (!isToBeRepeated(fd)) break;
    }
    return { fd, stat: ownStat };
  }

  #openat2(name: string, flags: number, resolve: number): number {
    let fd = -1;
    for (let attempt = 0; attempt < OPEN_ATTEMPTS_MAX; attempt++) {
      fd = native.openat2(this.#folder.fd, name === '' ? '.' : name, flags, 0, resolve);
      if (!isToBeRepeated(fd)) break;
    }
    return fd;
  }

  #openat2Job(path: string, flags: number, resolve: number, into: Float64Array): Promise<number> {
    return new Promise((opened) => {
      this.#disk.push(path, (done) => {
        const onOpened = (fd: number): void => {
          done();
          opened(fd);
        };
        if (this.#isClosed) {
          onOpened(CLOSED_DESCRIPTOR);
          return;
        }
        native.openat2_job(this.#folder.fd, path, flags, resolve, into, (fd) => {
          this.#lookUps--;
          if (this.#isClosed) this.close();
          onOpened(fd);
        });
        this.#lookUps++;
      });
    });
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

/**
 * A path with `..` in it is given up when anything on the machine is renamed meanwhile (EAGAIN). And where descriptors have run
 * out, there are perhaps some to spare.
 */
function isToBeRepeated(fd: number): boolean {
  return isWouldBlock(fd) || (isOutOfDescriptors(fd) && giveUpSpareDescriptors());
}

function entryOf({ fd, stat }: Opened, queue?: DiskQueue, name?: string): Entry {
  const mode = (stat[STAT_MODE] as number) & S_IFMT;
  if (mode === S_IFREG) return new OpenFile(fd, stat, queue, name);
  native.close(fd);
  return mode === S_IFDIR ? FOLDER : NOTHING;
}
