/** Models with the observer in them: the turns that it sees, and what a held one does. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { RawClient } from '../../client/raw-client.js';
import { get } from '../../client/raw-client.js';
import { endModels, ModelProcess } from '../../models/model-process.js';
import { PAGE, Site } from '../../models/site.js';
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
    const listener = thread.calls.find(({ call }) => call === 'listen')?.fd as number;
    for (let looks = 0; looks < 3; looks++) {
      const { isReady, readable } = await thread.held('look');
      expect(isReady).toBe(true);
      expect(readable).toContainEqual([listener, 1]);
    }
    expect(acceptQueue(model.port)).toBe(3);
    expect(thread.turns).toEqual([]);

    for (const [i, names] of steps.entries()) {
      if (name === 'blocking' && i === 3) await clients.shift()?.close();
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
