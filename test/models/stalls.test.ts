/**
 * Who keeps others waiting. A client that says half a request and falls silent, or that does not read its answer, holds
 * up the one who serves it: the only one, one of eight, or nobody.
 */
import { afterAll, afterEach, describe, expect, jest, test } from '@jest/globals';
import { MODELS } from '../../src/models/catalog.js';
import type { RawClient } from '../client/raw-client.js';
import { get, ok } from './answers.js';
import { endModels, ModelProcess } from './model-process.js';
import { LARGE, PAGE, Site } from './site.js';

jest.setTimeout(20_000); // each test starts a process, or several, which a busy machine takes its time for

const site = new Site();
afterEach(endModels);
afterAll(() => site[Symbol.dispose]());

const NOBODY = Number.POSITIVE_INFINITY;

/** How many such clients it takes until the next one waits. */
const STALLED_BY: Readonly<Record<string, number>> = {
  blocking: 1,
  threads: NOBODY,
  'thread-pool': 8,
  coroutines: NOBODY,
  'busy-polling': NOBODY,
  select: NOBODY,
  poll: NOBODY,
  epoll: NOBODY,
  'epoll-edge': NOBODY,
  'epoll-workers': NOBODY,
};
const CLIENTS_MAX = 8;

const REQUEST = get('/page.html');
const HALF = REQUEST.slice(0, 10);

/** A client whose next request has begun, which its server knows: the answer to the one before came with it. */
async function silent(model: ModelProcess): Promise<RawClient> {
  const client = await model.connect();
  await client.send(REQUEST + HALF);
  await client.response();
  return client;
}

/** A client that is being sent 5 MiB, and does not read on. */
async function notReading(model: ModelProcess): Promise<RawClient> {
  const client = await model.connect();
  await client.send(get('/large.bin'));
  await client.untilBytes(1);
  client.pause();
  return client;
}

/** One more client, which has asked. */
async function asking(model: ModelProcess): Promise<RawClient> {
  const client = await model.connect();
  await client.send(REQUEST);
  return client;
}

test('the table has each model', () => {
  expect(Object.keys(STALLED_BY)).toEqual(MODELS.map((model) => model.name));
});

describe.each(Object.entries(STALLED_BY).filter(([, clients]) => clients === NOBODY))('%s', (name) => {
  test('serves one more client beside eight silent ones', async () => {
    await using model = await ModelProcess.start(name, site.folder);
    const held: RawClient[] = [];
    for (let i = 0; i < CLIENTS_MAX; i++) held.push(await silent(model));
    const last = await asking(model);
    expect((await last.untilBytes(ok(PAGE).length)).toString('latin1')).toBe(ok(PAGE));
    for (const client of held) {
      await client.send(REQUEST.slice(HALF.length)); // nor has it forgotten what they had begun to say
      expect((await client.response()).body.toString()).toBe(PAGE);
    }
  });

  test('serves one more client beside eight that do not read their answers', async () => {
    await using model = await ModelProcess.start(name, site.folder);
    const held: RawClient[] = [];
    for (let i = 0; i < CLIENTS_MAX; i++) held.push(await notReading(model));
    const last = await asking(model);
    expect((await last.untilBytes(ok(PAGE).length)).toString('latin1')).toBe(ok(PAGE));
  });
});

describe.each(Object.entries(STALLED_BY).filter(([, clients]) => clients !== NOBODY))('%s', (name, clients) => {
  // That something does not happen shows at no moment. So the others go on meanwhile: whatever the server could have done
  // for the last client it had the time to do while it answered them.

  test(`keeps one more client waiting beside ${clients} silent, until one of them goes`, async () => {
    await using model = await ModelProcess.start(name, site.folder);
    const held: RawClient[] = [];
    for (let i = 0; i < clients; i++) held.push(await silent(model));
    const last = await asking(model);
    for (let round = 0; round < 20; round++) {
      for (const client of held) {
        await client.send(REQUEST.slice(HALF.length) + HALF);
        await client.response();
      }
    }
    expect(last.received.length).toBe(0);
    await held.pop()?.close();
    expect((await last.untilBytes(ok(PAGE).length)).toString('latin1')).toBe(ok(PAGE));
  });

  test(`keeps one more client waiting beside ${clients} that do not read, until one of them goes`, async () => {
    await using model = await ModelProcess.start(name, site.folder);
    const held: RawClient[] = [];
    for (let i = 0; i < clients; i++) held.push(await notReading(model));
    const last = await asking(model);
    for (const client of held) {
      client.resume();
      expect((await client.response()).body.equals(LARGE)).toBe(true);
    }
    expect(last.received.length).toBe(0);
    await held.pop()?.close();
    expect((await last.untilBytes(ok(PAGE).length)).toString('latin1')).toBe(ok(PAGE));
  });
});
