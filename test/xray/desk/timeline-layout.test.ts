import { describe, expect, test } from '@jest/globals';
import { layOut } from '../../../src/xray/desk/timeline-layout.js';
import type { XrayRecord } from '../../../src/xray/records.js';
import { INITIAL, reduce } from '../../../src/xray/view/reduce.js';

const PID = 100;
const BEGAN: XrayRecord = { t: 0, tid: 1, pid: PID, thread: 'main' };
const LOOK: XrayRecord = {
  t: 1,
  pid: PID,
  kernel: [
    { fd: 4, kind: 'epoll', rx: 0, tx: 0, readable: 0, mask: null },
    { fd: 5, kind: 'connection', rx: 0, tx: 0, readable: 0, mask: 1 },
  ],
};

function turn(
  number: number,
  ...calls: readonly (readonly [call: string, fd: number, dur: number, errno?: string])[]
): XrayRecord[] {
  const t = number * 1_000;
  return [
    { t, tid: 1, turn: number, events: [[5, 1]], sleptMs: 0 },
    ...calls.map(([call, fd, dur, errno], i): XrayRecord => {
      const result = errno === undefined ? { ret: 1 } : { ret: -1, errno };
      return { t: t + i, dur, turn: number, tid: 1, call, fd, args: [`${fd}`], ...result };
    }),
  ];
}

function layoutOf(records: readonly XrayRecord[], position = records.length, width = 1_000) {
  const state = records.slice(0, position).reduce(reduce, INITIAL);
  const tape = { begin: 0, end: records.length, position, isAtEnd: false, turns: [] };
  return layOut({ ...tape, record: (i) => records[i], time: () => 0, goTo: () => undefined }, state, width);
}

describe('the timeline', () => {
  const records = [
    BEGAN,
    LOOK,
    ...turn(1, ['epoll_wait', 4, 900_000], ['recv', 5, 5], ['recv', 5, 5, 'EAGAIN'], ['pread', 9, 5]),
  ];

  test('has a lane for each descriptor that is waited for, and one for all files', () => {
    expect(layoutOf(records).lanes.map(({ key }) => key)).toEqual([`${PID}/4`, `${PID}/5`, 'files']);
  });

  test('shows calls one after the other, and a longer call wider', () => {
    const { marks } = layoutOf(records);
    expect(marks.map(({ kind }) => kind)).toEqual(['wait', 'in', 'in', 'in']);
    for (const [i, mark] of marks.slice(1).entries()) {
      const before = marks[i];
      expect(mark.x).toBeGreaterThanOrEqual((before?.x ?? 0) + (before?.width ?? 0));
    }
    expect(marks[0]?.width).toBeGreaterThan(2 * (marks[1]?.width ?? 0));
  });

  test('tells would-block from an error', () => {
    const { marks } = layoutOf([BEGAN, LOOK, ...turn(1, ['recv', 5, 1, 'EAGAIN'], ['recv', 5, 1, 'ECONNRESET'])]);
    expect(marks.map(({ isBlocked, isBad }) => [isBlocked, isBad])).toEqual([
      [true, false],
      [false, true],
    ]);
  });

  test('keeps the moment that is shown in view, with what comes after it', () => {
    const many = [
      BEGAN,
      LOOK,
      ...Array.from({ length: 300 }, (_, i) => turn(i + 1, ['epoll_wait', 4, 50], ['recv', 5, 5])).flat(),
    ];
    for (const position of [2, 400, many.length]) {
      const { marks, playheadX } = layoutOf(many, position);
      expect(playheadX).toBeLessThanOrEqual(1_000);
      expect(marks.length).toBeLessThan(100);
      expect(marks.filter(({ isPast }) => !isPast).length > 0).toBe(position < many.length);
    }
  });
});
