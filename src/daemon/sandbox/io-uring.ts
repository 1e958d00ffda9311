/**
 * Keeping a server from io_uring. From Node 22 on libuv makes a ring for each loop before JavaScript begins, and ends the
 * process if it may not use it later. But what is done through a ring passes by seccomp. So the ring must not come to be: the
 * process that starts a server has to forbid it first, or else the server to start itself anew.
 */
import { readdirSync, readlinkSync } from 'node:fs';
import { execArgv, execPath } from 'node:process';
import { native } from '../../native/addon.js';
import { SECCOMP_FILTER_FLAG_SPEC_ALLOW, SECCOMP_SET_MODE_FILTER, setNoNewPrivs } from './privileges.js';
import { seccompFilter } from './seccomp-filter.js';
import { currentArchitecture, ENOSYS, NUMBERS } from './system-calls.js';

/** The rings of this process. Not to be asked when /proc is out of reach. */
export function ioUringFds(): number[] {
  return readdirSync('/proc/self/fd')
    .map(Number)
    .filter((fd) => isRing(fd));
}

function isRing(fd: number): boolean {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`) === 'anon_inode:[io_uring]';
  } catch {
    return false; // the one that has listed the folder
  }
}

/** Filters add up: each is run at each call of whoever has inherited them. */
let isForbidden = false;

/**
 * Forbids io_uring to the programs that this thread starts from now on: what a supervisor does before it starts its workers.
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
  return isForbidden;
}

interface WithExecve {
  /** Node 22.15, 23.11. */
  readonly execve?: (file: string, args: readonly string[]) => never;
}

/** Set in what was restarted: if there is a ring even so, that will not change. */
const RESTARTED = 'EPOLL_REACTOR_RESTARTED';

/**
 * For a process that nobody has kept from io_uring: runs the same program with the same arguments anew, as the same process,
 * without. To be called before anything else is done; does not return then. Returns where there is no ring, or no way.
 */
export function restartWithoutIoUring(): void {
  const { execve } = process as WithExecve;
  const isRestarted = process.env[RESTARTED] !== undefined;
  delete process.env[RESTARTED];
  if (isRestarted || execve === undefined || ioUringFds().length === 0 || !forbidIoUring()) return;
  process.env[RESTARTED] = '1';
  execve.call(process, execPath, [execPath, ...execArgv, ...process.argv.slice(1)]);
}
