import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { InterestSet } from '../../src/reactor/interest-set.js';
import type { ReadinessHandler } from '../../src/reactor/readiness.js';

function handler(): ReadinessHandler {
  return { onReady: () => {} };
}

describe('An interest set', () => {
  test('has the handler and the interest of each descriptor', () => {
    const set = new InterestSet();
    const waiting = handler();
    set.add(5, 0x8000_0001, waiting, 0);
    expect(set.handler(5)).toBe(waiting);
    expect(set.interest(5)).toBe(0x8000_0001);
    set.change(5, 4);
    expect(set.interest(5)).toBe(4);
    expect(set.handler(5)).toBe(waiting);
    expect(set.handler(6)).toBeUndefined();
  });

  test('holds a handler back in the turn of its registration', () => {
    const set = new InterestSet();
    const [before, after] = [handler(), handler()];
    set.add(5, 1, before, 7);
    expect(set.handlerBefore(5, 7)).toBeUndefined();
    expect(set.handlerBefore(5, 8)).toBe(before);
    set.remove(5);
    set.add(5, 1, after, 8);
    expect(set.handlerBefore(5, 8)).toBeUndefined();
    expect(set.handlerBefore(5, 9)).toBe(after);
    set.change(5, 2);
    expect(set.handlerBefore(5, 9)).toBe(after);
  });

  test('tells turns apart beyond 32 bits', () => {
    const set = new InterestSet();
    const waiting = handler();
    set.add(5, 1, waiting, 3);
    expect(set.handlerBefore(5, 2 ** 32 + 3)).toBe(waiting);
  });

  test.each([0, 63, 64, 65, 127, 128, 5000, 2 ** 20 - 1, 2 ** 20])('has room for the descriptor %d', (fd) => {
    const set = new InterestSet();
    const [low, high] = [handler(), handler()];
    set.add(1, 7, low, 4);
    set.add(fd, 9, high, 5);
    expect([set.handler(fd), set.interest(fd)]).toEqual([high, 9]);
    expect(set.handlerBefore(fd, 5)).toBeUndefined();
    expect([set.handler(1), set.interest(1)]).toEqual([low, 7]);
    expect(set.handlerBefore(1, 4)).toBeUndefined();
    expect(set.handler(2 ** 21)).toBeUndefined();
  });

  test('removes a descriptor, registered or not, and all by clear()', () => {
    const set = new InterestSet();
    set.remove(3);
    set.add(3, 1, handler(), 0);
    set.add(300, 1, handler(), 0);
    set.remove(3);
    set.remove(3);
    set.remove(2 ** 21); // far beyond what was ever registered
    expect(set.handler(3)).toBeUndefined();
    expect(set.handler(300)).toBeDefined();
    set.clear();
    expect(set.handler(300)).toBeUndefined();
  });

  test('agrees with a plain map after any number of add, change and remove', () => {
    const step = fc.record({
      kind: fc.constantFrom('add', 'change', 'remove'),
      fd: fc.nat({ max: 300 }),
      interest: fc.nat(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const set = new InterestSet();
        const model = new Map<number, { waiting: ReadinessHandler; interest: number }>();
        for (const { kind, fd, interest } of steps) {
          const known = model.get(fd);
          if (kind === 'add') {
            const waiting = handler();
            set.add(fd, interest, waiting, 0);
            model.set(fd, { waiting, interest });
          } else if (kind === 'remove') {
            set.remove(fd);
            model.delete(fd);
          } else if (known !== undefined) {
            set.change(fd, interest);
            known.interest = interest;
          }
        }
        const fds = Array.from({ length: 301 }, (_, fd) => fd);
        expect(fds.filter((fd) => set.handler(fd) !== model.get(fd)?.waiting)).toEqual([]);
        expect([...model].filter(([fd, { interest }]) => set.interest(fd) !== interest)).toEqual([]);
      }),
    );
  });
});
