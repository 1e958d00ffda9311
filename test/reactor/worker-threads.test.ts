import type { Worker } from 'node:worker_threads';
import { describe, expect, test } from '@jest/globals';
import { constants, native } from '../../src/native/addon.js';
import { Reactor, wakeReactor } from '../../src/reactor/reactor.js';
import { Descriptors, expectNoLeaks, NOT_OPEN } from '../support/descriptors.js';
import { exitOf, nextMessage, startWorker } from '../support/processes.js';
import { thrownBy } from '../support/thrown-error.js';

expectNoLeaks();

interface Running {
  readonly worker: Worker;
  /** The action that makes the descriptor of its reactor readable. */
  readonly fd: number;
  readonly wakeFd: number;
}

/** A thread with a reactor that has begun, or is about, to wait. */
async function running(fds: Descriptors, drive: 'run' | 'attach', calls = 1): Promise<Running> {
  const fd = fds.counter();
  const worker = startWorker('reactor-worker.mjs', { fd, drive, calls });
  const wakeFd = await nextMessage(worker);
  if (typeof wakeFd !== 'number') throw new Error('expected a descriptor');
  return { worker, fd, wakeFd };
}

function threeRunning(fds: Descriptors): Promise<Running[]> {
  return Promise.all([running(fds, 'run'), running(fds, 'attach'), running(fds, 'attach')]);
}

describe('wakeReactor() from another thread', () => {
  test('wakes run(), whose thread waits in epoll_wait', async () => {
    let woken = 0;
    using reactor = new Reactor({
      onWake: () => {
        woken++;
        reactor.stop();
      },
    });
    const worker = startWorker('waking-worker.mjs', {});
    await nextMessage(worker);
    worker.postMessage({ wakeFd: reactor.wakeFd, times: 1 });
    reactor.run();
    expect(woken).toBe(1);
    await worker.terminate();
  });

  test('wakes an attached reactor; several may come as one', async () => {
    let woken = 0;
    const worker = startWorker('waking-worker.mjs', {});
    await nextMessage(worker);
    await new Promise<void>((resolve) => {
      const reactor = new Reactor({
        onWake: () => {
          woken++;
          reactor.close();
          resolve();
        },
      });
      reactor.attach();
      // A write after close() may reach another file that has the number by then, so it is made only once.
      worker.postMessage({ wakeFd: reactor.wakeFd, times: 1 });
    });
    expect(woken).toBe(1);
    await worker.terminate();
  });

  test('lets a thread in run() end by itself', async () => {
    using fds = new Descriptors();
    const { worker, wakeFd } = await running(fds, 'run');
    const exit = exitOf(worker);
    wakeReactor(wakeFd);
    expect(await nextMessage(worker)).toBe('woken');
    expect(await exit).toBe(0);
  });

  test('of a descriptor that is not open throws EBADF', () => {
    expect(thrownBy(() => wakeReactor(NOT_OPEN))).toMatchObject({ code: 'EBADF', syscall: 'eventfd_write' });
  });
});

describe('Three threads, each with a reactor', () => {
  test('serve independently, and end by themselves when they close it', async () => {
    using fds = new Descriptors();
    const threads = await Promise.all([running(fds, 'run', 3), running(fds, 'attach', 3), running(fds, 'attach', 3)]);
    const exits = Promise.all(threads.map(({ worker }) => exitOf(worker)));
    for (let i = 0; i < 3; i++) {
      for (const { worker, fd } of threads) {
        native.eventfd_write(fd, 1);
        expect(await nextMessage(worker)).toBe('called');
      }
    }
    expect(await exits).toEqual([0, 0, 0]);
  });

  test('can be terminated as they wait: the attached ones at once, the one in run() when it is woken', async () => {
    using fds = new Descriptors();
    const threads = await threeRunning(fds);
    const exits = threads.map(({ worker }) => worker.terminate());
    wakeReactor(threads[0]?.wakeFd ?? -1);
    expect(await Promise.all(exits)).toEqual([1, 1, 1]);
    for (const { fd } of threads) expect(native.fcntl(fd, constants.F_GETFD, 0)).toBe(constants.FD_CLOEXEC);
  });

  test('can be terminated as they are called', async () => {
    using fds = new Descriptors();
    const threads = await threeRunning(fds);
    for (const { fd } of threads) native.eventfd_write(fd, 1);
    await Promise.all(threads.map(({ worker }) => worker.terminate()));
  });
});
