/** From root, who may bind port 80, to a user who may do nothing but serve. */
import { readFileSync } from 'node:fs';
import { UserError } from '../config/user-error.js';

export interface RightsOptions {
  /** A name, or an id. Default: the user who has started the process. */
  readonly user?: string | undefined;
  /** A name, or an id. Default: the user's own group. */
  readonly group?: string | undefined;
}

export interface Rights {
  readonly uid: number;
  readonly gid: number;
  /** As it is called in /etc/passwd, else its id. */
  readonly user: string;
  /** Whether the user has supplementary groups to look up. */
  readonly isNamed: boolean;
}

/** In Node's documentation, and not in its types. */
interface WithInitgroups {
  initgroups(user: string, extraGroup: number): void;
}

/** Lines of /etc/passwd and /etc/group: name:password:id:… */
type Entry = readonly string[];

/**
 * Looks up whose rights are meant, and changes nothing: what `--check` does.
 * @returns  undefined where nobody is named
 * @throws   UserError
 */
export function resolveRights({ user, group }: RightsOptions): Rights | undefined {
  if (user === undefined && group === undefined) return undefined;
  const ownId = `${process.getuid?.()}`;
  const entry = find('/etc/passwd', user ?? ownId);
  const uid = idOf(entry, user ?? ownId);
  if (uid === undefined) {
    throw new UserError(`there is no user ${user}`, 'give a name of /etc/passwd, or an id together with a group');
  }
  return { uid, gid: resolveGroup(group, entry, uid), user: entry?.[0] ?? `${uid}`, isNamed: entry !== undefined };
}

function resolveGroup(group: string | undefined, user: Entry | undefined, uid: number): number {
  if (group !== undefined) {
    const gid = idOf(find('/etc/group', group), group);
    if (gid === undefined) throw new UserError(`there is no group ${group}`, 'give a name of /etc/group, or an id');
    return gid;
  }
  if (user === undefined) {
    throw new UserError(`user ${uid} is not in /etc/passwd, which would tell its group`, 'give a group, too');
  }
  return Number(user[3]);
}

/**
 * Whether dropRights() could do what it is told.
 * @throws  UserError, likewise
 */
export function checkRights(options: RightsOptions): void {
  const rights = resolveRights(options);
  if (rights !== undefined && !isAlready(rights, options)) refuseIfNotRoot(rights);
}

/**
 * Becomes the user for good: groups first, since who is not root any more may not change them. Names are looked up in
 * /etc, so this comes before confine().
 * @returns  who serves
 * @throws   UserError where there is no such user, or only root could become it
 */
export function dropRights(options: RightsOptions): string {
  const rights = resolveRights(options);
  if (rights !== undefined && !isAlready(rights, options)) become(rights);
  return currentUser();
}

/** Who the process runs as: a name of /etc/passwd, or an id. */
export function currentUser(): string {
  const uid = `${process.getuid?.()}`;
  return find('/etc/passwd', uid)?.[0] ?? uid;
}

/** Started as the right user, by systemd or a container. Root is never that: it has groups to give up. */
function isAlready({ uid, gid }: Rights, { group }: RightsOptions): boolean {
  if (uid === 0 || process.getuid?.() !== uid || process.geteuid?.() !== uid) return false;
  return group === undefined || (process.getgid?.() === gid && process.getegid?.() === gid);
}

function refuseIfNotRoot({ user }: Rights): void {
  if (process.geteuid?.() === 0) return;
  throw new UserError(
    `only root can become user ${user}`,
    `start it as root, or as ${user} without the option: it was started by ${currentUser()}`,
  );
}

function become(rights: Rights): void {
  const { uid, gid, user, isNamed } = rights;
  refuseIfNotRoot(rights);
  try {
    if (isNamed) (process as unknown as WithInitgroups).initgroups(user, gid);
    else process.setgroups?.([gid]);
    process.setgid?.(gid);
    process.setuid?.(uid);
  } catch (error) {
    const { syscall, code } = error as NodeJS.ErrnoException;
    throw new UserError(
      `this root cannot become user ${user} (${syscall ?? 'setuid'} ${code})`,
      'in a container it needs the capabilities SETUID and SETGID, or to be started as that user',
    );
  }
  verifyDropped(rights);
}

/** Nothing of what was given up is left, and nothing can be taken back. @throws Error: to go on would be to serve as root */
function verifyDropped({ uid, gid }: Rights): void {
  const ids = [process.getuid?.(), process.geteuid?.(), process.getgid?.(), process.getegid?.()];
  if (ids.join() !== [uid, uid, gid, gid].join()) throw new Error(`the ids are ${ids}, and not ${uid}, ${gid}`);
  if (uid === 0) return;
  // setuid(2) takes them along, unless whoever started this has asked to keep them (capabilities(7), SECBIT_KEEP_CAPS).
  const status = readFileSync('/proc/self/status', 'utf8');
  if (!/^CapPrm:\s+0+$/m.test(status)) throw new Error('capabilities are left after setuid');
  try {
    process.setuid?.(0);
  } catch {
    return;
  }
  throw new Error('root can be regained after setuid');
}

function find(file: string, nameOrId: string): Entry | undefined {
  const entries = readIfThere(file)
    .split('\n')
    .map((line) => line.split(':'))
    .filter(([, , id = '']) => id !== ''); // not the empty line at the end
  return entries.find(([name]) => name === nameOrId) ?? entries.find(([, , id]) => id === nameOrId);
}

function idOf(entry: Entry | undefined, nameOrId: string): number | undefined {
  if (entry !== undefined) return Number(entry[2]);
  // The highest is -1, "leave it as it is" (setresuid(2)).
  return /^\d{1,10}$/.test(nameOrId) && Number(nameOrId) < 0xffff_ffff ? Number(nameOrId) : undefined;
}

/** A container may have neither file. */
function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return '';
  }
}
