/**
 * Watches names below the root, and their files. A name leads to another file when it, or a folder on its way, is moved,
 * deleted or replaced. So all of these folders are watched, from the root down, each before it is looked into.
 */

import type { Task } from '../disk/cancellable-task.js';
import { Inotify, type InotifyListener, type WatchId } from '../disk/inotify.js';
import type { MaybeAsync } from '../disk/maybe-async.js';
import { constants, native } from '../native/addon.js';
import { isMissing, isOutOfWatches } from '../native/errno.js';
import type { Reactor } from '../reactor/reactor.js';
import type { OpenFile } from './open-file.js';
import type { RootFolder } from './root-folder.js';

const { IN_ATTRIB, IN_CLOSE_WRITE, IN_CREATE, IN_DELETE, IN_DELETE_SELF, IN_MODIFY, IN_MOVE_SELF } = constants;
const { IN_MOVED_FROM, IN_MOVED_TO, IN_ONLYDIR } = constants;

/**
 * Events of an inode, whichever of its names is used: changes of its bytes, rights or number of names. Writes through mmap(2)
 * (inotify(7)) and io_submit(2) are not reported, but the close of the writer is.
 */
const FILE_EVENTS = IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF;
/** Events of the names in a folder, and of the folder. */
const FOLDER_EVENTS =
  IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

/**
 * Watches of a served folder: each cached file, each file that its compressed form depends on, and the folders above. A user has at
 * least 8,192 watches (fs.inotify.max_user_watches), and other programs need some of them.
 */
export const WATCHES_MAX = 6_144;

/** Segments of a cached name. Each is a folder to watch: a path of 500 slashes would cost as much as many files. */
const WATCHED_DEPTH_MAX = 16;

const UNWATCHED = -1;

const WATCHED = 0;
const MISSING = 1;
const UNWATCHABLE = 2;
type FolderOutcome = typeof WATCHED | typeof MISSING | typeof UNWATCHABLE;

/** Called once, at the first change. Until then its knowledge of the names and the file is true. */
export interface Watcher {
  /** Where it is registered. Only FolderWatch writes it. */
  readonly places: Place[];
  readonly fileWatches: WatchId[];
}

export interface Place {
  readonly folder: WatchedFolder;
  readonly name: string;
}

class WatchedFolder {
  readonly parent: WatchedFolder | undefined;
  readonly name: string;
  /** Relative to the root: '' or with a slash at its end. */
  readonly path: string;
  watch: WatchId = UNWATCHED;
  /** The folder was renamed or replaced: this object no longer stands for the name. */
  isLost = false;
  readonly folders = new Map<string, WatchedFolder>();
  readonly watchers = new Map<string, Set<Watcher>>();

  constructor(parent: WatchedFolder | undefined, name: string) {
    this.parent = parent;
    this.name = name;
    this.path = parent === undefined ? '' : `${parent.path}${name}/`;
  }

  get isUsed(): boolean {
    return this.folders.size > 0 || this.watchers.size > 0;
  }
}

export class FolderWatch<W extends Watcher> implements InotifyListener {
  readonly #root: RootFolder;
  readonly #onChanged: (watcher: W) => void;
  readonly #inotify = new Inotify(this);
  #top = new WatchedFolder(undefined, '');
  readonly #folders = new Map<WatchId, WatchedFolder>();
  readonly #files = new Map<WatchId, Set<Watcher>>();
  /** Watched folders that are not needed now, the longest unused first. */
  readonly #idle = new Set<WatchedFolder>();
  #isFull = false;

  /** @param onChanged  called when the knowledge of a watcher may be out of date. The watcher is released already */
  constructor(root: RootFolder, onChanged: (watcher: W) => void) {
    this.#root = root;
    this.#onChanged = onChanged;
  }

  /** No more can be watched, by the bound here or by the user's limit (ENOSPC), until a watcher is released. */
  get isFull(): boolean {
    return this.#isFull;
  }

