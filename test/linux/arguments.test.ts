import { describe, expect, test } from '@jest/globals';
import { EPOLLIN, Epoll } from '../../src/linux/epoll.js';
import { POLLIN, Poll, select } from '../../src/linux/select-and-poll.js';
import { encodeAddress } from '../../src/linux/socket-address.js';
import { AF_INET, accept, listeningSocket, socket } from '../../src/linux/sockets.js';
import { Descriptors, expectNoLeaks } from '../support/descriptors.js';
import { LOOPBACK } from '../support/sockets.js';
import { messageOf } from '../support/thrown-error.js';

expectNoLeaks();

/** Values that a JavaScript program can pass in place of a number. */
function untyped(value: unknown): number {
  return value as number;
}

/** No whole number of 16 or 32 bits, whatever the sign; and how the error ends. */
const NO_BITS: [unknown, string][] = [
  [Number.NaN, 'RangeError got NaN'],
  [1.5, 'RangeError got 1.5'],
  [2 ** 32 + 1, 'RangeError got 4294967297'],
  [Number.POSITIVE_INFINITY, 'RangeError got Infinity'],
  ['x', 'TypeError got a string'],
  ['1', 'TypeError got a string'],
  [null, 'TypeError got null'],
  [true, 'TypeError got a boolean'],
  [1n, 'TypeError got a bigint'],
  [{}, 'TypeError got another kind of object'],
];

/** An error's class and its last words: `RangeError got 1.5`. The middle must name the argument. */
function refusal(argument: string, call: () => unknown): string {
  const [, name, end] = new RegExp(`^(\\w+): ${argument}: expected .*, (got .*)$`).exec(messageOf(call)) ?? [];
  return `${name} ${end}`;
}

describe.each(NO_BITS)('events of %p', (value, expected) => {
  const events = untyped(value);

  test('are refused by Epoll.register(), which then waits for nothing', () => {
    using fds = new Descriptors();
    using epoll = new Epoll();
    const fd = fds.counter(1);
    expect(refusal('events', () => epoll.register(fd, events))).toBe(expected);
    epoll.register(fd, EPOLLIN); // not there yet: no EEXIST
  });

  test('are refused by Epoll.modify(), which leaves the old ones', () => {
    using fds = new Descriptors();
    using epoll = new Epoll();
    const fd = fds.counter(1);
    epoll.register(fd, EPOLLIN);
    expect(refusal('events', () => epoll.modify(fd, events))).toBe(expected);
    expect(epoll.poll(0)).toEqual([[fd, EPOLLIN]]);
  });

  test('are refused by Poll.register(), which leaves the old ones', () => {
    using fds = new Descriptors();
    const fd = fds.counter(1);
    const poll = new Poll();
    poll.register(fd, POLLIN);
    expect(refusal('events', () => poll.register(fd, events))).toBe(expected);
    expect(poll.poll(0)).toEqual([[fd, POLLIN]]);
  });
});

test('events of undefined are refused by modify(); register() then waits for all', () => {
  using fds = new Descriptors();
  using epoll = new Epoll();
  const fd = fds.counter(1);
  epoll.register(fd, undefined);
  expect(refusal('events', () => epoll.modify(fd, untyped(undefined)))).toBe('TypeError got undefined');
  expect(refusal('events', () => new Poll().register(fd, untyped(undefined)))).toBe('TypeError got undefined');
});

test('events of more than 16 bits are refused by Poll.register(): the others are the answer of the kernel', () => {
  const poll = new Poll();
  expect(messageOf(() => poll.register(0, 2 ** 16))).toBe(
    'RangeError: events: expected a whole number from 0 to 65535, got 65536',
  );
  expect(refusal('events', () => poll.register(0, -1))).toBe('RangeError got -1');
  expect(poll.poll(0)).toEqual([]);
});

const NO_DESCRIPTORS: [unknown, string][] = [
  ...NO_BITS,
  [-1, 'RangeError got -1'],
  [undefined, 'TypeError got undefined'],
];

describe.each(NO_DESCRIPTORS)('a descriptor of %p', (value, expected) => {
  const fd = untyped(value);

  test('is refused by select(), in each of its sets', () => {
    expect(refusal('fd', () => select([fd], [], 0))).toBe(expected);
    expect(refusal('fd', () => select([], [0, fd], 0))).toBe(expected);
  });

  test('is refused by Poll.register(), which then has no member', () => {
    const poll = new Poll();
    expect(refusal('fd', () => poll.register(fd, POLLIN))).toBe(expected);
    expect(poll.poll(0)).toEqual([]);
  });

  test('is refused by Epoll.fromFd()', () => {
    expect(refusal('fd', () => Epoll.fromFd(fd))).toBe(expected);
  });
});

describe.each(NO_BITS)('flags of %p', (value, expected) => {
  test('are refused by socket() and accept(), which set one more', () => {
    using fds = new Descriptors();
    const listener = fds.own(listeningSocket(LOOPBACK, 1));
    expect(refusal('type', () => socket(AF_INET, untyped(value)))).toBe(expected);
    expect(refusal('flags', () => accept(listener, untyped(value)))).toBe(expected);
  });
});

describe.each([Number.NaN, '5', '-5', 'x', null, [], true])('a timeout of %p', (value) => {
  test('is refused by poll() and wait() of an Epoll', () => {
    using epoll = new Epoll();
    const kind = typeof value === 'number' ? 'RangeError' : 'TypeError';
    const message = new RegExp(`^${kind}: timeoutMs: expected milliseconds, got `);
    expect(messageOf(() => epoll.poll(untyped(value)))).toMatch(message);
    expect(messageOf(() => epoll.wait(new Uint32Array(2), untyped(value)))).toMatch(message);
  });
});

test('a path that is no string is refused by encodeAddress()', () => {
  expect(messageOf(() => encodeAddress({ path: untyped(5) as unknown as string }))).toBe(
    'TypeError: path: expected a string, got a number',
  );
});
