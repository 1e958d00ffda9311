/**
 * The sandbox of a serving process. It has three fences, each for all threads and for good:
 *
 *  - no_new_privs: no program that the process starts gets more privileges than it has;
 *  - Landlock: it reads files below the sites' roots, writes none, binds and connects no TCP port;
 *  - seccomp: it makes only the system calls of a server that has started. It starts no program and makes no socket.
 *
 * Afterwards the process can open only files below the roots, so the sandbox is its last step before it serves.
 */
import { readlinkSync } from 'node:fs';
import { native } from '../../native/addon.js';
import { errorCode } from '../../native/errno.js';
import { SystemError } from '../../native/system-error.js';
import { currentUser } from '../config/user-and-group.js';
import { UserError } from '../config/user-error.js';
import type { SandboxMode } from '../config/value-shapes.js';
import { ioUringFds } from './io-uring.js';
import { landlockAbi, NETWORK_ABI, restrictToPlaces } from './landlock.js';
import {
  SECCOMP_FILTER_FLAG_SPEC_ALLOW,
  SECCOMP_FILTER_FLAG_TSYNC,
  SECCOMP_SET_MODE_FILTER,
  setNoNewPrivs,
} from './privileges.js';
import { seccompFilter } from './seccomp-filter.js';
import { currentArchitecture, NEWEST_NUMBER, serverRules } from './system-calls.js';

export interface SandboxOptions {
  readonly mode: SandboxMode;
  /** Folders, with all below them, and files that can be read; by path, or by a descriptor that stays open. */
  readonly roots: readonly (string | number)[];
  /** Folders in which a process without a supervisor writes and removes files: logs, Unix sockets. */
  readonly writable?: readonly string[];
}

export interface SandboxReport {
  /** For logs: `sandbox: user www-data, Landlock ABI 7 (reads below /srv/www only, …), …`. */
  readonly line: string;
  /** The fences that are missing, and why. */
  readonly missing: readonly string[];
}

/** The part of a fence in the line, or the reason why it is missing. */
type Fence = { readonly inForce: string } | { readonly missing: string };

/** The line names up to this many folders; for more it gives only their number. */
const NAMED_PLACES_MAX = 3;

/**
 * Confines the process, for good.
 * @throws  UserError if the sandbox is required and the system cannot build it, or a place cannot be opened
 */
export function confine(options: SandboxOptions): SandboxReport {
  const user = `user ${currentUser()}`;
  if (options.mode === 'off') return { line: `sandbox: off (${user})`, missing: [] };
  loadWhatIsLoadedLate();
  // First: the fences would forbid it.
  const rings = ioUringFds();
  const privileges = noNewPrivs(); // without it, only root can build the next two fences
  const fences = [landlock(options), seccomp(options, rings), privileges];
  const missing = fences.flatMap((fence) => ('missing' in fence ? [fence.missing] : []));
  if (rings === undefined) missing.push('seccomp for io_uring (without /proc it is not known whether Node made one)');
  else if (rings.length > 0) missing.push('seccomp for io_uring (Node made one before it was forbidden)');
  if (options.mode === 'required' && missing.length > 0) {
    throw new UserError(
      `the sandbox is required, and cannot be built: ${missing.join('; ')}`,
      '--sandbox on starts with what this system can do, and says what is missing',
    );
  }
  const parts = [user, ...fences.flatMap((fence) => ('inForce' in fence ? [fence.inForce] : []))];
  const without = missing.length === 0 ? '' : `; not in force: ${missing.join('; ')}`;
  return { line: `sandbox: ${parts.join(', ')}${without}`, missing };
}

/** Makes Node open now what it otherwise opens at first use, which would be inside the sandbox. */
function loadWhatIsLoadedLate(): void {
  new Date().getTimezoneOffset(); // /etc/localtime
  // Opens the terminal again, if they are one.
  void process.stdout;
  void process.stderr;
}

function noNewPrivs(): Fence {
  const result = setNoNewPrivs();
  return result === 0 ? { inForce: 'no_new_privs' } : { missing: `no_new_privs (prctl ${errorCode(result)})` };
}

function landlock({ roots, writable = [] }: SandboxOptions): Fence {
  const abi = landlockAbi();
  if (abi < 0) return { missing: `Landlock (${whyNoLandlock(abi)})` };
  try {
    restrictToPlaces(abi, { readable: roots, writable });
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    if (error.syscall === 'openat2') throw explainPlaceError(error);
    if (error.code === 'ENOENT')
      return { missing: 'Landlock (without /proc, the threads of the process are not known)' };
    return { missing: `Landlock (${error.message})` };
  }
  const rights = [`reads below ${list(roots)} only`];
  if (writable.length > 0) rights.push(`writes below ${list(writable)} only`);
  if (abi >= NETWORK_ABI) rights.push('no TCP bind or connect');
  return { inForce: `Landlock ABI ${abi} (${rights.join(', ')})` };
}

function whyNoLandlock(result: number): string {
  switch (errorCode(result)) {
    case 'ENOSYS':
      return 'this kernel has none: Linux 5.13 has';
    case 'EOPNOTSUPP':
      return 'not enabled: boot with lsm=landlock,…';
    default:
      return `landlock_create_ruleset ${errorCode(result)}`;
  }
}

function explainPlaceError({ path, code }: SystemError): UserError {
  return new UserError(
    `${path} cannot be opened for the sandbox (${code})`,
    `the user that serves must be able to reach it: namei -l ${path}`,
  );
}

function list(places: readonly (string | number)[]): string {
  if (places.length > NAMED_PLACES_MAX) return `${places.length} folders`;
  return places.map((place) => (typeof place === 'number' ? pathOf(place) : place)).join(', ');
}

function pathOf(fd: number): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return `descriptor ${fd}`;
  }
}

function seccomp({ writable = [] }: SandboxOptions, rings: readonly number[] | undefined): Fence {
  const architecture = currentArchitecture();
  if (architecture === undefined) return { missing: `seccomp (not known for ${process.arch})` };
  const rules = serverRules(architecture, { isWriting: writable.length > 0, ioUringFds: rings });
  const filter = seccompFilter(rules, { audit: architecture.audit, newestNumber: NEWEST_NUMBER });
  const flags = SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_SPEC_ALLOW;
  const result = native.seccomp(SECCOMP_SET_MODE_FILTER, flags, filter);
  if (result < 0) return { missing: `seccomp (${errorCode(result)}: this kernel has no filters)` };
  if (result > 0) return { missing: `seccomp (thread ${result} has a filter of its own)` };
  const allowed = rules.filter((rule) => rule.errno === undefined).length;
  return { inForce: `seccomp (${allowed} system calls)` };
}
