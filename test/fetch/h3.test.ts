/** Apps for srvx, such as h3, run on this server unchanged. */
import { describe, expect, test } from '@jest/globals';
import { createEventStream, defineEventHandler, getQuery, getRequestIP, H3, HTTPError, readBody, setCookie } from 'h3';
import { type ServerHandler, FastResponse as SrvxResponse } from 'srvx';
import { FastResponse } from '../../src/fetch/fast-response.js';
import { get, RawClient } from '../client/raw-client.js';
import { until } from '../server/limited-server.js';
import { streamOf, WebServer } from './web-server.js';

describe('the contract of srvx', () => {
  test('is kept by lazy requests: ip, runtime, context and waitUntil', async () => {
    const done: string[] = [];
    const handler: ServerHandler = (request) => {
      request.context = { ...request.context, seen: true };
      request.waitUntil?.(Promise.resolve().then(() => void done.push('done')));
      return Response.json([request.ip, request.runtime?.name, request.context, request.runtime?.node ?? null]);
    };
    await using server = new WebServer(handler);
    const { text } = await server.get('/');
    expect(JSON.parse(text)).toEqual(['127.0.0.1', 'epoll-reactor', { seen: true }, null]);
    expect(done).toEqual(['done']);
  });

  test('is kept by real requests too', async () => {
    const handler: ServerHandler = (request) =>
      Response.json([request.ip, request.runtime?.name, typeof request.waitUntil]);
    await using server = new WebServer(handler, { realRequests: true });
    expect(JSON.parse((await server.get('/')).text)).toEqual(['127.0.0.1', 'epoll-reactor', 'function']);
  });

  test.each([
    ['text', () => new SrvxResponse('hello', { headers: { 'X-A': 'b' } })],
    ['bytes', () => new SrvxResponse(new TextEncoder().encode('hello'), { headers: { 'X-A': 'b' } })],
    ['a stream', () => new SrvxResponse(streamOf('hel', 'lo'), { headers: { 'X-A': 'b' } })],
  ])('allows a FastResponse of its own, of %s', async (_, make) => {
    await using server = new WebServer(make);
    const { status, text, header } = await server.get('/');
    expect([status, text, header('x-a')]).toEqual([200, 'hello', 'b']);
    expect(server.errors).toEqual([]);
  });
});

describe('an app of h3', () => {
  const app = new H3({ silent: true });
  app.get('/', () => 'hello');
  app.get('/json', () => ({ a: 1 }));
  app.get('/users/:name', (event) => ({ name: event.context.params?.['name'], query: getQuery(event) }));
  app.post('/body', async (event) => ({ got: await readBody(event) }));
  app.get('/ip', (event) => getRequestIP(event));
  app.get('/cookie', (event) => {
    setCookie(event, 'a', '1');
    setCookie(event, 'b', '2');
    return 'set';
  });
  app.get('/stream', () => streamOf('a', 'b'));
  app.get('/fast', () => new FastResponse('fast'));
  app.get('/error', () => {
    throw new HTTPError({ status: 418, message: 'short and stout' });
  });
  app.get('/broken', () => {
    throw new Error('broken');
  });
  app.get(
    '/sse',
    defineEventHandler((event) => {
      const events = createEventStream(event);
      void events.push('one').then(() => events.push('two'));
      return events.send();
    }),
  );
  const serving = (): WebServer => new WebServer((request) => app.fetch(request));

  test.each([
    ['/', 200, /^hello$/],
    ['/json', 200, /^\{\s*"a":\s*1\s*\}$/],
    ['/users/wlx?q=1', 200, /"name":\s*"wlx",\s*"query":\s*\{\s*"q":\s*"1"/],
    ['/ip', 200, /^127\.0\.0\.1$/],
    ['/stream', 200, /^ab$/],
    ['/fast', 200, /^fast$/],
    ['/error', 418, /short and stout/],
    ['/broken', 500, /./],
    ['/none', 404, /Cannot find any route/],
  ])('answers GET %s', async (path, status, text) => {
    await using server = serving();
    const answer = await server.get(path);
    expect([answer.status, answer.text]).toEqual([status, expect.stringMatching(text)]);
    expect(server.errors).toEqual([]);
  });

  test('reads bodies and sets cookies', async () => {
    await using server = serving();
    const { text } = await server.post('/body', '{"a":[1]}', 'Content-Type: application/json\r\n');
    expect(JSON.parse(text)).toEqual({ got: { a: [1] } });
    const { lines } = await server.get('/cookie');
    expect(lines.filter((line) => /^set-cookie: /i.test(line))).toHaveLength(2);
  });

  test('sends server-sent events', async () => {
    await using server = serving();
    await using client = await RawClient.connect(server.address);
    await client.send(get('/sse'));
    await until(() => client.received.includes('data: two\n\n'), 'the events have come');
    client.reset();
    await until(() => server.server.connectionCount === 0, 'the connection is closed');
    expect(server.errors).toEqual([]);
  });
});
