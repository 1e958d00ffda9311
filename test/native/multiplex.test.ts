import { constants as os } from 'node:os';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { constants, native } from '../../src/native/addon.js';
import { bytes, openDescriptors, socketPair, thrownBy } from './support.js';

const { F_DUPFD_CLOEXEC, FD_SETSIZE, POLLHUP, POLLIN, POLLNVAL, POLLOUT } = constants;
const { EBADF } = os.errno;

let before = 0;
let a = -1;
let b = -1;

beforeEach(() => {
  before = openDescriptors();
  [a, b] = socketPair();
});

afterEach(() => {
  native.close(a);
  native.close(b);
  expect(openDescriptors()).toBe(before);
});

function setOf(...fds: number[]): Uint32Array {
  const words = new Uint32Array(FD_SETSIZE / 32);
  for (const fd of fds) words[fd >>> 5] = (words[fd >>> 5] ?? 0) | (1 << (fd & 31));
  return words;
}

describe('select', () => {
  test('leaves the ready descriptors in the sets', () => {
    const readable = setOf(a, b);
    const writable = setOf(a);
    native.send(a, bytes('x'), 0, 1, 0);
    expect(native.select(FD_SETSIZE, readable, writable, -1)).toBe(2);
    expect(readable).toEqual(setOf(b));
    expect(writable).toEqual(setOf(a));
  });

  test('finds every descriptor at its bit: in the low and the high word of the unsigned long of the kernel', () => {
    for (const from of [64, 95, 96, 127, 128, FD_SETSIZE - 1]) {
      const fd = native.fcntl(a, F_DUPFD_CLOEXEC, from);
      expect(fd).toBeGreaterThanOrEqual(from); // the lowest from there on that is free
      const writable = setOf(fd);
      expect(native.select(fd + 1, null, writable, 0)).toBe(1);
      expect(writable).toEqual(setOf(fd));
      native.close(fd);
    }
  });

  test('takes a set that does not lie where an unsigned long would', () => {
    const writable = new Uint32Array(FD_SETSIZE / 32 + 3).fill(7).subarray(1, 1 + FD_SETSIZE / 32);
    writable.set(setOf(a));
    expect(native.select(a + 1, null, writable, 0)).toBe(1);
    expect(writable).toEqual(setOf(a));
    expect(new Uint32Array(writable.buffer).filter((word) => word === 7).length).toBe(3);
  });

  test('waits for its timeout, fractions included, and empties the sets', () => {
    const readable = setOf(a);
    const start = process.hrtime.bigint();
    expect(native.select(a + 1, readable, null, 1.5)).toBe(0);
    expect(Number(process.hrtime.bigint() - start) / 1e6).toBeGreaterThanOrEqual(1.5);
    expect(readable).toEqual(setOf());
    expect(native.select(0, null, null, 0)).toBe(0);
    expect(native.select(0, null, null, 0.000_000_1)).toBe(0);
    expect(native.select(a + 1, null, setOf(a), 999.9999999)).toBe(1);
  });

  test('leaves the sets alone if one has a closed descriptor', () => {
    const closed = native.fcntl(a, F_DUPFD_CLOEXEC, 900);
    native.close(closed);
    const readable = setOf(a, closed);
    expect(native.select(FD_SETSIZE, readable, null, 0)).toBe(-EBADF);
    expect(readable).toEqual(setOf(a, closed));
  });

  test('refuses descriptor 1,024, for which it has no bit; poll has no such limit', () => {
    const fd = native.fcntl(a, F_DUPFD_CLOEXEC, FD_SETSIZE);
    expect(fd).toBe(FD_SETSIZE);
    expect(thrownBy(() => native.select(fd + 1, null, null, 0))).toBe(
      'RangeError: count: expected a whole number from 0 to 1024 ' +
        '(FD_SETSIZE: select(2) has no bit for a descriptor from there on, see poll(2)), got 1025',
    );
    const pollfds = Int32Array.of(fd, POLLOUT);
    expect(native.poll(pollfds, 1, 0)).toBe(1);
    native.close(fd);
  });

  test('refuses a set that is shorter than the one of the kernel', () => {
    const message = 'RangeError: writable: expected at least 32 elements, got 31';
    expect(thrownBy(() => native.select(1, null, new Uint32Array(31), 0))).toBe(message);
  });
});

describe('poll', () => {
  test('reports into the high half of the second word', () => {
    const pollfds = Int32Array.of(a, POLLIN | POLLOUT, b, POLLIN);
    expect(native.poll(pollfds, 2, 0)).toBe(1);
    expect([...pollfds]).toEqual([a, POLLIN | POLLOUT | (POLLOUT << 16), b, POLLIN]);
    native.send(a, bytes('x'), 0, 1, 0);
    expect(native.poll(pollfds, 2, -1)).toBe(2);
    expect([...pollfds]).toEqual([a, POLLIN | POLLOUT | (POLLOUT << 16), b, POLLIN | (POLLIN << 16)]);
  });

  test('reports a hang-up and a closed descriptor without being asked', () => {
    native.shutdown(a, constants.SHUT_RDWR);
    const closed = native.fcntl(a, F_DUPFD_CLOEXEC, 900);
    native.close(closed);
    const pollfds = Int32Array.of(b, 0, closed, POLLIN, -1, POLLIN);
    expect(native.poll(pollfds, 3, 0)).toBe(2);
    expect([...pollfds]).toEqual([b, POLLHUP << 16, closed, POLLIN | (POLLNVAL << 16), -1, POLLIN]);
  });

  test('looks at `count` members', () => {
    const pollfds = Int32Array.of(a, POLLIN, a, POLLOUT);
    expect(native.poll(pollfds, 1, 0)).toBe(0);
    expect(native.poll(pollfds, 0, 0)).toBe(0);
    expect([...pollfds]).toEqual([a, POLLIN, a, POLLOUT]);
  });

  test('refuses a count beyond the array', () => {
    expect(thrownBy(() => native.poll(new Int32Array(5), 3, 0))).toBe(
      'RangeError: count: expected a whole number from 0 to 2 (half the length of pollfds), got 3',
    );
  });
});
