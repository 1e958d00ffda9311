/** The models that are more than one: threads, a pool of them, and processes. */
import { availableParallelism } from 'node:os';
import { afterAll, afterEach, describe, expect, jest, test } from '@jest/globals';
import type { RawClient } from '../client/raw-client.js';
import { get } from './answers.js';
import { endModels, ModelProcess } from './model-process.js';
import { descendantsOf, isRunning, openDescriptors, threadsOf, until } from './proc.js';
import { Site } from './site.js';

jest.setTimeout(20_000); // each test starts a process, or several, which a busy machine takes its time for

const site = new Site();
afterEach(endModels);
afterAll(() => site[Symbol.dispose]());

/** A client that was served, and stays. */
async function served(model: ModelProcess): Promise<RawClient> {
  const client = await model.connect();
  await client.send(get('/page.html'));
  await client.response();
  return client;
}

describe('threads', () => {
  test('has one thread of the system for each connection, and none when it is gone', async () => {
    await using model = await ModelProcess.start('threads', site.folder);
    const before = threadsOf(model.pid);
    const clients: RawClient[] = [];
    for (let i = 1; i <= 5; i++) {
      clients.push(await served(model));
      expect(threadsOf(model.pid)).toBe(before + i);
    }
    for (let left = 4; left >= 0; left--) {
      await clients.pop()?.close();
      await until(() => threadsOf(model.pid) === before + left, `${left} threads of clients`);
    }
  });
});

describe('thread-pool', () => {
  test('has as many threads with eight connections as with none', async () => {
    await using model = await ModelProcess.start('thread-pool', site.folder);
    const clients: RawClient[] = [];
    for (let i = 0; i < 8; i++) clients.push(await served(model)); // so all of them have started
    const threads = threadsOf(model.pid);
    for (const client of clients) await client.close();
    await served(model);
    expect(threadsOf(model.pid)).toBe(threads);
  });
});

describe('epoll-workers', () => {
  test('runs a process for each processor', async () => {
    await using model = await ModelProcess.start('epoll-workers', site.folder);
    expect(descendantsOf(model.pid).length).toBe(availableParallelism());
  });

  const severalTest = availableParallelism() > 1 ? test : test.skip;
  severalTest('deals the connections out to more than one process (skipped where there is one processor)', async () => {
    await using model = await ModelProcess.start('epoll-workers', site.folder);
    const workers = descendantsOf(model.pid);
    const sockets = (pid: number): number => openDescriptors(pid).filter((each) => each.startsWith('socket:')).length;
    const before = workers.map(sockets);
    const clients: RawClient[] = [];
    for (let i = 0; i < 60; i++) clients.push(await served(model));
    const dealt = workers.map((pid, i) => sockets(pid) - (before[i] as number));
    expect(dealt.reduce((sum, each) => sum + each, 0)).toBe(60);
    // By a hash of the ports: that all go to one of two processes happens once in 2 ** 59 times.
    expect(dealt.filter((each) => each > 0).length).toBeGreaterThan(1);
    expect(sockets(model.pid)).toBeLessThan(60); // the parent holds the port, and gets none
  });

  test.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)('%s to the parent ends its workers', async (signal) => {
    await using model = await ModelProcess.start('epoll-workers', site.folder);
    const held = await served(model);
    const workers = descendantsOf(model.pid);
    expect(workers.every(isRunning)).toBe(true);
    process.kill(model.pid, signal);
    await until(() => !workers.some(isRunning), 'the end of the workers');
    expect((await held.untilEnd()).length).toBe(0);
  });
});
