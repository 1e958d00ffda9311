/** Events of a batch whose descriptors an earlier handler of the batch has changed. */
import { describe, expect, test } from '@jest/globals';
import { native } from '../../src/native/addon.js';
import { Reactor } from '../../src/reactor/reactor.js';
import { EDGE_TRIGGERED, HUNG_UP, ONE_SHOT, READABLE, WRITABLE } from '../../src/reactor/readiness.js';
import { Descriptors, expectNoLeaks, write } from '../support/descriptors.js';

expectNoLeaks();

/** Two descriptors that are ready in one batch: `first` is dispatched before `second`. */
function twoReady(fds: Descriptors): { first: number; second: number; peer: number } {
  const [first] = [fds.counter(1)];
  const [second, peer] = fds.pair();
  write(peer);
  return { first, second, peer };
}

describe('A descriptor that an earlier handler of the batch closes', () => {
  test('and whose number another descriptor gets: the new handler is not called with the old event', () => {
    using fds = new Descriptors();
    using reactor = new Reactor();
    const { first, second } = twoReady(fds);
    const [fresh, freshPeer] = fds.pair();
    const calls: string[] = [];
    reactor.register(first, READABLE | EDGE_TRIGGERED, () => {
      reactor.unregister(second);
      fds.close(second);
      expect(fds.duplicate(fresh, second)).toBe(second);
      reactor.register(second, READABLE, (readiness) => calls.push(`new ${readiness}`));
    });
    reactor.register(second, READABLE, () => calls.push('old'));
    expect(reactor.turn(0)).toBe(2);
    expect(calls).toEqual([]);
    expect(reactor.turn(0)).toBe(0);
    write(freshPeer);
    reactor.turn(0);
    expect(calls).toEqual([`new ${READABLE}`]);
  });

  test('without unregister, and whose number another descriptor gets: the new handler is not called with the old event', () => {
    using fds = new Descriptors();
    using reactor = new Reactor();
    const { first, second } = twoReady(fds);
    const [fresh, freshPeer] = fds.pair();
    const calls: string[] = [];
    reactor.register(first, READABLE | EDGE_TRIGGERED, () => {
      fds.close(second);
      expect(fds.duplicate(fresh, second)).toBe(second);
      reactor.register(second, READABLE, (readiness) => calls.push(`new ${readiness}`));
    });
    reactor.register(second, READABLE, () => calls.push('old'));
    expect(reactor.turn(0)).toBe(2);
    expect(calls).toEqual([]);
    write(freshPeer);
    reactor.turn(0);
    expect(calls).toEqual([`new ${READABLE}`]);
  });

  test('and whose number a ready descriptor gets: its handler is called in the next turn', () => {
    using fds = new Descriptors();
    using reactor = new Reactor();
    const { first, second } = twoReady(fds);
    const [fresh] = fds.pair();
    const calls: string[] = [];
    reactor.register(first, READABLE | EDGE_TRIGGERED, () => {
      reactor.unregister(second);
      fds.close(second);
      fds.duplicate(fresh, second);
      reactor.register(second, READABLE | WRITABLE | EDGE_TRIGGERED, (readiness) => calls.push(`new ${readiness}`));
    });
    reactor.register(second, READABLE, () => calls.push('old'));
    reactor.turn(0);
    expect(calls).toEqual([]);
    reactor.turn(0);
    expect(calls).toEqual([`new ${WRITABLE}`]);
  });

  test('after unregister gets no event', () => {
    using fds = new Descriptors();
    using reactor = new Reactor();
    const { first, second } = twoReady(fds);
    const [fresh] = fds.pair();
    let called = 0;
    reactor.register(first, READABLE | EDGE_TRIGGERED, () => {
      reactor.unregister(second);
      fds.close(second);
      fds.duplicate(fresh, second);
    });
    reactor.register(second, READABLE, () => called++);
    expect(reactor.turn(0)).toBe(2);
    expect([called, reactor.turn(0)]).toEqual([0, 0]);
  });
});

