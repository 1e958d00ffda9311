import { constants as os } from 'node:os';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { EPOLLIN, EPOLLOUT, Epoll } from '../../src/linux/epoll.js';
import { native } from '../../src/native/addon.js';
import { Descriptors, expectNoLeaks } from '../support/descriptors.js';
import { runProcess } from '../support/processes.js';
import { messageOf, thrownBy } from '../support/thrown-error.js';

expectNoLeaks();

describe('The timeout of poll()', () => {
  test('poll() with a timeout of 0 returns at once', () => {
    using epoll = new Epoll();
    expect(epoll.poll(0)).toEqual([]);
  });

  test.each([1, 20, 0.3, 1.5, 20.25])('poll() with a timeout of %d ms waits at least that long', (timeoutMs) => {
    using epoll = new Epoll();
    const before = performance.now();
    expect(epoll.poll(timeoutMs)).toEqual([]);
    expect(performance.now() - before).toBeGreaterThanOrEqual(timeoutMs);
  });

  const forEver = [-1, -7, -0.5, -1e10, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  test.each(forEver)('poll() with a timeout of %d waits until something is ready', (timeoutMs) => {
    using fds = new Descriptors();
    using epoll = new Epoll();
    const timer = fds.timer(5);
    epoll.register(timer, EPOLLIN);
    expect(epoll.poll(timeoutMs)).toEqual([[timer, EPOLLIN]]);
  });

  test('poll() without a timeout waits until something is ready', () => {
    using fds = new Descriptors();
    using epoll = new Epoll();
    const timer = fds.timer(5);
    epoll.register(timer, EPOLLIN);
    expect(epoll.poll()).toEqual([[timer, EPOLLIN]]);
  });

  test.each([2 ** 31 - 1, 2 ** 31, 1e12, 2 ** 53, 1e300])(
    'poll() with a timeout of %d ms returns as soon as something is ready',
    (timeoutMs) => {
      using fds = new Descriptors();
      using epoll = new Epoll();
      const timer = fds.timer(5);
      epoll.register(timer, EPOLLIN);
      expect(epoll.poll(timeoutMs)).toEqual([[timer, EPOLLIN]]);
    },
  );

  describe('before Linux 5.11, where there is no epoll_pwait2', () => {
    afterEach(() => {
      jest.restoreAllMocks();
    });

    test.each([0.3, 1.5])('a timeout of %d ms is rounded up, so that no timer fires early', (timeoutMs) => {
      const missing = jest.spyOn(native, 'epoll_pwait2').mockReturnValue(-os.errno.ENOSYS);
      using epoll = new Epoll();
      const before = performance.now();
      expect(epoll.poll(timeoutMs)).toEqual([]);
      expect(performance.now() - before).toBeGreaterThanOrEqual(Math.ceil(timeoutMs));
      expect(missing).toHaveBeenCalledTimes(1);
    });

    test('a timeout of -0.5 waits until something is ready', () => {
      jest.spyOn(native, 'epoll_pwait2').mockReturnValue(-os.errno.ENOSYS);
      using fds = new Descriptors();
      using epoll = new Epoll();
      const timer = fds.timer(5);
      epoll.register(timer, EPOLLIN);
      expect(epoll.poll(-0.5)).toEqual([[timer, EPOLLIN]]);
    });
  });

  test('a signal ends poll() without events, so that the handler of the signal can run', async () => {
    expect(await runProcess('interrupted-poll.mjs')).toEqual({
      code: 0,
      stdout:
        'poll() for ever: []\nwait() for ever: 0\nthe handler has run\npoll(1500) early: []\npoll() with the time left: []\n',
      stderr: '',
    });
  });
});

describe('The number of events that poll() returns', () => {
  test('is at most maxEvents; the others come with the next calls', () => {
    using fds = new Descriptors();
    using epoll = new Epoll();
    const counters = Array.from({ length: 10 }, () => fds.counter(1));
    for (const fd of counters) epoll.register(fd, EPOLLIN);
    const batches = [epoll.poll(0, 4), epoll.poll(0, 4), epoll.poll(0, 4)];
    expect(batches.map((batch) => batch.length)).toEqual([4, 4, 4]);
    expect([...new Set(batches.flat().map(([fd]) => fd))].sort((a, b) => a - b)).toEqual(counters);
    expect(epoll.poll(0, 1)).toHaveLength(1);
    expect(epoll.poll(0)).toHaveLength(10);
  });

  test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('maxEvents of %d is a RangeError', (maxEvents) => {
    using epoll = new Epoll();
    expect(messageOf(() => epoll.poll(0, maxEvents))).toBe(
      `RangeError: maxEvents: expected a whole number from 1 to 9007199254740991, got ${maxEvents}`,
    );
  });

  test('is at most 4,096, whatever maxEvents is', () => {
    using fds = new Descriptors();
    using epoll = new Epoll();
    const counter = fds.counter(1);
    epoll.register(counter, EPOLLIN);
    expect(epoll.poll(0, Number.MAX_SAFE_INTEGER)).toEqual([[counter, EPOLLIN]]);
  });

  test('poll() returns a new array each time', () => {
    using fds = new Descriptors();
    using epoll = new Epoll();
    const [a, b] = [fds.counter(1), fds.counter(1)];
    epoll.register(a, EPOLLIN);
    const first = epoll.poll(0);
    epoll.unregister(a);
    epoll.register(b, EPOLLIN);
    epoll.poll(0);
    expect(first).toEqual([[a, EPOLLIN]]);
  });
});

describe('wait()', () => {
  test('fills the pairs, returns their count, and leaves the rest of the array alone', () => {
    using fds = new Descriptors();
    using epoll = new Epoll();
    const [a] = fds.pair();
    epoll.register(a, EPOLLIN | EPOLLOUT);
    const pairs = new Uint32Array(6).fill(7);
    expect(epoll.wait(pairs, -1)).toBe(1);
    expect([...pairs]).toEqual([a, EPOLLOUT, 7, 7, 7, 7]);
    epoll.modify(a, EPOLLIN);
    expect(epoll.wait(pairs, 0)).toBe(0);
    expect(epoll.wait(pairs, 0.5)).toBe(0);
    expect([...pairs]).toEqual([a, EPOLLOUT, 7, 7, 7, 7]);
  });

  test('needs room for a pair: EINVAL', () => {
    using epoll = new Epoll();
    for (const length of [0, 1]) {
      expect(thrownBy(() => epoll.wait(new Uint32Array(length), 0))).toMatchObject({
        code: 'EINVAL',
        errno: -os.errno.EINVAL,
        syscall: 'epoll_wait',
        message: 'epoll_wait EINVAL: invalid argument',
      });
    }
  });
});
