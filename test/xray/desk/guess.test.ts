import { describe, expect, test } from '@jest/globals';
import { Guess } from '../../../src/xray/desk/guess.js';
import type { XrayRecord } from '../../../src/xray/records.js';
import { INITIAL, reduce } from '../../../src/xray/view/reduce.js';
import type { State } from '../../../src/xray/view/state.js';

const PID = 100;
const opened = [5, 6].map((fd) => ({ fd, kind: 'connection' as const, rx: 0, tx: 0, readable: 0, mask: 1 }));
const BEFORE: readonly XrayRecord[] = [
  { t: 0, tid: 1, pid: PID, thread: 'main' },
  { t: 1, pid: PID, kernel: opened },
];

function withTurn(state: State, turn: number, ...fds: readonly number[]): State {
  return reduce(state, { t: turn * 10, tid: 1, turn, events: fds.map((fd) => [fd, 1] as const), sleptMs: 0 });
}

/** A reader who has marked these descriptors before the first turn. */
function guessed(...fds: readonly number[]): { readonly guess: Guess; readonly state: State } {
  const guess = new Guess();
  const state = BEFORE.reduce(reduce, INITIAL);
  guess.isOn.value = true;
  guess.onMoment(state);
  for (const fd of fds) guess.guessing.value?.toggle(`${PID}/${fd}`);
  return { guess, state };
}

describe('a guess', () => {
  test.each([
    ['is right if exactly these descriptors are reported', [5], [5], { missed: [], wrong: [] }, 1],
    ['names descriptors that were reported and not marked', [5], [5, 6], { missed: [6], wrong: [] }, 0],
    ['names descriptors that were marked and not reported', [5, 6], [6], { missed: [], wrong: [5] }, 0],
  ])('%s', (_, marked, reported, verdict, right) => {
    const { guess, state } = guessed(...marked);
    guess.onMoment(withTurn(state, 1, ...reported));
    expect(guess.verdict.value).toMatchObject({ ...verdict, reported });
    expect(guess.score.value).toEqual({ right, all: 1 });
  });

  test('is forgotten when the turn has been shown', () => {
    const { guess, state } = guessed(5);
    guess.onMoment(withTurn(state, 1, 5));
    expect(guess.guessing.value?.expected.size).toBe(0);
  });

  test('is not judged by a step back', () => {
    const { guess, state } = guessed();
    const first = withTurn(state, 1, 5);
    guess.onMoment(withTurn(first, 2, 6));
    guess.guessing.value?.toggle(`${PID}/6`);
    guess.onMoment(first);
    expect(guess.verdict.value).toBeUndefined();
    expect(guess.score.value).toEqual({ right: 0, all: 0 });
  });

  test('that marks nothing is not counted', () => {
    const { guess, state } = guessed();
    guess.onMoment(withTurn(state, 1, 5));
    expect(guess.verdict.value).toMatchObject({ isEmpty: true, missed: [5] });
    expect(guess.score.value.all).toBe(0);
  });
});
