/**
 * Clients that keep others waiting. One that sends half a request, or does not read its answer, blocks the thread that serves
 * it: in some models the only one, in some one of eight, in most none.
 */
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { MODELS } from '../../src/models/catalog.js';
import { get, type RawClient } from '../client/raw-client.js';
import { ok } from './answers.js';
import { endModels, ModelProcess } from './model-process.js';
import { MODELS_HERE } from './models-here.js';
import { LARGE, PAGE, Site } from './site.js';

const site = new Site();
afterEach(endModels);
afterAll(() => site[Symbol.dispose]());

const NEVER = Number.POSITIVE_INFINITY;

/** The number of such clients that make the next one wait. */
const STALLED_BY: Readonly<Record<string, number>> = {
  blocking: 1,
  threads: NEVER,
  'thread-pool': 8,
  coroutines: NEVER,
  'busy-polling': NEVER,
  select: NEVER,
  poll: NEVER,
  epoll: NEVER,
  'epoll-edge': NEVER,
  'epoll-workers': NEVER,
  'io-uring': NEVER,
};
const CLIENTS_MAX = 8;

const REQUEST = get('/page.html');
const HALF = REQUEST.slice(0, 10);

/** A client with half a request, which the server has read: it came with the request before, which is answered. */
async function silent(model: ModelProcess): Promise<RawClient> {
  const client = await model.connect();
  await client.send(REQUEST + HALF);
  await client.response();
  return client;
}

/** A client that stops reading an answer of 5 MiB. */
async function notReading(model: ModelProcess): Promise<RawClient> {
  const client = await model.connect();
  await client.send(get('/large.bin'));
  await client.untilBytes(1);
  client.pause();
  return client;
}

/** One more client, with a whole request. */
async function asking(model: ModelProcess): Promise<RawClient> {
  const client = await model.connect();
  await client.send(REQUEST);
  return client;
}

test('the table of stalls has each model', () => {
  expect(Object.keys(STALLED_BY)).toEqual(MODELS.map((model) => model.name));
});

describe.each(MODELS_HERE.filter((name) => STALLED_BY[name] === NEVER))('%s', (name) => {
  test('one more client is served beside eight silent ones', async () => {
    await using model = await ModelProcess.start(name, site.folder);
    const held: RawClient[] = [];
    for (let i = 0; i < CLIENTS_MAX; i++) held.push(await silent(model));
    const last = await asking(model);
    expect((await last.untilBytes(ok(PAGE).length)).toString('latin1')).toBe(ok(PAGE));
    for (const client of held) {
      await client.send(REQUEST.slice(HALF.length)); // the first half of each request is kept
      expect((await client.response()).body.toString()).toBe(PAGE);
    }
  });

  test('one more client is served beside eight that do not read their answers', async () => {
    await using model = await ModelProcess.start(name, site.folder);
    const held: RawClient[] = [];
    for (let i = 0; i < CLIENTS_MAX; i++) held.push(await notReading(model));
    const last = await asking(model);
    expect((await last.untilBytes(ok(PAGE).length)).toString('latin1')).toBe(ok(PAGE));
  });
});

describe.each(Object.entries(STALLED_BY).filter(([, clients]) => clients !== NEVER))('%s', (name, clients) => {
  // No event shows that something does not happen. So the others go on meanwhile: while the server answered them, it had time
  // to serve the last client, if it could.

  test(`one more client waits beside ${clients} silent, until one of them leaves`, async () => {
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

  test(`one more client waits beside ${clients} that do not read, until one of them leaves`, async () => {
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
