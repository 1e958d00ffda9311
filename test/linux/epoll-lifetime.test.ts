import { constants as os } from 'node:os';
import { describe, expect, test } from '@jest/globals';
import { EPOLLIN, EPOLLOUT, Epoll } from '../../src/linux/epoll.js';
import { constants, native } from '../../src/native/addon.js';
import { Descriptors, expectNoLeaks, read, write } from '../support/descriptors.js';
import { messageOf, thrownBy } from '../support/thrown-error.js';

expectNoLeaks();

describe('The epoll descriptor', () => {
  test('is a small number with close-on-exec set', () => {
    using epoll = new Epoll();
    expect(epoll.fileno()).toBeGreaterThan(2);
    expect(native.fcntl(epoll.fileno(), constants.F_GETFD, 0)).toBe(constants.FD_CLOEXEC);
    expect(epoll.closed).toBe(false);
  });

  test('is itself readable while an event is pending, so that epoll within epoll works', () => {
    using fds = new Descriptors();
    using inner = new Epoll();
    using outer = new Epoll();
    const [a, b] = fds.pair();
    inner.register(a, EPOLLIN);
    outer.register(inner.fileno(), EPOLLIN);
    expect(outer.poll(0)).toEqual([]);
    write(b);
    expect(outer.poll(-1)).toEqual([[inner.fileno(), EPOLLIN]]);
    expect(inner.poll(0)).toEqual([[a, EPOLLIN]]);
    read(a);
    expect(outer.poll(0)).toEqual([]);
  });

  test('cannot be registered in itself, or in a circle', () => {
    using one = new Epoll();
    using another = new Epoll();
    expect(thrownBy(() => one.register(one.fileno()))).toMatchObject({ code: 'EINVAL' });
    one.register(another.fileno(), EPOLLIN);
    expect(thrownBy(() => another.register(one.fileno(), EPOLLIN))).toMatchObject({ code: 'ELOOP' });
  });

  test('taken over by fromFd() is the same interest set, and closes with its new owner', () => {
    using fds = new Descriptors();
    const [a] = fds.pair();
    const first = new Epoll();
    {
      using second = Epoll.fromFd(first.fileno());
      expect(second.fileno()).toBe(first.fileno());
      second.register(a, EPOLLOUT);
      expect(first.poll(0)).toEqual([[a, EPOLLOUT]]);
    }
    expect(thrownBy(() => first.poll(0))).toMatchObject({ code: 'EBADF', syscall: 'epoll_wait' });
    expect(first.closed).toBe(false);
    first.close();
  });

  test.each([-1, 0.5, Number.NaN])('%d is refused by fromFd()', (fd) => {
    expect(messageOf(() => Epoll.fromFd(fd))).toBe(
      `RangeError: fd: expected a whole number from 0 to 2147483647, got ${fd}`,
    );
  });

  test('of fromFd() that is not one of epoll fails at the first use', () => {
    using fds = new Descriptors();
    using epoll = Epoll.fromFd(native.eventfd(0, constants.EFD_CLOEXEC)); // which it alone owns
    expect(thrownBy(() => epoll.poll(0))).toMatchObject({ code: 'EINVAL', syscall: 'epoll_wait' });
    expect(thrownBy(() => epoll.register(fds.counter()))).toMatchObject({ code: 'EINVAL', syscall: 'epoll_ctl' });
  });
});

describe('A closed Epoll', () => {
  test('throws ERR_EPOLL_CLOSED from every method', () => {
    const epoll = new Epoll();
    const fd = epoll.fileno();
    epoll.close();
    expect(epoll.closed).toBe(true);
    expect(native.fcntl(fd, constants.F_GETFD, 0)).toBe(-os.errno.EBADF);
    const pairs = new Uint32Array(2);
    for (const use of [
      () => epoll.fileno(),
      () => epoll.register(0),
      () => epoll.modify(0, EPOLLIN),
      () => epoll.unregister(0),
      () => epoll.poll(0),
      () => epoll.wait(pairs, 0),
    ]) {
      expect(thrownBy(use)).toMatchObject({ code: 'ERR_EPOLL_CLOSED', message: 'this Epoll is closed' });
    }
  });

  test('that is closed twice does not close another descriptor under its number', () => {
    using fds = new Descriptors();
    const epoll = new Epoll();
    const fd = epoll.fileno();
    epoll.close();
    const stranger = fds.duplicate(fds.counter(), fd);
    epoll.close();
    epoll[Symbol.dispose]();
    expect(native.fcntl(stranger, constants.F_GETFD, 0)).toBe(constants.FD_CLOEXEC);
  });

  test('is left by `using`; the descriptors in it stay open', () => {
    using fds = new Descriptors();
    const [a] = fds.pair();
    let left: Epoll;
    {
      using epoll = new Epoll();
      epoll.register(a);
      left = epoll;
    }
    expect(left.closed).toBe(true);
    expect(native.fcntl(a, constants.F_GETFD, 0)).toBe(constants.FD_CLOEXEC);
  });
});
