/**
 * Many exchanges on one connection, of handlers that treat request and response in every order there is, cut anywhere and
 * with next to no room: whatever is left over by one would be found by the next. The same every time: the dice are seeded.
 */
import { describe, expect, test } from '@jest/globals';
import type { HttpHandler } from '../../src/server/http-handler.js';
import type { HttpRequest } from '../../src/server/http-request.js';
import type { HttpResponse } from '../../src/server/http-response.js';
import { get, RawClient } from '../client/raw-client.js';
import { LimitedServer, post, postChunks } from './limited-server.js';

/** Numbers below `max`, the same for the same seed (mulberry32). */
function dice(seed: number): (max: number) => number {
  let state = seed;
  return (max) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * max);
  };
}

const turn = (): Promise<void> => new Promise(setImmediate);

/** Each answers with the path and what it has read of the body. */
const WAYS: readonly ((request: HttpRequest, response: HttpResponse) => void | Promise<void>)[] = [
  (request, response) => response.send(200, {}, request.path),
  async (request, response) => response.send(200, {}, request.path + (await request.text())),
  async (request, response) => {
    await turn();
    response.send(200, {}, request.path + (await request.text()));
  },
  async (request, response) => {
    await turn();
    response.send(200, {}, request.path);
  },
  async (request, response) => {
    for await (const _ of request.body) break;
    await turn();
    response.send(200, {}, request.path);
  },
  async (request, response) => {
    for await (const _ of request.body) {
      response.send(200, {}, request.path);
      return;
    }
    response.send(200, {}, request.path);
  },
  async (request, response) => {
    const text = request.text();
    response.send(200, {}, request.path);
    await turn();
    await text;
  },
  async (request, response) => {
    const { path } = request;
    response.start(200, {}, { length: path.length });
    await response.write(path.slice(0, 1));
    const text = request.text();
    response.end(path.slice(1));
    await text;
  },
  async (request, response) => {
    const text = await request.text();
    response.start(200, {}, { length: request.path.length + text.length });
    for (const letter of request.path + text) await response.write(letter);
    await turn();
    response.end();
  },
  async (request, response) => {
    void request.bytes({ maxBytes: 1 }).catch(() => {});
    await turn();
    response.send(200, {}, request.path);
  },
  (request, response) => {
    const { path } = request;
    setImmediate(() => response.send(200, {}, path));
  },
];
/** The requests whose answer contains the body. */
const ECHOING = [1, 2, 8];

const handler: HttpHandler = (request, response) => WAYS[Number(request.path.split('/')[1])]?.(request, response);

describe.each([
  ['much room', {}],
  ['room for a byte', { bodyHighWaterBytes: 1, writeHighWaterBytes: 1 }],
])('exchanges with %s', (_, limits) => {
  test.each(Array.from({ length: 40 }, (_, seed) => seed))('do not mix, seed %i', async (seed) => {
    const roll = dice(seed);
    await using server = new LimitedServer(handler, limits);
    await using client = await RawClient.connect(server.address);
    const expected: string[] = [];
    let sent = '';
    for (let i = 0; i < 60; i++) {
      const way = roll(WAYS.length);
      const path = `/${way}/${i}`;
      const body = `<${i}${'.'.repeat(roll(2) * roll(300))}>`;
      const kind = roll(3);
      const half = roll(body.length - 1) + 1;
      sent +=
        kind === 0
          ? get(path)
          : kind === 1
            ? post(path, body)
            : postChunks(path, [body.slice(0, half), ...body.slice(half)]);
      expected.push(path + (ECHOING.includes(way) && kind > 0 ? body : ''));
    }
    for (let at = 0; at < sent.length; ) {
      const end = at + 1 + roll(roll(5) === 0 ? 4_000 : 200);
      await client.send(sent.slice(at, end));
      at = end;
      if (roll(2) === 0) server.turns();
      if (roll(4) === 0) await turn();
    }
    if (roll(2) === 0) client.shutWriting();
    const responses = await client.responses(expected.length);
    expect(responses.map(({ body }) => body.toString())).toEqual(expected);
    client.shutWriting();
    expect((await client.untilEnd()).length).toBe(0);
    expect(server.errors).toEqual([]);
    await server.untilEmpty();
  });
});