  get #count(): number {
    return this.#folders.size + this.#files.size;
  }

  /** Makes a reactor read changes. @returns false without inotify */
  attachTo(reactor: Reactor): boolean {
    return this.#inotify.attachTo(reactor);
  }

  /**
   * Watches a name and all folders on its way.
   * @param name  relative to the root; no segment is empty, `.` or `..`
   * @returns     false if a folder on the way is no folder, cannot be watched, or has changed meanwhile: release the watcher then. If it
   *              is missing, its parent reports when it is made
   */
  *watchName(watcher: W, name: string, task: Task): MaybeAsync<boolean> {
    const segments = name.split('/');
    if (segments.length > WATCHED_DEPTH_MAX) return false;
    const ownName = segments.pop() as string;
    let folder = this.#top;
    const way = [folder];
    for (const segment of segments) {
      folder = this.#folderIn(folder, segment);
      way.push(folder);
    }
    watcher.places.push({ folder, name: ownName });
    addTo(folder.watchers, ownName, watcher);
    this.#idle.delete(folder);
    for (const onItsWay of way) {
      if (onItsWay.watch !== UNWATCHED) continue;
      const outcome = yield* this.#watchFolder(onItsWay, task);
      if (outcome !== WATCHED) return outcome === MISSING;
    }
    return true;
  }

  /** @returns  false if it cannot be watched */
  watchFile(watcher: W, file: OpenFile): boolean {
    if (!file.isLocal) return false;
    const watch = this.#add(file.fd, FILE_EVENTS);
    if (watch < 0) return false;
    watcher.fileWatches.push(watch);
    addTo(this.#files, watch, watcher);
    return true;
  }

  /** Idempotent. */
  release(watcher: Watcher): void {
    for (const { folder, name } of watcher.places.splice(0)) {
      removeFrom(folder.watchers, name, watcher);
      this.#settle(folder);
    }
    for (const watch of watcher.fileWatches.splice(0)) {
      if (removeFrom(this.#files, watch, watcher)) this.#remove(watch);
    }
  }

  close(): void {
    this.onOverflow();
    this.#inotify.close();
  }

  onEvent(watch: WatchId, _mask: number, name: string): void {
    const folder = this.#folders.get(watch);
    if (folder === undefined) {
      this.#tell(this.#files.get(watch));
    } else if (name === '') {
      this.#lose(folder);
    } else {
      const child = folder.folders.get(name);
      if (child !== undefined) this.#lose(child);
      this.#tell(folder.watchers.get(name));
    }
  }

  onOverflow(): void {
    this.#lose(this.#top);
  }

  #folderIn(parent: WatchedFolder, name: string): WatchedFolder {
    let folder = parent.folders.get(name);
    if (folder === undefined) {
      folder = new WatchedFolder(parent, name);
      parent.folders.set(name, folder);
      this.#idle.delete(parent);
    }
    return folder;
  }

  *#watchFolder(folder: WatchedFolder, task: Task): MaybeAsync<FolderOutcome> {
    const fd = yield* this.#root.openToWatch(folder.path, task);
    if (fd < 0) return isMissing(fd) && !folder.isLost && folder.parent !== undefined ? MISSING : UNWATCHABLE;
    try {
      if (folder.isLost) return UNWATCHABLE;
      if (folder.watch !== UNWATCHED) return WATCHED; // by another, meanwhile
      const watch = this.#add(fd, FOLDER_EVENTS);
      // A folder with two names (a bind mount) has one watch, which could serve one of them only.
      if (watch < 0 || this.#folders.has(watch)) return UNWATCHABLE;
      folder.watch = watch;
      this.#folders.set(watch, folder);
      return WATCHED;
    } finally {
      native.close(fd);
    }
  }

  /** An unneeded folder stays watched while there is room; a folder that could not be watched is removed at once. */
  #settle(folder: WatchedFolder): void {
    if (folder.isLost || folder.isUsed) return;
    if (folder.watch === UNWATCHED) this.#detach(folder);
    else this.#idle.add(folder);
  }

  /** Calls all watchers below the folder: nothing about it is known any more. */
  #lose(folder: WatchedFolder): void {
    this.#detach(folder);
    for (const child of [...folder.folders.values()]) this.#lose(child);
    for (const watchers of [...folder.watchers.values()]) this.#tell(watchers);
  }

  #detach(folder: WatchedFolder): void {
    if (folder.isLost) return;
    folder.isLost = true;
    this.#idle.delete(folder);
    if (this.#folders.delete(folder.watch)) this.#remove(folder.watch);
    if (folder.parent === undefined) {
      this.#top = new WatchedFolder(undefined, '');
    } else {
      folder.parent.folders.delete(folder.name);
      this.#settle(folder.parent);
    }
  }

  #tell(watchers: Set<Watcher> | undefined): void {
    for (const watcher of [...(watchers ?? [])]) {
      this.release(watcher);
      this.#onChanged(watcher as W);
    }
  }

  #add(fd: number, events: number): WatchId {
    const [longestIdle] = this.#idle;
    if (this.#count >= WATCHES_MAX && longestIdle !== undefined) this.#detach(longestIdle);
    if (this.#count >= WATCHES_MAX) {
      this.#isFull = true;
      return UNWATCHED;
    }
    const watch = this.#inotify.watch(fd, events);
    this.#isFull = isOutOfWatches(watch);
    return watch;
  }

  #remove(watch: WatchId): void {
    this.#inotify.unwatch(watch);
    this.#isFull = false;
  }
}

function addTo<Key>(index: Map<Key, Set<Watcher>>, key: Key, watcher: Watcher): void {
  const set = index.get(key);
  if (set === undefined) index.set(key, new Set([watcher]));
  else set.add(watcher);
}

/** @returns  whether it was the last */
function removeFrom<Key>(index: Map<Key, Set<Watcher>>, key: Key, watcher: Watcher): boolean {
  const set = index.get(key);
  if (set === undefined || !set.delete(watcher) || set.size > 0) return false;
  return index.delete(key);
}
