import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { Deadline, NOT_WAITING } from '../../src/reactor/deadlines.js';
import { Reactor } from '../../src/reactor/reactor.js';
import { ONE_SHOT, READABLE } from '../../src/reactor/readiness.js';
import { Descriptors, expectNoLeaks } from '../support/descriptors.js';
import { expirable } from '../support/expirable.js';
import { DRIVES } from '../support/reactor-drives.js';
import { thrownBy } from '../support/thrown-error.js';

expectNoLeaks();

afterEach(() => {
  jest.restoreAllMocks();
});

/** Lets time pass without a turn. */
function passUntil(moment: number): void {
  while (performance.now() < moment);
}

describe.each(DRIVES)('Driven by %s, a deadline', (_name, drive) => {
  test('comes in the order of the moments, and never early', async () => {
    using reactor = new Reactor();
    const delays = [12, 3, 7.5, 1, 20, 5];
    const fired: number[] = [];
    const early: number[] = [];
    await drive(reactor, (finish) => {
      for (const delayMs of delays) {
        const dueMs = performance.now() + delayMs;
        const entry = expirable(() => {
          fired.push(entry.dueMs);
          if (performance.now() < dueMs) early.push(delayMs);
          if (fired.length === delays.length) finish();
        });
        reactor.setDeadline(entry, delayMs);
      }
    });
    expect(fired).toEqual(fired.toSorted((a, b) => a - b));
    expect(early).toEqual([]);
  });

  test('that is put off comes at the later moment, once, after those before it', async () => {
    using reactor = new Reactor();
    const fired: string[] = [];
    const dueMs = performance.now() + 25;
    await drive(reactor, (finish) => {
      const putOff = expirable(() => {
        fired.push(performance.now() >= dueMs ? 'put off' : 'early');
        finish();
      });
      reactor.setDeadline(putOff, 5);
      reactor.setDeadline(
        expirable(() => fired.push('between')),
        15,
      );
      reactor.setDeadline(putOff, 25);
    });
    expect(fired).toEqual(['between', 'put off']);
  });

  test('that is brought forward comes at the earlier moment', async () => {
    using reactor = new Reactor();
    const before = performance.now();
    await drive(reactor, (finish) => {
      const entry = expirable(finish);
      reactor.setDeadline(entry, 3_600_000);
      reactor.setDeadline(entry, 5);
    });
    expect(performance.now() - before).toBeLessThan(3_600_000);
  });

  test('that is cleared does not come', async () => {
    using reactor = new Reactor();
    const fired: string[] = [];
    await drive(reactor, (finish) => {
      const cleared = expirable(() => fired.push('cleared'));
      reactor.setDeadline(cleared, 3);
      reactor.setDeadline(
        expirable(() => {
          fired.push('other');
          finish();
        }),
        6,
      );
      reactor.clearDeadline(cleared);
      reactor.clearDeadline(expirable());
    });
    expect(fired).toEqual(['other']);
  });

  test('can be set by a deadline and by a handler', async () => {
    using fds = new Descriptors();
    using reactor = new Reactor();
    const fired: string[] = [];
    await drive(reactor, (finish) => {
      let times = 0;
      const entry = expirable(() => {
        fired.push(`deadline ${++times}`);
        if (times < 3) reactor.setDeadline(entry, 1);
        else finish();
      });
      reactor.register(fds.counter(1), READABLE | ONE_SHOT, () => {
        fired.push('handler');
        reactor.setDeadline(entry, 1);
      });
    });
    expect(fired).toEqual(['handler', 'deadline 1', 'deadline 2', 'deadline 3']);
  });

  test('that throws calls onError without a descriptor, and the others come', async () => {
    const reports: unknown[] = [];
    using reactor = new Reactor({ onError: (error, fd) => reports.push([error, fd]) });
    await drive(reactor, (finish) => {
      const bad = expirable(() => {
        throw new Error('bad');
      });
      reactor.setDeadline(bad, 1);
      reactor.setDeadline(expirable(finish), 2);
    });
    expect(reports).toEqual([[new Error('bad'), undefined]]);
  });
});

