import { expect, test } from '@jest/globals';
import { Deadline } from '../../src/reactor/deadlines.js';
import { Reactor } from '../../src/reactor/reactor.js';
import { READABLE, type ReadinessHandler } from '../../src/reactor/readiness.js';
import { Descriptors, expectNoLeaks } from '../support/descriptors.js';
import { messageOf } from '../support/thrown-error.js';

expectNoLeaks();

function untyped<T>(value: unknown): T {
  return value as T;
}

const NO_INTEREST: [unknown, RegExp][] = [
  [Number.NaN, /^RangeError: events: expected .*, got NaN$/],
  [1.5, /^RangeError: events: expected .*, got 1.5$/],
  [2 ** 32 + 1, /^RangeError: events: expected .*, got 4294967297$/],
  ['x', /^TypeError: events: expected .*, got a string$/],
  [null, /^TypeError: events: expected .*, got null$/],
];

test.each(NO_INTEREST)(
  'an interest of %p is refused by register() and modify(), and changes nothing',
  (value, message) => {
    using fds = new Descriptors();
    using reactor = new Reactor();
    const fd = fds.counter(1);
    let calls = 0;
    const handler = (): number => calls++;
    expect(messageOf(() => reactor.register(fd, untyped(value), handler))).toMatch(message);
    reactor.turn(0);
    expect(calls).toBe(0);
    reactor.register(fd, READABLE, handler);
    expect(messageOf(() => reactor.modify(fd, untyped(value)))).toMatch(message);
    reactor.turn(0);
    expect(calls).toBe(1);
  },
);

test.each([undefined, null, {}, 'x'])(
  'a handler of %p is refused by register(), and nothing is registered',
  (value) => {
    using fds = new Descriptors();
    using reactor = new Reactor();
    const fd = fds.counter(1);
    expect(messageOf(() => reactor.register(fd, READABLE, untyped<ReadinessHandler>(value)))).toMatch(
      /^TypeError: handler: expected a function or an object with onReady\(\), got /,
    );
    reactor.register(fd, READABLE, () => {}); // not there yet: no EEXIST
  },
);

test.each(['5', null, undefined, {}])(
  'a delay of %p is refused by setDeadline(), and other deadlines are kept',
  (value) => {
    using reactor = new Reactor();
    const calls: string[] = [];
    reactor.setDeadline(new Deadline(() => calls.push('due')), 1);
    const other = new Deadline(() => calls.push('never'));
    expect(messageOf(() => reactor.setDeadline(other, untyped(value)))).toMatch(
      /^TypeError: delayMs: expected milliseconds/,
    );
    reactor.turn(-1);
    expect(calls).toEqual(['due']);
  },
);
