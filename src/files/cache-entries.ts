/**
 * The entries of a cache, and their eviction by second chance. A path that is requested once evicts no other. Paths are counted for
 * each folder; bytes and descriptors for all folders of the thread, and the folder that has most of them evicts.
 */

import type { WatchId } from '../disk/inotify.js';
import { Memo } from '../http/memo.js';
import { type CachedFile, fileKey } from './cached-file.js';
import type { Outcome } from './compression.js';
import type { Place, Watcher } from './folder-watch.js';
import type { FoundFile } from './lookup.js';

/** Cached paths of a folder. When the cache is full, a path is cached at its second request. */
export const CACHED_PATHS_MAX = 4_096;

/** Characters of a path that is cached: longer ones could fill memory by themselves. */
export const CACHE_KEY_CHARACTERS_MAX = 1_024;

/** Bytes of files in memory, with the messages that are made of them, for all folders of a process. */
export const CACHED_BYTES_MAX = 128 * 1024 * 1024;

/** Larger files that are cached open, for all folders of a process, as long as it has other descriptors (spare-descriptors.ts). */
export const CACHED_DESCRIPTORS_MAX = 256;

/** The file that a path leads to, as long as nothing on the way has changed. */
export class CachedPath implements Watcher {
  readonly key: string;
  readonly places: Place[] = [];
  readonly fileWatches: WatchId[] = [];
  /** A change, or a file that cannot be watched, has made the entry invalid. */
  isDropped = false;
  /** Requested since eviction looked at it. */
  wasUsed = false;
  /** For a compressed file: its coding and name, and the result. */
  form = '';
  compressed: Promise<Outcome> | undefined;
  /** undefined while the look-up goes on. */
  file: CachedFile | undefined;

  constructor(key: string) {
    this.key = key;
  }
}

interface Usage {
  bytes: number;
  descriptors: number;
}
type Resource = keyof Usage;

const USAGE_MAX: Readonly<Usage> = { bytes: CACHED_BYTES_MAX, descriptors: CACHED_DESCRIPTORS_MAX };
const RESOURCES: readonly Resource[] = ['bytes', 'descriptors'];

/** The totals of all folders of this thread. */
const total: Usage = { bytes: 0, descriptors: 0 };

/** The caches of these folders, weakly: a handler that is garbage takes its cache with it. */
const everyCache = new Set<WeakRef<CacheEntries>>();
const whenForgotten = new FinalizationRegistry<Usage>((used) => {
  for (const resource of RESOURCES) total[resource] -= used[resource];
});

function cacheWithMost(resource: Resource): CacheEntries | undefined {
  let most: CacheEntries | undefined;
  for (const reference of everyCache) {
    const cache = reference.deref();
    if (cache === undefined) everyCache.delete(reference);
    else if (most === undefined || cache[resource] > most[resource]) most = cache;
  }
  return most;
}

export class CacheEntries {
  readonly #drop: (path: CachedPath) => void;
  /** In the order in which eviction looks at them. */
  readonly #paths = new Map<string, CachedPath>();
  readonly #files = new Map<string, CachedFile>();
  /** Paths that were requested when the cache was full. */
  readonly #requestedOnce = new Memo<true>(CACHED_PATHS_MAX, CACHE_KEY_CHARACTERS_MAX);
  readonly #used: Usage = { bytes: 0, descriptors: 0 };

  /** @param drop  evicts an entry, by remove() among others */
  constructor(drop: (path: CachedPath) => void) {
    this.#drop = drop;
    everyCache.add(new WeakRef(this));
    whenForgotten.register(this, this.#used);
  }

  get size(): number {
    return this.#paths.size;
  }

  get bytes(): number {
    return this.#used.bytes;
  }

  get descriptors(): number {
    return this.#used.descriptors;
  }

  get(key: string): CachedFile | undefined {
    const path = this.#paths.get(key);
    if (path === undefined) return undefined;
    path.wasUsed = true;
    return path.file;
  }

  /** The cached file, if another path has led to the same state of it. */
  like(found: FoundFile): CachedFile | undefined {
    const file = this.#files.get(fileKey(found));
    return file?.isOf(found) === true ? file : undefined;
  }

  /** Adds a path to a file. With the first path the cache becomes a user of the file's content, which the caller has retained. */
  add(path: CachedPath, file: CachedFile): void {
    if (file.paths++ === 0) {
      this.#files.set(file.key, file);
      this.#count(file, 1);
    }
    const before = this.#paths.get(path.key);
    if (before !== undefined) this.#drop(before);
    path.file = file;
    this.#paths.set(path.key, path);
    this.#makeRoom(1);
  }

  /** Idempotent. The last path to a file closes its content. */
  remove(path: CachedPath): void {
    const { file } = path;
    if (file === undefined || this.#paths.get(path.key) !== path) return;
    this.#paths.delete(path.key);
    if (--file.paths > 0) return;
    if (this.#files.get(file.key) === file) this.#files.delete(file.key);
    this.#count(file, -1);
    file.representation.content.close();
  }

  /**
   * Whether to cache a path: always if there is room, else at its second request, which evicts others.
   * @param isFull  the cache is full for a reason that only the caller knows
   */
  admits(key: string, isFull: () => boolean): boolean {
    if (key.length > CACHE_KEY_CHARACTERS_MAX) return false;
    if (!this.#isFull() && !isFull()) return true;
    if (this.#requestedOnce.get(key) === undefined) {
      this.#requestedOnce.set(key, true);
      return false;
    }
    this.#makeRoom(0);
    this.giveUpWhile(isFull);
    return true;
  }

  /** @returns  whether an entry had a descriptor */
  giveUpDescriptors(): boolean {
    const open = [...this.#paths.values()].filter(({ file }) => file !== undefined && file.descriptors > 0);
    for (const path of open) this.#drop(path);
    return open.length > 0;
  }

  #count(file: CachedFile, sign: 1 | -1): void {
    for (const resource of RESOURCES) {
      this.#used[resource] += sign * file[resource];
      total[resource] += sign * file[resource];
    }
  }

  #isFull(): boolean {
    return this.#paths.size >= CACHED_PATHS_MAX || RESOURCES.some((resource) => total[resource] >= USAGE_MAX[resource]);
  }

  /** @param more  0 to make room for one more path, 1 if the last path is already in */
  #makeRoom(more: 0 | 1): void {
    this.giveUpWhile(() => this.#paths.size >= CACHED_PATHS_MAX + more);
    for (const resource of RESOURCES) {
      const isFull = (): boolean => total[resource] >= USAGE_MAX[resource] + more;
      if (isFull()) cacheWithMost(resource)?.giveUpWhile(isFull);
    }
  }

  /** Evicts entries that were not used since the last look, the oldest first. */
  giveUpWhile(isFull: () => boolean): void {
    for (const [key, path] of this.#paths) {
      if (!isFull()) return;
      if (!path.wasUsed) {
        this.#drop(path);
      } else {
        path.wasUsed = false;
        this.#paths.delete(key);
        this.#paths.set(key, path); // at the end, which this loop reaches again
      }
    }
  }
}
