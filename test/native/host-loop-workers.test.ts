import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { constants, native } from '../../src/native/addon.js';
import { openDescriptors } from './support.js';

const fixture = new URL('./fixtures/watching-worker.mjs', import.meta.url);

let before = 0;
let fd = -1;

beforeEach(() => {
  before = openDescriptors();
  fd = native.eventfd(0, constants.EFD_NONBLOCK | constants.EFD_CLOEXEC);
});

// The watch is released with the environment of the worker, and so is its descriptor.
afterEach(() => {
  expect(native.close(fd)).toBe(0);
  expect(openDescriptors()).toBe(before);
});

interface Options {
  readonly unref?: boolean;
  readonly two?: boolean;
  readonly loop?: string;
}

/** A worker that watches `watched`, once it does. */
async function attached(onReadable: string, watched = fd, options: Options = {}): Promise<Worker> {
  const worker = new Worker(fixture, { workerData: { fd: watched, onReadable, ...options } });
  expect(await once(worker, 'message')).toEqual(['attached']);
  return worker;
}

describe('A worker that is terminated', () => {
  test('ends while it waits', async () => {
    const worker = await attached('echo');
    expect(await worker.terminate()).toBe(1);
  });

  test('ends while two watches wait for the same descriptor', async () => {
    const worker = await attached('echo', fd, { two: true });
    expect(await worker.terminate()).toBe(1);
  });

  test('ends while its callback is called over and over', async () => {
    const worker = await attached('spin');
    native.eventfd_write(fd, 1);
    await once(worker, 'message');
    expect(await worker.terminate()).toBe(1);
  });

  test('ends within a callback that never returns', async () => {
    const worker = await attached('block');
    native.eventfd_write(fd, 1);
    await once(worker, 'message');
    expect(await worker.terminate()).toBe(1);
  });

  test.each(['constructing', 'failing', 'misusing', 'writing'])(
    'while it is %s: nothing can be thrown any more, and the process goes on',
    async (loop) => {
      for (let i = 0; i < 5; i++) {
        const worker = await attached('echo', fd, { loop });
        await once(worker, 'message');
        expect(await worker.terminate()).toBe(1);
      }
    },
  );
});

describe('A worker that ends by itself', () => {
  test('does so when the only watch that holds it is closed within its callback', async () => {
    const worker = await attached('echo');
    const ended = once(worker, 'exit');
    native.eventfd_write(fd, 100);
    expect(await once(worker, 'message')).toEqual([100]);
    expect(await ended).toEqual([0]);
  });

  test('does so when the watch does not hold it', async () => {
    const worker = new Worker(fixture, { workerData: { fd, onReadable: 'echo', unref: true } });
    expect(await once(worker, 'exit')).toEqual([0]);
  });

  test.each(['exit', 'closeAndExit'])('does so by process.exit() within the callback: %s', async (onReadable) => {
    const worker = await attached(onReadable);
    native.eventfd_write(fd, 1);
    expect(await once(worker, 'exit')).toEqual([7]);
  });

  test('does so by an exception in the callback, which is its error event', async () => {
    const worker = await attached('throw');
    const failed = new Promise((resolve) => worker.once('error', resolve));
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    native.eventfd_write(fd, 1);
    expect(String(await failed)).toBe('Error: from the callback');
    expect(await ended).toBe(1);
  });
});

test('several workers share the addon and nothing else', async () => {
  const fds = Array.from({ length: 4 }, () => native.eventfd(0, constants.EFD_NONBLOCK | constants.EFD_CLOEXEC));
  const workers = await Promise.all(fds.map((watched) => attached('echo', watched)));
  for (let round = 1; round <= 20; round++) {
    const answers = Promise.all(workers.map((worker) => once(worker, 'message')));
    for (const [i, watched] of fds.entries()) native.eventfd_write(watched, round + 200 * i);
    expect(await answers).toEqual(fds.map((_, i) => [round + 200 * i]));
  }
  const ended = Promise.all(workers.map((worker) => once(worker, 'exit')));
  for (const [i, worker] of workers.entries()) {
    if (i % 2 === 0) native.eventfd_write(fds[i] ?? -1, 100);
    else worker.terminate();
  }
  expect(await ended).toEqual([[0], [1], [0], [1]]);
  for (const watched of fds) native.close(watched);
});
