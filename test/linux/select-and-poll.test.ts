import { constants as os } from 'node:os';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import {
  FD_SETSIZE,
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLNVAL,
  POLLOUT,
  POLLPRI,
  Poll,
  select,
} from '../../src/linux/select-and-poll.js';
import { native } from '../../src/native/addon.js';
import { Descriptors, expectNoLeaks, NOT_OPEN, write } from '../support/descriptors.js';
import { messageOf, thrownBy } from '../support/thrown-error.js';

expectNoLeaks();

afterEach(() => {
  jest.restoreAllMocks();
});

test('the bits are those of poll.h', () => {
  expect({ POLLIN, POLLPRI, POLLOUT, POLLERR, POLLHUP, POLLNVAL, FD_SETSIZE }).toEqual({
    POLLIN: 1,
    POLLPRI: 2,
    POLLOUT: 4,
    POLLERR: 8,
    POLLHUP: 16,
    POLLNVAL: 32,
    FD_SETSIZE: 1024,
  });
});

describe('select()', () => {
  test('returns the readable and the writable descriptors, in the order of its arguments', () => {
    using fds = new Descriptors();
    const [a, b] = fds.pair();
    const [c, d] = fds.pair();
    expect(select([a, b, c, d], [], 0)).toEqual([[], []]);
    expect(select([], [d, a], 0)).toEqual([[], [d, a]]);
    write(a);
    write(c);
    expect(select([d, a, b], [c, a], -1)).toEqual([
      [d, b],
      [c, a],
    ]);
  });

  test('takes one descriptor in both sets', () => {
    using fds = new Descriptors();
    const [a, b] = fds.pair();
    expect(select([a], [a], 0)).toEqual([[], [a]]);
    write(b);
    expect(select([a], [a], 0)).toEqual([[a], [a]]);
  });

  test('leaves its arguments alone', () => {
    using fds = new Descriptors();
    const [a, b] = fds.pair();
    const readers = Object.freeze([a, b]);
    const writers = Object.freeze([b]);
    write(a);
    expect(select(readers, writers, 0)).toEqual([[b], [b]]);
    expect([readers, writers]).toEqual([[a, b], [b]]);
  });

  test('reports the end of a stream as something to read', () => {
    using fds = new Descriptors();
    const [a, b] = fds.pair();
    fds.close(b);
    expect(select([a], [], -1)).toEqual([[a], []]);
  });

  test('has a bit for each descriptor up to 1,023', () => {
    using fds = new Descriptors();
    const counter = fds.counter(1);
    const all = [31, 32, 33, 63, 64, 95, 96, 512, 1022, 1023].map((from) => fds.duplicate(counter, from));
    expect(all.at(-1)).toBe(1023);
    expect(select(all, all, 0)).toEqual([all, all]);
    for (const fd of all) expect(select([fd], [], 0)).toEqual([[fd], []]);
  });

  test.each([
    ['readers', (fd: number) => select([0, fd], [], 0)],
    ['writers', (fd: number) => select([], [fd], 0)],
  ])('refuses descriptor 1,024 among the %s before any call is made', (_, call) => {
    using fds = new Descriptors();
    const made = jest.spyOn(native, 'select');
    const fd = fds.duplicate(fds.counter(1), FD_SETSIZE);
    expect(messageOf(() => call(fd))).toBe('RangeError: select: descriptor 1024 does not fit into a set of 1024');
    expect(made).not.toHaveBeenCalled();
  });

  test.each([-1, 0.5, Number.NaN])('refuses %d, which is no descriptor', (fd) => {
    expect(messageOf(() => select([fd], [], 0))).toMatch(/^RangeError: /);
    expect(messageOf(() => select([], [fd], 0))).toMatch(/^RangeError: /);
  });

  test('names the call that failed for a closed descriptor', () => {
    using fds = new Descriptors();
    const closed = fds.duplicate(fds.counter(), 900);
    fds.close(closed);
    expect(thrownBy(() => select([closed], [], 0))).toMatchObject({ code: 'EBADF', syscall: 'select' });
  });

  test.each([0, 1, 15, 1.5])('with a timeout of %d ms waits at least that long', (timeoutMs) => {
    const before = performance.now();
    expect(select([], [], timeoutMs)).toEqual([[], []]);
    expect(performance.now() - before).toBeGreaterThanOrEqual(timeoutMs);
  });

  test.each([[[-1]], [[]]])('waits for ever with %j', (timeout) => {
    using fds = new Descriptors();
    const timer = fds.timer(5);
    expect(select([timer], [], ...timeout)).toEqual([[timer], []]);
  });

  test('returns nothing if a signal interrupts it', () => {
    using fds = new Descriptors();
    const counter = fds.counter(1);
    jest.spyOn(native, 'select').mockReturnValue(-os.errno.EINTR);
    expect(select([counter], [counter])).toEqual([[], []]);
  });
});

