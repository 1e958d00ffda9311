/** The models with several threads or processes. */
import { availableParallelism } from 'node:os';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { get, type RawClient } from '../client/raw-client.js';
import { countThreads, descendantsOf, isRunning, openDescriptors, until } from '../support/process-info.js';
import { endModels, ModelProcess } from './model-process.js';
import { Site } from './site.js';

const site = new Site();
afterEach(endModels);
afterAll(() => site[Symbol.dispose]());

/** A client that was served and stays connected. */
async function served(model: ModelProcess): Promise<RawClient> {
  const client = await model.connect();
  await client.send(get('/page.html'));
  await client.response();
  return client;
}

describe('the model threads', () => {
  test('each connection has a thread, which ends with it', async () => {
    await using model = await ModelProcess.start('threads', site.folder);
    const before = countThreads(model.pid);
    const clients: RawClient[] = [];
    for (let i = 1; i <= 5; i++) {
      clients.push(await served(model));
      expect(countThreads(model.pid)).toBe(before + i);
    }
    for (let left = 4; left >= 0; left--) {
      await clients.pop()?.close();
      await until(`${left} threads of clients are left`, () => countThreads(model.pid) === before + left);
    }
  });
});

describe('the model thread-pool', () => {
  test('eight connections need no more threads than none', async () => {
    await using model = await ModelProcess.start('thread-pool', site.folder);
    const clients: RawClient[] = [];
    for (let i = 0; i < 8; i++) clients.push(await served(model)); // so all of them have started
    const threads = countThreads(model.pid);
    for (const client of clients) await client.close();
    await served(model);
    expect(countThreads(model.pid)).toBe(threads);
  });
});

describe('the model epoll-workers', () => {
  test('there is a process for each processor', async () => {
    await using model = await ModelProcess.start('epoll-workers', site.folder);
    expect(descendantsOf(model.pid).length).toBe(availableParallelism());
  });

  const severalTest = availableParallelism() > 1 ? test : test.skip;
  severalTest('connections go to more than one process (skipped on one processor)', async () => {
    await using model = await ModelProcess.start('epoll-workers', site.folder);
    const workers = descendantsOf(model.pid);
    const sockets = (pid: number): number => openDescriptors(pid).filter((each) => each.startsWith('socket:')).length;
    const before = workers.map(sockets);
    const clients: RawClient[] = [];
    for (let i = 0; i < 60; i++) clients.push(await served(model));
    const received = workers.map((pid, i) => sockets(pid) - (before[i] as number));
    expect(received.reduce((sum, each) => sum + each, 0)).toBe(60);
    // By a hash of the ports: all go to one of two processes once in 2 ** 59 times.
    expect(received.filter((each) => each > 0).length).toBeGreaterThan(1);
    expect(sockets(model.pid)).toBeLessThan(60); // the parent holds the port without listening
  });

  test.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)('%s to the parent ends its workers', async (signal) => {
    await using model = await ModelProcess.start('epoll-workers', site.folder);
    const held = await served(model);
    const workers = descendantsOf(model.pid);
    expect(workers.every(isRunning)).toBe(true);
    process.kill(model.pid, signal);
    await until('the workers have ended', () => !workers.some(isRunning));
    expect((await held.untilEnd()).length).toBe(0);
  });
});
