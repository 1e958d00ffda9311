import { describe, expect, test } from '@jest/globals';
import { DiskQueue } from '../../src/disk/disk-queue.js';
import { DISK_JOBS_MAX } from '../../src/limits.js';

/** A queue whose jobs end when the test says so. */
class Jobs {
  readonly queue = new DiskQueue();
  readonly started: string[] = [];
  readonly #ends = new Map<string, () => void>();

  push(key: string, name = key): void {
    this.queue.push(key, (done) => {
      this.started.push(name);
      this.#ends.set(name, done);
    });
  }

  end(name: string): void {
    this.#ends.get(name)?.();
  }
}

describe('jobs', () => {
  test('of one key are done one after the other, in their order', () => {
    const jobs = new Jobs();
    for (const name of ['first', 'second', 'third']) jobs.push('file', name);
    expect(jobs.started).toEqual(['first']);
    jobs.end('first');
    expect(jobs.started).toEqual(['first', 'second']);
    jobs.end('second');
    jobs.end('third');
    expect(jobs.started).toEqual(['first', 'second', 'third']);
  });

  test('of different keys are done at the same time, up to the limit', () => {
    const jobs = new Jobs();
    for (let i = 0; i <= DISK_JOBS_MAX; i++) jobs.push(`${i}`);
    expect(jobs.started).toHaveLength(DISK_JOBS_MAX);
    jobs.end('3');
    expect(jobs.started.at(-1)).toBe(`${DISK_JOBS_MAX}`);
  });

  test('of a key that has many take turns with the others', () => {
    const jobs = new Jobs();
    for (let i = 0; i < 100; i++) jobs.push('busy', `busy ${i}`);
    for (let i = 1; i <= DISK_JOBS_MAX; i++) jobs.push(`${i}`);
    jobs.end('busy 0');
    expect(jobs.started.at(-1)).toBe(`${DISK_JOBS_MAX}`);
    jobs.end('1');
    expect(jobs.started.at(-1)).toBe('busy 1');
  });

  test('that throw are told to who has pushed them, and hold up nobody', () => {
    const jobs = new Jobs();
    const fail = (): never => {
      throw new Error('a job');
    };
    for (let i = 0; i < 2 * DISK_JOBS_MAX; i++) expect(() => jobs.queue.push('file', fail)).toThrow('a job');
    jobs.push('file', 'after');
    expect(jobs.started).toEqual(['after']);
  });

  test('that have nothing to do any more end at once, and hold up nobody, however many', () => {
    const jobs = new Jobs();
    jobs.push('file', 'first');
    for (let i = 0; i < 100_000; i++) jobs.queue.push('file', (done) => done());
    jobs.push('file', 'last');
    jobs.end('first');
    expect(jobs.started).toEqual(['first', 'last']);
  });
});
