/** Bodies that no handler reads: dropped up to a bound, so that the connection goes on, and the end of it beyond. */
import { describe, expect, test } from '@jest/globals';
import type { HttpHandler } from '../../src/server/http-handler.js';
import { get, RawClient } from '../client/raw-client.js';
import { chunk, chunkedHead, LimitedServer, post, postChunks, postHead } from './limited-server.js';
import { deferred } from './test-server.js';

const BOUND = 1_000;
const LIMITS = { unreadBodyBytesMax: BOUND };
const fine: HttpHandler = (request, response) => response.send(200, {}, request.path);

describe('an unread body', () => {
  test('of at most unreadBodyBytesMax leaves the connection open', async () => {
    await using server = new LimitedServer(fine, LIMITS);
    await using client = await RawClient.connect(server.address);
    await client.send(post('/1', 'x'.repeat(BOUND)) + post('/2', 'x'.repeat(BOUND)) + get('/3'));
    const responses = await client.responses(3);
    expect(responses.map(({ body }) => body.toString())).toEqual(['/1', '/2', '/3']);
    expect(responses.some(({ headers }) => headers.has('connection'))).toBe(false);
  });

  test('of one byte more closes the connection after a whole response with Connection: close', async () => {
    await using server = new LimitedServer(fine, LIMITS);
    await using client = await RawClient.connect(server.address);
    await client.send(post('/1', 'x'.repeat(BOUND + 1)) + get('/2'));
    const response = await client.response();
    expect([response.body.toString(), response.headers.get('connection')]).toEqual(['/1', 'close']);
    expect((await client.untilEnd()).length).toBe(0);
    await client.send('x'.repeat(100_000)); // dropped, and not answered with a reset
    client.shutWriting();
    await server.untilEmpty();
    expect(client.error).toBeUndefined();
  });

  test('in chunks is discarded until it exceeds the limit', async () => {
    const framing = chunk('').length;
    await using server = new LimitedServer(fine, LIMITS);
    await using client = await RawClient.connect(server.address);
    const enough = 'x'.repeat(BOUND - chunk('x'.repeat(BOUND)).length + BOUND - framing);
    await client.send(postChunks('/1', [enough]) + get('/2'));
    expect((await client.responses(2)).map(({ body }) => body.toString())).toEqual(['/1', '/2']);
    await client.send(chunkedHead('/3') + chunk('x'.repeat(BOUND + 1)));
    const response = await client.response();
    expect([response.body.toString(), response.headers.has('connection')]).toEqual(['/3', false]);
    expect((await client.untilEnd()).length).toBe(0);
  });

  test('is discarded when it arrives long after the response, byte by byte', async () => {
    await using server = new LimitedServer(fine, LIMITS);
    await using client = await RawClient.connect(server.address);
    await client.send(postHead('/1', 5));
    expect((await client.response()).body.toString()).toBe('/1');
    for (const byte of `12345${get('/2')}`) {
      await client.send(byte);
      server.turns();
    }
    expect((await client.response()).body.toString()).toBe('/2');
  });

  test('is discarded after a late response, whole or streamed', async () => {
    const go = deferred();
    await using server = new LimitedServer(async (request, response) => {
      await go.promise;
      if (request.path === '/whole') return response.send(200);
      response.start(200, {}, { length: 2 });
      await response.write('a');
      await new Promise(setImmediate);
      response.end('b');
    });
    await using client = await RawClient.connect(server.address);
    await client.send(post('/whole', get('/smuggled')) + post('/pieces', get('/smuggled')) + get('/whole'));
    await server.settle();
    go.resolve();
    expect((await client.responses(3)).map(({ body }) => body.toString())).toEqual(['', 'ab', '']);
    await server.settle();
    expect(client.received.length).toBe(0);
  });

  test('with Connection: close ends the connection, and the response arrives', async () => {
    await using server = new LimitedServer(fine, LIMITS);
    await using client = await RawClient.connect(server.address);
    await client.send(`${postHead('/', 500, 'Connection: close\r\n')}${'x'.repeat(200)}`);
    expect((await client.response()).headers.get('connection')).toBe('close');
    expect((await client.untilEnd()).length).toBe(0);
    await client.send('x'.repeat(300));
    client.shutWriting();
    await server.untilEmpty();
    expect(client.error).toBeUndefined();
  });

  test('that breaks off after the response ends the connection, without an error', async () => {
    await using server = new LimitedServer(fine, LIMITS);
    for (const request of [postHead('/', 500), chunkedHead('/') + chunk('x')]) {
      await using client = await RawClient.connect(server.address);
      await client.send(request);
      await client.response();
      client.shutWriting();
      expect((await client.untilEnd()).length).toBe(0);
    }
    await server.untilEmpty();
    expect(server.errors).toEqual([]);
  });

  test('of which the handler has read a part counts only the rest', async () => {
    await using server = new LimitedServer(async (request, response) => {
      for await (const _ of request.body) break;
      response.send(200, {}, request.path);
    }, LIMITS);
    await using client = await RawClient.connect(server.address);
    await client.send(postHead('/1', 5_000) + 'x'.repeat(4_500));
    expect((await client.response()).headers.has('connection')).toBe(false);
    await client.send('x'.repeat(500) + post('/2', 'x'));
    expect((await client.response()).body.toString()).toBe('/2');
  });
});
