/** Clients that go at any moment: nothing stays open, and no error is reported. */
import { describe, expect, test } from '@jest/globals';
import { ClientGoneError } from '../../src/http/http-error.js';
import type { HttpHandler } from '../../src/server/http-handler.js';
import type { HttpRequest } from '../../src/server/http-request.js';
import type { HttpResponse } from '../../src/server/http-response.js';
import { get, RawClient } from '../client/raw-client.js';
import { openFds } from '../support/descriptors.js';
import { chunk, chunkedHead, LimitedServer, post, postHead, until } from './limited-server.js';
import { deferred } from './test-server.js';

const LARGE = Buffer.alloc(8_000_000);
const MEDIUM = Buffer.alloc(500_000);

describe('a client that resets its connection', () => {
  const STAGES: [string, string, boolean][] = [
    ['before it has sent anything', '', false],
    ['in the middle of a head', 'GET / HTTP/1.1\r\nHo', false],
    ['after a rejected head, while the connection lingers', 'nonsense\r\n\r\n', false],
    ['while a handler works', get('/never'), true],
    ['while a handler works, with requests behind', get('/never') + get('/never'), true],
    ['before a body that is read', postHead('/read', 100), true],
    ['in the middle of a body that is read', `${postHead('/read', 100)}x`, true],
    ['in the middle of a chunk', `${chunkedHead('/read')}5\r\nab`, true],
    ['in the middle of a body that nobody reads', `${postHead('/never', 100)}x`, true],
    ['in the middle of a body that is dropped', `${postHead('/send', 100)}x`, false],
    ['while it is told to go on', postHead('/read', 100, 'Expect: 100-continue\r\n'), true],
    ['in the middle of a response', get('/large'), false],
    ['in the middle of a response, with requests behind', get('/large').repeat(20), false],
    ['in the middle of a response in pieces', get('/stream'), true],
    ['between two pieces', get('/piece'), true],
    ['after it was served', get('/send'), false],
  ];

  test.each(STAGES)('%s leaves nothing open, and no error is reported', async (_, sent, isUnderWay) => {
    let aborted = 0;
    await using server = new LimitedServer(async (request, response) => {
      const { signal } = request;
      const gone = new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => {
          aborted++;
          expect(signal.reason).toBeInstanceOf(ClientGoneError);
          resolve();
        });
      });
      if (request.path === '/read') await request.bytes();
      if (request.path === '/send') return response.send(200);
      if (request.path === '/large') return response.send(200, {}, LARGE);
      if (request.path === '/stream') {
        response.start(200);
        while (await response.write(LARGE));
      }
      if (request.path === '/piece') {
        response.start(200);
        await response.write('a');
      }
      await gone;
      expect(request.signal.aborted).toBe(true);
      throw signal.reason;
    });
    const before = openFds();
    const client = await RawClient.connect(server.address);
    client.pause();
    if (sent !== '') await client.send(sent);
    await server.settle();
    expect(server.server.connectionCount).toBe(1);
    client.reset();
    await server.untilEmpty();
    await server.settle();
    await until(() => client.socket.destroyed, 'the client is closed');
    await server.settle();
    expect(aborted).toBe(isUnderWay ? 1 : 0);
    expect(server.errors).toEqual([]);
    expect(openFds()).toEqual(before);
  });
});

describe('a client that shuts its half', () => {
  test.each([
    ['a GET', get('/')],
    ['a body that was read', post('/', 'hello')],
  ])('after %s, while the handler works, aborts its signal, and still gets the response', async (_, request) => {
    const go = deferred();
    const reasons: unknown[] = [];
    await using server = new LimitedServer(async (its, response) => {
      await its.text();
      its.signal.addEventListener('abort', () => reasons.push(its.signal.reason));
      await go.promise;
      response.send(200, {}, 'nevertheless');
    });
    await using client = await RawClient.connect(server.address);
    await client.send(request);
    await server.settle();
    client.shutWriting();
    await until(() => reasons.length === 1, 'the signal aborts');
    expect(reasons[0]).toMatchObject({ name: 'AbortError', code: 'ECONNRESET' });
    go.resolve();
    expect((await client.response()).body.toString()).toBe('nevertheless');
    expect((await client.untilEnd()).length).toBe(0);
    expect(reasons).toHaveLength(1);
  });

  test('after ten requests, some with bodies, gets ten responses of async handlers, and then the end', async () => {
    await using server = new LimitedServer(async (request, response) => {
      await new Promise(setImmediate);
      const text = request.path.endsWith('3') ? '' : await request.text(); // one is not read
      if (request.path.endsWith('5')) {
        response.start(200, {}, { length: 2 });
        await response.write('5');
        await new Promise(setImmediate);
        response.end('!');
      } else {
        response.send(200, {}, request.path + text);
      }
    });
    await using client = await RawClient.connect(server.address);
    const requests = Array.from({ length: 10 }, (_, i) => (i % 2 === 0 ? get(`/${i}`) : post(`/${i}`, `b${i}`)));
    await client.send(requests.join(''));
    client.shutWriting();
    const bodies = (await client.responses(10)).map(({ body }) => body.toString());
    expect(bodies).toEqual(['/0', '/1b1', '/2', '/3', '/4', '5!', '/6', '/7b7', '/8', '/9b9']);
    expect((await client.untilEnd()).length).toBe(0);
    expect(server.errors).toEqual([]);
  });

  test('during a streamed response gets all of it if half-closed connections are allowed', async () => {
    const go = deferred();
    const handler: HttpHandler = async (request, response) => {
      response.start(200, {}, { length: 2 });
      await response.write('a');
      await go.promise;
      expect(request.signal.aborted).toBe(true);
      expect(await response.write('b')).toBe(true);
      response.end();
    };
    await using server = new LimitedServer(handler, {}, undefined, { allowHalfClose: true });
    await using client = await RawClient.connect(server.address);
    await client.send(get('/'));
    await server.settle();
    client.shutWriting();
    await server.settle();
    go.resolve();
    expect((await client.response()).body.toString()).toBe('ab');
    expect((await client.untilEnd()).length).toBe(0);
    expect(server.errors).toEqual([]);
  });
});

