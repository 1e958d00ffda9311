import { afterEach, describe, expect, jest, test } from '@jest/globals';

import {
  accept,
  connect,
  getsockname,
  listeningSocket,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  socket,
} from '../../src/linux/sockets.js';
import { constants, native } from '../../src/native/addon.js';
import { EVENTS_PER_TURN, Reactor } from '../../src/reactor/reactor.js';
import { EDGE_TRIGGERED, HUNG_UP, ONE_SHOT, READ_CLOSED, READABLE, WRITABLE } from '../../src/reactor/readiness.js';
import { Descriptors, expectNoLeaks, NOT_OPEN, read, write } from '../support/descriptors.js';
import { DRIVES } from '../support/reactor-drives.js';
import { messageOf, thrownBy } from '../support/thrown-error.js';

expectNoLeaks();

afterEach(() => {
  jest.restoreAllMocks();
});

describe('A turn', () => {
  test('calls the handler of each ready descriptor with what it is ready for', () => {
    using fds = new Descriptors();
    using reactor = new Reactor();
    const [a, b] = fds.pair();
    const calls: [string, number][] = [];
    reactor.register(a, READABLE | WRITABLE, (readiness) => calls.push(['a', readiness]));
    reactor.register(b, READABLE, { onReady: (readiness) => calls.push(['b', readiness]) });
    expect(reactor.turn(0)).toBe(1);
    write(a);
    expect(reactor.turn(0)).toBe(2);
    expect(calls).toEqual([
      ['a', WRITABLE],
      ['a', WRITABLE],
      ['b', READABLE],
    ]);
  });

  test('calls onReady() of a handler that is an object', () => {
    using fds = new Descriptors();
    using reactor = new Reactor();
    class Counter {
      count = 0;
      onReady(readiness: number): void {
        this.count += readiness;
      }
    }
    const counter = new Counter();
    reactor.register(fds.counter(1), READABLE, counter);
    reactor.turn(0);
    expect(counter.count).toBe(READABLE);
  });

  test('dispatches in the order in which descriptors became ready, not in that of their numbers', () => {
    using fds = new Descriptors();
    using reactor = new Reactor();
    const counters = [fds.counter(), fds.counter(), fds.counter()];
    const calls: number[] = [];
    for (const [i, fd] of counters.entries()) reactor.register(fd, READABLE | EDGE_TRIGGERED, () => calls.push(i));
    for (const i of [2, 0, 1]) native.eventfd_write(counters[i] as number, 1);
    reactor.turn(0);
    expect(calls).toEqual([2, 0, 1]);
  });

  test('with nothing ready and a timeout of 0 calls no handler and returns at once', () => {
    using reactor = new Reactor();
    expect(reactor.turn(0)).toBe(0);
    expect(reactor.turn(1)).toBe(0);
  });

  test.each([
    ['an interest of 0 reports a hang-up in each turn', 0, [HUNG_UP, HUNG_UP, HUNG_UP]],
    ['EDGE_TRIGGERED alone reports a hang-up once', EDGE_TRIGGERED, [HUNG_UP]],
  ])('%s', (_, interest, expected) => {
    using fds = new Descriptors();
    using reactor = new Reactor();
    const [reading, writing] = fds.pipe();
    const calls: number[] = [];
    reactor.register(reading, interest, (readiness) => calls.push(readiness));
    fds.close(writing);
    for (let i = 0; i < 3; i++) reactor.turn(0);
    expect(calls).toEqual(expected);
  });

  test('reports ONE_SHOT once until modify(), and EDGE_TRIGGERED once until more arrives', () => {
    using fds = new Descriptors();
    using reactor = new Reactor();
    const [a, b] = fds.pair();
    const counter = fds.counter(1);
    const calls: string[] = [];
    reactor.register(a, READABLE | READ_CLOSED | EDGE_TRIGGERED, () => calls.push('edge'));
    reactor.register(counter, READABLE | ONE_SHOT, () => calls.push('once'));
    write(b);
    for (let i = 0; i < 3; i++) reactor.turn(0);
    expect(calls.sort()).toEqual(['edge', 'once']);
    write(b);
    reactor.modify(counter, READABLE | ONE_SHOT);
    for (let i = 0; i < 3; i++) reactor.turn(0);
    expect(calls.sort()).toEqual(['edge', 'edge', 'once', 'once']);
  });

  test('takes a bounded number of events; the others come with the next one', () => {
    using fds = new Descriptors();
    using reactor = new Reactor();
    const total = EVENTS_PER_TURN + 50;
    let called = 0;
    for (let i = 0; i < total; i++) {
      const counter = fds.counter(1);
      reactor.register(counter, READABLE, () => {
        called++;
        native.eventfd_read(counter);
      });
    }
    expect(reactor.turn(0)).toBe(EVENTS_PER_TURN);
    expect(reactor.turn(0)).toBe(50);
    expect([called, reactor.turn(0)]).toEqual([total, 0]);
  });

  test('within a turn of the same reactor is refused, and the outer one goes on', () => {
    using fds = new Descriptors();
    using reactor = new Reactor();
    const messages: string[] = [];
    reactor.register(fds.counter(1), READABLE, () => messages.push(messageOf(() => reactor.turn(0))));
    reactor.register(fds.counter(1), READABLE, () => messages.push('next'));
    reactor.turn(0);
    expect(messages).toEqual(['Error: turn() was called by a handler of the same reactor', 'next']);
    expect(reactor.turn(0)).toBe(2);
  });

  test('within a turn of another reactor is allowed', () => {
    using fds = new Descriptors();
    using outer = new Reactor();
    using inner = new Reactor();
    const counter = fds.counter(1);
    const events: number[] = [];
    inner.register(counter, READABLE, () => {});
    outer.register(counter, READABLE, () => events.push(inner.turn(0)));
    outer.turn(0);
    expect(events).toEqual([1]);
  });
});

