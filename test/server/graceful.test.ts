/** close({ graceMs }) at every stage of a request (shutdown.test.ts has the simple ones). */
import { describe, expect, test } from '@jest/globals';
import type { HttpHandler } from '../../src/server/http-handler.js';
import { HttpServer } from '../../src/server/http-server.js';
import { get, RawClient } from '../client/raw-client.js';
import { openFds } from '../support/descriptors.js';
import { chunk, chunkedHead, LimitedServer, post, postHead, until } from './limited-server.js';
import { deferred } from './test-server.js';

const GRACE_MS = 20_000; // never waited for: Jest's own timeout is shorter

/** Closes with grace. Reports whether that is done, and checks that no client can connect any more. */
async function closing(server: LimitedServer): Promise<{ readonly isDone: boolean; readonly done: Promise<void> }> {
  const state = { isDone: false, done: Promise.resolve() };
  state.done = server.server.close({ graceMs: GRACE_MS }).then(() => {
    state.isDone = true;
  });
  await expect(RawClient.connect(server.address)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  return state;
}

const echoBody: HttpHandler = async (request, response) => response.send(200, {}, await request.text());

describe('close() with a grace time, while', () => {
  test('half a head has arrived, waits for the other half, and answers the request as the last one', async () => {
    await using server = new LimitedServer(echoBody);
    await using client = await RawClient.connect(server.address);
    const request = post('/', 'body');
    await client.send(request.slice(0, 20));
    await server.settle();
    const close = await closing(server);
    expect(close.isDone).toBe(false);
    await client.send(request.slice(20));
    const response = await client.response();
    expect([response.body.toString(), response.headers.get('connection')]).toEqual(['body', 'close']);
    expect((await client.untilEnd()).length).toBe(0);
    await close.done;
  });

  test('a request waits unread in the kernel, answers it as the last one', async () => {
    await using server = new LimitedServer(echoBody);
    await using client = await RawClient.connect(server.address);
    await client.send(get('/'));
    await client.response();
    server.reactor.detach(); // it does not come to reading
    await client.send(post('/', 'late'));
    const done = server.server.close({ graceMs: GRACE_MS });
    server.reactor.attach();
    const response = await client.response();
    expect([response.body.toString(), response.headers.get('connection')]).toEqual(['late', 'close']);
    await done;
  });

  test('a body arrives, waits for all of it', async () => {
    await using server = new LimitedServer(echoBody);
    await using client = await RawClient.connect(server.address);
    await client.send(chunkedHead('/') + chunk('abc'));
    await server.settle();
    const close = await closing(server);
    await client.send(chunk('def'));
    await server.settle();
    expect(close.isDone).toBe(false);
    await client.send(`0\r\n\r\n${get('/behind')}`);
    const response = await client.response();
    expect([response.body.toString(), response.headers.get('connection')]).toEqual(['abcdef', 'close']);
    expect((await client.untilEnd()).length).toBe(0);
    client.shutWriting();
    await close.done;
  });

  test('an unread body is discarded, waits for the bytes that the client still sends', async () => {
    await using server = new LimitedServer((_, response) => response.send(200));
    await using client = await RawClient.connect(server.address);
    await client.send(postHead('/', 6));
    await client.response();
    await server.settle();
    const close = await closing(server);
    await client.send('123456');
    expect((await client.untilEnd()).length).toBe(0);
    client.shutWriting();
    await close.done;
    expect(client.error).toBeUndefined();
  });

  test('a handler works and pipelined requests wait, answers the first and none of the others', async () => {
    const go = deferred();
    const paths: string[] = [];
    await using server = new LimitedServer(async (request, response) => {
      paths.push(request.path);
      await go.promise;
      response.send(200);
    });
    await using client = await RawClient.connect(server.address);
    await client.send(get('/1') + get('/2') + get('/3'));
    await server.settle();
    const close = await closing(server);
    go.resolve();
    expect((await client.response()).headers.get('connection')).toBe('close');
    expect((await client.untilEnd()).length).toBe(0);
    await close.done;
    expect(paths).toEqual(['/1']);
  });

  test('a response is streamed, waits for its end, though its head said nothing of closing', async () => {
    const go = deferred();
    await using server = new LimitedServer(async (_, response) => {
      response.start(200, {}, { length: 4 });
      await response.write('ab');
      await go.promise;
      response.end('cd');
    });
    await using client = await RawClient.connect(server.address);
    await client.send(get('/'));
    await until(() => client.received.includes('ab'), 'the first piece comes');
    const close = await closing(server);
    await server.settle();
    expect(close.isDone).toBe(false);
    go.resolve();
    const response = await client.response();
    expect([response.body.toString(), response.headers.has('connection')]).toEqual(['abcd', false]);
    expect((await client.untilEnd()).length).toBe(0);
    await close.done;
  });

  test('a response begins, gives it Connection: close', async () => {
    const go = deferred();
    await using server = new LimitedServer(async (_, response) => {
      await go.promise;
      response.start(200, {}, { length: 1 });
      response.end('a');
    });
    await using client = await RawClient.connect(server.address);
    await client.send(get('/'));
    await server.settle();
    const close = await closing(server);
    go.resolve();
    expect((await client.response()).headers.get('connection')).toBe('close');
    await close.done;
  });

  test('many connections are at many stages, is done when the last one has closed', async () => {
    const go = deferred();
    await using server = new LimitedServer(async (request, response) => {
      if (request.path === '/wait') await go.promise;
      response.send(200, {}, await request.text());
    });
    const clients = await Promise.all(Array.from({ length: 10 }, () => RawClient.connect(server.address)));
    const [idle, served, half, body, waiting, gone, ...rest] = clients as [
      RawClient,
      RawClient,
      RawClient,
      RawClient,
      RawClient,
      RawClient,
      ...RawClient[],
    ];
    await served.send(get('/'));
    await served.response();
    await half.send('GET / HTTP/1.1\r\n');
    await body.send(postHead('/', 2));
    await waiting.send(get('/wait'));
    await gone.send(get('/wait'));
    await server.settle();
    const close = await closing(server);
    for (const client of [idle, served, ...rest]) expect((await client.untilEnd()).length).toBe(0);
    gone.reset();
    await half.send('Host: h\r\n\r\n');
    expect((await half.response()).status).toBe(200);
    await body.send('ab');
    expect((await body.response()).body.toString()).toBe('ab');
    await until(() => server.server.connectionCount === 1, 'one is left');
    expect(close.isDone).toBe(false);
    go.resolve();
    expect((await waiting.response()).status).toBe(200);
    await close.done;
    expect(server.errors).toEqual([]);
    await Promise.all(clients.map((client) => client.close()));
  });

  test.each([Number.POSITIVE_INFINITY, 2 ** 40])(
    'a handler works, waits for it within a grace time of %d ms',
    async (graceMs) => {
      const go = deferred();
      await using server = new LimitedServer(async (_, response) => {
        await go.promise;
        response.send(200);
      });
      await using client = await RawClient.connect(server.address);
      await client.send(get('/'));
      await server.settle();
      const done = server.server.close({ graceMs });
      await new Promise((resolve) => setTimeout(resolve, 20)); // setTimeout() takes more than 2^31 for 1
      expect(server.server.connectionCount).toBe(1);
      go.resolve();
      expect((await client.response()).status).toBe(200);
      await done;
    },
  );
});

test('close() with a grace time waits for the handler that calls it', async () => {
  const closed = deferred();
  await using server: LimitedServer = new LimitedServer(async (_, response) => {
    void server.server.close({ graceMs: GRACE_MS }).then(closed.resolve);
    await new Promise(setImmediate);
    response.send(200, {}, 'bye');
  });
  await using client = await RawClient.connect(server.address);
  await client.send(get('/') + get('/behind'));
  const response = await client.response();
  expect([response.body.toString(), response.headers.get('connection')]).toEqual(['bye', 'close']);
  await closed.promise;
});

test('`await using` closes a server, its connections and all its descriptors, whatever is under way', async () => {
  const before = openFds();
  const aborted = deferred();
  const client = await (async () => {
    await using server = new HttpServer((request) => {
      request.signal.addEventListener('abort', () => aborted.resolve());
      begun.resolve();
    });
    const begun = deferred();
    const inner = await RawClient.connect(server.listen({ address: '127.0.0.1', port: 0 }));
    await inner.send(get('/'));
    await begun.promise;
    return inner;
  })();
  await aborted.promise;
  expect((await client.untilEnd()).length).toBe(0);
  await client.close();
  expect(openFds()).toEqual(before);
});