describe('the signal of a request', () => {
  test('is already aborted if the handler first reads it after the client has gone', async () => {
    const go = deferred();
    const seen = deferred<unknown[]>();
    await using server = new LimitedServer(async (request) => {
      await go.promise;
      const { signal } = request;
      seen.resolve([signal.aborted, request.signal === signal]);
    });
    const client = await RawClient.connect(server.address);
    await client.send(get('/'));
    await server.settle();
    client.reset();
    await server.untilEmpty();
    go.resolve();
    expect(await seen.promise).toEqual([true, true]);
  });

  test('does not abort if the client disconnects after the response', async () => {
    const signals: AbortSignal[] = [];
    await using server = new LimitedServer((request, response) => {
      signals.push(request.signal);
      if (request.path === '/first') response.send(200);
    });
    const client = await RawClient.connect(server.address);
    await client.send(get('/first') + get('/second'));
    await client.response();
    client.reset();
    await server.untilEmpty();
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, true]);
  });

  test.each<[string, (request: HttpRequest, response: HttpResponse, server: LimitedServer) => unknown]>([
    ['sends', (_, response) => response.isSent || response.send(200, {}, 'aborted')],
    ['ends what was begun', (_, response) => response.isStreaming && response.end('aborted')],
    ['cuts the connection', (_, response) => response.destroy()],
    ['reads the body', (request) => request.text()],
    ['asks where the client is', (request) => request.remoteAddress],
    ['closes the server', (_, __, server) => server.server.close()],
  ])('may have a listener that %s, in whatever way the client disconnects', async (_, react) => {
    const ways: [string, (client: RawClient) => void][] = [
      [get('/begun'), (client) => client.reset()],
      [get('/'), (client) => client.reset()],
      [post('/begun', 'x') + get('/'), (client) => client.reset()],
      [`${postHead('/', 9)}x`, (client) => client.reset()],
      [get('/begun'), (client) => client.shutWriting()],
      [get('/'), (client) => client.shutWriting()],
      [postHead('/', 9), (client) => client.shutWriting()],
    ];
    for (const [sent, leave] of ways) {
      let aborted = 0;
      await using server: LimitedServer = new LimitedServer((request, response) => {
        if (request.path === '/begun') {
          response.start(200);
          void response.write('begun');
        }
        request.signal.addEventListener('abort', () => {
          aborted++;
          react(request, response, server);
          if (!response.isSent) response.send(200);
          else if (response.isStreaming) response.end();
        });
      });
      const client = await RawClient.connect(server.address);
      await client.send(sent);
      await server.settle();
      leave(client);
      await until(() => aborted === 1, 'the signal aborts');
      await client.untilEnd();
      await client.close();
      await server.untilEmpty();
      expect(server.errors).toEqual([]);
    }
  });
});

test('a handler that answers many clients may answer those that remain when others have gone', async () => {
  const waiting: HttpResponse[] = [];
  await using server = new LimitedServer((request, response) => {
    if (request.path === '/wait') waiting.push(response);
    else {
      for (const other of waiting.splice(0)) other.send(200, {}, MEDIUM);
      response.send(200, {}, 'released');
    }
  });
  const clients = await Promise.all(Array.from({ length: 30 }, () => RawClient.connect(server.address)));
  for (const client of clients) await client.send(get('/wait') + get('/wait'));
  await server.settle();
  for (const [i, client] of clients.entries()) if (i % 3 === 0) client.reset();
  await using releasing = await RawClient.connect(server.address);
  await releasing.send(get('/release'));
  expect((await releasing.response()).body.toString()).toBe('released');
  for (const [i, client] of clients.entries()) {
    if (i % 3 !== 0) expect((await client.response()).body.length).toBe(MEDIUM.length);
    client.reset(); // while its second request waits
  }
  await releasing.close();
  await server.untilEmpty();
  expect(server.errors).toEqual([]);
});

test('a request whose body arrives in the same segment as the FIN is answered', async () => {
  await using server = new LimitedServer(async (request, response) => response.send(200, {}, await request.text()));
  await using client = await RawClient.connect(server.address);
  client.socket.end(`${chunkedHead('/')}${chunk('a')}0\r\n\r\n`);
  expect((await client.response()).body.toString()).toBe('a');
  expect((await client.untilEnd()).length).toBe(0);
});
