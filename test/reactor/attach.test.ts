import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { native } from '../../src/native/addon.js';
import { Reactor } from '../../src/reactor/reactor.js';
import { EDGE_TRIGGERED, ONE_SHOT, READABLE } from '../../src/reactor/readiness.js';
import { Descriptors, expectNoLeaks, openFds, read, write } from '../support/descriptors.js';
import { expirable } from '../support/expirable.js';
import { runProcess } from '../support/processes.js';

afterEach(() => {
  jest.restoreAllMocks();
});

describe('While a reactor is attached', () => {
  expectNoLeaks();

  test('timers of Node go on, and so does the reactor', async () => {
    using fds = new Descriptors();
    using reactor = new Reactor();
    const [a, b] = fds.pair();
    const got: string[] = [];
    const done = new Promise<void>((resolve) => {
      reactor.register(a, READABLE, () => {
        got.push(read(a));
        if (got.length === 3) resolve();
      });
    });
    reactor.attach();
    for (let i = 0; i < 3; i++) {
      await delay(1);
      write(b, `${i}`);
    }
    await done;
    expect(got.join('')).toBe('012');
  });

  test('nextTicks and promises of its handlers run when the turn is done, before any timer or immediate', async () => {
    using fds = new Descriptors();
    using reactor = new Reactor();
    const order: string[] = [];
    const done = new Promise<void>((resolve) => {
      reactor.register(fds.counter(1), READABLE | EDGE_TRIGGERED, () => {
        order.push('first handler');
        setImmediate(() => {
          order.push('immediate');
          resolve();
        });
        process.nextTick(() => order.push('tick'));
        Promise.resolve().then(() => order.push('promise'));
      });
      reactor.register(fds.counter(1), READABLE | EDGE_TRIGGERED, () => order.push('second handler'));
    });
    reactor.attach();
    await done;
    expect(order).toEqual(['first handler', 'second handler', 'tick', 'promise', 'immediate']);
  });

  test('it makes no system call while nothing happens', async () => {
    using fds = new Descriptors();
    using reactor = new Reactor();
    reactor.register(fds.counter(), READABLE, () => {});
    reactor.setDeadline(expirable(), 3_600_000);
    reactor.attach();
    const calls = [jest.spyOn(native, 'epoll_wait'), jest.spyOn(native, 'timerfd_settime')];
    await delay(20);
    expect(calls.map((spy) => spy.mock.calls.length)).toEqual([0, 0]);
  });

  test('a handler that is always ready does not keep timers of Node from running', async () => {
    using fds = new Descriptors();
    using reactor = new Reactor();
    let called = 0;
    reactor.register(fds.counter(1), READABLE, () => called++);
    reactor.attach();
    await delay(2);
    const before = called;
    await delay(2);
    expect(called).toBeGreaterThan(before);
  });

  test('attaching again changes nothing: one event is one call', async () => {
    using fds = new Descriptors();
    using reactor = new Reactor();
    const counter = fds.counter(1);
    let called = 0;
    reactor.attach();
    const before = openFds();
    reactor.attach();
    expect(openFds()).toEqual(before);
    await new Promise<void>((resolve) => {
      reactor.register(counter, READABLE | ONE_SHOT, () => {
        called++;
        resolve();
      });
    });
    await delay(1);
    expect(called).toBe(1);
  });

  test('turn() by hand is allowed, and leaves nothing for Node to report', async () => {
    using fds = new Descriptors();
    using reactor = new Reactor();
    const counter = fds.counter(1);
    let called = 0;
    reactor.register(counter, READABLE, () => {
      called++;
      native.eventfd_read(counter);
    });
    reactor.attach();
    reactor.turn(0);
    await delay(1);
    expect(called).toBe(1);
  });

  test('two reactors serve side by side', async () => {
    using fds = new Descriptors();
    using left = new Reactor();
    using right = new Reactor();
    const [a, b] = fds.pair();
    const got: string[] = [];
    await new Promise<void>((resolve) => {
      left.register(a, READABLE, () => {
        got.push(`left ${read(a)}`);
        write(a, 'pong');
      });
      right.register(b, READABLE, () => {
        got.push(`right ${read(b)}`);
        resolve();
      });
      left.attach();
      right.attach();
      write(b, 'ping');
    });
    expect(got).toEqual(['left ping', 'right pong']);
  });
});

