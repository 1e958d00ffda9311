import { describe, expect, test } from '@jest/globals';
import { Reactor } from '../../src/reactor/reactor.js';
import { READABLE } from '../../src/reactor/readiness.js';
import { Descriptors, expectNoLeaks } from '../support/descriptors.js';

describe('An object passed to flushLater()', () => {
  expectNoLeaks();

  test('is flushed once, behind all handlers of the batch, in the order of the calls', () => {
    using fds = new Descriptors();
    using reactor = new Reactor();
    const order: string[] = [];
    for (const name of ['a', 'b']) {
      reactor.register(fds.counter(1), READABLE, () => {
        order.push(`handler ${name}`);
        reactor.flushLater({ flush: () => order.push(`flush ${name}`) });
      });
    }
    reactor.turn(0);
    const [first = '', second = ''] = order.map((step) => step.at(-1));
    expect(order).toEqual([`handler ${first}`, `handler ${second}`, `flush ${first}`, `flush ${second}`]);
    order.length = 0;
    reactor.turn(0);
    expect(order).toHaveLength(4);
  });

  test('during a flush is flushed in the same turn', () => {
    using fds = new Descriptors();
    using reactor = new Reactor();
    const order: string[] = [];
    reactor.register(fds.counter(1), READABLE, () =>
      reactor.flushLater({
        flush: () => {
          order.push('one');
          reactor.flushLater({ flush: () => order.push('another') });
        },
      }),
    );
    reactor.turn(0);
    expect(order).toEqual(['one', 'another']);
  });

  test('that throws is reported; the others are flushed, and deadlines come', () => {
    using fds = new Descriptors();
    const errors: unknown[] = [];
    using reactor = new Reactor({ onError: (error, fd) => errors.push(error, fd) });
    const order: string[] = [];
    const error = new Error('cannot be flushed');
    reactor.register(fds.counter(1), READABLE, () => {
      reactor.flushLater({
        flush: () => {
          throw error;
        },
      });
      reactor.flushLater({ flush: () => order.push('the other') });
    });
    reactor.turn(0);
    expect(errors).toEqual([error, undefined]);
    expect(order).toEqual(['the other']);
  });
});

test('The wall clock is a millisecond late at most when it is first asked for in a turn, and outside', () => {
  using fds = new Descriptors();
  using reactor = new Reactor();
  const expectRight = (): void => {
    const before = Date.now();
    const { wallClockMs } = reactor;
    expect(wallClockMs).toBeGreaterThanOrEqual(before - 2); // both are cut to whole milliseconds
    expect(wallClockMs).toBeLessThanOrEqual(Date.now());
  };
  expectRight();
  reactor.register(fds.counter(1), READABLE, expectRight);
  reactor.turn(0);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3);
  reactor.turn(0);
  expectRight();
});
