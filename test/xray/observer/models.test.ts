/** Models with the observer in them: the turns that it sees, and what a held one does. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { originalPositionFor, TraceMap } from '@jridgewell/trace-mapping';
import { PACKAGE_FOLDER } from '../../../src/native/package-folder.js';
import type { RawClient } from '../../client/raw-client.js';
import { get } from '../../client/raw-client.js';
import { endModels, ModelProcess } from '../../models/model-process.js';
import { PAGE, Site } from '../../models/site.js';
import { describeWithIoUring } from '../../support/io-uring.js';
import { descriptorsOf, isRunning, until } from '../../support/process-info.js';
import { acceptQueue, untilQueued } from './accept-queue.js';
import { FakeXray, type WholeTurn } from './fake-xray.js';

let site: Site;
let xray: FakeXray;

beforeAll(() => {
  site = new Site();
});
afterAll(() => site[Symbol.dispose]());
beforeEach(async () => {
  xray = await FakeXray.listen();
});
afterEach(async () => {
  await endModels();
  xray[Symbol.dispose]();
});

function observed(name: string): Promise<ModelProcess> {
  return ModelProcess.startWith(xray.env, name, site.folder);
}

async function request(model: ModelProcess): Promise<RawClient> {
  const client = await model.connect();
  await client.send(get('/page.html', 'Cookie: a=b\r\n'));
  return client;
}

function namesOf({ calls }: WholeTurn): string[] {
  return calls.map(({ call, errno }) => (errno === undefined ? call : `${call} ${errno}`));
}

const FILE = ['openat2', 'fstat', 'pread', 'close'];

/** The calls of the first steps, if three clients have connected and sent a request while the model was held. */
const STEPS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  blocking: [['accept4'], ['recv', ...FILE], ['send'], ['recv', 'close'], ['accept4']],
  select: [
    ['select', 'accept4'],
    ['select', 'accept4', 'recv', ...FILE, 'send'],
  ],
  poll: [
    ['poll', 'accept4'],
    ['poll', 'accept4', 'recv', ...FILE, 'send'],
  ],
  epoll: [
    ['epoll_wait', 'accept4', 'epoll_ctl'],
    ['epoll_wait', 'accept4', 'epoll_ctl', 'recv', ...FILE, 'send'],
  ],
  coroutines: [
    ['epoll_wait', 'accept4', 'epoll_ctl', 'epoll_ctl'],
    ['epoll_wait', 'recv', ...FILE, 'send', 'epoll_ctl', 'accept4', 'epoll_ctl', 'epoll_ctl'],
  ],
  'epoll-edge': [
    ['epoll_wait', ...Array.from({ length: 3 }, () => ['accept4', 'epoll_ctl']).flat(), 'accept4 EAGAIN'],
    ['epoll_wait', ...Array.from({ length: 3 }, () => ['recv', ...FILE, 'send', 'recv EAGAIN']).flat()],
  ],
};

describe.each(Object.entries(STEPS))('the model %s', (name, steps) => {
  test('accepts no connection while it is held, runs one turn for each go, and answers when it is freed', async () => {
    xray.answer = 'hold';
    const model = await observed(name);
    const thread = await xray.thread(1);
    await thread.untilHeld(false);
    const clients = [await request(model), await request(model), await request(model)];
    await untilQueued(model.port, 3);
    await thread.untilHeld(true); // it reports by itself; the next reports are answers
    const listener = thread.calls.find(({ call }) => call === 'listen')?.fd as number;
    for (let looks = 0; looks < 3; looks++) {
      const { isReady, readable } = await thread.held('look');
      expect(isReady).toBe(true);
      expect(readable).toContainEqual([listener, 1]);
    }
    expect(acceptQueue(model.port)).toBe(3);
    expect(thread.turns).toEqual([]);

    for (const [i, names] of steps.entries()) {
      if (name === 'blocking' && i === 3) {
        const first = clients.shift() as RawClient;
        await first.response(); // if bytes were unread, closing would reset
        await first.close();
      }
      await thread.held('arm', true);
      await thread.held('go');
      expect(thread.turns.map(namesOf)).toEqual(steps.slice(0, i + 1));
      expect(names).toBe(steps[i]);
    }

    thread.do('free');
    for (const client of clients) {
      expect((await client.response()).body.toString()).toBe(PAGE);
      await client.close();
    }
  });
});

