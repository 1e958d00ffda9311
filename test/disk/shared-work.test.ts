import { describe, expect, test } from '@jest/globals';
import { CancelledError, Task } from '../../src/disk/cancellable-task.js';
import { SharedWork } from '../../src/disk/shared-work.js';
import { deferred } from '../server/test-server.js';

/** Work whose runs end when the test says so. */
class Work {
  readonly owners = new Map<string, number>();
  readonly tasks: Task[] = [];
  readonly #ends: ReturnType<typeof deferred<string>>[] = [];
  readonly shared = new SharedWork<string>({
    retain: (result) => this.owners.set(result, (this.owners.get(result) ?? 1) + 1),
    release: (result) => this.owners.set(result, (this.owners.get(result) ?? 1) - 1),
  });

  ask(task = new Task()): Promise<string> {
    const result = this.shared.run('key', task, (own) => {
      const end = deferred<string>();
      this.tasks.push(own);
      this.#ends.push(end);
      return end.promise;
    });
    return Promise.resolve(result);
  }

  get runs(): number {
    return this.tasks.length;
  }

  end(run: number, error?: Error): Promise<void> {
    if (error === undefined) this.#ends[run]?.resolve(`result ${run}`);
    else this.#ends[run]?.reject(error);
    return new Promise(setImmediate);
  }
}

describe('work that several clients ask for', () => {
  test('is done at once, with no promise, where it need not wait', () => {
    expect(new SharedWork<string>().run('key', new Task(), () => 'result')).toBe('result');
  });

  test('is done once more for all that ask while it is under way', async () => {
    const work = new Work();
    const first = work.ask();
    const others = Array.from({ length: 100 }, () => work.ask());
    expect(work.runs).toBe(1);
    await work.end(0);
    expect(await first).toBe('result 0');
    expect(work.runs).toBe(2);
    await work.end(1);
    expect(new Set(await Promise.all(others))).toEqual(new Set(['result 1']));
    expect(work.runs).toBe(2);
    expect(Object.fromEntries(work.owners)).toEqual({ 'result 0': 1, 'result 1': 100 });
    void work.ask();
    expect(work.runs).toBe(3);
  });

  test('fails for those that wait for this run, and not for those of the next', async () => {
    const work = new Work();
    const first = work.ask();
    const second = work.ask();
    await Promise.all([expect(first).rejects.toThrow('a disk'), work.end(0, new Error('a disk'))]);
    await work.end(1);
    expect(await second).toBe('result 1');
  });

  test('that throws at once in its second run fails for those who wait for it', async () => {
    const shared = new SharedWork<string>();
    const end = deferred<string>();
    const first = shared.run('key', new Task(), () => end.promise);
    const second = shared.run('key', new Task(), () => {
      throw new Error('at once');
    });
    end.resolve('result');
    expect(await first).toBe('result');
    await expect(second).rejects.toThrow('at once');
  });

  test('goes on as long as one of those who wait has not cancelled', async () => {
    const work = new Work();
    void work.ask();
    const [task, other] = [new Task(), new Task()];
    const cancelled = work.ask(task);
    const waiting = work.ask(other);
    task.cancel();
    await expect(cancelled).rejects.toThrow(CancelledError);
    await work.end(0);
    expect(work.tasks[1]?.isCancelled).toBe(false);
    await work.end(1);
    expect(await waiting).toBe('result 1');
  });

  test('is cancelled with the last of those who wait, and its result is given back', async () => {
    const work = new Work();
    const tasks = [new Task()];
    const first = work.ask(tasks[0]);
    tasks[0]?.cancel();
    await expect(first).rejects.toThrow(CancelledError);
    expect(work.tasks[0]?.isCancelled).toBe(true);
    await work.end(0);
    expect(work.owners.get('result 0')).toBe(0);
  });

  test('does not begin where all who waited for the next run have cancelled; who asks then gets another one', async () => {
    const work = new Work();
    const first = work.ask();
    const task = new Task();
    const cancelled = work.ask(task);
    task.cancel();
    await expect(cancelled).rejects.toThrow(CancelledError);
    const last = work.ask();
    await work.end(0);
    await work.end(1);
    expect([await first, await last, work.runs]).toEqual(['result 0', 'result 1', 2]);
  });
});
