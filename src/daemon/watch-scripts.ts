/** Reports changes of the scripts in a folder and below it: for --watch. */
import { type Dirent, type FSWatcher, readdirSync, statSync, watch } from 'node:fs';
import { join } from 'node:path';

/** A program may write other files there, such as its database, which must not restart it. */
const SCRIPT = /\.[cm]?[jt]sx?$/;

/** Packages are many, and are not edited; a folder with a dot is that of a tool. */
const LEFT_OUT = /^(?:node_modules|\..*)$/;

/** Each is a watch of inotify(7), of which a user has 8,192 on small machines. */
const FOLDERS_MAX = 1_000;

/** An editor that saves several files writes them within this time. */
const SETTLE_MS = 100;

/** A build that removes its folder first makes it again later: until then, there is nothing to watch. */
const MISSING_MS = 500;

/** After an event, it compares the scripts with those before: the event of a folder that was moved here names none of its scripts. */
export function watchScripts(root: string, onChange: () => void): void {
  let watchers: FSWatcher[] = [];
  let timer: NodeJS.Timeout | undefined;
  /** @returns  the scripts that are there now. Each folder is watched before it is read, so that no change is lost between */
  const look = (): string => {
    for (const watcher of watchers) watcher.close();
    watchers = [];
    const folders = [root];
    const scripts: string[] = [];
    for (const folder of folders) {
      watchers.push(...watchFolder(folder, onEvent));
      for (const entry of entriesOf(folder)) {
        const path = join(folder, entry.name);
        if (!entry.isDirectory()) scripts.push(...versionOf(path));
        else if (!LEFT_OUT.test(entry.name) && folders.length < FOLDERS_MAX) folders.push(path);
      }
    }
    timer = watchers.length === 0 ? setTimeout(compare, MISSING_MS) : undefined;
    return scripts.sort().join('\n');
  };
  const compare = (): void => {
    const before = known;
    known = look();
    if (known !== before) onChange();
  };
  const onEvent = (event: string, name: string | null): void => {
    const isScript = name === null || SCRIPT.test(name);
    if (!isScript && (event === 'change' || timer !== undefined)) return;
    clearTimeout(timer);
    timer = setTimeout(compare, SETTLE_MS);
  };
  let known = look();
}

/** @returns  none if the folder is gone, or the user has no watch left */
function watchFolder(folder: string, onEvent: (event: string, name: string | null) => void): FSWatcher[] {
  try {
    return [watch(folder, onEvent).on('error', () => {})];
  } catch {
    return [];
  }
}

/** @returns  none if the folder is gone, or cannot be read */
function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

/** @returns  none for a file that is not a script, or is gone, or cannot be reached */
function versionOf(path: string): string[] {
  if (!SCRIPT.test(path)) return [];
  try {
    const { ino, size, mtimeNs } = statSync(path, { bigint: true });
    return [`${path} ${ino} ${size} ${mtimeNs}`];
  } catch {
    return [];
  }
}
