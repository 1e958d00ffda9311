/**
 * Who waits for a disk, by whom: the jobs of one site, made by threads (native/disk_threads.h).
 *
 * What lies on one disk can be slow each by itself, such as a file that a network filesystem has to fetch. So there is one
 * job at a time for a key (a file), however many ask for it; and fewer for a site than there are threads.
 */
import { DISK_JOBS_MAX } from '../limits.js';

/** Begins what a thread does, and has `done` called once, at its end; at once, where there is nothing to do any more. */
export type DiskJob = (done: () => void) => void;

export class DiskQueue {
  /** What is under way, or next, by key; and what waits behind it. */
  readonly #waiting = new Map<string, DiskJob[]>();
  /** Keys whose next job waits for nothing but a thread. */
  readonly #ready: string[] = [];
  #running = 0;
  #isStarting = false;

  push(key: string, job: DiskJob): void {
    const waiting = this.#waiting.get(key);
    if (waiting !== undefined) {
      waiting.push(job);
      return;
    }
    this.#waiting.set(key, [job]);
    this.#ready.push(key);
    this.#start();
  }

  #start(): void {
    if (this.#isStarting) return; // a job that has ended at once: the loop below goes on
    this.#isStarting = true;
    while (this.#running < DISK_JOBS_MAX) {
      const key = this.#ready.shift();
      if (key === undefined) break;
      const waiting = this.#waiting.get(key) as DiskJob[];
      this.#running++;
      this.#begin(waiting[0] as DiskJob, () => this.#onDone(key, waiting));
    }
    this.#isStarting = false;
  }

  #begin(job: DiskJob, done: () => void): void {
    try {
      job(done);
    } catch (error) {
      // It has begun nothing, and nobody is told of its end: the others must not wait for it.
      this.#isStarting = false;
      done();
      throw error;
    }
  }

  /** The key's next job comes behind those of the others: who asks for one file a thousand times is one of them. */
  #onDone(key: string, waiting: DiskJob[]): void {
    this.#running--;
    waiting.shift();
    if (waiting.length === 0) this.#waiting.delete(key);
    else this.#ready.push(key);
    this.#start();
  }
}
