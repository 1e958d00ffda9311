/** The body of a request, as a handler reads it, however the client sends it. */
import { describe, expect, test } from '@jest/globals';
import type { HttpHandler } from '../../src/server/http-handler.js';
import type { HttpRequest } from '../../src/server/http-request.js';
import { ask, get, RawClient } from '../client/raw-client.js';
import { chunk, chunkedHead, LimitedServer, post, postChunks, postHead, until } from './limited-server.js';
import { deferred } from './test-server.js';

const BODY = 'caf\xc3\xa9, 0\r\n\r\nGET / HTTP/1.1\r\n\r\n'; // what looks like framing is not

/** Answers with the body that it was sent. */
const echoBody: HttpHandler = async (request, response) => response.send(200, {}, await request.bytes());

async function inChunks(request: HttpRequest): Promise<string> {
  const parts: string[] = [];
  for await (const part of request.body) parts.push(part.toString('latin1'));
  return parts.join('');
}

describe('a body', () => {
  const WAYS: [string, (request: HttpRequest) => Promise<string>][] = [
    ['in chunks', inChunks],
    ['as bytes', async (request) => (await request.bytes()).toString('latin1')],
    ['as text', async (request) => Buffer.from(await request.text()).toString('latin1')],
  ];
  const SENT: [string, string][] = [
    ['with a length', post('/', BODY)],
    ['in one chunk', postChunks('/', [BODY])],
    ['in a chunk for each byte', postChunks('/', [...BODY])],
    ['in chunks with extensions and a trailer', `${chunkedHead('/')}3;a="b"\r\nabc\r\n0;c\r\nX: y\r\n\r\n`],
  ];

  test.each(WAYS.flatMap(([way, read]) => SENT.map(([sent, request]) => [way, sent, read, request] as const)))(
    'is read %s, sent %s: in one segment, and split at every byte',
    async (_, sent, read, request) => {
      const expected = sent.endsWith('trailer') ? 'abc' : BODY;
      await using server = new LimitedServer(async (its, response) =>
        response.send(200, {}, Buffer.from(await read(its), 'latin1')),
      );
      await using client = await RawClient.connect(server.address);
      await client.send(request + request);
      for (const { body } of await client.responses(2)) expect(body.toString('latin1')).toBe(expected);
      for (let at = 1; at < request.length; at++) {
        await client.send(request.slice(0, at));
        server.turns();
        await client.send(request.slice(at));
        expect((await client.response()).body.toString('latin1')).toBe(expected);
      }
      expect(server.errors).toEqual([]);
    },
  );

  test('is read when every byte arrives in its own segment', async () => {
    await using server = new LimitedServer(echoBody);
    await using client = await RawClient.connect(server.address);
    for (const byte of postChunks('/', ['hello', ' world']) + post('/', 'again')) {
      await client.send(byte);
      server.turns();
    }
    const bodies = (await client.responses(2)).map(({ body }) => body.toString());
    expect(bodies).toEqual(['hello world', 'again']);
  });

  test('is parsed as JSON', async () => {
    await using server = new LimitedServer(async (request, response) =>
      response.send(200, {}, JSON.stringify(await request.json())),
    );
    const sent = '\xef\xbb\xbf {"a": [1, "\xc3\xa9"]} '; // with a byte order mark
    expect((await ask(server.address, post('/', sent))).body.toString()).toBe('{"a":[1,"é"]}');
  });

  test.each(['', '{', '{"a":1}x', '\xff'])(
    'that is not JSON (%j) is answered 400, and is nobody else’s error',
    async (body) => {
      await using server = new LimitedServer(async (request, response) => {
        if (request.path === '/json') await request.json();
        response.send(200);
      });
      await using client = await RawClient.connect(server.address);
      await client.send(post('/json', body) + get('/'));
      const [bad, next] = await client.responses(2);
      expect([bad?.status, next?.status]).toEqual([400, 200]);
      expect(server.errors).toEqual([]);
    },
  );

  test.each([
    ['there is none', get('/')],
    ['a HEAD has none', 'HEAD / HTTP/1.1\r\nHost: h\r\n\r\n'],
    ['its length is 0', post('/', '')],
  ])('is empty if %s, and can then be read twice', async (_, request) => {
    const seen: unknown[] = [];
    await using server = new LimitedServer(async (its, response) => {
      seen.push(its.hasBody, await its.text(), (await its.bytes()).length, await inChunks(its));
      response.send(200);
    });
    await ask(server.address, request);
    expect(seen).toEqual([false, '', 0, '']);
  });

  test('with only the last chunk is empty', async () => {
    await using server = new LimitedServer(echoBody);
    expect((await ask(server.address, postChunks('/', []))).body.length).toBe(0);
  });

  test.each(['GET', 'HEAD', 'DELETE', 'PROPFIND'])('of a %s is read like any other', async (method) => {
    const seen: string[] = [];
    await using server = new LimitedServer(async (request, response) => {
      seen.push(await request.text());
      response.send(200);
    });
    await ask(server.address, post('/', 'body').replace('POST', method));
    expect(seen).toEqual(['body']);
  });

  test('is read after an await, whether it arrived with the head or arrives later', async () => {
    const go = deferred();
    await using server = new LimitedServer(async (request, response) => {
      await go.promise;
      response.send(200, {}, await request.text());
    });
    await using early = await RawClient.connect(server.address);
    await using late = await RawClient.connect(server.address);
    await early.send(post('/', 'early') + get('/'));
    await late.send(postHead('/', 4));
    server.turns();
    go.resolve();
    await server.settle();
    await late.send('late');
    expect((await early.responses(2)).map(({ body }) => body.toString())).toEqual(['early', '']);
    expect((await late.response()).body.toString()).toBe('late');
  });

  test('of each of ten requests in one segment is read by its own handler', async () => {
    await using server = new LimitedServer(echoBody);
    await using client = await RawClient.connect(server.address);
    const bodies = Array.from({ length: 10 }, (_, i) => `${i}`.repeat(i * 1_000));
    await client.send(bodies.map((body, i) => (i % 2 === 0 ? post('/', body) : postChunks('/', [body, 'x']))).join(''));
    const received = (await client.responses(10)).map(({ body }) => body.toString());
    expect(received).toEqual(bodies.map((body, i) => (i % 2 === 0 ? body : `${body}x`)));
  });
});

