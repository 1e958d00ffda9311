/** Options that no call has, and arguments in the wrong place: refused by name before anything is opened. */
import { BlockList } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import express from 'express';
import { Hono } from 'hono';
import { fetchHandler, fileHandler, HttpServer, Reactor, serve, siteHandler } from '../../src/index.js';
import { openFds } from '../support/descriptors.js';
import { messageOf } from '../support/thrown-error.js';

/** Callable with anything, as from JavaScript. */
type Anything = (...args: unknown[]) => unknown;

const fetch = (): Response => new Response('hello');
const handler = (): void => {};
const construct =
  (Class: unknown): Anything =>
  (...args) =>
    Reflect.construct(Class as new () => unknown, args);

/** Runs `use` and looks for descriptors that are left open. */
function leavingNothingOpen<T>(use: () => T): T {
  const before = openFds();
  const result = use();
  expect(openFds()).toEqual(before);
  return result;
}

describe('an unknown option is refused with the nearest known name', () => {
  test.each<[string, Anything, unknown[], string]>([
    ['serve()', serve as Anything, [{ fetch, host: '::' }], 'host: there is no such option; the nearest is hostname'],
    [
      'serve()',
      serve as Anything,
      [{ fetch, websocket: {} }],
      'websocket: there is no such option; there are fetch, port, hostname, unix, signal, error, realRequests, reactor, limits, onHandlerError, tls, trustedProxies, allowHalfClose, onResponse',
    ],
    [
      'serve()',
      serve as Anything,
      [{ fetch, limits: { headDeadline: 1 } }],
      'limits.headDeadline: there is no such option; the nearest is headDeadlineMs',
    ],
    [
      'fetchHandler()',
      fetchHandler as Anything,
      [fetch, { onError: handler }],
      'onError: there is no such option; the nearest is error',
    ],
    [
      'HttpServer',
      construct(HttpServer),
      [handler, { onError: handler }],
      'onError: there is no such option; there are reactor, limits, onHandlerError, tls, trustedProxies, allowHalfClose, onResponse',
    ],
    [
      'HttpServer',
      construct(HttpServer),
      [handler, { limits: { requestBodyBytes: 1 } }],
      'limits.requestBodyBytes: there is no such option; the nearest is requestBodyBytesMax',
    ],
    [
      'fileHandler()',
      fileHandler as Anything,
      ['docs', { listings: true }],
      'listings: there is no such option; the nearest is listing',
    ],
    [
      'fileHandler()',
      fileHandler as Anything,
      ['docs', { cleanURLs: true }],
      'cleanURLs: there is no such option; the nearest is cleanUrls',
    ],
    [
      'siteHandler()',
      siteHandler as Anything,
      [{ root: 'docs', listings: true }],
      'listings: there is no such option; the nearest is listing',
    ],
    [
      'Reactor',
      construct(Reactor),
      [{ onErrors: handler }],
      'onErrors: there is no such option; the nearest is onError',
    ],
    [
      'HttpServer, where it is the name of a method of every object',
      construct(HttpServer),
      [handler, { toString: handler }],
      'toString: there is no such option; there are reactor, limits, onHandlerError, tls, trustedProxies, allowHalfClose, onResponse',
    ],
  ])('%s', (_, call, args, message) => {
    expect(leavingNothingOpen(() => messageOf(() => call(...args)))).toBe(`TypeError: ${message}`);
  });

  test('listen(), also for an option that stands in the address', async () => {
    await using server = new HttpServer(handler);
    const listen = (...args: unknown[]): string => messageOf(() => (server.listen as Anything).apply(server, args));
    const local = { address: '127.0.0.1', port: 0 };
    expect([
      listen(local, { reuseport: true, port: 1 }),
      listen(local, { ipv6only: true }),
      listen({ host: '127.0.0.1', port: 0 }),
      listen({ ...local, reusePort: true }),
      listen({ path: '/tmp/x', port: 0 }),
      listen({ fd: 3, backlog: 1 }),
    ]).toEqual([
      'TypeError: reuseport: there is no such option; the nearest is reusePort',
      'TypeError: ipv6only: there is no such option; the nearest is ipv6Only',
      'TypeError: address.host: there is no such option; there are address, port',
      'TypeError: address.reusePort: there is no such option; options are the second argument of listen()',
      'TypeError: address.port: there is no such option; there are path',
      'TypeError: address.backlog: there is no such option; there are fd',
    ]);
  });

  test('close(), of either server', async () => {
    const message = 'grace: there is no such option; the nearest is graceMs';
    await using server = new HttpServer(handler);
    await using fetchServer = serve({ fetch, port: 0 });
    await expect((server.close as Anything).call(server, { grace: 1 })).rejects.toThrow(message);
    await expect((fetchServer.close as Anything).call(fetchServer, { grace: 1 })).rejects.toThrow(message);
    expect(fetchServer.port).toBeGreaterThan(0);
  });
});

