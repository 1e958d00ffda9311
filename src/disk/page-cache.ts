/**
 * Which bytes of an open file are in memory. sendfile(2) may block on a disk, so the loop calls it only for bytes in memory; threads
 * send the rest.
 */

import { constants, native } from '../native/addon.js';
import { isUnsupported } from '../native/errno.js';
import type { Task } from './cancellable-task.js';
import { newDiskQueue } from './disk-queue.js';
import type { JobQueue, StartJob } from './job-queue.js';

/** One byte of each such piece is read. Linux reads ahead, and evicts, in about these units (read_ahead_kb: 128). 8 µs for 2 MiB. */
export const IN_MEMORY_PIECE_BYTES = 128 * 1024;

/** How long a piece that was in memory is assumed to stay there. Linux evicts recently used pages last. */
export const KNOWN_IN_MEMORY_MS = 1_000;

/** Pieces remembered for an open file: 8 GiB of it, in 2 MB. */
const IN_MEMORY_PIECES_MAX = 64 * 1024;

const probed = Buffer.alloc(1);
/** For files outside any site. */
const othersQueue = newDiskQueue();

export class DiskFile {
  readonly #fd: number;
  readonly #queue: JobQueue;
  readonly #key: string;
  /** Its filesystem can tell. Network filesystems, FUSE and tmpfs cannot. */
  #canTell = true;
  /** Pieces that were in memory. */
  readonly #known = new Set<number>();
  #knownSinceMs = Number.NEGATIVE_INFINITY;

  /** @param key  the same for all descriptors of a file: it has one job at a time */
  constructor(fd: number, queue: JobQueue = othersQueue, key: string = `${fd}`) {
    this.#fd = fd;
    this.#queue = queue;
    this.#key = key;
  }

  /**
   * Whether bytes can be sent without waiting for a disk, as far as can be told.
   *
   * One byte of each piece is read, without waiting, once a second. cachestat(2) is no substitute: it counts pages that are still
   * being read, and only the file's owner may call it.
   */
  isInMemory(position: number, count: number, nowMs: number): boolean {
    if (!this.#canTell) return false;
    if (nowMs - this.#knownSinceMs >= KNOWN_IN_MEMORY_MS || this.#known.size >= IN_MEMORY_PIECES_MAX) {
      this.#known.clear();
      this.#knownSinceMs = nowMs;
    }
    const end = position + count;
    for (let piece = Math.floor(position / IN_MEMORY_PIECE_BYTES); piece * IN_MEMORY_PIECE_BYTES < end; piece++) {
      if (this.#known.has(piece)) continue;
      const start = piece * IN_MEMORY_PIECE_BYTES;
      if (!this.#probe(Math.max(position, start))) return false;
      if (start >= position) this.#known.add(piece); // otherwise only its end was looked at
    }
    return true;
  }

  /** Does a job when it is the file's turn. As JobQueue.run(). */
  run<T>(task: Task, job: () => Promise<T>): Promise<T> {
    return this.#queue.run(this.#key, task, job);
  }

  /** As JobQueue.push(). */
  push(start: StartJob): () => boolean {
    return this.#queue.push(this.#key, start);
  }

  #probe(position: number): boolean {
    const n = native.preadv2(this.#fd, probed, 0, 1, position, constants.RWF_NOWAIT);
    if (isUnsupported(n)) this.#canTell = false;
    return n >= 0; // 0: it was truncated, as sendfile() will find
  }
}
