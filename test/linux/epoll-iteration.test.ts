/** `for await (const [fd, events] of epoll)`: waiting in Node's own loop. */
import { describe, expect, test } from '@jest/globals';
import { EPOLLIN, EPOLLOUT, Epoll } from '../../src/linux/epoll.js';
import { Timer } from '../../src/linux/timer.js';
import { Waker } from '../../src/linux/waker.js';
import { Descriptors, expectNoLeaks, read, write } from '../support/descriptors.js';

expectNoLeaks();

describe('an iteration of an Epoll', () => {
  test('yields each event as it comes, and ends with close()', async () => {
    using epoll = new Epoll();
    using timer = new Timer();
    using waker = new Waker();
    epoll.register(timer.fileno(), EPOLLIN);
    epoll.register(waker.fileno(), EPOLLIN);
    const seen: [number, number][] = [];
    setImmediate(() => waker.wake());
    for await (const [fd, events] of epoll) {
      seen.push([fd, events]);
      if (fd === waker.fileno()) {
        waker.read();
        timer.set(1);
      } else {
        epoll.close();
      }
    }
    expect(seen).toEqual([
      [waker.fileno(), EPOLLIN],
      [timer.fileno(), EPOLLIN],
    ]);
  });

  test('lets timers and promises of Node run, also while a descriptor is always ready', async () => {
    using fds = new Descriptors();
    using epoll = new Epoll();
    const [fd] = fds.pair();
    epoll.register(fd, EPOLLOUT);
    let count = 0;
    const timeout = setTimeout(() => epoll.close(), 5);
    for await (const [ready] of epoll) count += ready === fd ? 1 : 0;
    clearTimeout(timeout);
    expect(count).toBeGreaterThan(1);
  });

  test('yields no event of a descriptor that the body took out, or closed and opened anew', async () => {
    using fds = new Descriptors();
    using epoll = new Epoll();
    const pairs = [fds.pair(), fds.pair()];
    for (const [one, other] of pairs) {
      epoll.register(one, EPOLLIN);
      write(other);
    }
    const silent = fds.counter();
    const seen: number[] = [];
    for await (const [fd] of epoll) {
      seen.push(fd);
      const [other] = pairs.find(([one]) => one !== fd) as [number, number];
      if (seen.length === 1) {
        epoll.unregister(other);
        fds.close(other);
        expect(fds.duplicate(silent, other)).toBe(other);
        epoll.register(other, EPOLLIN);
        read(fd);
        setImmediate(() => epoll.close());
      }
    }
    expect(seen).toHaveLength(1);
  });

  test('that waits ends when the Epoll is closed elsewhere', async () => {
    using epoll = new Epoll();
    setImmediate(() => epoll.close());
    for await (const event of epoll) throw new Error(`an event of nothing: ${event}`);
    expect(epoll.closed).toBe(true);
  });

  test('can be left and begun anew', async () => {
    using fds = new Descriptors();
    using epoll = new Epoll();
    const fd = fds.counter(1);
    epoll.register(fd, EPOLLIN);
    const seen: number[] = [];
    for (let i = 0; i < 2; i++) {
      for await (const [ready] of epoll) {
        seen.push(ready);
        break;
      }
    }
    expect(seen).toEqual([fd, fd]);
  });

  test('rejects what the body throws, and the Epoll stays open', async () => {
    using fds = new Descriptors();
    using epoll = new Epoll();
    epoll.register(fds.counter(1), EPOLLIN);
    const iterate = async (): Promise<void> => {
      for await (const _ of epoll) throw new Error('the body');
    };
    await expect(iterate()).rejects.toThrow('the body');
    expect(epoll.closed).toBe(false);
  });
});