test('the model threads: its threads are held one by one, and a thread whose client leaves is gone', async () => {
  xray.answer = 'hold';
  const model = await observed('threads');
  const main = await xray.thread(1);
  await main.untilHeld(false);
  const client = await request(model);
  await main.untilHeld(true);
  await main.held('go');
  expect(main.turns.map(namesOf)).toEqual([['accept4']]);

  const thread = await xray.thread(2);
  expect(thread.hello).toMatchObject({ pid: main.hello.pid, thread: '1' });
  await thread.untilHeld(true);
  await thread.held('go');
  await thread.held('go');
  expect(thread.turns.map(namesOf)).toEqual([['recv', ...FILE], ['send']]);

  thread.do('free');
  expect((await client.response()).body.toString()).toBe(PAGE);
  await client.close();
  await thread.untilGone();
  expect(main.turns).toHaveLength(1);
});

test('the model thread-pool: one of eight threads that see a connection accepts it, and none blocks in the kernel', async () => {
  xray.answer = 'hold';
  const model = await observed('thread-pool');
  const threads = await Promise.all([2, 3, 4, 5, 6, 7, 8, 9].map((n) => xray.thread(n)));
  await Promise.all(threads.map((thread) => thread.untilHeld(false)));
  const client = await request(model);
  await Promise.all(threads.map((thread) => thread.untilHeld(true)));
  expect(acceptQueue(model.port)).toBe(1);
  xray.sayToAll('free');
  expect((await client.response()).body.toString()).toBe(PAGE);

  // Those that have accepted nothing wait where a command reaches them.
  await Promise.all(threads.map((thread) => thread.held('hold')));
  await request(model);
  await untilQueued(model.port, 1);
  expect(threads.flatMap(({ calls }) => calls.filter(({ call }) => call === 'accept4'))).toHaveLength(1);
});

test('the model busy-polling: a turn is one round of its loop, and most rounds are only counted', async () => {
  const model = await observed('busy-polling');
  const thread = await xray.thread(1);
  await thread.until((line) => 'skipped' in line && line.skipped.turns > 0);
  await thread.held('hold', true);
  const before = thread.turns.length;
  const client = await request(model);
  await untilQueued(model.port, 1);
  await thread.held('go');
  await thread.held('go');
  expect(thread.turns.slice(before).map(namesOf)).toEqual([
    ['accept4', 'recv', ...FILE, 'send'],
    ['accept4 EAGAIN', 'recv EAGAIN'],
  ]);
  expect((await client.response()).body.toString()).toBe(PAGE);
});

test('a line has the call with its arguments, its result and the place in the built file that made it', async () => {
  const model = await observed('epoll');
  const thread = await xray.thread(1);
  const client = await request(model);
  await client.response();
  const recv = await thread.untilCall('recv');
  const built = join(PACKAGE_FOLDER, 'dist/models/epoll.cjs');
  expect(recv).toMatchObject({
    args: [`${recv.fd}`, '"GET /page.html HTTP/1.1\\r\\nHost: test\\r\\nCookie:****"...', '1024', '0'],
    ret: recv.bytes,
    head: 'GET /page.html HTTP/1.1\r\nHost: test\r\nCookie:****',
    at: [built, expect.any(Number), expect.any(Number)],
  });
  const map = new TraceMap(readFileSync(`${built}.map`, 'utf8'));
  const [, line, column] = recv.at as readonly [string, number, number];
  const place = originalPositionFor(map, { line, column: column - 1 });
  const source = readFileSync(join(PACKAGE_FOLDER, 'src/models/epoll.ts'), 'utf8').split('\n');
  expect(source[(place.line as number) - 1]).toContain('socket.recv(');
});

test('a program ends when the X-ray is gone, also while it is held', async () => {
  xray.answer = 'hold';
  const model = await observed('epoll');
  await (await xray.thread(1)).untilHeld(false);
  xray.close();
  await until('the model has ended', () => !isRunning(model.pid));
});

test('descriptors of an observed model have the numbers that they have without the X-ray', async () => {
  const model = await observed('epoll');
  await using other = await ModelProcess.start('epoll', site.folder);
  const low = ({ pid }: ModelProcess): string[] => descriptorsOf(pid).flatMap(([fd]) => (Number(fd) < 500 ? [fd] : []));
  expect(low(model)).toEqual(low(other));
  expect((await xray.thread(1)).hello.channel).toBeGreaterThanOrEqual(500);
});

describeWithIoUring('the model io-uring', () => {
  test('is held before it looks at what is done, and a connection that was asked for before is taken meanwhile', async () => {
    xray.answer = 'hold';
    const model = await observed('io-uring');
    const thread = await xray.thread(1);
    await thread.untilHeld(false);
    const client = await request(model);
    await thread.untilHeld(true);
    await thread.held('go');
    expect(thread.turns.map(namesOf)).toEqual([['io_uring_enter', 'accept4']]);
    thread.do('free');
    expect((await client.response()).body.toString()).toBe(PAGE);
    await client.close();
  });
});
