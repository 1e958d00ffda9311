import { constants as os } from 'node:os';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { constants, native } from '../../src/native/addon.js';
import { bytes, CLOSED_FD, errno, openDescriptors, socketPair, thrownBy } from './support.js';

const { EPOLL_CLOEXEC, EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD, EPOLLET, EPOLLIN, EPOLLONESHOT, EPOLLOUT } =
  constants;
const { EPOLLHUP, EPOLLRDHUP } = constants;
const { EBADF, EINVAL, ENOENT } = os.errno;

let before = 0;
let epfd = -1;
let a = -1;
let b = -1;
const pairs = new Uint32Array(8);

beforeEach(() => {
  before = openDescriptors();
  epfd = native.epoll_create1(EPOLL_CLOEXEC);
  [a, b] = socketPair();
});

afterEach(() => {
  for (const fd of [epfd, a, b]) expect(native.close(fd)).toBe(0);
  expect(openDescriptors()).toBe(before);
});

describe('epoll_create1 and epoll_ctl', () => {
  test('EPOLL_CLOEXEC is set from the start', () => {
    expect(native.fcntl(epfd, constants.F_GETFD, 0)).toBe(constants.FD_CLOEXEC);
  });

  test('what the kernel refuses comes back as a negative number', () => {
    expect(native.epoll_create1(1)).toBe(-EINVAL);
    expect(native.epoll_ctl(CLOSED_FD, EPOLL_CTL_ADD, a, EPOLLIN)).toBe(-EBADF);
    expect(native.epoll_ctl(epfd, EPOLL_CTL_ADD, CLOSED_FD, EPOLLIN)).toBe(-EBADF);
    expect(native.epoll_ctl(epfd, EPOLL_CTL_MOD, a, EPOLLIN)).toBe(-ENOENT);
    expect(native.epoll_ctl(epfd, EPOLL_CTL_DEL, a, 0)).toBe(-ENOENT);
    expect(native.epoll_ctl(epfd, EPOLL_CTL_ADD, epfd, EPOLLIN)).toBe(-EINVAL);
    expect(native.epoll_ctl(epfd, EPOLL_CTL_ADD, a, EPOLLIN)).toBe(0);
    expect(native.epoll_ctl(epfd, EPOLL_CTL_ADD, a, EPOLLIN)).toBe(-errno.EEXIST);
  });
});

describe('epoll_wait', () => {
  test('fills pairs of descriptor and events', () => {
    native.epoll_ctl(epfd, EPOLL_CTL_ADD, a, EPOLLIN | EPOLLOUT);
    expect(native.epoll_wait(epfd, pairs, 0)).toBe(1);
    expect([pairs[0], pairs[1]]).toEqual([a, EPOLLOUT]);
    native.send(b, bytes('x'), 0, 1, 0);
    expect(native.epoll_wait(epfd, pairs, -1)).toBe(1);
    expect([pairs[0], pairs[1]]).toEqual([a, EPOLLIN | EPOLLOUT]);
  });

  test('reports a peer that hung up together with what it sent', () => {
    native.epoll_ctl(epfd, EPOLL_CTL_ADD, a, EPOLLIN | EPOLLRDHUP);
    native.send(b, bytes('x'), 0, 1, 0);
    native.shutdown(b, constants.SHUT_RDWR);
    expect(native.epoll_wait(epfd, pairs, -1)).toBe(1);
    expect(pairs[1]).toBe(EPOLLIN | EPOLLRDHUP | EPOLLHUP);
  });

  test('reports an edge once, a level until it is gone', () => {
    native.send(b, bytes('x'), 0, 1, 0);
    native.epoll_ctl(epfd, EPOLL_CTL_ADD, a, EPOLLIN | EPOLLET);
    expect([native.epoll_wait(epfd, pairs, 0), native.epoll_wait(epfd, pairs, 0)]).toEqual([1, 0]);
    native.epoll_ctl(epfd, EPOLL_CTL_MOD, a, EPOLLIN);
    expect([native.epoll_wait(epfd, pairs, 0), native.epoll_wait(epfd, pairs, 0)]).toEqual([1, 1]);
    native.epoll_ctl(epfd, EPOLL_CTL_MOD, a, EPOLLIN | EPOLLONESHOT);
    expect([native.epoll_wait(epfd, pairs, 0), native.epoll_wait(epfd, pairs, 0)]).toEqual([1, 0]);
  });

  test('never writes beyond the array: what has no room comes with the next wait', () => {
    native.epoll_ctl(epfd, EPOLL_CTL_ADD, a, EPOLLOUT);
    native.epoll_ctl(epfd, EPOLL_CTL_ADD, b, EPOLLOUT);
    const memory = new Uint32Array(5).fill(7);
    const roomForOne = memory.subarray(1, 4); // and a half
    expect(native.epoll_wait(epfd, roomForOne, 0)).toBe(1);
    const first = memory[1];
    expect(native.epoll_wait(epfd, roomForOne, 0)).toBe(1);
    expect([first, memory[1]].sort()).toEqual([a, b].sort());
    expect([memory[0], memory[3], memory[4]]).toEqual([7, 7, 7]);
  });

  test('an array without room for a pair is refused by the kernel', () => {
    expect(native.epoll_wait(epfd, new Uint32Array(1), 0)).toBe(-EINVAL);
    expect(native.epoll_wait(epfd, new Uint32Array(0), 0)).toBe(-EINVAL);
  });

  test('an array with more room than one wait uses is fine', () => {
    native.epoll_ctl(epfd, EPOLL_CTL_ADD, a, EPOLLOUT);
    expect(native.epoll_wait(epfd, new Uint32Array(65_536), 0)).toBe(1);
  });

  test('a descriptor that is no epoll instance is refused', () => {
    expect(native.epoll_wait(CLOSED_FD, pairs, 0)).toBe(-EBADF);
    expect(native.epoll_wait(a, pairs, 0)).toBe(-EINVAL);
  });

  test('takes whole milliseconds only', () => {
    expect(thrownBy(() => native.epoll_wait(epfd, pairs, 0.5))).toBe(
      'RangeError: timeoutMs: expected a whole number, got 0.5',
    );
  });
});

describe('epoll_pwait2', () => {
  test.each([0.001, 0.05, 1.5, 3.000001])('a timeout of %d ms is never cut short', (timeoutMs) => {
    const start = process.hrtime.bigint();
    expect(native.epoll_pwait2(epfd, pairs, timeoutMs)).toBe(0);
    expect(Number(process.hrtime.bigint() - start) / 1e6).toBeGreaterThanOrEqual(timeoutMs);
  });

  test('a timeout of less than a nanosecond, of nothing and of more than a second are valid', () => {
    expect(native.epoll_pwait2(epfd, pairs, Number.MIN_VALUE)).toBe(0);
    expect(native.epoll_pwait2(epfd, pairs, 0)).toBe(0);
    native.epoll_ctl(epfd, EPOLL_CTL_ADD, a, EPOLLOUT);
    for (const timeoutMs of [999.9999999, 1_000, 86_400_000.5, Number.MAX_SAFE_INTEGER, -1, -0.5]) {
      expect(native.epoll_pwait2(epfd, pairs, timeoutMs)).toBe(1);
    }
    expect([pairs[0], pairs[1]]).toEqual([a, EPOLLOUT]);
  });

  test('a descriptor that is not open is refused', () => {
    expect(native.epoll_pwait2(CLOSED_FD, pairs, 0)).toBe(-EBADF);
  });
});
