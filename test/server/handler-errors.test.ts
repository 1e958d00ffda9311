import { describe, expect, test } from '@jest/globals';
import { SystemError } from '../../src/native/system-error.js';
import type { HttpHandler } from '../../src/server/http-handler.js';
import { ask, get, RawClient } from '../client/raw-client.js';
import { TestServer } from './test-server.js';

const BODY_500 = '500 Internal Server Error\n';

describe('a handler that fails', () => {
  test.each<[string, HttpHandler, string]>([
    [
      'by throwing',
      () => {
        throw new Error('broken');
      },
      'broken',
    ],
    [
      'by rejecting',
      async () => {
        throw new Error('broken');
      },
      'broken',
    ],
    [
      'by rejecting later',
      async () => {
        await new Promise(setImmediate);
        throw new Error('broken');
      },
      'broken',
    ],
    ['by ending without an answer, async', async () => {}, 'the handler ended without a response'],
    [
      'by a header that would end its line',
      (_, response) => response.send(200, { A: 'b\r\nSet-Cookie: c' }),
      'value of header A',
    ],
    ['by a header name that is none', (_, response) => response.send(200, { 'A\r\nB': 'c' }), 'header name'],
    ['by a status that is none', (_, response) => response.send(20), 'status'],
    [
      'by a value that is no Error',
      () => {
        throw 'broken';
      },
      'broken',
    ],
    [
      'by an error of the system',
      () => {
        throw new SystemError(-24, 'openat2', { path: 'x' });
      },
      'EMFILE',
    ],
  ])('%s answers 500, is reported, and the connection goes on', async (_, fail, message) => {
    await using target = new TestServer((request, response) =>
      request.path === '/fail' ? fail(request, response) : response.send(200, {}, 'fine'),
    );
    await using client = await RawClient.connect(target.address);
    await client.send(get('/fail') + get('/'));
    const [failed, next] = await client.responses(2);
    expect(failed?.status).toBe(500);
    expect(failed?.body.toString()).toBe(BODY_500);
    expect(failed?.head).not.toContain('Set-Cookie');
    expect(next?.body.toString()).toBe('fine');
    expect(target.errors.map(String).join()).toContain(message);
    expect(target.errors).toHaveLength(1);
  });

  test.each<[string, HttpHandler]>([
    [
      'by throwing',
      (_, response) => {
        response.send(200, {}, 'sent');
        throw new Error('afterwards');
      },
    ],
    [
      'by rejecting',
      async (_, response) => {
        response.send(200, {}, 'sent');
        throw new Error('afterwards');
      },
    ],
    [
      'by sending twice',
      (_, response) => {
        response.send(200, {}, 'sent');
        response.send(200, {}, 'again');
      },
    ],
    [
      'by sending twice, async',
      async (_, response) => {
        response.send(200, {}, 'sent');
        await null;
        response.send(200, {}, 'again');
      },
    ],
  ])('after its response, %s, has answered once and is reported', async (_, handler) => {
    await using target = new TestServer(handler);
    await using client = await RawClient.connect(target.address);
    await client.send(get('/') + get('/'));
    const bodies = (await client.responses(2)).map(({ body }) => body.toString());
    expect(bodies).toEqual(['sent', 'sent']);
    expect(client.received.length).toBe(0);
    expect(target.errors).toHaveLength(2);
  });

  test('harms no other connection', async () => {
    await using target = new TestServer((request, response) => {
      if (request.path === '/fail') throw new Error('broken');
      response.send(200, {}, 'fine');
    });
    const clients = await Promise.all(Array.from({ length: 20 }, () => RawClient.connect(target.address)));
    await Promise.all(clients.map((client, i) => client.send(get(i % 2 === 0 ? '/fail' : '/'))));
    const statuses = (await Promise.all(clients.map((client) => client.response()))).map(({ status }) => status);
    expect(statuses).toEqual(clients.map((_, i) => (i % 2 === 0 ? 500 : 200)));
    await Promise.all(clients.map((client) => client.close()));
  });
});

test('isSent is true once the handler has answered', async () => {
  const seen: boolean[] = [];
  await using target = new TestServer((_, response) => {
    seen.push(response.isSent);
    response.send(200);
    seen.push(response.isSent);
  });
  await ask(target.address, get('/'));
  expect(seen).toEqual([false, true]);
});

test('a response whose headers were refused can be sent again with others', async () => {
  await using target = new TestServer((_, response) => {
    expect(() => response.send(200, { A: '\n' })).toThrow(TypeError);
    response.send(200, {}, 'second try');
  });
  const response = await ask(target.address, get('/'));
  expect(response.body.toString()).toBe('second try');
  expect(target.errors).toEqual([]);
});
