import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Deadlines, type Expirable, NOT_WAITING } from '../../src/reactor/deadlines.js';
import { expirable } from '../support/expirable.js';

/** Everything that is due at `nowMs`, as it is taken. */
function takeAll(deadlines: Deadlines, nowMs: number): Expirable[] {
  const taken: Expirable[] = [];
  for (let entry = deadlines.takeDue(nowMs); entry !== undefined; entry = deadlines.takeDue(nowMs)) taken.push(entry);
  return taken;
}

describe('Deadlines', () => {
  test('without entries have no next moment and none due', () => {
    const deadlines = new Deadlines();
    expect([deadlines.size, deadlines.nextMs]).toEqual([0, Number.POSITIVE_INFINITY]);
    expect(deadlines.takeDue(Number.MAX_VALUE)).toBeUndefined();
  });

  test('are taken at their moment and not before', () => {
    const deadlines = new Deadlines();
    const entry = expirable();
    deadlines.set(entry, 10);
    expect(deadlines.takeDue(9.999)).toBeUndefined();
    expect(deadlines.takeDue(10)).toBe(entry);
    expect(entry.heapIndex).toBe(NOT_WAITING);
    expect(deadlines.takeDue(10)).toBeUndefined();
  });

  test('are taken nearest first, whatever the order in which they were set', () => {
    const deadlines = new Deadlines();
    for (const dueMs of [5, 1, 9, 3, 7, 2, 8, 4, 6]) deadlines.set(expirable(), dueMs);
    expect(takeAll(deadlines, 100).map((entry) => entry.dueMs)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test('put off are taken at the later moment, once', () => {
    const deadlines = new Deadlines();
    const entry = expirable();
    deadlines.set(entry, 10);
    deadlines.set(entry, 20);
    deadlines.set(entry, 30);
    expect(deadlines.size).toBe(1);
    expect(deadlines.takeDue(29)).toBeUndefined();
    expect(takeAll(deadlines, 30)).toEqual([entry]);
  });

  test('that are put off wake at the old moment at most once, and then at the new one', () => {
    const deadlines = new Deadlines();
    const entry = expirable();
    deadlines.set(entry, 10);
    deadlines.set(entry, 20);
    expect(deadlines.nextMs).toBe(10);
    deadlines.takeDue(10);
    expect(deadlines.nextMs).toBe(20);
  });

  test('brought forward are taken at the earlier moment', () => {
    const deadlines = new Deadlines();
    const [near, far] = [expirable(), expirable()];
    deadlines.set(near, 10);
    deadlines.set(far, 20);
    deadlines.set(far, 5);
    expect(deadlines.nextMs).toBe(5);
    expect(takeAll(deadlines, 7)).toEqual([far]);
  });

  test('put off are taken after one that is due between the old and the new moment', () => {
    const deadlines = new Deadlines();
    const [putOff, between] = [expirable(), expirable()];
    deadlines.set(putOff, 5);
    deadlines.set(between, 7);
    deadlines.set(putOff, 10);
    expect(takeAll(deadlines, 20).map((entry) => entry.dueMs)).toEqual([7, 10]);
  });

  test('that are cleared are not taken; clearing twice does nothing', () => {
    const deadlines = new Deadlines();
    const [a, b] = [expirable(), expirable()];
    deadlines.clear(a);
    deadlines.set(a, 1);
    deadlines.set(b, 2);
    deadlines.clear(a);
    deadlines.clear(a);
    expect(deadlines.size).toBe(1);
    expect(takeAll(deadlines, 9)).toEqual([b]);
  });

  test('can be set again when they are taken', () => {
    const deadlines = new Deadlines();
    const entry = expirable();
    deadlines.set(entry, 1);
    expect(deadlines.takeDue(1)).toBe(entry);
    deadlines.set(entry, 2);
    expect(deadlines.takeDue(1)).toBeUndefined();
    expect(deadlines.takeDue(2)).toBe(entry);
  });
});

type Command =
  | { readonly kind: 'set'; readonly entry: number; readonly dueMs: number }
  | { readonly kind: 'clear'; readonly entry: number }
  | { readonly kind: 'take'; readonly nowMs: number };

const ENTRIES = 6;
const entry = fc.nat({ max: ENTRIES - 1 });
const moment = fc.nat({ max: 40 });
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('set' as const), entry, dueMs: moment }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('clear' as const), entry }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('take' as const), nowMs: moment }) },
);

/** Carries out commands on Deadlines and on a plain map, and hands the taking of what is due to `compare`. */
function againstModel(commands: readonly Command[], compare: (taken: Expirable[], due: Expirable[]) => void): void {
  const deadlines = new Deadlines();
  const model = new Map<Expirable, number>();
  const entries = Array.from({ length: ENTRIES }, () => expirable());
  const at = (index: number): Expirable => entries[index] as Expirable;
  for (const command of commands) {
    switch (command.kind) {
      case 'set':
        deadlines.set(at(command.entry), command.dueMs);
        model.set(at(command.entry), command.dueMs);
        break;
      case 'clear':
        deadlines.clear(at(command.entry));
        model.delete(at(command.entry));
        break;
      case 'take': {
        const due = [...model].filter(([, dueMs]) => dueMs <= command.nowMs).sort(([, a], [, b]) => a - b);
        for (const [entry] of due) model.delete(entry);
        compare(
          takeAll(deadlines, command.nowMs),
          due.map(([entry]) => entry),
        );
        break;
      }
    }
    // One comparison per command: thousands of expect() take seconds.
    const waiting = entries.map((entry) => (entry.heapIndex === NOT_WAITING ? undefined : entry.dueMs));
    expect([deadlines.size, ...waiting]).toEqual([model.size, ...entries.map((entry) => model.get(entry))]);
    if (deadlines.nextMs > Math.min(...model.values())) throw new Error('the next look comes too late');
  }
}

describe('After any number of set, put off, bring forward, clear and take', () => {
  test('all that is due is taken and nothing else, as from a plain map', () => {
    fc.assert(
      fc.property(fc.array(command, { minLength: 20, maxLength: 60 }), (commands) => {
        againstModel(commands, (taken, due) => {
          expect(taken).toHaveLength(due.length);
          expect(new Set(taken)).toEqual(new Set(due));
        });
      }),
      { numRuns: 300 },
    );
  });

  test('it is taken in the order of its moments', () => {
    fc.assert(
      fc.property(fc.array(command, { minLength: 20, maxLength: 60 }), (commands) => {
        againstModel(commands, (taken, due) => {
          expect(taken.map((entry) => entry.dueMs)).toEqual(due.map((entry) => entry.dueMs));
        });
      }),
      { numRuns: 300 },
    );
  });
});