describe('detach()', () => {
  expectNoLeaks();

  test('ends the calls, leaves registrations as they are, and attach() takes them up again', async () => {
    using fds = new Descriptors();
    using reactor = new Reactor();
    const [a, b] = fds.pair();
    const got: string[] = [];
    let heard = (): void => {};
    reactor.register(a, READABLE, () => {
      got.push(read(a));
      heard();
    });
    reactor.attach();
    reactor.detach();
    reactor.detach();
    write(b, 'x');
    await delay(2);
    expect(got).toEqual([]);
    await new Promise<void>((resolve) => {
      heard = resolve;
      reactor.attach();
    });
    expect(got).toEqual(['x']);
  });

  test('within a handler lets the turn end and is the last one', async () => {
    using fds = new Descriptors();
    using reactor = new Reactor();
    const calls: string[] = [];
    await new Promise<void>((resolve) => {
      reactor.register(fds.counter(1), READABLE, () => {
        reactor.detach();
        calls.push('first');
      });
      reactor.register(fds.counter(1), READABLE, () => {
        calls.push('second');
        resolve();
      });
      reactor.attach();
    });
    await delay(2);
    expect(calls).toEqual(['first', 'second']);
  });

  test('of one reactor by another in the same wake of Node is obeyed', async () => {
    using fds = new Descriptors();
    const counter = fds.counter();
    const reactors = [new Reactor(), new Reactor()];
    let calls = 0;
    await new Promise<void>((resolve) => {
      for (const reactor of reactors) {
        reactor.register(counter, READABLE, () => {
          calls++;
          for (const each of reactors) each.close();
          resolve();
        });
        reactor.attach();
      }
      native.eventfd_write(counter, 1);
    });
    await delay(2);
    expect(calls).toBe(1);
  });
});

test('An attached reactor and a node:http server with fetch() go on side by side in one thread', async () => {
  using fds = new Descriptors();
  using reactor = new Reactor();
  const [a, b] = fds.pair();
  reactor.register(a, READABLE, () => write(a, read(a).toUpperCase()));
  reactor.attach();

  const answered = new Map<string, (text: string) => void>();
  reactor.register(b, READABLE, () => {
    const text = read(b);
    answered.get(text)?.(text);
  });
  // The server asks over the reactor, and its answer waits for that.
  const server = createServer((request, response) => {
    const text = request.url?.slice(1) ?? '';
    answered.set(text.toUpperCase(), (answer) => response.end(answer));
    write(b, text);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  for (const text of ['one', 'two']) {
    const response = await fetch(`http://127.0.0.1:${port}/${text}`, { headers: { connection: 'close' } });
    expect(await response.text()).toBe(text.toUpperCase());
  }
  server.close();
  await once(server, 'close');
});

describe('A process', () => {
  const ends: [string, string, string][] = [
    ['holds', 'is held open by an attached reactor', 'the deadline came\n'],
    ['unref', 'ends where the reactor is unref()', ''],
    ['ref', 'is held open where the reactor is ref() again', 'the deadline came\n'],
    ['detached', 'ends where the reactor is detached', ''],
    ['closed', 'ends where the reactor is closed', ''],
    ['dropped', 'is held open by a reactor to which nothing refers', 'the deadline came\n'],
  ];
  test.each(ends)('%s: %s', async (scenario, _promise, stdout) => {
    expect(await runProcess('attached-process.mjs', scenario)).toEqual({ code: 0, stdout, stderr: '' });
  });
});
