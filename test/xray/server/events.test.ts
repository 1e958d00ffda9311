/** The records of a program on their way to a page. */
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { WAITING_CHARACTERS_MAX } from '../../../src/xray/event-stream.js';
import type { Dropped } from '../../../src/xray/records.js';
import { TestXray } from './test-xray.js';

let xray: TestXray;
beforeEach(() => {
  xray = new TestXray();
});
afterEach(async () => {
  await xray[Symbol.asyncDispose]();
  expect(xray.errors).toEqual([]);
});

/** A call with so many characters, as JSON. */
const call = (t: number, characters: number): object => ({
  t,
  turn: 1,
  tid: 1 + (t % 2),
  call: 'recv',
  head: 'x'.repeat(characters),
});

test('a page gets the header and all kept records, and then each batch', async () => {
  xray.main.say({ t: 1, tid: 1, pid: 7, thread: 'main' }, { t: 2, tid: 1, turn: 1, events: [], sleptMs: 0 });
  const page = await xray.watch();
  expect(page.response.headers).toMatchObject({ 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  xray.main.say({ t: 3, program: 'paused', isReady: false });
  await page.until(() => page.records.length === 4);
  expect(page.records.map((record) => JSON.stringify(record))).toEqual(xray.main.kept);
  expect(page.comments[0]).toBe('retry: 1000');
});

test('a page that comes later begins with the header, too', async () => {
  const first = await xray.watch();
  xray.main.say({ t: 3, program: 'paused', isReady: false });
  await first.until(() => first.records.length === 2);
  const second = await xray.watch();
  await second.until(() => second.records.length === 2);
  expect(second.records).toEqual(first.records);
});

test('each character of a record arrives as it is', async () => {
  const page = await xray.watch();
  const head = '\n\r\u0000\u007f\u00ff\u2028 </script> data: \\ "turn":';
  xray.main.say({ t: 1, turn: 1, call: 'recv', head });
  await page.until(() => page.records.length === 2);
  expect(page.records[1]).toMatchObject({ head });
});

test('kept records are sent in pieces, which a page handles one at a time', async () => {
  xray.main.say(...Array.from({ length: 100 }, (_, i) => call(i, 10_000)));
  const page = await xray.watch();
  await page.until(() => page.records.length === 101);
  expect(page.messages.length).toBeGreaterThan(10);
});

test('a page that does not read loses records beyond a bound; it gets their number, and each last state', async () => {
  const page = await xray.watch();
  await page.until(() => page.records.length === 1);
  page.response.pause();
  const count = 1_000;
  const characters = 50_000; // in all twelve times the bound
  for (let i = 1; i <= count; i++) {
    xray.main.say(call(i, characters));
    if (i % 10 === 0) await new Promise(setImmediate); // the kernel takes what it can
  }
  const look = { pid: 7, kernel: [] };
  const paused = { t: count + 2, program: 'paused', isReady: false };
  xray.main.say({ t: count, ...look }, { t: count + 1, ...look }, paused);
  page.response.resume();
  await page.until(() => page.records.some((record) => Object.hasOwn(record as object, 'pid')));

  const records = page.records.slice(1) as { readonly t: number }[];
  const [state, first, second, last] = records.slice(-4) as [object, Dropped, Dropped, object];
  expect([state, last]).toEqual([paused, { t: count + 1, ...look }]);
  expect([first.t, second.t, first.tid + second.tid]).toEqual([count, count, 3]);
  // One piece is missing, at the end.
  const times = records.slice(0, -4).map((record) => record.t);
  expect(times).toEqual(Array.from({ length: count - first.dropped - second.dropped }, (_, i) => i + 1));
  // What waited here, and what waited in the buffers of the two sockets and of the client.
  expect(times.length * characters).toBeLessThan(WAITING_CHARACTERS_MAX + 16 * 1024 * 1024);

  xray.main.say(call(count + 3, 1));
  await page.until(() => page.records.length === records.length + 2);
  expect(page.records.at(-1)).toMatchObject({ t: count + 3 });
});

test('a slow page does not delay another page', async () => {
  const [slow, fast] = [await xray.watch(), await xray.watch()];
  slow.response.pause();
  for (let i = 1; i <= 300; i++) {
    xray.main.say(call(i, 50_000));
    await fast.until(() => fast.records.length === i + 1);
  }
  expect(fast.records.some((record) => Object.hasOwn(record as object, 'dropped'))).toBe(false);
});

test('a page that never reads its records is cut off', async () => {
  const page = await xray.watch();
  page.response.pause();
  for (let i = 0; i < 1_000 && xray.main.subscribers.size > 0; i++) {
    xray.main.say({ t: i, program: 'paused', isReady: false, text: 'x'.repeat(50_000) });
    await new Promise(setImmediate);
  }
  expect(xray.main.subscribers.size).toBe(0);
});

test('a page that leaves is unsubscribed', async () => {
  const page = await xray.watch();
  page.leave();
  while (xray.main.subscribers.size > 0) await new Promise(setImmediate);
  xray.main.say(call(1, 1));
});

test('a stream without records has a comment each 15 seconds', async () => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'performance', 'queueMicrotask', 'setImmediate', 'clearImmediate'] });
  try {
    const page = await xray.watch();
    await page.until(() => page.records.length === 1);
    for (const count of [1, 2]) {
      jest.advanceTimersByTime(15_000);
      await page.until(() => page.comments.length === 1 + count);
    }
    expect(page.comments.slice(1)).toEqual([':', ':']);
    expect(page.isEnded).toBe(false);
  } finally {
    jest.useRealTimers();
  }
});
