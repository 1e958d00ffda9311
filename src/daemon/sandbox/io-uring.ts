/**
 * Keeps a server from io_uring. Calls made through a ring bypass seccomp. Since Node 22 libuv makes a ring for each loop before
 * JavaScript begins, and ends the process if the ring is forbidden later. So the process that starts a server forbids rings first, or
 * the server restarts itself.
 */
import { readdirSync, readlinkSync } from 'node:fs';
import { execPath } from 'node:process';
import { constants, native } from '../../native/addon.js';
import { nodeFlags } from './inspector.js';
import { SECCOMP_FILTER_FLAG_SPEC_ALLOW, SECCOMP_SET_MODE_FILTER, setNoNewPrivs } from './privileges.js';
import { seccompFilter } from './seccomp-filter.js';
import { currentArchitecture, ENOSYS, NUMBERS } from './system-calls.js';

/** In the environment of the programs that a process starts after it has forbidden io_uring: they have no ring. */
const FORBIDDEN = 'EPOLL_REACTOR_NO_IO_URING';

/**
 * The rings of this process. Call it before the sandbox, which hides /proc.
 * @returns  undefined if /proc is not mounted
 */
export function ioUringFds(): readonly number[] | undefined {
  try {
    return readdirSync('/proc/self/fd')
      .map(Number)
      .filter((fd) => isRing(fd));
  } catch {
    return process.env[FORBIDDEN] !== undefined || !canMakeRings() ? [] : undefined;
  }
}

function isRing(fd: number): boolean {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`) === 'anon_inode:[io_uring]';
  } catch {
    return false; // the descriptor that listed the folder
  }
}

/** Node 20 makes rings only on request. */
function canMakeRings(): boolean {
  return Number(process.versions.node.split('.')[0]) >= 22 || process.env['UV_USE_IO_URING'] === '1';
}

/** Filters add up: inheriting programs run each of them at each call. */
let isForbidden = process.env[FORBIDDEN] !== undefined;

/**
 * Forbids io_uring to the programs that this thread starts from now on: a supervisor does so before it starts its workers.
 * Root does it without no_new_privs, which another program may need; other users have to set it.
 * @returns  whether it could
 */
export function forbidIoUring(): boolean {
  const architecture = currentArchitecture();
  if (isForbidden || architecture === undefined) return isForbidden;
  const filter = seccompFilter([{ number: NUMBERS.io_uring_setup[architecture.column], errno: ENOSYS }], {
    audit: architecture.audit,
    newestNumber: 0xffff_ffff,
    otherwise: 'allow',
  });
  const forbid = (): boolean => native.seccomp(SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, filter) === 0;
  isForbidden = forbid() || (setNoNewPrivs() === 0 && forbid());
  if (isForbidden) process.env[FORBIDDEN] = '1';
  return isForbidden;
}

interface WithExecve {
  /** Node 22.15, 23.11. */
  readonly execve?: (file: string, args: readonly string[]) => never;
}

/**
 * For a process whose parent has not forbidden io_uring: executes the same program with the same arguments again, as the same
 * process, without rings. Call it first: a pipe can be read only once. It returns only if there is no ring, or no way to restart.
 * @param inheritedFds  descriptors that the process was started with, beside 0 to 2, and that it is to keep: Node has marked them
 *                      FD_CLOEXEC, as its own
 */
export function restartWithoutIoUring(inheritedFds: Iterable<number>): void {
  const { execve } = process as WithExecve;
  // If it is forbidden already, a second restart would not remove the ring.
  if (isForbidden || execve === undefined || ioUringFds()?.length === 0 || !forbidIoUring()) return;
  for (const fd of inheritedFds) native.fcntl(fd, constants.F_SETFD, 0); // EBADF: its user will say so
  execve.call(process, execPath, [execPath, ...nodeFlags(), ...process.argv.slice(1)]);
}
