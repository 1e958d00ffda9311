/** Which turns are recorded, and what becomes of lines that the X-ray does not read in time. */
import { beforeEach, expect, test } from '@jest/globals';
import { native } from '../../../src/native/addon.js';
import { Channel } from '../../../src/xray/observer/channel.js';
import { StoppableClock } from '../../../src/xray/observer/clock.js';
import { Recorder } from '../../../src/xray/observer/recorder.js';
import type { ObservedLine } from '../../../src/xray/protocol.js';
import { expectNoLeaks } from '../../support/descriptors.js';
import { FakeXray } from './fake-xray.js';

expectNoLeaks();

const CALL = { t: 1, dur: 1, call: 'recv', fd: 3, args: ['3'], ret: 0 };

/** Stepped, and without events. */
const TURN = { events: () => [], count: 0, sleptMs: 0, isStepped: true };

let nowMs = 0;
let sent: ObservedLine[] = [];
let recorder: Recorder;

beforeEach(() => {
  nowMs = 1000;
  sent = [];
  recorder = new Recorder(
    (lines) => sent.push(...lines),
    () => nowMs,
    () => [],
  );
});

function turns(count: number, isStepped = false): number {
  let recorded = 0;
  for (let i = 0; i < count; i++) {
    recorder.beginTurn({ ...TURN, events: () => [[3, 1]], count: 1, isStepped });
    if (recorder.isRecording) recorded++;
    else recorder.skipCall();
  }
  return recorded;
}

test('calls before the first wait are recorded', () => {
  expect(recorder.isRecording).toBe(true);
});

test('200 turns in a row are recorded, and then 40 a second', () => {
  expect(turns(1000)).toBe(200);
  nowMs += 1000;
  expect(turns(1000)).toBe(40);
  nowMs += 60_000;
  expect(turns(1000)).toBe(200);
  recorder.flush();
});

test('a turn of many calls is recorded whole, and counts as several: one for each ten calls', () => {
  expect(turns(100)).toBe(100);
  for (let calls = 0; calls < 510; calls++) recorder.call(CALL);
  expect(turns(1000)).toBe(50);
  recorder.flush();
  expect(sent.filter((line) => 'call' in line)).toHaveLength(510);
});

test('the first 100 lines of a turn are sent before its end', () => {
  recorder.beginTurn(TURN);
  for (let calls = 0; calls < 98; calls++) recorder.call(CALL);
  expect(sent).toEqual([]);
  recorder.call(CALL);
  expect(sent).toHaveLength(100);
});

test('turns that are not recorded are counted, with their calls and events', () => {
  expect(turns(250)).toBe(200);
  nowMs += 100;
  recorder.flush();
  expect(sent.filter((line) => 'skipped' in line)).toEqual([{ skipped: { turns: 50, calls: 50, events: 50 } }]);
  expect(sent.filter((line) => 'events' in line)).toHaveLength(200);
  expect(recorder.flush()).toBe(false);
});

test('a turn that is stepped is recorded, whatever the rate', () => {
  turns(1000);
  expect(turns(10, true)).toBe(10);
  recorder.flush();
});

test('the set of poll is recorded when it has changed, and before the turn', () => {
  const asks = () => ({ by: 'poll' as const, asks: [[3, 1]] as const });
  recorder.asks(asks);
  recorder.beginTurn({ ...TURN, asks });
  recorder.beginTurn({ ...TURN, asks: () => ({ by: 'poll', asks: [[3, 4]] }) });
  recorder.flush();
  expect(sent.map((line) => Object.keys(line)[1])).toEqual(['by', 'events', 'by', 'events', undefined]);
});

test('lines for which the socket has no room are dropped and counted, and sending never waits', async () => {
  using xray = await FakeXray.listen();
  const channel = Channel.open(native, xray.path) as Channel;
  channel.send([{ hello: 1, pid: 1, thread: 'main', channel: channel.fd, node: '' }]);
  const thread = await xray.thread(1);
  thread.socket.pause();
  let given = 0;
  const send = (count: number): void => {
    channel.send(Array.from({ length: count }, () => CALL));
    given += count;
  };
  for (let i = 0; i < 5000; i++) send(10);
  thread.socket.resume();
  await thread.until((line) => 'call' in line, 0);
  let dropped = 0;
  // What was sent in part comes first, and only then is there room for the count.
  while (dropped === 0) {
    send(1);
    await new Promise(setImmediate);
    for (const line of thread.lines) if ('dropped' in line) dropped = line.dropped;
  }
  channel.close();
  await thread.untilGone();
  const count = thread.lines.reduce(
    (sum, line) => sum + ('dropped' in line ? line.dropped : 'call' in line ? 1 : 0),
    0,
  );
  expect(dropped).toBeGreaterThan(40_000);
  expect(count).toBe(given);
});

test('the first 2,000 of 9,000 descriptors that are asked for, or ready, are recorded: a line has a bound', () => {
  const many = Array.from({ length: 9000 }, (_, fd) => [fd, 1] as const);
  recorder.beginTurn({ ...TURN, events: () => many, asks: () => ({ by: 'poll', asks: many }) });
  recorder.flush();
  expect(sent.slice(0, 2)).toMatchObject([{ asks: many.slice(0, 2000) }, { events: many.slice(0, 2000) }]);
});

test('a line that is too long is dropped and counted', async () => {
  using xray = await FakeXray.listen();
  const channel = Channel.open(native, xray.path) as Channel;
  channel.send([{ hello: 1, pid: 1, thread: 'main', channel: channel.fd, node: '' }]);
  const thread = await xray.thread(1);
  channel.send([{ ...CALL, head: '\xff'.repeat(40_000) }, CALL]); // 40,000 characters are 80,000 bytes
  await thread.until((line) => 'call' in line, 0);
  expect(thread.lines.slice(1)).toEqual([{ dropped: 1 }, CALL]);
  channel.close();
  await thread.untilGone();
});

test('a stopped clock goes on from where it stood', () => {
  let realMs = 100;
  const clock = new StoppableClock(() => realMs);
  expect(clock.now()).toBe(100);
  clock.stop();
  realMs += 60_000;
  clock.stop();
  expect(clock.now()).toBe(100);
  clock.start();
  realMs += 5;
  expect(clock.now()).toBe(105);
  clock.start();
  expect(clock.now()).toBe(105);
});
