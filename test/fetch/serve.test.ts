/** serve(): its options, the server that it returns, and the globals that it leaves alone. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { mkdtempSync, rmSync } from 'node:fs';
import { BlockList } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { serve } from '../../src/fetch/serve.js';
import type { ServeOptions } from '../../src/fetch/serve-options.js';
import { hasIpv6 } from '../../src/linux/has-ipv6.js';
import { ask, get } from '../client/raw-client.js';
import { openFds } from '../support/descriptors.js';
import { WebServer } from './web-server.js';

const hello = (): Response => new Response('hello');

afterEach(() => {
  jest.restoreAllMocks();
});

describe('the options', () => {
  const WRONG: [string, unknown, RegExp][] = [
    ['none', undefined, /^TypeError: options: expected an object with a fetch function, got undefined/],
    ['null', null, /^TypeError: options: .* got null/],
    ['a handler in their place', hello, /^TypeError: options: .* got a function/],
    ['no fetch', {}, /^TypeError: fetch: expected a function, got undefined/],
    ['an app in place of fetch', { fetch: { fetch: hello } }, /^TypeError: fetch: expected a function, got an object/],
    ['an error that is no function', { fetch: hello, error: 'x' }, /^TypeError: error: expected a function, got "x"/],
    ['an onHandlerError that is none', { fetch: hello, onHandlerError: 1 }, /^TypeError: onHandlerError: /],
    ['a realRequests that is no boolean', { fetch: hello, realRequests: 1 }, /^TypeError: realRequests: /],
    [
      'a signal that is none',
      { fetch: hello, signal: {} },
      /^TypeError: signal: expected an AbortSignal, got an object/,
    ],
    [
      'a port that is none',
      { fetch: hello, port: 'http' },
      /^TypeError: port: expected a number or digits, got "http"/,
    ],
    ['an empty port', { fetch: hello, port: '' }, /^TypeError: port: /],
    ['a port that is too large', { fetch: hello, port: 65_536 }, /^RangeError: port: .* got 65536/],
    ['a port with a fraction', { fetch: hello, port: 1.5 }, /^RangeError: port: /],
    ['a port below 0', { fetch: hello, port: -1 }, /^RangeError: port: /],
    [
      'a hostname that is a name',
      { fetch: hello, hostname: 'example.com' },
      /^TypeError: hostname: expected an IP address or localhost/,
    ],
    ['a hostname that is none', { fetch: hello, hostname: 1 }, /^TypeError: hostname: expected a string, got 1/],
    ['a socket and a port', { fetch: hello, unix: '/tmp/x', port: 1 }, /^TypeError: unix: expected without port/],
    ['a socket that is no path', { fetch: hello, unix: 1 }, /^TypeError: unix: /],
    ['a limit that is none', { fetch: hello, port: 0, limits: { none: 1 } }, /^TypeError: limits\.none: /],
    ['a hostname of somebody else', { fetch: hello, port: 0, hostname: '192.0.2.1' }, /EADDRNOTAVAIL/],
  ];

  test.each(WRONG)('%s: the error names the option, and nothing stays open', (_, options, message) => {
    const before = openFds();
    expect(() => serve(options as ServeOptions)).toThrow(); // a message is looked at below: errors of Node's realm are no Error here
    let thrown = '';
    try {
      serve(options as ServeOptions);
    } catch (error) {
      thrown = String(error);
    }
    expect(thrown).toMatch(message);
    expect(openFds()).toEqual(before);
  });

  test.each([
    [{ port: 0 }, '127.0.0.1', /^http:\/\/127\.0\.0\.1:\d+\/$/],
    [{ port: '0', hostname: 'localhost' }, '127.0.0.1', /^http:\/\/127\.0\.0\.1:\d+\/$/],
    [{ port: 0, hostname: '0.0.0.0' }, '0.0.0.0', /^http:\/\/0\.0\.0\.0:\d+\/$/],
    [{ port: 0, hostname: '::1' }, '::1', /^http:\/\/\[::1\]:\d+\/$/],
    [{ port: 0, hostname: '[::1]' }, '::1', /^http:\/\/\[::1\]:\d+\/$/],
  ])('%j: listens there, and the server has the address', async (options, hostname, url) => {
    await using server = serve({ fetch: hello, ...options });
    expect([server.hostname, server.url]).toEqual([hostname, expect.stringMatching(url)]);
    expect(server.port).toBeGreaterThan(0);
    expect(server.address).toEqual({ address: hostname, port: server.port });
    expect(await (await fetch(server.url as string)).text()).toBe('hello');
  });

  test('localhost is 127.0.0.1 and, where the machine has IPv6, ::1, with port 0 on one port', async () => {
    await using server = serve({ fetch: hello, port: 0, hostname: 'localhost' });
    const hosts = hasIpv6() ? ['127.0.0.1', '::1'] : ['127.0.0.1'];
    expect(server.addresses).toEqual(hosts.map((address) => ({ address, port: server.port })));
    for (const host of hosts) {
      const name = host === '::1' ? '[::1]' : host;
      expect(await (await fetch(`http://${name}:${server.port}/`)).text()).toBe('hello');
    }
  });

  test('limits are those of the server', async () => {
    await using server = new WebServer(hello, { limits: { requestHeadersMax: 2 } });
    expect((await server.get('/', 'A: b\r\n')).status).toBe(431);
  });

  test('a socket of the file system is listened on', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'serve-'));
    try {
      const infos: unknown[] = [];
      const unix = join(folder, 'socket');
      await using server = serve({
        fetch: (request, info) => {
          infos.push(info.remoteAddr, info.requestIP(), info.remoteAddress, request.ip);
          return hello();
        },
        unix,
      });
      expect([server.port, server.hostname, server.url, server.address]).toEqual([
        undefined,
        undefined,
        undefined,
        { path: unix },
      ]);
      expect((await ask({ path: unix }, get('/'))).body.toString()).toBe('hello');
      expect(infos).toEqual([{ transport: 'unix', path: '' }, null, { path: '' }, undefined]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('no global', () => {
  const NAMES = [
    'Request',
    'Response',
    'Headers',
    'fetch',
    'FormData',
    'Blob',
    'ReadableStream',
    'URL',
    'AbortController',
  ];

  test('is replaced, nor are its prototypes', async () => {
    const before = NAMES.map((name) => Reflect.get(globalThis, name) as unknown);
    const keysBefore = [Request, Response, Headers].map((made) => Reflect.ownKeys(made.prototype));
    jest.resetModules();
    const { serve: serveAgain } = await import('../../src/fetch/serve.js');
    await using server = serveAgain({ fetch: (request) => new Response(request.body), port: 0 });
    const sent = await fetch(server.url as string, { method: 'POST', body: 'hello' });
    expect(await sent.text()).toBe('hello');
    expect(NAMES.map((name) => Reflect.get(globalThis, name) as unknown)).toEqual(before);
    for (const [i, name] of NAMES.entries()) expect(Reflect.get(globalThis, name)).toBe(before[i]);
    expect([Request, Response, Headers].map((made) => Reflect.ownKeys(made.prototype))).toEqual(keysBefore);
    expect(Object.hasOwn(Request, Symbol.hasInstance)).toBe(false);
  });
});

describe('an AsyncLocalStorage', () => {
  const storage = new AsyncLocalStorage<string>();
  const paths = ['/a', '/b', '/c'];

  test('that a handler runs in lasts across its awaits, and is not seen by others', async () => {
    const found: unknown[] = [];
    await using server = new WebServer((request) => {
      found.push(storage.getStore());
      return storage.run(new URL(request.url).pathname, async () => {
        const seen = [await request.text(), storage.getStore()];
        await new Promise(setImmediate);
        return new Response([...seen, storage.getStore()].join());
      });
    });
    const texts = await Promise.all(paths.map(async (path) => (await server.post(path, 'body')).text));
    expect(texts).toEqual(paths.map((path) => `body,${path},${path}`));
    expect(found).toEqual([undefined, undefined, undefined]);
  });

  test('that a handler enters is there when its body is read', async () => {
    await using server = new WebServer((request) => {
      storage.enterWith(new URL(request.url).pathname);
      let left = 3;
      const stream = new ReadableStream<Uint8Array>(
        {
          async pull(controller) {
            await new Promise(setImmediate);
            if (left-- === 0) controller.close();
            else controller.enqueue(new TextEncoder().encode(storage.getStore() ?? 'none'));
          },
        },
        { highWaterMark: 0 },
      );
      return new Response(stream);
    });
    const texts = await Promise.all(paths.map(async (path) => (await server.get(path)).text));
    expect(texts).toEqual(paths.map((path) => path.repeat(3)));
  });
});

test('trustedProxies and onResponse of HttpServer are options of serve(), too', async () => {
  const clients: unknown[] = [];
  const trustedProxies = new BlockList();
  trustedProxies.addAddress('127.0.0.1');
  await using server = new WebServer(hello, {
    trustedProxies,
    onResponse: ({ clientAddress }) => clients.push(clientAddress),
  });
  await server.get('/', 'X-Forwarded-For: 192.0.2.7\r\n');
  expect(clients).toEqual([{ address: '192.0.2.7', port: 0 }]);
});

test('an onHandlerError that throws for work of waitUntil() does not end the process', async () => {
  const isPrinted = new Promise<unknown>((resolve) => {
    jest.spyOn(console, 'error').mockImplementation((...args) => resolve(args[0]));
  });
  await using server = new WebServer(
    (_request, info) => {
      info.waitUntil(Promise.reject(new Error('left')));
      return hello();
    },
    {
      onHandlerError: () => {
        throw new Error('the hook');
      },
    },
  );
  expect((await server.get('/')).status).toBe(200);
  expect(await isPrinted).toBe('epoll-reactor: onHandlerError failed:');
});
