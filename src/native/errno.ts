/**
 * What a negative result of the addon means, in the field's words. Layers above test it with these, and know no error numbers.
 * system-error.ts makes an Error of a result that is none of these.
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

/** What a call on a closed descriptor returns. */
export const CLOSED_DESCRIPTOR = -EBADF;

/** A non-blocking descriptor is not ready. */
export function isNotReady(n: number): boolean {
  return n === -EAGAIN;
}

/** A signal came while the call waited. */
export function isInterrupted(n: number): boolean {
  return n === -EINTR;
}

/** Either of them: try again when the descriptor is ready. */
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

/** The filesystem has no such way to read. */
export function isUnsupported(n: number): boolean {
  return n === -EOPNOTSUPP;
}

/** The user has no watch of inotify left, or the kernel no memory for one (inotify_add_watch(2)). */
export function isOutOfWatches(n: number): boolean {
  return n === -ENOSPC || n === -ENOMEM;
}

/** Errors of openat2(2) that are due to the name, and not to the process or the disk. */
const NO_SUCH_FILE = outcomes(
  'ENOENT',
  'ENOTDIR',
  'EXDEV', // leads out of the folder
  'ELOOP',
  'EACCES',
  'EPERM',
  'ENAMETOOLONG',
  'ENXIO', // a socket, or a FIFO without its other side
  'ENODEV',
  'EINVAL',
);

/** A name leads to nothing that can be opened. Clients are not told the reason. */
export function isNoSuchFile(n: number): boolean {
  return NO_SUCH_FILE.has(n);
}

/** There is no such name, or no such folder in its path (ENOENT). */
export function isMissing(n: number): boolean {
  return n === -ENOENT;
}

/** A symbolic link where none is allowed, or too many of them. */
export function isTooManyLinks(n: number): boolean {
  return n === -ELOOP;
}

const NOT_AT_HAND = outcomes(
  'EAGAIN', // it needs the disk
  'EXDEV', // on another filesystem, or outside of the folder
  'EINVAL', // a kernel older than RESOLVE_CACHED
  'EMFILE', // the other way closes spare descriptors
  'ENFILE',
);

/** openat2 with RESOLVE_CACHED and RESOLVE_NO_XDEV has not found the name: without them it may be found. */
export function needsDisk(n: number): boolean {
  return NOT_AT_HAND.has(n);
}

/** By number: naming an error takes 20 µs (util.getSystemErrorMap makes its map each time). */
function outcomes(...codes: (keyof typeof constants.errno)[]): ReadonlySet<number> {
  return new Set(codes.map((code) => -constants.errno[code]));
}
