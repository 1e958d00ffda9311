import { describe, expect, test } from '@jest/globals';
import {
  experimentOf,
  goToTurn,
  type Playable,
  stepBack,
  stepForward,
  turnsBefore,
  turnsShown,
} from '../../../src/xray/desk/clock.js';
import { formatMoment, parseMoment } from '../../../src/xray/desk/link.js';
import type { Call, XrayRecord } from '../../../src/xray/records.js';

/** Records and a place in them, without a state. */
class Tape implements Playable {
  readonly begin = 0;
  position = 0;
  readonly #records: readonly XrayRecord[];
  readonly #origin: number;

  constructor(records: readonly XrayRecord[], origin = 0) {
    this.#records = records;
    this.#origin = origin;
  }

  get end(): number {
    return this.#records.length;
  }

  get isAtEnd(): boolean {
    return this.position === this.end;
  }

  get turns(): readonly number[] {
    return this.#records.flatMap((record, i) => ('events' in record ? [i] : []));
  }

  record(position: number): XrayRecord | undefined {
    return this.#records[position];
  }

  time(position: number): number {
    return (this.#records[position]?.t ?? 0) - this.#origin;
  }

  goTo(position: number): void {
    this.position = position;
  }
}

function turn(number: number, t: number): readonly XrayRecord[] {
  const call: Call = { t: t + 1, dur: 1, turn: number, tid: 1, call: 'recv', fd: 5, args: ['5'], ret: 3 };
  return [{ t, tid: 1, turn: number, events: [[5, 1]], sleptMs: 0 }, call];
}

const STEPPING: XrayRecord = { t: 0, program: 'stepping', isReady: true };

describe('moments of one program', () => {
  test('a step forward goes to the end of the next turn, and a step back to the end of the one before', () => {
    const tape = new Tape([...turn(1, 10), ...turn(2, 20), ...turn(3, 30)]);
    const places = [stepForward, stepForward, stepForward, stepBack, stepBack, stepBack].map((step) => {
      step([tape]);
      return tape.position;
    });
    expect(places).toEqual([2, 4, 6, 4, 2, 0]);
  });

  test('a turn ends before the record that asks for the next step', () => {
    const tape = new Tape([...turn(1, 10), STEPPING, ...turn(2, 20)]);
    stepForward([tape]);
    expect(tape.position).toBe(2);
  });

  test('a step forward from the last turn goes to the end, and says that there was no turn', () => {
    const tape = new Tape([...turn(1, 10), STEPPING]);
    expect([stepForward([tape]), stepForward([tape])]).toEqual([true, false]);
    expect(tape.position).toBe(3);
  });

  test('each turn can be gone to by its number, and 0 is before the first', () => {
    const tape = new Tape([STEPPING, ...turn(7, 10), ...turn(9, 20)]);
    const places = [1, 2, 0].map((n) => {
      goToTurn([tape], n);
      return [tape.position, turnsShown([tape]).shown];
    });
    expect(places).toEqual([
      [3, 1],
      [5, 2],
      [1, 0],
    ]);
  });
});

test('two programs step by one clock, whose zero is the beginning of the experiment in each', () => {
  const left = new Tape([...turn(1, 1_010), ...turn(2, 1_040)], 1_000);
  const right = new Tape([...turn(1, 20), ...turn(2, 30)]);
  const places = [];
  for (let i = 0; i < 4; i++) {
    stepForward([left, right]);
    places.push([left.position, right.position]);
  }
  expect(places).toEqual([
    [2, 0],
    [2, 2],
    [2, 4],
    [4, 4],
  ]);
  const back = [];
  for (let i = 0; i < 3; i++) {
    stepBack([left, right]);
    back.push([left.position, right.position]);
  }
  expect(back).toEqual(places.slice(0, 3).reverse());
});

test('turns are counted from the beginning of the last run of an experiment', () => {
  const begins: XrayRecord = { t: 25, experiment: 'drip', state: 'begins' };
  const ends: XrayRecord = { t: 35, experiment: 'drip', state: 'ends' };
  const tape = new Tape([begins, ...turn(1, 10), ends, begins, ...turn(2, 30), ends]);
  expect([turnsBefore([tape], 'drip'), experimentOf(tape, 'drip')]).toEqual([1, 4]);
  expect([turnsBefore([tape], 'burst'), experimentOf(tape, 'burst')]).toEqual([undefined, undefined]);
  expect(experimentOf(new Tape([begins, ...turn(1, 10)]), 'drip')).toBeUndefined();
});

describe('a link to a moment', () => {
  test('gives the same moment when it is opened', () => {
    const moment = { model: 'epoll-edge', beside: 'poll', experiment: 'slow-reader', speed: '0.5', turn: 17 } as const;
    expect(parseMoment(formatMoment(moment))).toEqual(moment);
  });

  test.each([
    ['#model=<script>', {}],
    ['#experiment=unknown&turn=-1', {}],
    ['#turn=1e9&speed=2', { speed: '2' }],
    ['', {}],
  ])('leaves out what it does not understand: %s', (fragment, moment) => {
    expect(parseMoment(fragment)).toEqual(moment);
  });
});