describe('reading a body', () => {
  test('a second time is a TypeError, by whichever method', async () => {
    const seen: string[] = [];
    await using server = new LimitedServer(async (request, response) => {
      expect(request.bodyUsed).toBe(false);
      await request.text();
      expect(request.bodyUsed).toBe(true);
      for (const again of [request.bytes(), request.text(), request.json(), inChunks(request)]) {
        seen.push(await again.then(String, (error: Error) => error.name));
      }
      response.send(200);
    });
    await ask(server.address, post('/', '1'));
    expect(seen).toEqual(['TypeError', 'TypeError', 'TypeError', 'TypeError']);
  });

  test('after the response is a TypeError, and never an empty body', async () => {
    const seen: string[] = [];
    const done = deferred();
    await using server = new LimitedServer(async (request, response) => {
      response.send(200);
      for (let i = 0; i < 5; i++) await new Promise(setImmediate);
      seen.push(await request.text().then(JSON.stringify, (error: Error) => error.name));
      if (seen.length === 3) done.resolve();
    });
    await using client = await RawClient.connect(server.address);
    // All is here and discarded; some is; too long to be discarded.
    await client.send(post('/', 'hello') + postChunks('/', ['hello']) + postHead('/', 1_000_000));
    await done.promise;
    expect(seen).toEqual(['TypeError', 'TypeError', 'TypeError']);
  });

  test('up to a bound accepts a body of exactly that, and answers one more byte with 413', async () => {
    await using server = new LimitedServer(async (request, response) =>
      response.send(200, {}, await request.bytes({ maxBytes: 5 })),
    );
    await using client = await RawClient.connect(server.address);
    await client.send(post('/', '12345') + postChunks('/', ['123', '45']));
    for (const { body } of await client.responses(2)) expect(body.toString()).toBe('12345');
    // The rest is short enough to be discarded: the connection goes on.
    await client.send(post('/', '123456') + postChunks('/', ['123', '456']) + post('/', 'next'));
    expect((await client.responses(3)).map(({ status }) => status)).toEqual([413, 413, 200]);
    expect(server.errors).toEqual([]);
  });

  test('in part discards the rest, and the next request is answered', async () => {
    await using server = new LimitedServer(async (request, response) => {
      for await (const part of request.body) {
        response.send(200, {}, part.subarray(0, 1));
        break;
      }
    });
    await using client = await RawClient.connect(server.address);
    for (const rest of ['rest', 'r'.repeat(100_000)]) {
      await client.send(`${chunkedHead('/')}${chunk('a')}`);
      expect((await client.response()).body.toString()).toBe('a');
      await client.send(`${chunk(rest)}0\r\n\r\n${post('/', 'b')}`);
      expect((await client.response()).body.toString()).toBe('b');
    }
  });

  test('while the response is being sent yields all of it', async () => {
    await using server = new LimitedServer(async (request, response) => {
      response.start(200, {}, { length: 200_001 });
      for await (const part of request.body) await response.write(part);
      response.end();
    });
    await using client = await RawClient.connect(server.address);
    const body = 'abc'.repeat(66_667);
    await client.send(post('/', body) + post('/', body));
    for (const response of await client.responses(2)) expect(response.body.toString()).toBe(body);
  });

  test('continues after the response, and the next request waits for its end', async () => {
    const seen: string[] = [];
    await using server = new LimitedServer(async (request, response) => {
      const text = request.text();
      response.send(200, {}, request.path);
      seen.push(`${request.path} ${await text}`);
    });
    await using client = await RawClient.connect(server.address);
    await client.send(`${postHead('/1', 6)}abc`);
    expect((await client.response()).body.toString()).toBe('/1');
    expect(seen).toEqual([]);
    await client.send(`def${post('/2', 'x')}`);
    expect((await client.response()).body.toString()).toBe('/2');
    await until(() => seen.length === 2, 'both bodies are read');
    expect(seen).toEqual(['/1 abcdef', '/2 x']);
  });
});
