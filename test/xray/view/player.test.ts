/** Player: the states of a program, turn by turn. */
import { describe, expect, test } from '@jest/globals';
import { Player } from '../../../src/xray/view/player.js';
import { call, connected, fixture, type Line, look, stateAfter, turn } from './recording.js';

function playerOf(lines: readonly Line[]): Player {
  const player = new Player();
  for (const line of lines) player.push(line);
  return player;
}

/** Each turn receives and sends on one of 20 connections. */
function turns(from: number, to: number): Line[] {
  const lines: Line[] = [];
  for (let i = from; i <= to; i++) {
    const fd = 10 + (i % 20);
    lines.push(turn(1000 * i, i, [[fd, 1]]), call(1000 * i + 1, i, 'recv', `${fd}, "GET / ", 1024, 0`, 6));
    lines.push(call(1000 * i + 9, i, 'send', `${fd}, "HTTP", 4, 0`, 4));
  }
  return lines;
}

const lines = fixture('epoll');
const isTurn = (line: Line): boolean => 'events' in line;

test('a turn is shown after its last record', () => {
  const player = playerOf(lines);
  const ends = lines.flatMap((line, i) => (isTurn(line) ? [i] : []));
  expect(player.at(0)).toEqual(stateAfter(lines.slice(0, ends[0])));
  for (const [i, begin] of ends.entries()) {
    const { turn } = lines[begin] as { turn: number };
    expect(player.at(turn)).toEqual(stateAfter(lines.slice(0, ends[i + 1])));
  }
});

test('forward, back and forward give the same states', () => {
  const player = playerOf([...lines.slice(0, 40), ...turns(100, 215)]);
  const turnsThere = Array.from({ length: 31 }, (_, i) => 185 + i);
  const forward = turnsThere.map((one) => player.at(one));
  const back = turnsThere.toReversed().map((one) => player.at(one));
  expect(back.toReversed()).toEqual(forward);
  expect(turnsThere.map((one) => player.at(one))).toEqual(forward);
  expect(forward.at(-1)).toEqual(player.live);
});

test('a turn that was not recorded has the state of the one before', () => {
  const player = playerOf(lines);
  expect(player.at(9)).toEqual(player.at(30));
  expect([player.at(30).turn, player.at(46).turn]).toEqual([9, 46]);
});

describe('bounds', () => {
  test('the last 1,000 turns are kept, and at most 100 more', () => {
    const player = playerOf([...connected(), ...turns(2, 3000)]);
    expect(player.live.turn - player.firstTurn).toBeGreaterThanOrEqual(1000);
    expect(player.live.turn - player.firstTurn).toBeLessThanOrEqual(1100);
    expect(player.at(2345)).toEqual(stateAfter([...connected(), ...turns(2, 2345)]));
  });

  test('a turn that is no longer kept has the state of the first that is', () => {
    const player = playerOf([...connected(), ...turns(2, 2000)]);
    expect(player.at(10)).toEqual(player.at(player.firstTurn));
  });

  test('a program without turns that is looked at for hours stays within its bound', () => {
    const player = playerOf(connected());
    const rows = Array.from({ length: 100 }, (_, fd) => ({ fd, mask: 0x19 }));
    for (let i = 0; i < 2000; i++) player.push(look(1000 * i, rows));
    expect(player.base.t).toBeGreaterThan(1_000_000);
    expect([...player.live.descriptors.keys()].length).toBe(100);
  });
});
