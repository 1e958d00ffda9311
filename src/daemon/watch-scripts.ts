/** Reports changes of the scripts in a folder and below it: for --watch. */
import { type FSWatcher, readdirSync, watch } from 'node:fs';
import { join } from 'node:path';

/** A program may write other files there, such as its database, which must not restart it. */
const SCRIPT = /\.[cm]?[jt]sx?$/;

/** Packages are many, and are not edited; a folder with a dot is that of a tool. */
const LEFT_OUT = /^(?:node_modules|\..*)$/;

/** Each is a watch of inotify(7), of which a user has 8,192 on small machines. */
const FOLDERS_MAX = 1_000;

/** An editor that saves several files writes them within this time. */
const SETTLE_MS = 100;

export function watchScripts(root: string, onChange: () => void): void {
  let watchers: FSWatcher[] = [];
  let timer: NodeJS.Timeout | undefined;
  /** Again after a change: folders come and go. */
  const begin = (): void => {
    for (const watcher of watchers) watcher.close();
    watchers = foldersBelow(root).flatMap((folder) => watchFolder(folder, onEvent));
  };
  const onEvent = (event: string, name: string | null): void => {
    const isScript = name === null || SCRIPT.test(name);
    if (!isScript && event === 'change') return;
    clearTimeout(timer);
    isDue ||= isScript;
    timer = setTimeout(() => {
      begin();
      if (isDue) onChange();
      isDue = false;
    }, SETTLE_MS);
  };
  let isDue = false;
  begin();
}

/** @returns  none if the folder is gone, or the user has no watch left */
function watchFolder(folder: string, onEvent: (event: string, name: string | null) => void): FSWatcher[] {
  try {
    return [watch(folder, onEvent).on('error', () => {})];
  } catch {
    return [];
  }
}

function foldersBelow(root: string): readonly string[] {
  const folders = [root];
  for (let i = 0; i < folders.length && folders.length < FOLDERS_MAX; i++) {
    const folder = folders[i] as string;
    for (const entry of entriesOf(folder)) {
      if (entry.isDirectory() && !LEFT_OUT.test(entry.name)) folders.push(join(folder, entry.name));
    }
  }
  return folders.slice(0, FOLDERS_MAX);
}

function entriesOf(folder: string): ReturnType<typeof readEntries> {
  try {
    return readEntries(folder);
  } catch {
    return []; // gone meanwhile, or not readable
  }
}

function readEntries(folder: string) {
  return readdirSync(folder, { withFileTypes: true });
}