describe('A descriptor that an earlier handler of the batch', () => {
  test('unregisters gets no event', () => {
    using fds = new Descriptors();
    using reactor = new Reactor();
    const { first, second } = twoReady(fds);
    let called = 0;
    reactor.register(first, READABLE, () => {
      if (called === 0) reactor.unregister(second);
      called++;
    });
    reactor.register(second, READABLE, () => {
      throw new Error('called');
    });
    reactor.turn(0);
    expect(called).toBe(1);
  });

  test('registers again with another handler is dispatched to that one, in the next turn', () => {
    using fds = new Descriptors();
    using reactor = new Reactor();
    const { first, second } = twoReady(fds);
    const calls: string[] = [];
    reactor.register(first, READABLE | ONE_SHOT, () => {
      reactor.unregister(second);
      reactor.register(second, READABLE, () => calls.push('new'));
    });
    reactor.register(second, READABLE, () => calls.push('old'));
    reactor.turn(0);
    expect(calls).toEqual([]);
    reactor.turn(0);
    expect(calls).toEqual(['new']);
  });

  test('modifies is not dispatched for an event that it no longer waits for', () => {
    using fds = new Descriptors();
    using reactor = new Reactor();
    const { first, second } = twoReady(fds);
    const calls: number[] = [];
    reactor.register(first, READABLE | ONE_SHOT, () => reactor.modify(second, 0));
    reactor.register(second, READABLE | WRITABLE, (readiness) => calls.push(readiness));
    expect(reactor.turn(0)).toBe(2);
    expect(calls).toEqual([]);
    reactor.modify(second, READABLE | WRITABLE);
    reactor.turn(0);
    expect(calls).toEqual([READABLE | WRITABLE]);
  });

  test('modifies to fewer events is dispatched with those alone', () => {
    using fds = new Descriptors();
    using reactor = new Reactor();
    const { first, second } = twoReady(fds);
    const calls: number[] = [];
    reactor.register(first, READABLE | ONE_SHOT, () => reactor.modify(second, WRITABLE));
    reactor.register(second, READABLE | WRITABLE, (readiness) => calls.push(readiness));
    reactor.turn(0);
    expect(calls).toEqual([WRITABLE]);
  });

  test('modifies to no events is dispatched if it hangs up', () => {
    using fds = new Descriptors();
    using reactor = new Reactor();
    const { first, second, peer } = twoReady(fds);
    const calls: number[] = [];
    reactor.register(first, READABLE | ONE_SHOT, () => reactor.modify(second, 0));
    reactor.register(second, READABLE, (readiness) => calls.push(readiness));
    fds.close(peer);
    reactor.turn(0);
    expect(calls).toEqual([HUNG_UP]);
  });

  test('modifies to no events and back, edge-triggered, is dispatched: the edge is not lost', () => {
    using fds = new Descriptors();
    using reactor = new Reactor();
    const { first, second } = twoReady(fds);
    const calls: number[] = [];
    reactor.register(first, READABLE | ONE_SHOT, () => reactor.modify(second, EDGE_TRIGGERED));
    reactor.register(second, READABLE | EDGE_TRIGGERED, (readiness) => calls.push(readiness));
    reactor.turn(0);
    reactor.modify(second, READABLE | EDGE_TRIGGERED);
    expect(calls).toEqual([]);
    reactor.turn(0);
    expect(calls).toEqual([READABLE]);
  });

  test('makes ready is dispatched in the next turn', () => {
    using fds = new Descriptors();
    using reactor = new Reactor();
    const [first, second] = [fds.counter(1), fds.counter()];
    const calls: string[] = [];
    reactor.register(first, READABLE | ONE_SHOT, () => {
      native.eventfd_write(second, 1);
      calls.push('first');
    });
    reactor.register(second, READABLE, () => calls.push('second'));
    expect(reactor.turn(0)).toBe(1);
    expect(reactor.turn(0)).toBe(1);
    expect(calls).toEqual(['first', 'second']);
  });
});