describe('an option of the wrong type is refused, and the error says what was expected and what came', () => {
  test.each<[string, Anything, unknown[], string]>([
    [
      'fileHandler()',
      fileHandler as Anything,
      ['docs', { listing: 'yes' }],
      'listing: expected true or false, got "yes"',
    ],
    ['fileHandler()', fileHandler as Anything, ['docs', { index: 1 }], 'index: expected a string, got 1'],
    ['fileHandler()', fileHandler as Anything, ['docs', true], 'options: expected an object, got true'],
    ['fileHandler()', fileHandler as Anything, ['docs', null], 'options: expected an object, got null'],
    ['HttpServer', construct(HttpServer), [handler, 8080], 'options: expected an object, got 8080'],
    ['HttpServer', construct(HttpServer), [handler, { limits: 5 }], 'limits: expected an object, got 5'],
    [
      'HttpServer',
      construct(HttpServer),
      [handler, { trustedProxies: ['10.0.0.0/8'] }],
      'trustedProxies: expected a BlockList, got a list',
    ],
    [
      'HttpServer',
      construct(HttpServer),
      [handler, { onResponse: {} }],
      'onResponse: expected a function, got an object',
    ],
    ['Reactor', construct(Reactor), [handler], 'options: expected an object, got a function'],
    ['fetchHandler()', fetchHandler as Anything, [new Hono()], 'fetch: expected a function, got an object'],
    [
      'serve()',
      serve as Anything,
      [new Hono()],
      'options: expected an object such as { fetch: app.fetch }, got one of class Hono',
    ],
  ])('%s: %#', (_, call, args, message) => {
    expect(leavingNothingOpen(() => messageOf(() => call(...args)))).toBe(`TypeError: ${message}`);
  });

  test('an option that is undefined counts as absent', async () => {
    const absent = { limits: undefined, trustedProxies: undefined, onResponse: undefined } as object;
    for (const options of [absent, { trustedProxies: new BlockList() }]) {
      await using server = new HttpServer(handler, options);
      expect(server.listen({ address: '127.0.0.1', port: 0 }).port).toBeGreaterThan(0);
    }
  });
});

describe('an argument in the wrong place is refused, and the error says what was expected and what came', () => {
  const EXPECTED = 'TypeError: handler: expected a function (request, response), got';
  test.each<[string, unknown[], string]>([
    ['nothing', [], `${EXPECTED} undefined`],
    ['options where the handler belongs', [{ limits: {} }], `${EXPECTED} an object; options are the second argument`],
    ['a port', [8080], `${EXPECTED} 8080`],
    [
      'an app of Express',
      [express()],
      `${EXPECTED} a function with 3 parameters, as an app of Express is: connectHandler(app) runs it`,
    ],
    ['an app with fetch()', [new Hono()], `${EXPECTED} an app: serve({ fetch: app.fetch }) runs it`],
  ])('new HttpServer() with %s', (_, args, message) => {
    expect(leavingNothingOpen(() => messageOf(() => construct(HttpServer)(...args)))).toBe(message);
  });

  test('listen() with a port', async () => {
    await using server = new HttpServer(handler);
    const listen = (...args: unknown[]): string => messageOf(() => (server.listen as Anything).apply(server, args));
    const expected = 'TypeError: address: expected { address, port }, { path } or { fd }, got';
    expect([listen(8080), listen('127.0.0.1'), listen(), listen(null)]).toEqual([
      `${expected} 8080`,
      `${expected} "127.0.0.1"`,
      `${expected} undefined`,
      `${expected} null`,
    ]);
    expect([listen({ port: 8080 }), listen({ address: '127.0.0.1', port: '80' })]).toEqual([
      'TypeError: address: expected an IPv4 or IPv6 address in digits, got undefined',
      'TypeError: port: expected a whole number, got a string',
    ]);
  });
});
