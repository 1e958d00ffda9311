/** A handler's asynchronous context is its own, and what it throws becomes an answer. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { fileHandler } from '../../src/files/file-handler.js';
import { ClientGoneError, type ErrorHeaders, HttpError } from '../../src/http/http-error.js';
import { HttpServer } from '../../src/server/http-server.js';
import { ask, get, RawClient } from '../client/raw-client.js';
import { LimitedServer, post, postChunks, postHead } from './limited-server.js';
import { deferred } from './test-server.js';

afterEach(() => {
  jest.restoreAllMocks();
});

describe('an AsyncLocalStorage', () => {
  const storage = new AsyncLocalStorage<string>();
  const pipelined = Array.from({ length: 6 }, (_, i) =>
    i % 3 === 0 ? get(`/${i}`) : i % 3 === 1 ? post(`/${i}`, 'body') : postChunks(`/${i}`, ['bo', 'dy']),
  );

  test.each(['run', 'enterWith'] as const)(
    'that a handler enters by %s() lasts across its awaits and reaches no other handler, pipelined or not',
    async (way) => {
      const found: (string | undefined)[] = [];
      const seen: (string | undefined)[] = [];
      await using server = new LimitedServer((request, response) => {
        found.push(storage.getStore());
        const work = async (): Promise<void> => {
          const see = (): void => void seen.push(storage.getStore());
          await null;
          see();
          for await (const _ of request.body) see();
          await new Promise(setImmediate);
          see();
          request.signal.addEventListener('abort', () => {});
          response.start(200, {}, { length: 1_000_000 });
          await response.write(Buffer.alloc(999_999)); // above the high-water mark
          see();
          response.end('.');
          see();
          await null;
          see();
        };
        if (way === 'run') return storage.run(request.path, work);
        storage.enterWith(request.path);
        return work();
      });
      await using client = await RawClient.connect(server.address);
      await client.send(pipelined.join(''));
      await client.responses(6);
      for (const request of pipelined) {
        await client.send(request);
        await client.response();
      }
      await server.settle();
      expect(found).toEqual(new Array(12).fill(undefined));
      const expected = ['/0', '/1', '/2', '/3', '/4', '/5'];
      expect([...new Set(seen)]).toEqual(expected);
      for (const path of expected) {
        expect(seen.filter((store) => store === path).length).toBeGreaterThanOrEqual(10);
      }
      expect(server.errors).toEqual([]);
    },
  );

  test('that a synchronous handler enters reaches neither the next handler nor one that it answers for', async () => {
    const found: (string | undefined)[] = [];
    const waiting: (() => void)[] = [];
    await using server = new LimitedServer((request, response) => {
      found.push(storage.getStore());
      storage.enterWith(request.path);
      if (request.path === '/wait') {
        waiting.push(() => response.send(200));
        return;
      }
      waiting.shift()?.(); // as a consequence the next request is handled
      response.send(200);
    });
    await using held = await RawClient.connect(server.address);
    await using client = await RawClient.connect(server.address);
    await held.send(get('/wait') + get('/behind'));
    await server.settle();
    await client.send(get('/a') + get('/b'));
    await client.responses(2);
    await held.responses(2);
    expect(found).toEqual(new Array(4).fill(undefined));
  });

  test('that a listener enters, a folder’s too, reaches neither the next listener nor the reactor', async () => {
    const found: (string | undefined)[] = [];
    const files = fileHandler(fileURLToPath(new URL('.', import.meta.url)));
    await using server = new HttpServer(files, {
      onResponse: () => {
        found.push(storage.getStore());
        storage.enterWith('a listener');
      },
    });
    const address = server.listen({ address: '127.0.0.1', port: 0 });
    await using client = await RawClient.connect(address);
    const request = get('/handler-context.test.ts');
    await client.send(request.repeat(3));
    await client.responses(3);
    await client.send(request);
    await client.response();
    files.close();
    expect(found).toEqual(new Array(4).fill(undefined));
  });

  test('in which the server was made holds in every handler', async () => {
    const found: (string | undefined)[] = [];
    await using server = storage.run(
      'server',
      () =>
        new LimitedServer((_, response) => {
          found.push(storage.getStore());
          response.send(200);
        }),
    );
    await storage.run('client', async () => ask(server.address, get('/')));
    expect(found).toEqual(['server']);
  });
});

describe('an HttpError', () => {
  test.each<[number, string, ErrorHeaders]>([
    [400, 'no', {}],
    [404, '', {}],
    [405, 'only GET', { Allow: 'GET, HEAD' }],
    [429, 'later', { 'Retry-After': 5, 'Set-Cookie': 'a=b' }],
    [499, 'grüße', {}],
    [422, 'in lower case', { 'content-type': 'text/html' }],
    [401, 'who', { 'Content-Type': 'text/html', 'WWW-Authenticate': 'Basic' }],
  ])('of %i, thrown or rejected, is the response, and is not reported', async (status, message, headers) => {
    await using server = new LimitedServer((request) => {
      const error = new HttpError(status, message, { headers });
      if (request.path === '/throw') throw error;
      return Promise.reject(error);
    });
    await using client = await RawClient.connect(server.address);
    await client.send(get('/throw') + get('/reject'));
    for (const response of await client.responses(2)) {
      expect(response.status).toBe(status);
      expect(response.body.toString()).toMatch(new RegExp(`^${status} [A-Za-z ]*${message && `: ${message}`}\n$`));
      for (const [name, value] of Object.entries(headers))
        expect(response.headers.get(name.toLowerCase())).toBe(`${value}`);
      expect(response.headers.has('connection')).toBe(false);
    }
    expect(server.errors).toEqual([]);
  });

  test('of 500 and above is the response, and is reported', async () => {
    await using server = new LimitedServer(() => {
      throw new HttpError(503, 'the database rests', { headers: { 'Retry-After': '9' } });
    });
    const response = await ask(server.address, get('/'));
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '9']);
    expect(server.errors).toHaveLength(1);
  });

  test('to a HEAD has no body', async () => {
    await using server = new LimitedServer(() => {
      throw new HttpError(404, 'no');
    });
    await using client = await RawClient.connect(server.address);
    await client.send(get('/').replace('GET', 'HEAD').repeat(2));
    for (const { status } of await client.responses(2, { toHead: true })) expect(status).toBe(404);
    await server.settle();
    expect(client.received.length).toBe(0);
  });

  test.each<[string, ErrorHeaders]>([
    ['a line end in a value', { A: 'b\r\nC: d' }],
    ['a name that is none', { 'A B': 'c' }],
    ['a header of the server’s', { 'Content-Length': '3' }],
  ])('with invalid headers (%s) is answered 500, and both errors are reported', async (_, headers) => {
    await using server = new LimitedServer(() => {
      throw new HttpError(500, 'mine', { headers });
    });
    await using client = await RawClient.connect(server.address);
    await client.send(get('/').repeat(2));
    for (const { status, body } of await client.responses(2)) {
      expect([status, body.toString()]).toEqual([500, '500 Internal Server Error\n']);
    }
    expect(server.errors).toHaveLength(4);
  });

  test.each([399, 600, 200, 404.5, Number.NaN])('of %p is refused by its constructor', (status) => {
    expect(() => new HttpError(status, 'x')).toThrow(RangeError);
  });

  test('changes nothing after the response, and cuts off a response that has begun; neither is reported', async () => {
    await using server = new LimitedServer(async (request, response) => {
      if (request.path === '/sent') response.send(200, {}, 'sent');
      else {
        response.start(200);
        await response.write('begun');
      }
      throw new HttpError(404, 'too late');
    });
    await using client = await RawClient.connect(server.address);
    await client.send(get('/sent') + get('/begun'));
    expect((await client.response()).body.toString()).toBe('sent');
    const rest = (await client.untilEnd()).toString();
    expect(rest).toContain('begun');
    expect(rest).not.toMatch(/404|\r\n0\r\n/);
    expect(server.errors).toEqual([]);
  });
});

test('a hook that throws leaves each client its response and its connection, for any kind of failure', async () => {
  const stderr = jest.spyOn(console, 'error').mockImplementation(() => {});
  const go = deferred();
  await using server = new HttpServer(
    async (request, response) => {
      if (request.path === '/ends') return;
      if (request.path === '/sent') response.send(200);
      if (request.path === '/later') await go.promise;
      throw request.path === '/headers' ? new HttpError(500, '', { headers: { 'A B': '' } }) : new Error(request.path);
    },
    {
      onHandlerError: () => {
        throw new Error('the hook');
      },
    },
  );
  const address = server.listen({ address: '127.0.0.1', port: 0 });
  await using client = await RawClient.connect(address);
  go.resolve();
  await client.send(['/throws', '/ends', '/sent', '/headers', '/later'].map((path) => get(path)).join(''));
  expect((await client.responses(5)).map(({ status }) => status)).toEqual([500, 500, 200, 500, 500]);
  expect(stderr).toHaveBeenCalledTimes(6);
});

test('a ClientGoneError that a handler throws while its client is connected is answered 500 and not reported', async () => {
  await using server = new LimitedServer(async () => {
    throw new ClientGoneError();
  });
  expect((await ask(server.address, get('/'))).status).toBe(500);
  expect(server.errors).toEqual([]);
});

test('a handler that throws before the body has arrived is answered 500, and the body is discarded', async () => {
  await using server = new LimitedServer((request, response) => {
    if (request.path === '/fail') throw new HttpError(403, 'no');
    response.send(200);
  });
  await using client = await RawClient.connect(server.address);
  await client.send(postHead('/fail', get('/smuggled').length));
  expect((await client.response()).status).toBe(403);
  await client.send(get('/smuggled') + get('/next'));
  expect((await client.response()).status).toBe(200);
  await server.settle();
  expect(client.received.length).toBe(0);
});
