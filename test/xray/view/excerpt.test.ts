/** excerpt(): a recording that begins in the middle. */
import { expect, test } from '@jest/globals';
import type { XrayRecord } from '../../../src/xray/records.js';
import { excerpt } from '../../../src/xray/view/excerpt.js';
import type { State } from '../../../src/xray/view/state.js';
import { asks, connected, fixture, HEADER, row, stateAfter } from './recording.js';

function table({ descriptors }: State): unknown[] {
  return [...descriptors.values()]
    .filter((one) => one.isOpen)
    .map(({ key, kind, address, mask, askedBy, unread }) => ({
      key,
      kind,
      address,
      mask,
      askedBy,
      unread: unread ?? 0,
    }));
}

test('a recording that begins in the middle has the threads, the descriptors and the lines of source from before', () => {
  const [header, ...records] = fixture('epoll');
  const middle = records.findIndex((line) => 'events' in line && line.turn === 5);
  const before = stateAfter(records.slice(0, middle));
  const rest = excerpt(before, records.slice(middle) as XrayRecord[]);
  const begun = stateAfter([header ?? HEADER, ...rest.slice(0, rest.length - (records.length - middle))]);
  expect(table(begun)).toEqual(table(before));
  const [end, whole] = [stateAfter([header ?? HEADER, ...rest]), stateAfter(fixture('epoll'))];
  expect(end.threads).toEqual(whole.threads);
  expect(end).toMatchObject({ turn: whole.turn, program: 'ended', exit: whole.exit, lastCall: whole.lastCall });
  const used = new Set(
    records.slice(middle).flatMap((line) => ('src' in line && line.src !== undefined ? [line.src] : [])),
  );
  expect(end.lines).toEqual(new Map([...whole.lines].filter(([src]) => used.has(src))));
});

test('it has the set that poll was passed', () => {
  const before = stateAfter([...connected(), asks(200, 'poll', [[8, 5]])]);
  expect(row(stateAfter([HEADER, ...excerpt(before, [])]), 8)).toMatchObject({ mask: 5, askedBy: 'poll' });
});