describe('Within a turn', () => {
  test('the clock stands still, and goes on after it', () => {
    using fds = new Descriptors();
    using reactor = new Reactor();
    const moments: number[] = [];
    reactor.register(fds.counter(1), READABLE, () => {
      moments.push(reactor.nowMs);
      passUntil(performance.now() + 2);
      moments.push(reactor.nowMs);
    });
    const before = reactor.nowMs;
    reactor.turn(0);
    const [first, second] = moments as [number, number];
    expect(second).toBe(first);
    expect(first).toBeGreaterThanOrEqual(before);
    expect(reactor.nowMs).toBeGreaterThanOrEqual(first + 2);
  });

  test('events come before deadlines: what arrived just in time is in time', () => {
    using fds = new Descriptors();
    using reactor = new Reactor();
    let fired = 0;
    const entry = expirable(() => fired++);
    reactor.setDeadline(entry, 1);
    reactor.register(fds.counter(1), READABLE, () => reactor.clearDeadline(entry));
    passUntil(entry.dueMs + 1);
    reactor.turn(0);
    expect([fired, entry.heapIndex]).toEqual([0, NOT_WAITING]);
  });

  test('all that are due come, nearest first, also where one of them had been put off', () => {
    using reactor = new Reactor();
    const fired: string[] = [];
    const putOff = expirable(() => fired.push('put off'));
    reactor.setDeadline(putOff, 1);
    reactor.setDeadline(
      expirable(() => fired.push('nearer')),
      4,
    );
    reactor.setDeadline(putOff, 8);
    passUntil(putOff.dueMs + 1);
    reactor.turn(0);
    expect(fired).toEqual(['nearer', 'put off']);
  });

  test('a deadline set for at once comes in a later turn: a turn always ends', () => {
    using reactor = new Reactor();
    let fired = 0;
    const entry = expirable(() => {
      fired++;
      reactor.setDeadline(entry, 0);
    });
    reactor.setDeadline(entry, -5);
    passUntil(entry.dueMs);
    reactor.turn(0);
    expect(fired).toBe(1);
    passUntil(entry.dueMs);
    reactor.turn(0);
    expect(fired).toBe(2);
  });

  test('a deadline that another one clears does not come', () => {
    using reactor = new Reactor();
    const fired: string[] = [];
    const second = expirable(() => fired.push('second'));
    reactor.setDeadline(
      expirable(() => {
        fired.push('first');
        reactor.clearDeadline(second);
      }),
      1,
    );
    reactor.setDeadline(second, 3);
    passUntil(second.dueMs);
    reactor.turn(0);
    expect(fired).toEqual(['first']);
  });

  test('in which the reactor is closed no deadline comes any more', () => {
    using fds = new Descriptors();
    const reactor = new Reactor();
    const fired: string[] = [];
    const last = expirable(() => fired.push('last'));
    reactor.setDeadline(
      expirable(() => {
        fired.push('first');
        reactor.close();
      }),
      1,
    );
    reactor.setDeadline(last, 3);
    passUntil(last.dueMs);
    reactor.turn(0);
    reactor.setDeadline(expirable(), 1);
    reactor.clearDeadline(last);
    expect(fired).toEqual(['first']);

    const other = new Reactor();
    other.register(fds.counter(1), READABLE, () => other.close());
    const never = expirable(() => fired.push('never'));
    other.setDeadline(never, 1);
    passUntil(never.dueMs);
    other.turn(0);
    expect(fired).toEqual(['first']);
  });

  test('deadlines that throw make turn() throw when all of them have come', () => {
    using reactor = new Reactor();
    const bad = (message: string): ReturnType<typeof expirable> =>
      expirable(() => {
        throw new Error(message);
      });
    let fired = 0;
    const last = expirable(() => fired++);
    reactor.setDeadline(bad('one'), 1);
    reactor.setDeadline(bad('two'), 3);
    reactor.setDeadline(last, 5);
    passUntil(last.dueMs);
    expect(thrownBy(() => reactor.turn(0))).toMatchObject({ errors: [new Error('one'), new Error('two')] });
    expect(fired).toBe(1);
  });
});

test('A Deadline by itself calls its function, once', async () => {
  using reactor = new Reactor();
  let calls = 0;
  await new Promise<void>((resolve) => {
    const deadline = new Deadline(() => {
      calls++;
      reactor.setDeadline(new Deadline(resolve), 2);
    });
    reactor.setDeadline(deadline, 1);
    reactor.attach();
  });
  expect(calls).toBe(1);
});
