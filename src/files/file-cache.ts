/**
 * The cache of files: what a path stands for, with small files in memory and large ones open.
 *
 * An entry is true until inotify reports a change. So everything is watched before it is looked at: the folders on the way to a
 * name, then the name, then the file, and only then its state and its bytes. A file that changes meanwhile is not cached.
 *
 * These are looked up at each request, because they cannot be watched: a path through a symbolic link, whose target can change in a
 * folder that is not watched; a file on a filesystem that reports no changes; and paths beyond the bounds. A path that matches
 * no file is not cached either: the look-up costs one call, and clients seldom repeat it.
 */

import type { Task } from '../disk/cancellable-task.js';
import { type MaybeAsync, wait } from '../disk/maybe-async.js';
import { offerSpareDescriptors, type SpareDescriptors } from '../disk/spare-descriptors.js';
import type { Reactor } from '../reactor/reactor.js';
import { CachedPath, CacheEntries } from './cache-entries.js';
import { CachedFile } from './cached-file.js';
import { compressions, NOT_NOW } from './compression.js';
import { FILE_INLINE_BYTES_MAX, MemoryContent } from './content.js';
import { FolderWatch } from './folder-watch.js';
import type { Found, FoundFile, Lookup } from './lookup.js';
import type { OpenFile } from './open-file.js';
import type { Entry, RootFolder } from './root-folder.js';

export class FileCache implements SpareDescriptors {
  readonly #root: RootFolder;
  readonly #watch: FolderWatch<CachedPath>;
  readonly #entries = new CacheEntries((path) => this.#drop(path));
  /** The last path that was sent in each compressed form. */
  readonly #byForm = new Map<string, CachedPath>();

  constructor(root: RootFolder) {
    this.#root = root;
    this.#watch = new FolderWatch(root, (path) => this.#drop(path));
    offerSpareDescriptors(this);
  }

  /** @param reactor  of this turn: it has read all changes made before the turn */
  get(key: string, reactor: Reactor): CachedFile | undefined {
    return this.#watch.attachTo(reactor) ? this.#entries.get(key) : undefined;
  }

  /**
   * Finds the file of a path, and caches it if it can be watched.
   * @param key   the path, and the other inputs of the look-up
   * @param task  ends the look-up when it is cancelled
   * @returns     the caller closes its content
   */
  *find(key: string, lookup: Lookup, reactor: Reactor, task: Task): MaybeAsync<Found> {
    const path = new CachedPath(key);
    if (!this.#watch.attachTo(reactor) || !this.#entries.admits(key, () => this.#watch.isFull)) this.#drop(path);
    try {
      let step = lookup.next();
      while (step.done !== true) step = lookup.next(yield* this.#open(path, step.value, task));
      const found = step.value;
      if (found.kind === 'file' && !path.isDropped) return yield* this.#keep(path, found, reactor, task);
      this.#drop(path);
      return found;
    } catch (error) {
      this.#drop(path);
      lookup.throw(error); // closes the files that it has opened
      throw error;
    }
  }

  /** Evicts large files, when the process has no descriptor left. Those that are being sent stay open until then. */
  giveUp(): boolean {
    return this.#entries.giveUpDescriptors();
  }

  close(): void {
    this.#watch.close(); // drops all entries, as all are watched
  }

  *#open(path: CachedPath, name: string, task: Task): MaybeAsync<Entry> {
    if (!path.isDropped && !(isCanonical(name) && (yield* this.#watch.watchName(path, name, task)))) this.#drop(path);
    const entry = yield* this.#root.open(name, !path.isDropped, task);
    if (entry.kind === 'file') {
      // It may have changed before the watch.
      if (!path.isDropped && !(this.#watch.watchFile(path, entry) && entry.isUnchanged())) this.#drop(path);
      return entry;
    }
    if (entry.kind !== 'symlink') return entry;
    this.#drop(path);
    return (yield* this.#root.open(name, false, task)) as Entry;
  }

  /** @returns  the file, or if it is small or compressed, its bytes in memory; the file is closed then */
  *#keep(path: CachedPath, found: FoundFile<OpenFile>, reactor: Reactor, task: Task): MaybeAsync<FoundFile> {
    const file = found.content;
    let sent: FoundFile;
    try {
      sent = (yield* this.#compressed(path, found, task)) ?? found;
      if (sent.content === file && this.#entries.like(sent) === undefined)
        sent = yield* this.#inMemory(path, found, task);
    } catch (error) {
      file.close(); // the look-up has ended, and does not close it
      throw error;
    }
    if (!path.isDropped) {
      if (sent.content === file) file.own();
      sent = this.#remember(path, sent, reactor.wallClockMs);
    }
    if (sent.content !== file) file.close();
    return sent;
  }

  /** Paths that lead to one file share its entry: a path costs 1.2 KB, and not a copy of the page of a fallback. */
  #remember(path: CachedPath, found: FoundFile, nowMs: number): FoundFile {
    const known = this.#entries.like(found);
    const file = known ?? new CachedFile(found, nowMs);
    const { representation } = file;
    representation.content.retain();
    this.#entries.add(path, file);
    return known === undefined ? found : { ...found, ...representation };
  }

  /** @returns  undefined if the file is sent as it is. The path is dropped if that may differ next time */
  *#compressed(path: CachedPath, found: FoundFile<OpenFile>, task: Task): MaybeAsync<FoundFile | undefined> {
    const { name, content: file, compressAs: coding } = found;
    if (coding === undefined) return undefined;
    path.form = `${coding} ${name}`;
    // A file is compressed once, by whatever paths it is requested.
    path.compressed =
      this.#byForm.get(path.form)?.compressed ??
      compressions.compress(coding, file.size, () => readUnchanged(file, task), task);
    this.#byForm.set(path.form, path);
    const compressed = yield* wait(path.compressed);
    if (compressed === NOT_NOW) this.#drop(path);
    if (compressed === NOT_NOW || compressed === undefined) return undefined;
    const { bytes, etag } = compressed;
    const validators = { ...found.validators, etag };
    return { ...found, content: new MemoryContent(bytes), validators, settled: undefined, contentEncoding: coding };
  }

  *#inMemory(path: CachedPath, found: FoundFile<OpenFile>, task: Task): MaybeAsync<FoundFile> {
    const file = found.content;
    if (path.isDropped || file.size > FILE_INLINE_BYTES_MAX) return found;
    const bytes = file.readFromMemory(0, file.size) ?? (yield* wait(file.readLater(0, file.size, task)));
    if (bytes.length === file.size && !path.isDropped) return { ...found, content: new MemoryContent(bytes) };
    this.#drop(path);
    return found;
  }

  /** Idempotent. */
  #drop(path: CachedPath): void {
    path.isDropped = true;
    if (this.#byForm.get(path.form) === path) this.#byForm.delete(path.form);
    this.#watch.release(path);
    this.#entries.remove(path);
  }
}

/** @returns  undefined if it was written meanwhile */
async function readUnchanged(file: OpenFile, task: Task): Promise<Buffer | undefined> {
  const bytes = await file.readLater(0, file.size, task);
  return bytes.length === file.size && file.isUnchanged() ? bytes : undefined;
}

/** No segment is empty, `.` or `..`. */
function isCanonical(name: string): boolean {
  return !/(?:^|\/)(?:\.{0,2})(?:\/|$)/.test(name);
}
