/** Calls for any descriptor, and the makers of those that are no sockets: named after their man pages, with errors that are thrown. */
import { constants, native } from '../native/addon.js';
import { isNotReady } from '../native/errno.js';
import { checked } from '../native/system-error.js';

/** Returned by a call on a non-blocking descriptor that would have to wait (EAGAIN). */
export const WOULD_BLOCK = -1;

/** PATH_MAX would do; /dev/pts/ and a number need less. */
const TERMINAL_PATH_BYTES = 64;

/** The two ends of a pipe. */
export interface Pipe {
  /** The end to read from. */
  readonly readFd: number;
  /** The end to write to. */
  readonly writeFd: number;
}

/**
 * Makes a pipe of 64 KiB whose ends do not block, and that no program started later inherits. The caller closes both.
 * @throws  SystemError EMFILE | ENFILE  (pipe2(2))
 */
export function pipe(): Pipe {
  const fds = new Int32Array(2);
  checked(native.pipe2(fds, constants.O_NONBLOCK | constants.O_CLOEXEC), 'pipe2');
  const [readFd = -1, writeFd = -1] = fds;
  return { readFd, writeFd };
}

/** A terminal that a program makes (pty(7)). */
export interface Pty {
  /** The program's end, which does not block: what is written here is typed; what is read here was printed. */
  readonly fd: number;
  /** The terminal, such as `/dev/pts/3`: open it with O_RDWR | O_NOCTTY, and pass it on as stdin, stdout and stderr. */
  readonly path: string;
}

/**
 * Makes a terminal. The caller closes `fd`; then the terminal hangs up.
 * @throws  SystemError ENOSPC (kernel.pty.max) | EMFILE | ENOENT (no /dev/ptmx)  (posix_openpt(3), unlockpt(3), ptsname_r(3))
 */
export function pty(): Pty {
  const flags = constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK | constants.O_CLOEXEC;
  const fd = checked(native.posix_openpt(flags), 'posix_openpt');
  try {
    checked(native.unlockpt(fd), 'unlockpt');
    const bytes = Buffer.alloc(TERMINAL_PATH_BYTES);
    const length = checked(native.ptsname_r(fd, bytes), 'ptsname_r');
    return { fd, path: bytes.toString('utf8', 0, length) };
  } catch (error) {
    native.close(fd);
    throw error;
  }
}

/**
 * Reads the available bytes of a pipe, a terminal, a device or a socket.
 * @returns  bytes read; 0 at the end; WOULD_BLOCK if there are none yet
 * @throws   SystemError EBADF | EIO (a terminal whose last program has gone) …  (read(2))
 */
export function read(fd: number, buffer: Uint8Array): number {
  const n = native.read(fd, buffer);
  return isNotReady(n) ? WOULD_BLOCK : checked(n, 'read');
}

/**
 * Writes what fits.
 * @returns  bytes taken, which may be fewer than given; WOULD_BLOCK if there is no room
 * @throws   SystemError EBADF | EPIPE (the reading end is closed) …  (write(2))
 */
export function write(fd: number, bytes: Uint8Array): number {
  const n = native.write(fd, bytes);
  return isNotReady(n) ? WOULD_BLOCK : checked(n, 'write');
}

/** Switches a descriptor between blocking and non-blocking. @throws  SystemError EBADF  (fcntl(2), O_NONBLOCK) */
export function setblocking(fd: number, blocking: boolean): void {
  const flags = checked(native.fcntl(fd, constants.F_GETFL, 0), 'fcntl');
  const wanted = blocking ? flags & ~constants.O_NONBLOCK : flags | constants.O_NONBLOCK;
  checked(native.fcntl(fd, constants.F_SETFL, wanted), 'fcntl');
}

/** Closes a descriptor. @throws  SystemError EBADF  (close(2)) */
export function close(fd: number): void {
  checked(native.close(fd), 'close');
}