describe('Poll', () => {
  test('reports ready descriptors, and no others', () => {
    using fds = new Descriptors();
    const [a, b] = fds.pair();
    const poll = new Poll();
    poll.register(a, POLLIN);
    poll.register(b, POLLIN | POLLOUT);
    expect(poll.poll(0)).toEqual([[b, POLLOUT]]);
    write(a);
    write(b);
    expect(poll.poll(-1)).toEqual([
      [a, POLLIN],
      [b, POLLIN | POLLOUT],
    ]);
  });

  test('clears what an earlier call reported', () => {
    using fds = new Descriptors();
    const counter = fds.counter(1);
    const poll = new Poll();
    poll.register(counter, POLLIN);
    expect(poll.poll(0)).toEqual([[counter, POLLIN]]);
    native.eventfd_read(counter);
    expect(poll.poll(0)).toEqual([]);
  });

  test('without members waits for its timeout', () => {
    const before = performance.now();
    expect(new Poll().poll(10)).toEqual([]);
    expect(performance.now() - before).toBeGreaterThanOrEqual(10);
  });

  test('replaces the events of a descriptor that is registered again', () => {
    using fds = new Descriptors();
    const counter = fds.counter(1);
    const poll = new Poll();
    poll.register(counter, POLLIN);
    poll.register(counter, POLLOUT);
    expect(poll.poll(0)).toEqual([[counter, POLLOUT]]);
    poll.unregister(counter);
    expect(poll.poll(0)).toEqual([]);
  });

  test('reports a hang-up and a descriptor that is not open, asked or not', () => {
    using fds = new Descriptors();
    const [readEnd, writeEnd] = fds.pipe();
    fds.close(writeEnd);
    const poll = new Poll();
    poll.register(readEnd, 0);
    poll.register(NOT_OPEN, POLLIN);
    expect(poll.poll(-1)).toEqual([
      [readEnd, POLLHUP],
      [NOT_OPEN, POLLNVAL],
    ]);
  });

  test.each(['first', 'middle', 'last'] as const)('takes out the %s member, and the others stay', (which) => {
    using fds = new Descriptors();
    const counters = [fds.counter(1), fds.counter(1), fds.counter(1)] as const;
    const [first, middle, last] = counters;
    const poll = new Poll();
    poll.register(first, POLLIN);
    poll.register(middle, POLLIN | POLLOUT);
    poll.register(last, POLLOUT);
    poll.unregister({ first, middle, last }[which]);
    expect(poll.poll(0)).toEqual(
      {
        first: [
          [last, POLLOUT],
          [middle, POLLIN | POLLOUT],
        ],
        middle: [
          [first, POLLIN],
          [last, POLLOUT],
        ],
        last: [
          [first, POLLIN],
          [middle, POLLIN | POLLOUT],
        ],
      }[which],
    );
    poll.register(last, POLLIN); // found at its new place: replaced, and not added
    expect(poll.poll(0).filter(([fd]) => fd === last)).toEqual([[last, POLLIN]]);
  });

  test('takes a descriptor again that was taken out', () => {
    using fds = new Descriptors();
    const [a, b] = [fds.counter(1), fds.counter(1)];
    const poll = new Poll();
    poll.register(a, POLLIN);
    poll.register(b, POLLIN);
    poll.unregister(a);
    poll.register(a, POLLOUT);
    expect(poll.poll(0)).toEqual([
      [b, POLLIN],
      [a, POLLOUT],
    ]);
  });

  test('ignores unregister() of a descriptor that is not registered', () => {
    using fds = new Descriptors();
    const counter = fds.counter(1);
    const poll = new Poll();
    poll.unregister(counter);
    poll.register(counter, POLLIN);
    poll.unregister(NOT_OPEN);
    expect(poll.poll(0)).toEqual([[counter, POLLIN]]);
  });

  test('grows: past 1,024 members, with descriptors past 1,024', () => {
    using fds = new Descriptors();
    const ready = fds.counter(1);
    const silent = fds.counter();
    const poll = new Poll();
    const members = Array.from({ length: 1100 }, (_, i) => fds.duplicate(i % 100 === 0 ? ready : silent));
    for (const fd of members) poll.register(fd, POLLIN);
    expect(members.at(-1)).toBeGreaterThanOrEqual(FD_SETSIZE);
    const expected = members.filter((_, i) => i % 100 === 0);
    expect(poll.poll(0)).toEqual(expected.map((fd) => [fd, POLLIN]));
    for (const fd of members.slice(1)) poll.unregister(fd);
    expect(poll.poll(0)).toEqual([[members[0], POLLIN]]);
  });

  test('agrees with a map, whatever is registered and unregistered', () => {
    using fds = new Descriptors();
    const counters = Array.from({ length: 40 }, () => fds.counter(1));
    const poll = new Poll();
    const model = new Map<number, number>();
    for (let step = 0, random = 1; step < 2_000; step++) {
      random = (random * 48_271) % 2_147_483_647; // Lehmer's generator: the same steps in each run
      const fd = counters[random % counters.length] as number;
      if (random % 3 === 0) {
        poll.unregister(fd);
        model.delete(fd);
      } else {
        const events = random % 3 === 1 ? POLLIN : POLLOUT;
        poll.register(fd, events);
        model.set(fd, events);
      }
      if (step % 50 === 0) expect(new Map(poll.poll(0))).toEqual(model);
    }
  });

  test.each([[[-1]], [[]]])('waits for ever with %j', (timeout) => {
    using fds = new Descriptors();
    const poll = new Poll();
    const timer = fds.timer(5);
    poll.register(timer, POLLIN);
    expect(poll.poll(...timeout)).toEqual([[timer, POLLIN]]);
  });

  test('returns nothing if a signal interrupts it', () => {
    using fds = new Descriptors();
    const counter = fds.counter(1);
    const poll = new Poll();
    poll.register(counter, POLLIN);
    jest.spyOn(native, 'poll').mockReturnValue(-os.errno.EINTR);
    expect(poll.poll()).toEqual([]);
  });

  test('names the call that failed', () => {
    jest.spyOn(native, 'poll').mockReturnValue(-os.errno.EINVAL);
    expect(thrownBy(() => new Poll().poll(0))).toMatchObject({ code: 'EINVAL', syscall: 'poll' });
  });
});
