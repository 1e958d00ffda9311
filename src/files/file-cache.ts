/**
 * Files that are asked for often: what a path stands for, with small files in memory and large ones open.
 *
 * What is kept is true until inotify tells otherwise. So nothing is looked at before it is watched: first the folders on the
 * way to a name, then the name, then the file, and only then its size and its bytes. What changes meanwhile is not kept.
 *
 * A path through a symbolic link is not kept: the link's target can change in folders that nobody watches.
 */
import { FILE_INLINE_BYTES_MAX, KEPT_BYTES_MAX, KEPT_DESCRIPTORS_MAX, KEPT_PATHS_MAX } from '../limits.js';
import { native } from '../native.js';
import type { Reactor } from '../reactor/reactor.js';
import { PreparedResponse } from '../server/prepared-response.js';
import { offerSpareDescriptors, type SpareDescriptors } from '../spare-descriptors.js';
import { compressions, NOT_NOW, type Outcome } from './compression.js';
import { MemoryContent } from './content.js';
import { fileHeaders } from './file-response.js';
import { FolderWatch, type WatchId, type WatchListener } from './folder-watch.js';
import type { Found, FoundFile, Lookup } from './lookup.js';
import type { OpenFile } from './open-file.js';
import type { Representation } from './representation.js';
import type { Entry, RootFolder } from './root-folder.js';

/** What is known of a path, or is being found out. */
export class KeptPath {
  readonly key: string;
  /** Names that decide what it stands for, those also that nothing was found by. */
  readonly names: string[] = [];
  /** Files that decide it: the one that is sent, and those that it was preferred to, or that it is made of. */
  readonly watches: WatchId[] = [];
  /** Something has changed: it is not true any more. */
  isDropped = false;
  /** Since it was looked at to be given up. */
  wasUsed = false;
  representation: Representation | undefined;
  /** Of a file that is compressed: its coding and its name, and what has come of it. */
  form = '';
  compressed: Promise<Outcome> | undefined;
  /** Of a small file. */
  prepared: PreparedResponse | undefined;

  constructor(key: string) {
    this.key = key;
  }

  get bytes(): number {
    if (this.prepared !== undefined) return 2 * this.prepared.body.length;
    return this.representation?.content instanceof MemoryContent ? this.representation.content.size : 0;
  }

  get descriptors(): number {
    return this.representation?.content instanceof MemoryContent ? 0 : 1;
  }
}

export class FileCache implements WatchListener, SpareDescriptors {
  readonly #root: RootFolder;
  readonly #watch = new FolderWatch(this);
  readonly #paths = new Map<string, KeptPath>();
  readonly #byName = new Map<string, Set<KeptPath>>();
  readonly #byWatch = new Map<WatchId, Set<KeptPath>>();
  /** The last of those that are sent in one compressed form. */
  readonly #byForm = new Map<string, KeptPath>();
  #bytes = 0;
  #descriptors = 0;

  constructor(root: RootFolder) {
    this.#root = root;
    offerSpareDescriptors(this);
  }

  get(key: string): KeptPath | undefined {
    return this.#paths.get(key);
  }

