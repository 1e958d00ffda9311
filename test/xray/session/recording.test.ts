import { describe, expect, jest, test } from '@jest/globals';
import type { Call, Header, Turn, XrayRecord } from '../../../src/xray/records.js';
import { CHARACTERS_MAX, Recording, TURNS_KEPT, TURNS_PER_BLOCK } from '../../../src/xray/session/recording.js';

const HEADER: Header = {
  xray: 1,
  model: 'fake',
  kernel: 'Linux',
  node: 'v24',
  clock: 'CLOCK_MONOTONIC',
  language: 'TypeScript',
  startedAt: '2026-01-01T00:00:00.000Z',
  port: 1,
};
const BEGAN = { t: 0, tid: 1, pid: 2, thread: 'main' };

const turn = (number: number): Turn => ({ t: number, tid: 1, turn: number, events: [], sleptMs: 0 });
const call = (number: number, args: string[] = []): Call => ({
  ...{ t: number, dur: 1, turn: number, tid: 1, call: 'recv', fd: 3, args, ret: 0, src: 'src/a.ts:1' },
});

function recordingOf(onBlock: (recording: Recording) => void = () => {}): Recording {
  const recording: Recording = new Recording(
    () => [BEGAN],
    () => onBlock(recording),
  );
  return recording;
}

function kept(recording: Recording): (XrayRecord | Header)[] {
  let all: readonly string[] = [];
  recording.subscribe(HEADER, (lines) => {
    all = lines;
  })();
  return all.map((line) => JSON.parse(line) as XrayRecord | Header);
}

describe('a recording', () => {
  test('keeps the last 1,000 turns, and begins with the header, the threads and a look', () => {
    const look = { t: 0, pid: 2, kernel: [] };
    const recording = recordingOf((each) => each.add(look));
    for (let i = 1; i <= 2 * TURNS_KEPT + 50; i++) recording.add(turn(i));
    const records = kept(recording);
    expect(records.slice(0, 3)).toEqual([HEADER, BEGAN, look]);
    const turns = records.flatMap((record) => ('events' in record ? [record.turn] : []));
    expect(turns.at(-1)).toBe(2 * TURNS_KEPT + 50);
    expect(turns.length).toBeGreaterThanOrEqual(TURNS_KEPT);
    expect(turns.length).toBeLessThanOrEqual(TURNS_KEPT + TURNS_PER_BLOCK);
    expect(records.filter((record) => 'thread' in record)).toEqual([BEGAN]);
  });

  test('has the text of a line of source once in what is kept from any block on', () => {
    const recording = recordingOf();
    for (let i = 1; i <= 2 * TURNS_KEPT; i++) {
      recording.add(turn(i));
      recording.add(call(i), 'recv(fd)');
    }
    const calls = kept(recording).flatMap((record) => ('call' in record ? [record] : []));
    expect(calls[0]).toMatchObject({ src: 'src/a.ts:1', line: 'recv(fd)' });
    expect(calls[1]).not.toHaveProperty('line');
  });

  test('is bounded in characters, also if a turn has no end', () => {
    const recording = recordingOf();
    recording.add(turn(1));
    const large = call(1, ['x'.repeat(10_000)]);
    for (let sum = 0; sum < 2 * CHARACTERS_MAX; sum += 10_000) recording.add(large);
    const characters = kept(recording).reduce((sum, record) => sum + JSON.stringify(record).length, 0);
    expect(characters).toBeLessThanOrEqual(CHARACTERS_MAX);
    expect(characters).toBeGreaterThan(CHARACTERS_MAX / 2);
  });

  test('sends new lines in batches, at most 40 a second, and none twice', () => {
    jest.useFakeTimers();
    try {
      const recording = recordingOf();
      const batches: (readonly string[])[] = [];
      const unsubscribe = recording.subscribe(HEADER, (lines) => batches.push(lines));
      for (let i = 1; i <= 100; i++) {
        recording.add(turn(i));
        jest.advanceTimersByTime(10);
      }
      recording.flush();
      expect(batches.length).toBeLessThanOrEqual(1 + 41);
      expect(
        batches
          .flat()
          .slice(1)
          .map((line) => JSON.parse(line).turn),
      ).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
      unsubscribe();
      recording.add(turn(101));
      jest.advanceTimersByTime(1000);
      expect(batches.flat()).toHaveLength(101);
    } finally {
      jest.useRealTimers();
    }
  });
});
