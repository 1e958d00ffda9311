/**
 * The folder that is served, and what is beneath it. Every open is confined by the kernel: RESOLVE_BENEATH refuses a
 * path that leaves the folder at any step, by `..`, by an absolute name or by a symbolic link (openat2(2), Linux 5.6; where
 * there is none, native/openat2_walk.cc stands in for it).
 */
import { OPEN_ATTEMPTS_MAX } from '../limits.js';
import { constants, native, type OwnedFd, STAT_LENGTH, STAT_MODE } from '../native.js';
import { isLoop, isNoSuchFile, isOutOfDescriptors, isWouldBlock } from '../outcome.js';
import { giveUpSpareDescriptors } from '../spare-descriptors.js';
import { checked, SystemError } from '../system-error.js';
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

const stat = new Float64Array(STAT_LENGTH);

export class RootFolder {
  /** Closed when nobody serves from it any more. */
  readonly #folder: OwnedFd;
  readonly #resolve: number;

  /**
   * @param followsSymlinks  symbolic links that stay below the root lead somewhere; without, a name with one is nothing
   * @throws                 SystemError ENOENT | ENOTDIR | EACCES, with the path
   */
  constructor(path: string, followsSymlinks: boolean = true) {
    // With the dot, a folder that may not be searched is refused here, and not by a 404 for each of its files.
    const fd = native.openat2(AT_FDCWD, `${path}/.`, O_PATH | O_DIRECTORY | O_CLOEXEC, 0, 0);
    this.#folder = new native.OwnedFd(checked(fd, 'openat2', { path }));
    const links = followsSymlinks ? constants.RESOLVE_NO_MAGICLINKS : constants.RESOLVE_NO_SYMLINKS;
    this.#resolve = constants.RESOLVE_BENEATH | links;
  }

  /**
   * Looks a name up, and opens it if it is a regular file.
   * @param name  relative to the folder; '' is the folder itself
   * @returns     nothing, too, for what is neither file nor folder, leaves the root, or may not be read
   * @throws      SystemError EMFILE | ENFILE | ENOMEM | EIO …: what is not the name's fault
   */
  open(name: string): Entry {
    const fd = this.#openat2(name, OPEN_FLAGS);
    if (fd < 0) return NOTHING;
    const failed = native.fstat(fd, stat);
    if (failed === 0) return entryOf(fd, stat);
    native.close(fd);
    throw new SystemError(failed, 'fstat', { path: name });
  }

  /**
   * The same, by a thread that may wait for the disk.
   * @param isPlain  no symbolic link is followed on the way: SYMLINK tells of one
   */
  async openLater(name: string, isPlain: boolean): Promise<Entry | typeof SYMLINK> {
    const ownStat = new Float64Array(STAT_LENGTH);
    const fd = await this.#openat2Later(name, OPEN_FLAGS, isPlain, ownStat);
    if (isPlain && isLoop(fd)) return SYMLINK;
    if (isNoSuchFile(fd) || isWouldBlock(fd)) return NOTHING;
    return entryOf(checked(fd, 'openat2', { path: name }), ownStat);
  }

  /** Opens a folder to be watched, by a thread that may wait for the disk. @returns a descriptor, or negative */
  openToWatch(name: string): Promise<number> {
    return this.#openat2Later(name, O_PATH | O_DIRECTORY | O_CLOEXEC, true, new Float64Array(STAT_LENGTH));
  }

  /**
   * Opens a folder below the root, to read what is in it.
   * @returns  a descriptor, which whoever asked closes; -1 where there is no such folder
   * @throws   as open()
   */
  openFolder(name: string): number {
    return this.#openat2(name, OPEN_FLAGS | O_DIRECTORY);
  }

  close(): void {
    this.#folder.close();
  }

  async #openat2Later(name: string, flags: number, isPlain: boolean, into: Float64Array): Promise<number> {
    const resolve = isPlain ? RESOLVE_PLAIN : this.#resolve;
    let fd = -1;
    for (let attempt = 0; attempt < OPEN_ATTEMPTS_MAX; attempt++) {
      fd = await new Promise<number>((done) => {
        native.openat2_job(this.#folder.fd, name === '' ? '.' : name, flags, resolve, into, done);
      });
      if (!isToBeRepeated(fd)) break;
    }
    return fd;
  }

  /** @returns  a descriptor, or -1 for what is nothing */
  #openat2(name: string, flags: number): number {
    let fd = -1;
    for (let attempt = 0; attempt < OPEN_ATTEMPTS_MAX; attempt++) {
      fd = native.openat2(this.#folder.fd, name === '' ? '.' : name, flags, 0, this.#resolve);
      if (!isToBeRepeated(fd)) break;
    }
    if (isNoSuchFile(fd) || isWouldBlock(fd)) return -1;
    return checked(fd, 'openat2', { path: name });
  }
}

/**
 * A path with `..` in it is given up when anything on the machine is renamed meanwhile (EAGAIN). And where descriptors have run
 * out, there are perhaps some to spare.
 */
function isToBeRepeated(fd: number): boolean {
  return isWouldBlock(fd) || (isOutOfDescriptors(fd) && giveUpSpareDescriptors());
}

/** @param fd  of what fstat(2) has described in `of` */
function entryOf(fd: number, of: Float64Array): Entry {
  const mode = (of[STAT_MODE] as number) & S_IFMT;
  if (mode === S_IFREG) return new OpenFile(fd, of);
  native.close(fd);
  return mode === S_IFDIR ? FOLDER : NOTHING;
}
