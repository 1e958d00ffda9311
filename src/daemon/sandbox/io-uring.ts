/**
 * Keeping a server from io_uring. From Node 22 on libuv makes a ring for each loop before JavaScript begins, and ends the
 * process if it may not use it later. But calls made through a ring pass by seccomp. So the ring must not come to be: the
 * process that starts a server forbids it first, or the server starts itself anew.
 */
import { readdirSync, readlinkSync } from 'node:fs';
import { execPath } from 'node:process';
import { native } from '../../native/addon.js';
import { nodeFlags } from './inspector.js';
import { SECCOMP_FILTER_FLAG_SPEC_ALLOW, SECCOMP_SET_MODE_FILTER, setNoNewPrivs } from './privileges.js';
import { seccompFilter } from './seccomp-filter.js';
import { currentArchitecture, ENOSYS, NUMBERS } from './system-calls.js';

/** In the environment of the programs that a process starts after it has forbidden io_uring: they have no ring. */
const FORBIDDEN = 'EPOLL_REACTOR_NO_IO_URING';

/**
 * The rings of this process. To be asked before the sandbox is built, which has no /proc.
 * @returns  undefined where they cannot be seen, since /proc is not mounted
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

/** Node 20 makes rings only where it is asked to. */
function canMakeRings(): boolean {
  return Number(process.versions.node.split('.')[0]) >= 22 || process.env['UV_USE_IO_URING'] === '1';
}

/** Filters add up: each is run at each call of the programs that inherit it. */
let isForbidden = false;

/**
 * Forbids io_uring to the programs that this thread starts from now on: a supervisor does so before it starts its workers.
 * As root without no_new_privs, which another program may need; else with it.
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
 * For a process whose parent has not forbidden io_uring: runs the same program with the same arguments anew, as the same
 * process, without. To be called before anything else is done; does not return then. Returns where there is no ring, or no way.
 */
export function restartWithoutIoUring(): void {
  const { execve } = process as WithExecve;
  const isRestarted = process.env[FORBIDDEN] !== undefined; // a ring that is there even so will not go
  if (isRestarted || execve === undefined || ioUringFds()?.length === 0 || !forbidIoUring()) return;
  execve.call(process, execPath, [execPath, ...nodeFlags(), ...process.argv.slice(1)]);
}
