/**
 * Files that are asked for often: what a path stands for, with small files in memory and large ones open.
 *
 * What is kept is true until inotify tells otherwise. So nothing is looked at before it is watched: first the folders on the
 * way to a name, then the name, then the file, and only then its size and its bytes. What changes meanwhile is not kept.
 *
 * Looked at anew at each request is what cannot be watched: a path through a symbolic link, whose target can change in folders
 * that nobody watches; a filesystem that does not tell; whatever is beyond the bounds, here or of the user's watches. And what is
 * not there: to find that out costs one call, and whoever asks for what is not there asks for something else each time.
 */

import { type MaybeAsync, wait } from '../disk/maybe-async.js';
import { offerSpareDescriptors, type SpareDescriptors } from '../disk/spare-descriptors.js';
import type { Task } from '../disk/task.js';
import type { Reactor } from '../reactor/reactor.js';
import { CacheEntries, KeptPath } from './cache-entries.js';
import { compressions, NOT_NOW } from './compression.js';
import { FILE_INLINE_BYTES_MAX, MemoryContent } from './content.js';
import { FolderWatch } from './folder-watch.js';
import { KeptFile } from './kept-file.js';
import type { Found, FoundFile, Lookup } from './lookup.js';
import type { OpenFile } from './open-file.js';
import type { Entry, RootFolder } from './root-folder.js';

export class FileCache implements SpareDescriptors {
  readonly #root: RootFolder;
  readonly #watch: FolderWatch<KeptPath>;
  readonly #entries = new CacheEntries((kept) => this.#drop(kept));
  /** The last of those that are sent in one compressed form. */
  readonly #byForm = new Map<string, KeptPath>();

  constructor(root: RootFolder) {
    this.#root = root;
    this.#watch = new FolderWatch(root, (kept) => this.#drop(kept));
    offerSpareDescriptors(this);
  }

  /** @param reactor  whose turn it is: it has heard of all that had changed when its turn began */
  get(key: string, reactor: Reactor): KeptFile | undefined {
    return this.#watch.attachTo(reactor) ? this.#entries.get(key) : undefined;
  }

  /**
   * Finds out what a path stands for, and keeps it if that is a file which can be watched.
   * @param key   the path, with whatever else decides
   * @param task  cancelled, it looks for no more
   * @returns     the content in it is the caller's to close
   */
  *find(key: string, lookup: Lookup, reactor: Reactor, task: Task): MaybeAsync<Found> {
    const kept = new KeptPath(key);
    if (!this.#watch.attachTo(reactor) || !this.#entries.isWorthKeeping(key, () => this.#watch.isFull))
      this.#drop(kept);
    try {
      let step = lookup.next();
      while (step.done !== true) step = lookup.next(yield* this.#open(kept, step.value, task));
      const found = step.value;
      if (found.kind === 'file' && !kept.isDropped) return yield* this.#keep(kept, found, reactor, task);
      this.#drop(kept);
      return found;
    } catch (error) {
      this.#drop(kept);
      lookup.throw(error); // which closes what it has
      throw error;
    }
  }

  /** Large files, when the process has no descriptor left. What is being sent of them stays open. */
  giveUp(): boolean {
    return this.#entries.giveUpDescriptors();
  }

  close(): void {
    this.#watch.close(); // whatever is kept is watched, and dropped now
  }

  *#open(kept: KeptPath, name: string, task: Task): MaybeAsync<Entry> {
    if (!kept.isDropped && !(isCanonical(name) && (yield* this.#watch.watchName(kept, name, task)))) this.#drop(kept);
    const entry = yield* this.#root.open(name, !kept.isDropped, task);
    if (entry.kind === 'file') {
      // It may have changed before it was watched.
      if (!kept.isDropped && !(this.#watch.watchFile(kept, entry) && entry.isUnchanged())) this.#drop(kept);
      return entry;
    }
    if (entry.kind !== 'symlink') return entry;
    this.#drop(kept);
    return (yield* this.#root.open(name, false, task)) as Entry;
  }

  /** @returns  what is to be sent: the file, or where that is small or compressed, bytes in memory. The file is closed then */
  *#keep(kept: KeptPath, found: FoundFile<OpenFile>, reactor: Reactor, task: Task): MaybeAsync<FoundFile> {
    const file = found.content;
    let sent: FoundFile;
    try {
      sent = (yield* this.#compressed(kept, found, task)) ?? found;
      if (sent.content === file && this.#entries.like(sent) === undefined)
        sent = yield* this.#inMemory(kept, found, task);
    } catch (error) {
      file.close(); // the lookup has ended, and has it no more
      throw error;
    }
    if (!kept.isDropped) {
      if (sent.content === file) file.own();
      sent = this.#remember(kept, sent, reactor.wallClockMs);
    }
    if (sent.content !== file) file.close();
    return sent;
  }

  /** Paths that lead to one file share what is kept of it: each costs 1.2 KB, and not a copy of the page that a fallback answers with. */
  #remember(kept: KeptPath, found: FoundFile, nowMs: number): FoundFile {
    const known = this.#entries.like(found);
    const file = known ?? new KeptFile(found, nowMs);
    const { representation } = file;
    representation.content.retain();
    this.#entries.add(kept, file);
    return known === undefined ? found : { ...found, ...representation };
  }

  /** @returns  undefined where the file is sent as it is; which is not kept where that may be otherwise another time */
  *#compressed(kept: KeptPath, found: FoundFile<OpenFile>, task: Task): MaybeAsync<FoundFile | undefined> {
    const { name, content: file, compressAs: coding } = found;
    if (coding === undefined) return undefined;
    kept.form = `${coding} ${name}`;
    // By whatever paths a file is asked for, it is compressed once.
    kept.compressed =
      this.#byForm.get(kept.form)?.compressed ??
      compressions.compress(coding, file.size, () => readUnchanged(file, task), task);
    this.#byForm.set(kept.form, kept);
    const compressed = yield* wait(kept.compressed);
    if (compressed === NOT_NOW) this.#drop(kept);
    if (compressed === NOT_NOW || compressed === undefined) return undefined;
    const { bytes, etag } = compressed;
    const validators = { ...found.validators, etag };
    return { ...found, content: new MemoryContent(bytes), validators, settled: undefined, contentEncoding: coding };
  }

  *#inMemory(kept: KeptPath, found: FoundFile<OpenFile>, task: Task): MaybeAsync<FoundFile> {
    const file = found.content;
    if (kept.isDropped || file.size > FILE_INLINE_BYTES_MAX) return found;
    const bytes = file.readFromMemory(0, file.size) ?? (yield* wait(file.readLater(0, file.size, task)));
    if (bytes.length === file.size && !kept.isDropped) return { ...found, content: new MemoryContent(bytes) };
    this.#drop(kept);
    return found;
  }

  /** Idempotent. */
  #drop(kept: KeptPath): void {
    kept.isDropped = true;
    if (this.#byForm.get(kept.form) === kept) this.#byForm.delete(kept.form);
    this.#watch.release(kept);
    this.#entries.remove(kept);
  }
}

/** @returns  undefined if it was written meanwhile */
async function readUnchanged(file: OpenFile, task: Task): Promise<Buffer | undefined> {
  const bytes = await file.readLater(0, file.size, task);
  return bytes.length === file.size && file.isUnchanged() ? bytes : undefined;
}

/** Each segment says where it leads: nothing is said twice, and nothing goes back. */
function isCanonical(name: string): boolean {
  return !/(?:^|\/)(?:\.{0,2})(?:\/|$)/.test(name);
}
