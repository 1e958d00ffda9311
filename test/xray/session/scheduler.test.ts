import { describe, expect, test } from '@jest/globals';
import { type Order, Scheduler } from '../../../src/xray/session/scheduler.js';

/** @param given  how many orders a thread has been given */
type Act = (scheduler: Scheduler, given: (tid: number) => number) => unknown;

/** What happens, the orders that follow, and the state of the program then. */
type Row = readonly [act: Act, orders: string, program: string];

const pause = (s: Scheduler) => s.pause();
const resume = (s: Scheduler) => s.resume();
const step = (s: Scheduler) => s.step();
const tick = (s: Scheduler) => s.tick();
const slow = (s: Scheduler) => s.setSlow(true);
const fast = (s: Scheduler) => s.setSlow(false);
const begins = (tid: number) => (s: Scheduler) => s.began(tid);
const ends = (tid: number) => (s: Scheduler) => s.ended(tid);
const calls = (tid: number) => (s: Scheduler) => s.called(tid);
/** @param unread  orders that are still on their way to the thread */
const isReady =
  (tid: number, unread = 0): Act =>
  (s, given) =>
    s.held(tid, true, given(tid) - unread);
const sleeps =
  (tid: number, unread = 0): Act =>
  (s, given) =>
    s.held(tid, false, given(tid) - unread);

/** Orders as `1 hold, 2 arm`. */
function play(rows: readonly Row[]): void {
  const scheduler = new Scheduler();
  const given: number[] = [];
  const played = rows.map(([act]) => {
    const orders = (act(scheduler, (tid) => given.filter((each) => each === tid).length) ?? []) as readonly Order[];
    given.push(...orders.map(([tid]) => tid));
    const ready = scheduler.isReady ? ', ready' : '';
    return [orders.map((order) => order.join(' ')).join(', '), `${scheduler.program}${ready}`];
  });
  expect(played).toEqual(rows.map(([, orders, program]) => [orders, program]));
}

