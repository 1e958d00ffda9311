/** close() of serve(): responses under way, and work given to waitUntil(). */
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { serve } from '../../src/fetch/serve.js';
import { get, RawClient } from '../client/raw-client.js';
import { until } from '../server/limited-server.js';
import { deferred } from '../server/test-server.js';
import { openFds } from '../support/descriptors.js';
import { WebServer } from './web-server.js';

const hello = (): Response => new Response('hello');

afterEach(() => {
  jest.restoreAllMocks();
});

describe('close()', () => {
  test('with grace lets responses end, and closes all descriptors', async () => {
    const before = openFds();
    const go = deferred();
    const called = deferred();
    const server = serve({
      fetch: async () => {
        called.resolve();
        await go.promise;
        return hello();
      },
      port: 0,
    });
    const answer = fetch(server.url as string);
    await called.promise;
    const closed = server.close({ graceMs: 5_000 });
    go.resolve();
    expect(await (await answer).text()).toBe('hello');
    await closed;
    expect(server.connectionCount).toBe(0);
    await until(() => openFds().length <= before.length, 'all descriptors are closed');
  });

  test('without grace cuts responses, and cancels their streams', async () => {
    let cancelled = 0;
    const server = new WebServer(() => new Response(new ReadableStream({ cancel: () => void cancelled++ })));
    await using client = await RawClient.connect(server.address);
    await client.send(get('/'));
    await until(() => client.received.includes('\r\n\r\n'), 'the head has come');
    await server.server.close();
    await client.untilEnd();
    await new Promise(setImmediate);
    expect([cancelled, server.errors]).toEqual([1, []]);
  });

  test('is called when the signal of the options aborts', async () => {
    const controller = new AbortController();
    const server = serve({ fetch: hello, port: 0, signal: controller.signal });
    expect(await (await fetch(server.url as string)).text()).toBe('hello');
    controller.abort();
    await until(() => server.connectionCount === 0, 'all connections are closed');
    await expect(RawClient.connect(server.address as { address: string; port: number })).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
  });

  test('is called at once for a signal that has aborted already', async () => {
    const server = serve({ fetch: hello, port: 0, signal: AbortSignal.abort() });
    await expect(RawClient.connect(server.address as { address: string; port: number })).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
  });

  test('waits for work given to waitUntil(), and for work that this work gives', async () => {
    const done: string[] = [];
    const server = new WebServer((request, info) => {
      info.waitUntil(
        new Promise((resolve) => setTimeout(resolve, 20)).then(() => {
          done.push('first');
          request.waitUntil(new Promise((resolve) => setTimeout(resolve, 20)).then(() => void done.push('second')));
        }),
      );
      return hello();
    });
    await server.get('/');
    expect(done).toEqual([]);
    await server.server.close({ graceMs: 4_000 });
    expect(done).toEqual(['first', 'second']);
  });

  test('does not wait for work longer than its grace', async () => {
    const server = new WebServer((_, info) => {
      info.waitUntil(new Promise(() => {}));
      return hello();
    });
    await server.get('/');
    await server.server.close({ graceMs: 30 });
    await server.server.close();
  });

  test('gives work no time when the responses have used up its grace', async () => {
    const timers = jest.spyOn(globalThis, 'setTimeout');
    const server = new WebServer((_, info) => {
      info.waitUntil(new Promise(() => {}));
      return new Response(new ReadableStream());
    });
    await using client = await RawClient.connect(server.address);
    await client.send(get('/'));
    await until(() => client.received.includes('\r\n\r\n'), 'the head has come');
    await server.server.close({ graceMs: 30 });
    for (const [, ms] of timers.mock.calls) expect(ms ?? 0).toBeGreaterThanOrEqual(0); // Node 24 warns of others
  });

  test('with a grace longer than a timer can be waits for work', async () => {
    const done: string[] = [];
    const server = new WebServer((_, info) => {
      info.waitUntil(new Promise((resolve) => setTimeout(resolve, 20)).then(() => void done.push('work')));
      return hello();
    });
    await server.get('/');
    await server.server.close({ graceMs: 2 ** 40 });
    expect(done).toEqual(['work']);
  });

  test('reports work that fails to onHandlerError', async () => {
    await using server = new WebServer((request, info) => {
      if (request.url.endsWith('/info')) info.waitUntil(Promise.reject(new Error('left')));
      else request.waitUntil(Promise.reject(new Error('left')));
      info.passThroughOnException();
      return hello();
    });
    expect((await server.get('/')).status).toBe(200);
    expect((await server.get('/info')).status).toBe(200);
    await until(() => server.errors.length === 2, 'it is reported');
  });

  test('prints work that fails if there is no onHandlerError', async () => {
    const print = jest.spyOn(console, 'error').mockImplementation(() => {});
    await using server = serve({
      fetch: (request) => {
        request.waitUntil(Promise.reject(new Error('left')));
        return hello();
      },
      port: 0,
    });
    await (await fetch(server.url as string)).text();
    await until(() => print.mock.calls.length === 1, 'it is printed');
    expect(print.mock.calls[0]?.[1]).toMatchObject({ message: 'left' });
  });
});
