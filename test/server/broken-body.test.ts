/** Bodies that are malformed, too large, or never end. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ClientGoneError, HttpError } from '../../src/http/http-error.js';
import type { HttpHandler } from '../../src/server/http-handler.js';
import { get, RawClient } from '../client/raw-client.js';
import { BAD_ROWS, GOOD_ROWS } from '../http/body-rows.js';
import { LIMITS } from '../http/decoded-body.js';
import { chunk, chunkedHead, LimitedServer, postHead, until } from './limited-server.js';
import { deferred } from './test-server.js';

const rejections: unknown[] = [];
const note = (error: unknown): void => void rejections.push(error);

beforeEach(() => {
  rejections.length = 0;
  process.on('unhandledRejection', note);
});

afterEach(async () => {
  await new Promise(setImmediate);
  process.off('unhandledRejection', note);
  expect(rejections).toEqual([]);
});

/** Answers with the body's length; `failures` has what reading failed with. */
function reading(failures: unknown[]): HttpHandler {
  return async (request, response) => {
    try {
      response.send(200, {}, `${(await request.bytes()).length}`);
    } catch (error) {
      failures.push(error);
      throw error;
    }
  };
}

test.each([
  ['an invalid chunk size', 'x\r\n', 400],
  ['a chunk longer than its size', '3\r\nabcd\r\n', 400],
  ['a bare line feed', '3\nabc\r\n', 400],
  ['a size with a sign', '+3\r\nabc\r\n', 400],
  ['an invalid trailer', '3\r\nabc\r\n0\r\nX\r\n\r\n', 400],
  ['a good chunk and then a bad one', `${chunk('good')}-1\r\n`, 400],
  ['endless extensions', `3;${'x'.repeat(5_000)}`, 413],
  ['endless trailers', `0\r\nX: ${'x'.repeat(9_000)}`, 431],
])('a body with %s is answered %3$i, and no bytes after it are read as a request', async (_, body, status) => {
  const failures: unknown[] = [];
  await using server = new LimitedServer(reading(failures));
  await using client = await RawClient.connect(server.address);
  await client.send(chunkedHead('/'));
  await server.settle(); // the handler has begun to read
  await client.send(body + get('/smuggled'));
  const response = await client.response();
  expect([response.status, response.headers.get('connection')]).toEqual([status, 'close']);
  expect((await client.untilEnd()).length).toBe(0);
  expect(failures).toEqual([expect.objectContaining({ name: 'HttpError', status })]);
  expect(server.errors).toEqual([]);
});

test('a handler that catches the error of a body sends its own response, the last of the connection', async () => {
  await using server = new LimitedServer(async (request, response) => {
    await request.text().catch(() => response.send(422, {}, 'mine'));
  });
  await using client = await RawClient.connect(server.address);
  await client.send(chunkedHead('/'));
  await server.settle();
  await client.send(`z${get('/')}`);
  const response = await client.response();
  expect([response.status, response.body.toString(), response.headers.get('connection')]).toEqual([
    422,
    'mine',
    'close',
  ]);
  expect((await client.untilEnd()).length).toBe(0);
});

test('a malformed body that arrives after the response and that the handler does not read closes the connection', async () => {
  await using server = new LimitedServer((_, response) => response.send(200, {}, 'fine'));
  await using client = await RawClient.connect(server.address);
  await client.send(chunkedHead('/'));
  expect((await client.response()).body.toString()).toBe('fine');
  await client.send(`z${get('/')}`);
  expect((await client.untilEnd()).length).toBe(0);
  expect(client.error).toBeUndefined();
});

describe('a request whose chunked body arrives with its head and is malformed', () => {
  const handlers: HttpHandler[] = [
    (_, response) => response.send(200),
    async (_, response) => response.send(200),
    async (request, response) => response.send(200, {}, await request.bytes()),
  ];

  test.each(BAD_ROWS)('is refused and closed before any handler is called: $promise', async (row) => {
    for (const handler of handlers) {
      let calls = 0;
      const counting: HttpHandler = (request, response) => {
        if (request.path === '/bad') calls++;
        return handler(request, response);
      };
      await using server = new LimitedServer(counting, LIMITS);
      for (const method of ['GET', 'POST', 'DELETE', 'HEAD']) {
        for (const before of ['', get('/good')]) {
          await using client = await RawClient.connect(server.address);
          const head = `${method} /bad HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n`;
          await client.send(before + head + row.upTo + row.rest + get('/behind'));
          if (before !== '') expect((await client.response()).status).toBe(200);
          const { status, headers } = await client.response({ toHead: method === 'HEAD' });
          expect([status, headers.get('connection')]).toEqual([row.status ?? 400, 'close']);
          expect((await client.untilEnd()).length).toBe(0);
        }
      }
      expect(calls).toBe(0);
      expect(server.errors).toEqual([]);
    }
  });

  test('is refused with 413 before any handler is called if it is larger than the limit', async () => {
    let calls = 0;
    await using server = new LimitedServer(() => void calls++, { requestBodyBytesMax: 10 });
    await using client = await RawClient.connect(server.address);
    await client.send(chunkedHead('/') + chunk('12345') + chunk('678901'));
    const response = await client.response();
    expect([response.status, response.headers.get('connection'), calls]).toEqual([413, 'close', 0]);
    expect((await client.untilEnd()).length).toBe(0);
  });

  test.each(GOOD_ROWS.filter(({ bodyLength }) => bodyLength === undefined))(
    'is not confused with one that is well-formed, whole or in part: $promise',
    async ({ raw, body }) => {
      await using server = new LimitedServer(async (request, response) => {
        if (request.path === '/read') return response.send(200, {}, await request.bytes());
        response.send(200);
      });
      for (let cut = 0; cut <= raw.length; cut++) {
        await using client = await RawClient.connect(server.address);
        await client.send(chunkedHead('/read') + raw + chunkedHead('/ignored') + raw.slice(0, cut));
        const [read, ignored] = await client.responses(2);
        expect([read?.body.toString('latin1'), ignored?.status]).toEqual([body, 200]);
      }
    },
  );
});

