import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { native } from '../../src/native/addon.js';
import { NOT_WAITING } from '../../src/reactor/deadlines.js';
import { Reactor } from '../../src/reactor/reactor.js';
import { READABLE } from '../../src/reactor/readiness.js';
import { Descriptors, expectNoLeaks } from '../support/descriptors.js';
import { expirable } from '../support/expirable.js';
import { messageOf } from '../support/thrown-error.js';

expectNoLeaks();

afterEach(() => {
  jest.restoreAllMocks();
});

describe('The timer descriptor', () => {
  test('is armed only for a nearer deadline: putting off and clearing cost no system call', () => {
    using reactor = new Reactor();
    const armed = jest.spyOn(native, 'timerfd_settime');
    const entry = expirable();
    reactor.setDeadline(entry, 1000);
    expect(armed).toHaveBeenCalledTimes(1);
    for (let i = 0; i < 100; i++) reactor.setDeadline(entry, 1000 + i);
    reactor.setDeadline(expirable(), 5000);
    reactor.clearDeadline(entry);
    reactor.turn(0);
    expect(armed).toHaveBeenCalledTimes(1);
    reactor.setDeadline(entry, 500);
    expect(armed).toHaveBeenCalledTimes(2);
  });

  test('is armed once per turn, however many deadlines its handlers set', () => {
    using fds = new Descriptors();
    using reactor = new Reactor();
    const armed = jest.spyOn(native, 'timerfd_settime');
    reactor.register(fds.counter(1), READABLE, () => {
      for (const delayMs of [500, 400, 300]) reactor.setDeadline(expirable(), delayMs);
    });
    reactor.turn(0);
    expect(armed).toHaveBeenCalledTimes(1);
  });

  test('is not readable when no deadline is left', () => {
    using reactor = new Reactor();
    let fired = 0;
    reactor.setDeadline(
      expirable(() => fired++),
      1,
    );
    while (fired === 0) reactor.turn(-1);
    expect(reactor.turn(0)).toBe(0);
    const cleared = expirable(() => fired++);
    reactor.setDeadline(cleared, 1);
    reactor.clearDeadline(cleared);
    expect(reactor.turn(-1)).toBe(1); // wakes once for nothing
    expect([reactor.turn(0), fired]).toEqual([0, 1]);
  });

  test('wakes early once for each deadline that was put off, however often', () => {
    using reactor = new Reactor();
    let fired = 0;
    const entry = expirable(() => fired++);
    for (let i = 0; i < 50; i++) reactor.setDeadline(entry, 5 + i / 5);
    let turns = 0;
    while (fired === 0) {
      reactor.turn(-1);
      turns++;
    }
    expect(turns).toBeLessThanOrEqual(2);
  });
});

describe('A delay', () => {
  test('that is NaN is refused, and no deadline is set', () => {
    using reactor = new Reactor();
    const entry = expirable();
    expect(messageOf(() => reactor.setDeadline(entry, Number.NaN))).toMatch(/^RangeError: delayMs: expected .*NaN$/);
    // Not by turn(): with NaN among the deadlines it does not end.
    expect(entry.heapIndex).toBe(NOT_WAITING);
  });

  test('that is Infinity never ends, and can be brought forward', () => {
    using reactor = new Reactor();
    let fired = 0;
    const entry = expirable(() => fired++);
    reactor.setDeadline(entry, Number.POSITIVE_INFINITY);
    expect(reactor.turn(2)).toBe(0);
    reactor.setDeadline(entry, 1);
    while (fired === 0) reactor.turn(-1);
    expect(fired).toBe(1);
  });
});
