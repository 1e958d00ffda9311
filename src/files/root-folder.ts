/**
 * The folder that is served, and what is beneath it. Every open is confined by the kernel: RESOLVE_BENEATH refuses a
 * path that leaves the folder at any step, by `..`, by an absolute name or by a symbolic link (openat2(2), Linux 5.6).
 */
import { OPEN_ATTEMPTS_MAX } from '../limits.js';
import { constants, native, type OwnedFd, STAT_LENGTH, STAT_MODE, STAT_SIZE } from '../native.js';
import { isNoSuchFile, isWouldBlock } from '../outcome.js';
import { checked } from '../system-error.js';

const { AT_FDCWD, O_CLOEXEC, O_DIRECTORY, O_NOCTTY, O_NONBLOCK, O_PATH, O_RDONLY, S_IFDIR, S_IFMT, S_IFREG } =
  constants;

const RESOLVE = constants.RESOLVE_BENEATH | constants.RESOLVE_NO_MAGICLINKS;
/** O_NONBLOCK: opening a FIFO that nobody writes to would wait for ever. */
const OPEN_FLAGS = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;

/** An open regular file. Whoever has it closes it. */
export interface RegularFile {
  readonly kind: 'file';
  readonly fd: number;
  readonly size: number;
}

/** What a name stands for. */
export type Entry = RegularFile | { readonly kind: 'folder' } | { readonly kind: 'nothing' };

const FOLDER: Entry = { kind: 'folder' };
const NOTHING: Entry = { kind: 'nothing' };

const stat = new Float64Array(STAT_LENGTH);

export class RootFolder {
  /** Closed when nobody serves from it any more. */
  readonly #folder: OwnedFd;

  /** @throws  SystemError ENOENT | ENOTDIR | EACCES, with the path; ENOSYS where the kernel is older than Linux 5.6 */
  constructor(path: string) {
    // With the dot, a folder that may not be searched is refused here, and not by a 404 for each of its files.
    const fd = native.openat2(AT_FDCWD, `${path}/.`, O_PATH | O_DIRECTORY | O_CLOEXEC, 0, 0);
    this.#folder = new native.OwnedFd(checked(fd, 'openat2', { path }));
  }

  /**
   * Looks a name up, and opens it if it is a regular file.
   * @param name  relative to the folder; '' is the folder itself
   * @returns     nothing, too, for what is neither file nor folder, leaves the root, or may not be read
   * @throws      SystemError EMFILE | ENFILE | ENOMEM | EIO …: what is not the name's fault
   */
  open(name: string): Entry {
    const fd = this.#openat2(name === '' ? '.' : name);
    if (isNoSuchFile(fd) || isWouldBlock(fd)) return NOTHING;
    checked(fd, 'openat2', { path: name });
    const failed = native.fstat(fd, stat);
    const mode = (stat[STAT_MODE] as number) & S_IFMT;
    if (failed === 0 && mode === S_IFREG) return { kind: 'file', fd, size: stat[STAT_SIZE] as number };
    native.close(fd);
    checked(failed, 'fstat', { path: name });
    return mode === S_IFDIR ? FOLDER : NOTHING;
  }

  close(): void {
    this.#folder.close();
  }

  /** @returns  a descriptor or -errno */
  #openat2(name: string): number {
    let fd = -1;
    // A path with `..` in it is given up when anything on the machine is renamed meanwhile: then it is tried again.
    for (let attempt = 0; attempt < OPEN_ATTEMPTS_MAX; attempt++) {
      fd = native.openat2(this.#folder.fd, name, OPEN_FLAGS, 0, RESOLVE);
      if (!isWouldBlock(fd)) break;
    }
    return fd;
  }
}
