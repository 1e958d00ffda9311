/** What is kept, and what has to go when there is too much of it: second chance, and none for what is asked for only once. */

import type { WatchId } from '../disk/inotify.js';
import {
  FILE_INLINE_BYTES_MAX,
  KEPT_BYTES_MAX,
  KEPT_DESCRIPTORS_MAX,
  KEPT_KEY_LENGTH_MAX,
  KEPT_PATHS_MAX,
} from '../limits.js';
import { PreparedResponse } from '../server/prepared-response.js';
import { AdmissionFilter } from './admission-filter.js';
import type { Outcome } from './compression.js';
import { MemoryContent } from './content.js';
import { FileHeads } from './file-heads.js';
import type { Place, Watcher } from './folder-watch.js';
import type { Representation } from './representation.js';

/** What is known of a path, or is being found out. */
export class KeptPath implements Watcher {
  readonly key: string;
  readonly places: Place[] = [];
  readonly fileWatches: WatchId[] = [];
  /** Something has changed, or cannot be watched: it is not true any more. */
  isDropped = false;
  /** Since it was looked at to be given up. */
  wasUsed = false;
  /** Of a file that is compressed: its coding and its name, and what has come of it. */
  form = '';
  compressed: Promise<Outcome> | undefined;
  #representation: Representation | undefined;
  #heads: FileHeads | undefined;
  #prepared: PreparedResponse | undefined;

  constructor(key: string) {
    this.key = key;
  }

  get representation(): Representation {
    return this.#representation as Representation;
  }

  /** What is said of it. */
  get heads(): FileHeads {
    return this.#heads as FileHeads;
  }

  /** The 200 of a small one. */
  get prepared(): PreparedResponse | undefined {
    return this.#prepared;
  }

  /**
   * What it is found to be.
   * @param nowMs  of the clock that Date has: Last-Modified is not later
   */
  fill(representation: Representation, nowMs: number): void {
    const { content, defaultHeaders, settled } = representation;
    this.#representation = representation;
    this.#heads = new FileHeads(representation, nowMs);
    if (!(content instanceof MemoryContent) || !isInline(content) || settled !== undefined) return;
    this.#prepared = new PreparedResponse(200, this.#heads.headers, content.bytes, defaultHeaders);
  }

  /** Gives a file that was found soon after a change its strong tag, when no further change can have kept it. */
  settle(nowMs: number): void {
    const { settled } = this.representation;
    if (settled === undefined || nowMs < settled.fromMs) return;
    this.fill({ ...this.representation, validators: settled.validators, settled: undefined }, nowMs);
  }

  /** In memory, with the message that is made of them. */
  get bytes(): number {
    const content = this.#representation?.content;
    if (!(content instanceof MemoryContent)) return 0;
    return isInline(content) ? 2 * content.size : content.size;
  }

  get descriptors(): number {
    return this.#representation?.content instanceof MemoryContent ? 0 : 1;
  }
}

/** Sent with its head, by one send(). */
function isInline(content: MemoryContent): boolean {
  return content.size <= FILE_INLINE_BYTES_MAX;
}

export class CacheEntries {
  readonly #drop: (kept: KeptPath) => void;
  /** In the order in which they are looked at to be given up. */
  readonly #paths = new Map<string, KeptPath>();
  /** Those that were asked for when there was no room. */
  readonly #askedFor = new AdmissionFilter(KEPT_PATHS_MAX);
  #bytes = 0;
  #descriptors = 0;

  /** @param drop  is told which one has to go, and takes it out by remove() */
  constructor(drop: (kept: KeptPath) => void) {
    this.#drop = drop;
  }

  get size(): number {
    return this.#paths.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get descriptors(): number {
    return this.#descriptors;
  }

  get(key: string): KeptPath | undefined {
    return this.#paths.get(key);
  }

  add(kept: KeptPath): void {
    const before = this.#paths.get(kept.key);
    if (before !== undefined) this.#drop(before);
    this.#paths.set(kept.key, kept);
    this.#bytes += kept.bytes;
    this.#descriptors += kept.descriptors;
    this.makeRoom(() => this.#isFull(1));
  }

  /** @returns  whether it was in */
  remove(kept: KeptPath): boolean {
    if (this.#paths.get(kept.key) !== kept) return false;
    this.#paths.delete(kept.key);
    this.#bytes -= kept.bytes;
    this.#descriptors -= kept.descriptors;
    return true;
  }

  /**
   * Where there is room, whatever is asked for; else what is asked for again: then what is not makes room for it.
   * @param isFull  for another reason than there are here
   */
  isWorthKeeping(key: string, isFull: () => boolean): boolean {
    if (key.length > KEPT_KEY_LENGTH_MAX) return false;
    if (!this.#isFull(0) && !isFull()) return true;
    if (!this.#askedFor.has(key)) {
      this.#askedFor.add(key);
      return false;
    }
    this.makeRoom(() => this.#isFull(0) || isFull());
    return true;
  }

  /** Drops what was not used since it was looked at, the oldest first, until `isFull` says no. */
  makeRoom(isFull: () => boolean): void {
    for (const [key, kept] of this.#paths) {
      if (!isFull()) return;
      if (!kept.wasUsed) {
        this.#drop(kept);
      } else {
        kept.wasUsed = false;
        this.#paths.delete(key);
        this.#paths.set(key, kept); // at the end, where this loop comes again
      }
    }
  }

  /** @returns  whether there was one with a descriptor */
  giveUpDescriptors(): boolean {
    const open = [...this.#paths.values()].filter((kept) => kept.descriptors > 0);
    for (const kept of open) this.#drop(kept);
    return open.length > 0;
  }

  /** @param more  that may be beyond the bounds: 0 where room for another is wanted, 1 where none too many is */
  #isFull(more: 0 | 1): boolean {
    return (
      this.#paths.size >= KEPT_PATHS_MAX + more ||
      this.#bytes >= KEPT_BYTES_MAX + more ||
      this.#descriptors >= KEPT_DESCRIPTORS_MAX + more
    );
  }
}