describe('the scheduler', () => {
  test('lets a new thread run, and holds one that begins in a pause', () => {
    play([
      [begins(1), '1 free', 'running'],
      [pause, '1 hold', 'paused'],
      [begins(2), '2 hold', 'paused'],
      [resume, '1 free, 2 free', 'running'],
    ]);
  });

  test('says that the program is paused when all threads are held that have made calls', () => {
    play([
      [begins(1), '1 free', 'running'],
      [begins(2), '2 free', 'running'],
      [begins(3), '3 free', 'running'],
      [calls(1), '', 'running'],
      [calls(2), '', 'running'],
      [pause, '1 hold, 2 hold, 3 hold', 'running'],
      [sleeps(1), '', 'running'],
      [isReady(2), '', 'paused, ready'],
      [sleeps(2), '', 'paused'],
    ]);
  });

  test('does not wait for a thread that computes for long, or has ended', () => {
    play([
      [begins(1), '1 free', 'running'],
      [begins(2), '2 free', 'running'],
      [calls(1), '', 'running'],
      [calls(2), '', 'running'],
      [pause, '1 hold, 2 hold', 'running'],
      [ends(2), '', 'running'],
      [(s) => s.giveUpWaiting(), '', 'paused'],
      [isReady(1), '', 'paused, ready'],
    ]);
  });

  test('lets exactly one thread go in a step, the first that is ready since it was armed', () => {
    play([
      [begins(1), '1 free', 'running'],
      [begins(2), '2 free', 'running'],
      [pause, '1 hold, 2 hold', 'paused'],
      [isReady(1), '', 'paused, ready'],
      [isReady(2), '', 'paused, ready'],
      [step, '1 arm, 2 arm', 'stepping, ready'],
      [sleeps(1), '', 'stepping, ready'],
      [isReady(2), '2 go, 1 hold', 'stepping, ready'],
      [isReady(1), '', 'stepping, ready'],
      [isReady(2, 1), '', 'stepping, ready'],
      [sleeps(2), '', 'paused, ready'],
    ]);
  });

  test('ignores a report that answers an older order', () => {
    play([
      [begins(1), '1 free', 'running'],
      [begins(2), '2 free', 'running'],
      [calls(1), '', 'running'],
      [calls(2), '', 'running'],
      [pause, '1 hold, 2 hold', 'running'],
      [isReady(1, 1), '', 'running'],
      [isReady(1), '', 'running, ready'],
      [sleeps(2), '', 'paused, ready'],
      [step, '1 arm, 2 arm', 'stepping, ready'],
      [isReady(1), '1 go, 2 hold', 'stepping, ready'],
      [step, '', 'stepping, ready'],
      [sleeps(1), '1 arm, 2 arm', 'stepping'],
      [isReady(2, 2), '', 'stepping'], // it was armed for the first step, whose turn has taken its client
      [sleeps(2, 1), '', 'stepping'],
      [isReady(1), '1 go, 2 hold', 'stepping, ready'],
      [isReady(1, 1), '', 'stepping, ready'],
      [sleeps(1), '', 'paused'],
    ]);
  });

  test('waits for a descriptor if the program is asleep, and gives the step up on a pause', () => {
    play([
      [begins(1), '1 free', 'running'],
      [pause, '1 hold', 'paused'],
      [sleeps(1), '', 'paused'],
      [step, '1 arm', 'stepping'],
      [sleeps(1), '', 'stepping'],
      [step, '', 'stepping'],
      [pause, '1 hold', 'paused'],
      [isReady(1), '', 'paused, ready'],
      [step, '1 arm', 'stepping, ready'],
      [isReady(1), '1 go', 'stepping, ready'],
      [isReady(1), '', 'paused, ready'],
    ]);
  });

  test('takes one more step if it is asked for while a turn runs, also when the thread of the turn ends', () => {
    play([
      [begins(1), '1 free', 'running'],
      [begins(2), '2 free', 'running'],
      [pause, '1 hold, 2 hold', 'paused'],
      [isReady(1), '', 'paused, ready'],
      [sleeps(2), '', 'paused, ready'],
      [step, '1 arm, 2 arm', 'stepping, ready'],
      [isReady(1), '1 go, 2 hold', 'stepping, ready'],
      [step, '', 'stepping, ready'],
      [step, '', 'stepping, ready'],
      [ends(1), '2 arm', 'stepping'],
      [isReady(2), '2 go', 'stepping, ready'],
      [sleeps(2), '', 'paused'],
    ]);
  });

  test('pauses a program that runs, for a step', () => {
    play([
      [begins(1), '1 free', 'running'],
      [step, '1 hold', 'stepping'],
      [isReady(1), '1 arm', 'stepping, ready'],
      [isReady(1), '1 go', 'stepping, ready'],
      [sleeps(1), '', 'paused'],
    ]);
  });

  test('steps at each tick in slow motion, which a pause interrupts', () => {
    play([
      [begins(1), '1 free', 'running'],
      [tick, '', 'running'],
      [slow, '1 hold', 'running'],
      [isReady(1), '', 'running, ready'],
      [tick, '1 arm', 'running, ready'],
      [tick, '', 'running, ready'],
      [isReady(1), '1 go', 'running, ready'],
      [sleeps(1), '', 'running'],
      [pause, '', 'paused'],
      [tick, '', 'paused'],
      [resume, '', 'running'],
      [tick, '1 arm', 'running'],
      [fast, '1 free', 'running'],
      [sleeps(1), '', 'running'],
    ]);
  });

  test('keeps a speed that is set in a pause for the time after it', () => {
    play([
      [begins(1), '1 free', 'running'],
      [pause, '1 hold', 'paused'],
      [sleeps(1), '', 'paused'],
      [slow, '', 'paused'],
      [resume, '', 'running'],
      [pause, '', 'paused'],
      [fast, '', 'paused'],
      [resume, '1 free', 'running'],
    ]);
  });
});