describe('a body that is too large', () => {
  test('by its Content-Length is answered 413 before any handler is called', async () => {
    let calls = 0;
    await using server = new LimitedServer(() => void calls++, { requestBodyBytesMax: 10 });
    await using client = await RawClient.connect(server.address);
    await client.send(postHead('/', 11));
    const response = await client.response();
    expect([response.status, response.headers.get('connection'), calls]).toEqual([413, 'close', 0]);
    await client.send('hello world'); // it lingers: no reset
    client.shutWriting();
    expect((await client.untilEnd()).length).toBe(0);
    expect(client.error).toBeUndefined();
  });

  test('and chunked is answered 413 when it exceeds the limit', async () => {
    const failures: unknown[] = [];
    await using server = new LimitedServer(reading(failures), { requestBodyBytesMax: 10 });
    await using client = await RawClient.connect(server.address);
    await client.send(chunkedHead('/'));
    for (const part of ['12345', '67890']) {
      await client.send(chunk(part));
      await server.settle();
    }
    expect(failures).toEqual([]);
    await client.send(`${chunk('1')}0\r\n\r\n${get('/')}`);
    const response = await client.response();
    expect([response.status, response.headers.get('connection')]).toEqual([413, 'close']);
    expect((await client.untilEnd()).length).toBe(0);
    expect(server.errors).toEqual([]);
  });

  test('is still refused after the response, while the handler reads it', async () => {
    const failed = deferred<unknown>();
    await using server = new LimitedServer(
      async (request, response) => {
        const bytes = request.bytes();
        response.send(200);
        await bytes.catch(failed.resolve);
      },
      { requestBodyBytesMax: 10 },
    );
    await using client = await RawClient.connect(server.address);
    await client.send(chunkedHead('/'));
    expect((await client.response()).status).toBe(200);
    await client.send(chunk('12345678901'));
    expect(await failed.promise).toMatchObject({ status: 413 });
    expect((await client.untilEnd()).length).toBe(0);
  });
});

describe('a body that breaks off', () => {
  test.each([
    ['with a length', `${postHead('/', 10)}12345`],
    ['in chunks', `${chunkedHead('/')}${chunk('12345')}`],
    ['before its first byte', postHead('/', 10)],
  ])('%s, from a client that still reads, is answered 400', async (_, request) => {
    const failures: unknown[] = [];
    await using server = new LimitedServer(reading(failures));
    await using client = await RawClient.connect(server.address);
    await client.send(request);
    client.shutWriting();
    const response = await client.response();
    expect([response.status, response.headers.get('connection')]).toEqual([400, 'close']);
    expect((await client.untilEnd()).length).toBe(0);
    expect(failures.map((error) => error instanceof HttpError)).toEqual([true]);
    expect(server.errors).toEqual([]);
  });

  test('by a reset is a ClientGoneError, which is not reported', async () => {
    const failures: unknown[] = [];
    await using server = new LimitedServer(reading(failures));
    const client = await RawClient.connect(server.address);
    await client.send(`${postHead('/', 10)}12345`);
    await server.settle();
    client.reset();
    await server.untilEmpty();
    await server.settle();
    expect(failures.map((error) => error instanceof ClientGoneError)).toEqual([true]);
    expect(server.errors).toEqual([]);
  });

  test('is still read as far as it has arrived', async () => {
    const seen: string[] = [];
    const go = deferred();
    await using server = new LimitedServer(async (request) => {
      for await (const part of request.body) {
        seen.push(part.toString());
        await go.promise;
      }
    });
    const client = await RawClient.connect(server.address);
    await client.send(chunkedHead('/'));
    for (const part of ['1', '2', '3']) {
      await client.send(chunk(part));
      await server.settle();
    }
    client.reset();
    await server.untilEmpty();
    go.resolve();
    await server.settle();
    expect(seen).toEqual(['1', '2', '3']);
    expect(server.errors).toEqual([]);
  });

  test('is no unhandled rejection for a handler that reads it and does not wait', async () => {
    const asked: Promise<unknown>[] = [];
    await using server = new LimitedServer((request) => {
      const ways = { '/bytes': 'bytes', '/text': 'text', '/json': 'json' } as const;
      asked.push(request[ways[request.path as keyof typeof ways]]());
    });
    for (const path of ['/bytes', '/text', '/json']) {
      const client = await RawClient.connect(server.address);
      await client.send(`${postHead(path, 10)}12345`);
      await server.settle();
      client.reset();
      await until(() => client.error !== undefined || client.socket.destroyed, 'the client is gone');
    }
    await server.untilEmpty();
    const outcomes = await Promise.allSettled(asked);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(server.errors).toEqual([]);
  });
});
