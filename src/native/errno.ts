/**
 * The meanings of a negative result of the addon. Layers above test a result with these functions, and know no error numbers.
 * For any other result, system-error.ts makes an Error.
 */
import { constants } from 'node:os';
import { getSystemErrorMap } from 'node:util';

const {
  EBADF,
  EAGAIN,
  EINTR,
  EINVAL,
  EMFILE,
  ENFILE,
  ENOBUFS,
  ENOENT,
  ENOMEM,
  ENOSPC,
  ENOSYS,
  EPERM,
  ELOOP,
  EOPNOTSUPP,
} = constants.errno;

/** libuv's map leaves some out, EINPROGRESS among them. */
const NAMES = new Map(Object.entries(constants.errno).map(([name, number]) => [number, name]));

/** The name of an error, such as `EADDRINUSE`. @param n  a result: -EBADF, not EBADF */
export function errorCode(n: number): string {
  return getSystemErrorMap().get(n)?.[0] ?? NAMES.get(-n) ?? `E${-n}`;
}

/** The result of a call on a closed descriptor. */
export const CLOSED_DESCRIPTOR = -EBADF;

/** The result of a call that the kernel does not have. */
export const MISSING_CALL = -ENOSYS;

/** A non-blocking descriptor is not ready. */
export function isNotReady(n: number): boolean {
  return n === -EAGAIN;
}

/** A signal came while the call waited. */
export function isInterrupted(n: number): boolean {
  return n === -EINTR;
}

/** isNotReady() or isInterrupted(): try again when the descriptor is ready. */
export function isWouldBlock(n: number): boolean {
  return isNotReady(n) || isInterrupted(n);
}

/** The kernel has no such call (ENOSYS), or a seccomp filter that does not know it refuses it (EPERM). */
export function isMissingCall(n: number): boolean {
  return n === -ENOSYS || n === -EPERM;
}

/** The process, or the system, has no descriptor left, or no memory for one (accept(2), "Errors"). */
export function isOutOfDescriptors(n: number): boolean {
  return n === -EMFILE || n === -ENFILE || n === -ENOBUFS || n === -ENOMEM;
}

/** accept(2) on a socket that does not listen, such as one that was shut down. */
export function isNotListening(n: number): boolean {
  return n === -EINVAL;
}

/** The filesystem does not support this kind of read. */
export function isUnsupported(n: number): boolean {
  return n === -EOPNOTSUPP;
}

/** io_uring has no buffer to receive into. */
export function isOutOfBuffers(n: number): boolean {
  return n === -ENOBUFS;
}

/** The user has no watch of inotify left, or the kernel no memory for one (inotify_add_watch(2)). */
export function isOutOfWatches(n: number): boolean {
  return n === -ENOSPC || n === -ENOMEM;
}

/** Errors of openat2(2) that the name causes, and not the process or the disk. */
const NO_SUCH_FILE = outcomes(
  'ENOENT',
  'ENOTDIR',
  'EXDEV', // the path leads out of the folder
  'ELOOP',
  'EACCES',
  'EPERM',
  'ENAMETOOLONG',
  'ENXIO', // a socket, or a FIFO without a process at its other end
  'ENODEV',
  'EINVAL',
);

/** The name leads to nothing that can be opened. A client gets a 404 without the reason. */
export function isNoSuchFile(n: number): boolean {
  return NO_SUCH_FILE.has(n);
}

/** There is no such name, or no such folder in its path (ENOENT). */
export function isMissing(n: number): boolean {
  return n === -ENOENT;
}

/** A symbolic link that may not be followed, or too many of them. */
export function isTooManyLinks(n: number): boolean {
  return n === -ELOOP;
}

const NOT_AT_HAND = outcomes(
  'EAGAIN', // the name is not in memory
  'EXDEV', // the name is on another filesystem, or outside the folder
  'EINVAL', // a kernel older than RESOLVE_CACHED
  'EMFILE', // the slower call closes spare descriptors first
  'ENFILE',
);

/** openat2 with RESOLVE_CACHED and RESOLVE_NO_XDEV has failed, but without these flags it may find the name. */
export function needsDisk(n: number): boolean {
  return NOT_AT_HAND.has(n);
}

/** By number: looking up an error's name takes 20 µs (util.getSystemErrorMap makes its map each time). */
function outcomes(...codes: (keyof typeof constants.errno)[]): ReadonlySet<number> {
  return new Set(codes.map((code) => -constants.errno[code]));
}
