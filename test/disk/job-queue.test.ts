import { describe, expect, test } from '@jest/globals';
import { CancelledError, Task } from '../../src/disk/cancellable-task.js';
import { JobQueue, QueueFullError } from '../../src/disk/job-queue.js';

const RUNNING_MAX = 8;
const WAITING_MAX = 4;

/** A queue whose jobs end when the test says so. */
class Jobs {
  readonly queue = new JobQueue(RUNNING_MAX, WAITING_MAX);
  readonly started: string[] = [];
  readonly #ends = new Map<string, () => void>();

  push(key: string, name = key): () => boolean {
    return this.queue.push(key, (done) => {
      this.started.push(name);
      this.#ends.set(name, done);
    });
  }

  run(key: string, task = new Task()): Promise<string> {
    return this.queue.run(key, task, () => {
      this.started.push(key);
      return new Promise((resolve) => this.#ends.set(key, () => resolve(`result of ${key}`)));
    });
  }

  end(name: string): void {
    this.#ends.get(name)?.();
  }

  /** Starts as many jobs as run at once. */
  fill(): void {
    for (let i = 0; i < RUNNING_MAX; i++) this.push(`filling ${i}`);
    this.started.length = 0;
  }
}

describe('push()', () => {
  test('does the jobs of one key one after the other, in their order', () => {
    const jobs = new Jobs();
    for (const name of ['first', 'second', 'third']) jobs.push('file', name);
    expect(jobs.started).toEqual(['first']);
    jobs.end('first');
    expect(jobs.started).toEqual(['first', 'second']);
    jobs.end('second');
    jobs.end('third');
    expect(jobs.started).toEqual(['first', 'second', 'third']);
    expect(jobs.queue.size).toBe(0);
  });

  test('does jobs of different keys at the same time, up to the limit', () => {
    const jobs = new Jobs();
    for (let i = 0; i <= RUNNING_MAX; i++) jobs.push(`${i}`);
    expect(jobs.started).toHaveLength(RUNNING_MAX);
    jobs.end('3');
    expect(jobs.started.at(-1)).toBe(`${RUNNING_MAX}`);
  });

  test('lets a key with many jobs take turns with the others', () => {
    const jobs = new Jobs();
    for (let i = 0; i < 100; i++) jobs.push('busy', `busy ${i}`);
    for (let i = 1; i <= RUNNING_MAX; i++) jobs.push(`${i}`);
    jobs.end('busy 0');
    expect(jobs.started.at(-1)).toBe(`${RUNNING_MAX}`);
    jobs.end('1');
    expect(jobs.started.at(-1)).toBe('busy 1');
  });

  test('goes on after jobs that end at once, however many', () => {
    const jobs = new Jobs();
    jobs.push('file', 'first');
    for (let i = 0; i < 100_000; i++) jobs.queue.push('file', (done) => done());
    jobs.push('file', 'last');
    jobs.end('first');
    expect(jobs.started).toEqual(['first', 'last']);
  });

  test('takes a job out again until it has begun, and starts the one behind it', () => {
    const jobs = new Jobs();
    const takeOut = ['first', 'second', 'third'].map((name) => jobs.push('file', name));
    expect(takeOut.map((take) => take())).toEqual([false, true, true]);
    expect(takeOut.map((take) => take())).toEqual([false, false, false]);
    expect(jobs.queue.size).toBe(1);
    jobs.push('file', 'fourth');
    jobs.end('first');
    expect(jobs.started).toEqual(['first', 'fourth']);
  });
});

describe('run()', () => {
  test('gives the result of the job, and passes on its error', async () => {
    const jobs = new Jobs();
    const result = jobs.run('file');
    jobs.end('file');
    expect(await result).toBe('result of file');
    await expect(jobs.queue.run('file', new Task(), () => Promise.reject(new Error('a job')))).rejects.toThrow('a job');
    expect(jobs.queue.size).toBe(0);
  });

  test('never begins a job whose task is cancelled while it waits', async () => {
    const jobs = new Jobs();
    jobs.fill();
    const task = new Task();
    const result = jobs.run('file', task);
    task.cancel();
    await expect(result).rejects.toThrow(CancelledError);
    await expect(jobs.run('file', task)).rejects.toThrow(CancelledError);
    expect(jobs.queue.size).toBe(RUNNING_MAX);
    for (let i = 0; i < RUNNING_MAX; i++) jobs.end(`filling ${i}`);
    expect(jobs.started).toEqual([]);
  });

  test('gives the result of a job that had begun when its task was cancelled: a descriptor must not be lost', async () => {
    const jobs = new Jobs();
    const task = new Task();
    const result = jobs.run('file', task);
    task.cancel();
    jobs.end('file');
    expect(await result).toBe('result of file');
  });

  test('refuses a job when as many wait as may, and not before', async () => {
    const jobs = new Jobs();
    jobs.fill();
    const tasks = Array.from({ length: WAITING_MAX }, () => new Task());
    const results = tasks.map((task, i) => jobs.run(`${i}`, task));
    await expect(jobs.run('one more')).rejects.toThrow(QueueFullError);
    tasks[0]?.cancel();
    await expect(results[0]).rejects.toThrow(CancelledError);
    const next = jobs.run('next');
    for (let i = 0; i < RUNNING_MAX; i++) jobs.end(`filling ${i}`);
    expect(jobs.started).toEqual(['1', '2', '3', 'next']);
    for (const name of [...jobs.started]) jobs.end(name);
    expect(await next).toBe('result of next');
    await Promise.all(results.slice(1));
  });
});
