import { constants as os } from 'node:os';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { native } from '../../src/native/addon.js';
import { Reactor } from '../../src/reactor/reactor.js';
import { READABLE } from '../../src/reactor/readiness.js';
import { Descriptors, expectNoLeaks, openFds } from '../support/descriptors.js';
import { messageOf, thrownBy } from '../support/thrown-error.js';

expectNoLeaks();

afterEach(() => {
  jest.restoreAllMocks();
});

describe('run()', () => {
  test('goes on, turn after turn, until stop(), which lets the turn end', () => {
    using fds = new Descriptors();
    using reactor = new Reactor();
    const calls: string[] = [];
    reactor.register(fds.counter(1), READABLE, () => {
      calls.push('first');
      if (calls.length >= 5) reactor.stop();
    });
    reactor.register(fds.counter(1), READABLE, () => calls.push('second'));
    reactor.run();
    expect(calls).toEqual(['first', 'second', 'first', 'second', 'first', 'second']);
    expect(reactor.isClosed).toBe(false);
    reactor.turn(0);
    expect(calls).toHaveLength(8);
  });

  test('and attach() exclude each other', () => {
    using fds = new Descriptors();
    using reactor = new Reactor();
    reactor.attach();
    expect(messageOf(() => reactor.run())).toBe('Error: run() was called on a reactor that is attached');
    reactor.detach();
    const messages: string[] = [];
    reactor.register(fds.counter(1), READABLE, () => {
      messages.push(messageOf(() => reactor.attach()));
      reactor.stop();
    });
    reactor.run();
    expect(messages).toEqual(['Error: attach() was called on a reactor that is in run()']);
    reactor.attach();
    reactor.detach();
  });
});

describe('wake()', () => {
  test('called several times may come as one onWake, and comes once', () => {
    let woken = 0;
    using reactor = new Reactor({ onWake: () => woken++ });
    for (let i = 0; i < 3; i++) reactor.wake();
    expect(reactor.turn(-1)).toBe(1);
    expect([woken, reactor.turn(0)]).toEqual([1, 0]);
    reactor.wake();
    reactor.turn(-1);
    expect(woken).toBe(2);
  });

  test('ends a wait without onWake, too', () => {
    using reactor = new Reactor();
    reactor.wake();
    expect([reactor.turn(-1), reactor.turn(0)]).toEqual([1, 0]);
  });
});

describe('close()', () => {
  test('closes its own descriptors, leaves the others open, and does nothing the second time', () => {
    using fds = new Descriptors();
    const counter = fds.counter(1);
    const before = openFds();
    const reactor = new Reactor();
    reactor.register(counter, READABLE, () => {});
    reactor.attach();
    expect(openFds().length).toBeGreaterThan(before.length);
    reactor.close();
    expect(openFds()).toEqual(before);
    const { wakeFd } = reactor;
    const stranger = fds.duplicate(counter, wakeFd);
    reactor.close();
    reactor[Symbol.dispose]();
    reactor.detach();
    reactor.stop();
    reactor.unref();
    reactor.wake();
    expect(native.eventfd_read(stranger)).toBe(1);
  });

  test('leaves a reactor whose methods throw ERR_EPOLL_CLOSED', () => {
    const reactor = new Reactor();
    reactor.close();
    const closed = { code: 'ERR_EPOLL_CLOSED' };
    expect(thrownBy(() => reactor.turn(0))).toMatchObject(closed);
    expect(thrownBy(() => reactor.register(0, READABLE, () => {}))).toMatchObject(closed);
    expect(thrownBy(() => reactor.attach())).toMatchObject(closed);
    expect(thrownBy(() => reactor.run())).toMatchObject(closed);
  });
});

describe('A reactor that cannot be made', () => {
  test.each(['epoll_create1', 'eventfd', 'timerfd_create', 'epoll_ctl'] as const)(
    'because %s fails throws its error and leaves no descriptor open',
    (syscall) => {
      const before = openFds();
      jest.spyOn(native, syscall).mockReturnValue(-os.errno.ENOMEM);
      expect(thrownBy(() => new Reactor())).toMatchObject({ code: 'ENOMEM', syscall });
      const after = openFds();
      for (const leaked of after.filter((fd) => !before.includes(fd))) native.close(Number.parseInt(leaked, 10));
      expect(after).toEqual(before);
    },
  );
});