describe('Registration', () => {
  test('fails as the kernel does, and then changes nothing', () => {
    using fds = new Descriptors();
    using reactor = new Reactor();
    const counter = fds.counter(1);
    const calls: string[] = [];
    const never = (): void => {
      calls.push('never');
    };
    reactor.register(counter, READABLE, () => calls.push('first'));
    expect(thrownBy(() => reactor.register(counter, WRITABLE, never))).toMatchObject({ code: 'EEXIST' });
    expect(thrownBy(() => reactor.register(NOT_OPEN, READABLE, never))).toMatchObject({ code: 'EBADF' });
    expect(thrownBy(() => reactor.register(-1, READABLE, never))).toMatchObject({ code: 'EBADF' });
    expect(thrownBy(() => reactor.modify(fds.counter(), READABLE))).toMatchObject({ code: 'ENOENT' });
    expect(thrownBy(() => reactor.unregister(fds.counter()))).toMatchObject({ code: 'ENOENT' });
    reactor.turn(0);
    expect(calls).toEqual(['first']);
  });

  test('ends with unregister(), and can begin again', () => {
    using fds = new Descriptors();
    using reactor = new Reactor();
    const counter = fds.counter(1);
    const calls: string[] = [];
    reactor.register(counter, READABLE, () => calls.push('first'));
    reactor.unregister(counter);
    expect(reactor.turn(0)).toBe(0);
    reactor.register(counter, READABLE, () => calls.push('second'));
    reactor.turn(0);
    expect(calls).toEqual(['second']);
  });

  test.each([63, 64, 5000])('has room for a descriptor as high as %d', (from) => {
    using fds = new Descriptors();
    using reactor = new Reactor();
    const [a, b] = fds.pair();
    const high = fds.duplicate(a, from);
    expect(high).toBeGreaterThanOrEqual(from);
    const calls: number[] = [];
    reactor.register(high, READABLE, (readiness) => calls.push(readiness));
    reactor.register(b, READABLE, () => {});
    write(b);
    reactor.turn(0);
    reactor.modify(high, WRITABLE);
    reactor.turn(0);
    reactor.unregister(high);
    reactor.turn(0);
    expect(calls).toEqual([READABLE, WRITABLE]);
  });
});

describe.each(DRIVES)('Driven by %s', (_name, drive) => {
  test('a server on a listening socket answers its clients', async () => {
    using fds = new Descriptors();
    using reactor = new Reactor();
    const listener = fds.own(listeningSocket({ address: '127.0.0.1', port: 0 }, 5, SOCK_STREAM | SOCK_NONBLOCK));
    const answers: string[] = [];
    await drive(reactor, (finish) => {
      reactor.register(listener, READABLE, () => {
        const accepted = accept(listener, SOCK_NONBLOCK);
        if (accepted === -1) return;
        fds.own(accepted.fd);
        reactor.register(accepted.fd, READABLE, () => write(accepted.fd, read(accepted.fd).toUpperCase()));
      });
      for (const text of ['one', 'two', 'three']) {
        const client = fds.own(socket(constants.AF_INET, SOCK_STREAM));
        connect(client, getsockname(listener));
        write(client, text);
        reactor.register(client, READABLE, () => {
          answers.push(read(client));
          reactor.unregister(client);
          if (answers.length === 3) finish();
        });
      }
    });
    expect(answers.sort()).toEqual(['ONE', 'THREE', 'TWO']);
  });

  test('what a handler registers, modifies and unregisters holds from the next turn on', async () => {
    using fds = new Descriptors();
    using reactor = new Reactor();
    const [a, b] = fds.pair();
    const calls: string[] = [];
    await drive(reactor, (finish) => {
      reactor.register(a, WRITABLE, () => {
        calls.push('a writable');
        write(a);
        reactor.modify(a, READABLE);
        reactor.register(b, READABLE, () => {
          calls.push(`b ${read(b)}`);
          reactor.unregister(b);
          finish();
        });
      });
    });
    expect(calls).toEqual(['a writable', 'b x']);
  });

  test('wake() in a handler calls onWake in a later turn', async () => {
    using fds = new Descriptors();
    const calls: string[] = [];
    let finished = (): void => {};
    using reactor = new Reactor({
      onWake: () => {
        calls.push('woken');
        finished();
      },
    });
    await drive(reactor, (finish) => {
      finished = finish;
      reactor.register(fds.counter(1), READABLE | EDGE_TRIGGERED, () => {
        reactor.wake();
        calls.push('handler');
      });
    });
    expect(calls).toEqual(['handler', 'woken']);
  });

  test('close() within a handler ends everything: no other handler of the batch is called', async () => {
    using fds = new Descriptors();
    using reactor = new Reactor();
    let calls = 0;
    await drive(reactor, (finish) => {
      for (let i = 0; i < 3; i++) {
        reactor.register(fds.counter(1), READABLE, () => {
          calls++;
          reactor.close();
          finish();
        });
      }
    });
    expect([calls, reactor.isClosed]).toEqual([1, true]);
  });
});
