/**
 * Jobs for threads: a few run, the others wait. Each key has one job at a time, so a file whose disk does not answer takes one thread,
 * and not all of them.
 */
import type { Task } from './cancellable-task.js';

/** The queue is full: a further job is refused. */
export class QueueFullError extends Error {
  constructor() {
    super('too many jobs wait for a thread');
  }
}

/** Begins a job, which calls `done` once, at its end. */
export type StartJob = (done: () => void) => void;

export class JobQueue {
  readonly #runningMax: number;
  readonly #waitingMax: number;
  /** Jobs that wait, by key. */
  readonly #waiting = new Map<string, Set<StartJob>>();
  #waitingCount = 0;
  readonly #running = new Set<string>();
  /** Keys whose first job waits only for a free place. */
  readonly #ready = new Set<string>();
  #isStarting = false;

  /** @param waitingMax  beyond which run() refuses */
  constructor(runningMax: number, waitingMax: number) {
    this.#runningMax = runningMax;
    this.#waitingMax = waitingMax;
  }

  /** Jobs that run or wait. */
  get size(): number {
    return this.#running.size + this.#waitingCount;
  }

  /** Whether a further job would be refused. */
  get isFull(): boolean {
    return this.#waitingCount >= this.#waitingMax;
  }

  /**
   * Does a job for a task, when it is its turn.
   * @throws  QueueFullError | CancelledError, before the job has begun
   */
  async run<T>(key: string, task: Task, job: () => Promise<T>): Promise<T> {
    if (this.isFull) throw new QueueFullError();
    return task.wait((resolve) => this.push(key, (done) => resolve(job().finally(done))));
  }

  /**
   * Enters a job that cannot be refused.
   * @param start  does not throw
   * @returns      a function that removes the job; it returns false if the job has begun
   */
  push(key: string, start: StartJob): () => boolean {
    const jobs = this.#waiting.get(key);
    if (jobs !== undefined) jobs.add(start);
    else this.#waiting.set(key, new Set([start]));
    this.#waitingCount++;
    if (!this.#running.has(key)) this.#ready.add(key);
    this.#start();
    return () => this.#remove(key, start);
  }

  #start(): void {
    if (this.#isStarting) return; // a job has ended at once: the loop below goes on
    this.#isStarting = true;
    for (const key of this.#ready) {
      if (this.#running.size >= this.#runningMax) break;
      const [start] = this.#waiting.get(key) as Set<StartJob>;
      this.#remove(key, start as StartJob);
      this.#ready.delete(key);
      this.#running.add(key);
      (start as StartJob)(() => this.#onDone(key));
    }
    this.#isStarting = false;
  }

  #remove(key: string, start: StartJob): boolean {
    const jobs = this.#waiting.get(key);
    if (jobs?.delete(start) !== true) return false;
    this.#waitingCount--;
    if (jobs.size === 0) {
      this.#waiting.delete(key);
      this.#ready.delete(key);
    }
    return true;
  }

  /** The key's next job is queued after the jobs of other keys, so a file with a thousand requests takes its turn like any other. */
  #onDone(key: string): void {
    this.#running.delete(key);
    if (this.#waiting.has(key)) this.#ready.add(key);
    this.#start();
  }
}
