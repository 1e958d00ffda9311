/** Player: forward and back in the turns of a program. */
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
  player.goTo(185);
  const there = [player.state];
  while (player.forward()) there.push(player.state);
  expect(player.isLive).toBe(true);
  const back = [player.at(player.lastTurn)];
  while (player.state.turn > 185 && player.back()) back.push(player.state);
  // The live end is the last turn, so the first step back goes to the one before it.
  expect(back.reverse()).toEqual(there);
  for (const state of there.slice(1)) {
    player.forward();
    expect(player.state).toEqual(state);
  }
});

test('turns that were skipped are stepped over', () => {
  const player = playerOf(lines);
  player.goTo(9);
  expect([player.forward(), player.state.turn]).toEqual([true, 46]);
  expect([player.back(), player.state.turn]).toEqual([true, 9]);
});

test('records that come while an earlier turn is shown do not move it', () => {
  const player = playerOf(lines.slice(0, 50));
  player.goTo(1);
  const shown = player.state;
  for (const line of lines.slice(50)) player.push(line);
  expect(player.state).toBe(shown);
  player.goLive();
  expect(player.state).toEqual(stateAfter(lines));
});

describe('a jump', () => {
  const isClose = (line: Line): boolean => 'call' in line && line.call === 'close' && line.fd === 7;

  test('goes to the next turn with a record, and back', () => {
    const player = playerOf(lines);
    player.goTo(0);
    expect([player.jump('forward', isClose), player.state.turn]).toEqual([true, 7]);
    expect(player.jump('forward', isClose)).toBe(false);
    player.goLive();
    expect([player.jump('back', isClose), player.state.turn]).toEqual([true, 7]);
    expect([player.jump('back', isClose), player.state.turn]).toEqual([false, 7]);
  });
});

describe('bounds', () => {
  test('the last 1,000 turns are kept, and at most 100 more', () => {
    const player = playerOf([...connected(), ...turns(2, 5000)]);
    expect(player.lastTurn - player.firstTurn).toBeGreaterThanOrEqual(1000);
    expect(player.lastTurn - player.firstTurn).toBeLessThanOrEqual(1100);
    expect([...player.records()].length).toBeLessThanOrEqual(3 * 1100);
    expect(player.at(4321)).toEqual(stateAfter([...connected(), ...turns(2, 4321)]));
  });

  test('an earlier turn that is dropped gives way to the first that is kept', () => {
    const player = playerOf([...connected(), ...turns(2, 50)]);
    player.goTo(10);
    for (const line of turns(51, 2000)) player.push(line);
    expect(player.state).toEqual(player.at(player.firstTurn));
  });

  test('a program without turns that is looked at for hours stays within its bound', () => {
    const player = playerOf(connected());
    const rows = Array.from({ length: 100 }, (_, fd) => ({ fd, mask: 0x19 }));
    for (let i = 0; i < 2000; i++) player.push(look(1000 * i, rows));
    expect([...player.records()].length).toBeLessThan(700);
    expect([...player.live.descriptors.keys()].length).toBe(100);
  });
});
