/** Changes from root, which can bind port 80, to a user that can only serve. */
import { native } from '../../native/addon.js';
import { checkPrivileges, isAlready, nameOf, type Privileges } from '../config/user-and-group.js';
import { UserError } from '../config/user-error.js';

/** Documented by Node, but missing from its types. */
interface WithInitgroups {
  initgroups(user: number, extraGroup: number): void;
}

// linux/prctl.h, linux/securebits.h
const PR_GET_SECUREBITS = 27;
const SECBIT_NO_SETUID_FIXUP = 1 << 2;
const SECBIT_KEEP_CAPS = 1 << 4;

/**
 * Becomes the user for good: groups first, since only root can change them. initgroups() looks groups up, so this comes
 * before confine().
 * @throws  UserError if this process cannot
 */
export function dropPrivileges(privileges: Privileges | undefined): void {
  if (privileges === undefined || isAlready(privileges)) return;
  checkPrivileges(privileges);
  const { uid, gid, isKnown } = privileges;
  try {
    if (isKnown) (process as unknown as WithInitgroups).initgroups(uid, gid);
    else process.setgroups?.([gid]);
    process.setgid?.(gid);
    process.setuid?.(uid);
  } catch (error) {
    const { syscall, code } = error as NodeJS.ErrnoException;
    throw new UserError(
      `this root cannot become user ${nameOf(privileges)} (${syscall ?? 'setuid'} ${code})`,
      'in a container it needs the capabilities SETUID and SETGID, or to be started as that user',
    );
  }
  verifyDropped(privileges);
}

/** Checks that all privileges are gone and cannot be regained. @throws Error: otherwise it would serve as root */
function verifyDropped({ uid, gid }: Privileges): void {
  const ids = [process.getuid?.(), process.geteuid?.(), process.getgid?.(), process.getegid?.()];
  if (ids.join() !== [uid, uid, gid, gid].join()) throw new Error(`the ids are ${ids}, and not ${uid}, ${gid}`);
  if (uid === 0) return;
  // setuid(2) clears the capabilities unless one of these is set (capabilities(7)). /proc, which lists them, may be missing.
  if ((native.prctl(PR_GET_SECUREBITS, 0) & (SECBIT_NO_SETUID_FIXUP | SECBIT_KEEP_CAPS)) !== 0) {
    throw new Error('capabilities are left after setuid: the secure bits keep them');
  }
  try {
    process.setuid?.(0);
  } catch {
    return;
  }
  throw new Error('root can be regained after setuid');
}
