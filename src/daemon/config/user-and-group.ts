/** The user and group that serve, looked up as the system does it (nsswitch.conf(5)): /etc/passwd, LDAP, sssd, systemd. */
import { userInfo } from 'node:os';
import { native } from '../../native/addon.js';
import { errorCode } from '../../native/errno.js';
import { UserError } from './user-error.js';

export interface UserAndGroup {
  /** A name, or an id. Default: the user who started the process. */
  readonly user?: string | undefined;
  /** A name, or an id. Default: the user's own group. */
  readonly group?: string | undefined;
}

/** The configured names, and their ids. */
export interface Privileges extends UserAndGroup {
  readonly uid: number;
  readonly gid: number;
  /** Whether the system knows the user, who then can have supplementary groups. */
  readonly isKnown: boolean;
}

/** The highest is -1, "leave it as it is" (setresuid(2)). */
const ID_MAX = 0xffff_fffe;

/**
 * @returns  undefined where neither is named
 * @throws   UserError if there is no such user or group, or this process cannot become it
 */
export function resolvePrivileges({ user, group }: UserAndGroup): Privileges | undefined {
  if (user === undefined && group === undefined) return undefined;
  const found = user === undefined ? findUserOf(process.getuid?.() ?? 0) : findUser(user);
  if (found === undefined) {
    throw new UserError(
      `there is no user ${user}`,
      'getent passwd lists the users; an id without a name needs a group',
    );
  }
  const gid = group === undefined ? found.gid : findGroup(group);
  if (gid === undefined) {
    if (group === undefined) {
      throw new UserError(`user ${found.uid} has no name, and so no group of its own`, 'give a group, too');
    }
    throw new UserError(`there is no group ${group}`, 'getent group lists the groups; an id does as well');
  }
  return { user, group, uid: found.uid, gid, isKnown: found.gid !== undefined };
}

/** Whether the process runs as that user. Root never does: it has groups to give up. */
export function isAlready({ uid, gid, group }: Privileges): boolean {
  if (uid === 0 || process.getuid?.() !== uid || process.geteuid?.() !== uid) return false;
  return group === undefined || (process.getgid?.() === gid && process.getegid?.() === gid);
}

/** @throws  UserError where only root can become the user, and this process is not root */
export function checkPrivileges(privileges: Privileges): void {
  if (isAlready(privileges) || process.geteuid?.() === 0) return;
  const name = nameOf(privileges);
  throw new UserError(
    `only root can become user ${name}`,
    `start it as root, or as ${name} without the option: it was started by ${currentUser()}`,
  );
}

export function nameOf({ user, uid }: Privileges): string {
  return user ?? `${uid}`;
}

/** The name of the user who runs the process, or the id of one without a name. */
export function currentUser(): string {
  try {
    return userInfo().username;
  } catch {
    return `${process.geteuid?.()}`;
  }
}

/** @returns  without `gid` for an id that has no name */
function findUser(nameOrId: string): { readonly uid: number; readonly gid?: number } | undefined {
  const [uid, gid] = find(nameOrId, 'user', native.getpwnam) ?? [];
  if (uid !== undefined && gid !== undefined) return { uid, gid };
  const id = idOf(nameOrId);
  return id === undefined ? undefined : findUserOf(id);
}

function findUserOf(id: number): { readonly uid: number; readonly gid?: number } {
  const [uid, gid] = find(id, 'user', native.getpwuid) ?? [];
  return uid === undefined || gid === undefined ? { uid: id } : { uid, gid };
}

function findGroup(nameOrId: string): number | undefined {
  const [gid] = find(nameOrId, 'group', native.getgrnam) ?? [];
  return gid ?? idOf(nameOrId);
}

function idOf(text: string): number | undefined {
  return /^\d{1,10}$/.test(text) && Number(text) <= ID_MAX ? Number(text) : undefined;
}

/** Where /etc/passwd is missing, as in a container, there is no such user (getpwnam(3), ERRORS). */
const NOT_FOUND = ['ENOENT', 'ESRCH', 'EBADF', 'EPERM'];

function find<T extends string | number>(
  key: T,
  kind: string,
  lookup: (key: T, ids: Float64Array) => number,
): Float64Array | undefined {
  if (typeof key === 'string' && key.includes('\0')) return undefined;
  const ids = new Float64Array(2);
  const found = lookup(key, ids);
  if (found < 0 && !NOT_FOUND.includes(errorCode(found))) {
    throw new UserError(
      `the ${kind} ${key} cannot be looked up (${errorCode(found)})`,
      'is the service that knows it running (nsswitch.conf)?',
    );
  }
  return found === 1 ? ids : undefined;
}