  /**
   * Finds out what a path stands for, and keeps it if that is a file which can be watched.
   * @param key  the path, with whatever else decides
   * @returns    the content in it is the caller's to close
   */
  async find(key: string, lookup: Lookup, reactor: Reactor): Promise<Found> {
    const kept = new KeptPath(key);
    try {
      if (!this.#watch.attachTo(reactor)) kept.isDropped = true;
      let step = lookup.next();
      while (step.done !== true) step = lookup.next(await this.#open(kept, step.value));
      const found = step.value;
      if (found.kind === 'file') return await this.#keep(kept, found);
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
    const open = [...this.#paths.values()].filter((kept) => kept.descriptors > 0);
    for (const kept of open) this.#drop(kept);
    return open.length > 0;
  }

  close(): void {
    this.onLost();
    this.#watch.close();
  }

  onFileChanged(watch: WatchId): void {
    for (const kept of [...(this.#byWatch.get(watch) ?? [])]) this.#drop(kept);
  }

  onNameChanged(name: string): void {
    for (const kept of [...(this.#byName.get(name) ?? [])]) this.#drop(kept);
  }

  onLost(): void {
    for (const keptPaths of [...this.#byName.values()]) for (const kept of [...keptPaths]) this.#drop(kept);
  }

  async #open(kept: KeptPath, name: string): Promise<Entry> {
    if (!kept.isDropped) {
      kept.names.push(name);
      addTo(this.#byName, name, kept);
      if (!isCanonical(name) || !(await this.#watchFolders(name))) this.#drop(kept);
    }
    const isPlain = !kept.isDropped;
    const entry = await this.#root.openLater(name, isPlain);
    if (entry.kind === 'file' && !kept.isDropped && !this.#watchFile(kept, entry)) this.#drop(kept);
    if (entry.kind !== 'symlink') return entry;
    this.#drop(kept);
    return (await this.#root.openLater(name, false)) as Entry;
  }

  /** Watches each folder from the root to the name. @returns false where one is none, or cannot be watched */
  async #watchFolders(name: string): Promise<boolean> {
    for (let slash = 0; ; slash = name.indexOf('/', slash) + 1) {
      const folder = name.slice(0, slash);
      if (!this.#watch.isWatching(folder)) {
        const fd = await this.#root.openToWatch(folder);
        if (fd < 0) return false;
        try {
          if (!this.#watch.watchFolder(folder, fd)) return false;
        } finally {
          native.close(fd);
        }
      }
      if (name.indexOf('/', slash) < 0) return true;
    }
  }

  /** @returns  false where there are too many watches, or it has changed before it was watched */
  #watchFile(kept: KeptPath, file: OpenFile): boolean {
    const watch = this.#watch.watchFile(file.fd);
    if (watch < 0) return false;
    kept.watches.push(watch);
    addTo(this.#byWatch, watch, kept);
    return file.isUnchanged();
  }

  /** @returns  what is to be sent: the file, or where that is small or compressed, bytes in memory. The file is closed then */
  async #keep(kept: KeptPath, found: FoundFile<OpenFile>): Promise<FoundFile> {
    const file = found.content;
    if (kept.isDropped) return found;
    const known = (await this.#compressed(kept, found)) ?? (await this.#inMemory(kept, found));
    if (known.content !== file) file.close();
    if (kept.isDropped) return known;
    known.content.retain();
    kept.representation = known;
    if (known.content instanceof MemoryContent && known.content.size <= FILE_INLINE_BYTES_MAX) {
      kept.prepared = new PreparedResponse(200, fileHeaders(known, Date.now()), known.content.bytes);
    }
    this.#replace(kept);
    return known;
  }

  /** @returns  undefined where the file is sent as it is; which is not kept where that may be otherwise another time */
  async #compressed(kept: KeptPath, found: FoundFile<OpenFile>): Promise<FoundFile | undefined> {
    const { name, content: file, compressAs: coding } = found;
    if (coding === undefined) return undefined;
    kept.form = `${coding} ${name}`;
    // By whatever paths a file is asked for, it is compressed once.
    kept.compressed =
      this.#byForm.get(kept.form)?.compressed ?? compressions.compress(coding, file.size, () => readUnchanged(file));
    this.#byForm.set(kept.form, kept);
    const compressed = await kept.compressed;
    if (compressed === NOT_NOW) this.#drop(kept);
    if (compressed === NOT_NOW || compressed === undefined) return undefined;
    const { bytes, etag } = compressed;
    const validators = { ...found.validators, etag };
    return { ...found, content: new MemoryContent(bytes), validators, contentEncoding: coding };
  }

  async #inMemory(kept: KeptPath, found: FoundFile<OpenFile>): Promise<FoundFile> {
    const file = found.content;
    if (kept.isDropped || file.size > FILE_INLINE_BYTES_MAX) return found;
    const bytes = file.readFromMemory(0, file.size) ?? (await file.readLater(0, file.size));
    if (bytes.length === file.size && !kept.isDropped) return { ...found, content: new MemoryContent(bytes) };
    this.#drop(kept);
    return found;
  }

  #replace(kept: KeptPath): void {
    const before = this.#paths.get(kept.key);
    if (before !== undefined) this.#drop(before);
    this.#paths.set(kept.key, kept);
    this.#bytes += kept.bytes;
    this.#descriptors += kept.descriptors;
    this.#shrink();
  }

  /** Second chance: the oldest goes, unless it was used since it was looked at. */
  #shrink(): void {
    for (const [key, kept] of this.#paths) {
      const isFull =
        this.#paths.size > KEPT_PATHS_MAX || this.#bytes > KEPT_BYTES_MAX || this.#descriptors > KEPT_DESCRIPTORS_MAX;
      if (!isFull) return;
      if (!kept.wasUsed) {
        this.#drop(kept);
      } else {
        kept.wasUsed = false;
        this.#paths.delete(key);
        this.#paths.set(key, kept); // at the end, where this loop comes again
      }
    }
  }

  #drop(kept: KeptPath): void {
    kept.isDropped = true;
    if (this.#byForm.get(kept.form) === kept) this.#byForm.delete(kept.form);
    for (const name of kept.names) removeFrom(this.#byName, name, kept);
    for (const watch of kept.watches) if (removeFrom(this.#byWatch, watch, kept)) this.#watch.unwatchFile(watch);
    if (this.#paths.get(kept.key) !== kept) return;
    this.#paths.delete(kept.key);
    this.#bytes -= kept.bytes;
    this.#descriptors -= kept.descriptors;
    kept.representation?.content.close();
  }
}

/** @returns  undefined where it was written meanwhile */
async function readUnchanged(file: OpenFile): Promise<Buffer | undefined> {
  const bytes = await file.readLater(0, file.size);
  return bytes.length === file.size && file.isUnchanged() ? bytes : undefined;
}

/** Each segment says where it leads: nothing is said twice, and nothing goes back. */
function isCanonical(name: string): boolean {
  return !/(?:^|\/)(?:\.{0,2})(?:\/|$)/.test(name);
}

function addTo<Key>(index: Map<Key, Set<KeptPath>>, key: Key, kept: KeptPath): void {
  const set = index.get(key);
  if (set === undefined) index.set(key, new Set([kept]));
  else set.add(kept);
}

/** @returns  whether it was the last */
function removeFrom<Key>(index: Map<Key, Set<KeptPath>>, key: Key, kept: KeptPath): boolean {
  const set = index.get(key);
  if (set === undefined || !set.delete(kept) || set.size > 0) return false;
  return index.delete(key);
}
