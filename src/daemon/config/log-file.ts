/**
 * The file of a log, which root opens again after each rotation. In a folder that another user can write, that user could put a
 * symbolic link in its place, and root would append to any file. So the last name is not followed (O_NOFOLLOW), and root refuses
 * a folder in which others can exchange an entry, as logrotate(8) does; and likewise the folders above it.
 */
import { constants, lstatSync, openSync, readlinkSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { UserError } from './user-error.js';

/** A log names its clients, which not every user may read. */
const MODE = 0o640;

/** O_NONBLOCK: a thread that waited for the reader of a pipe would keep this process from ending. */
export const LOG_FLAGS = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK;

/** As Linux has it (path_resolution(7)). */
const LINKS_MAX = 40;

/**
 * @returns  a descriptor
 * @throws   UserError for a folder that others can write; Error ELOOP for a symbolic link, ENOENT, EACCES …
 */
export function openLogFile(path: string): number {
  checkLogFolder(path);
  return openSync(path, LOG_FLAGS | constants.O_NOFOLLOW, MODE);
}

/** @throws  UserError */
export function checkLogFolder(path: string): void {
  const folder = process.geteuid?.() === 0 ? foreignFolder(path) : undefined;
  if (folder === undefined) return;
  throw new UserError(
    `the log ${path}: other users can change the folder ${folder}, and root does not write there`,
    `make it root's: chown root:root ${folder}; chmod go-w ${folder}`,
  );
}

/** The first folder on the way to a file, by symbolic links too, in which another user than root can exchange the next name. */
function foreignFolder(path: string): string | undefined {
  let folder = '/';
  const names = namesOf(path);
  for (let links = 0; names.length > 0 && links <= LINKS_MAX; ) {
    const next = join(folder, names.shift() as string);
    const entry = names.length === 0 ? undefined : lstatSync(next);
    if (isForeign(lstatSync(folder), entry)) return folder;
    if (entry?.isSymbolicLink()) {
      const target = readlinkSync(next);
      if (target.startsWith('/')) folder = '/';
      names.unshift(...namesOf(target));
      links++;
    } else {
      folder = next;
    }
  }
  return undefined;
}

function namesOf(path: string): string[] {
  return path.split('/').filter((name) => name !== '');
}

/** @param entry  what is there already: in a sticky folder such as /tmp only its owner can exchange it; undefined for the log */
function isForeign({ uid, gid, mode }: Stats, entry: Stats | undefined): boolean {
  const isOthers = uid !== 0 || (mode & 0o002) !== 0 || ((mode & 0o020) !== 0 && gid !== 0);
  const isSticky = uid === 0 && (mode & 0o1000) !== 0;
  return isOthers && !(isSticky && entry?.uid === 0);
}
