import { describe, expect, test } from '@jest/globals';
import type { HttpRequest } from '../../src/server/http-request.js';
import type { HttpResponse } from '../../src/server/http-response.js';
import { ask, get, RawClient } from '../client/raw-client.js';
import { deferred, echo, TestServer } from './test-server.js';

describe('an async handler', () => {
  test('answers pipelined requests in their order, one after the other', async () => {
    const log: string[] = [];
    await using target = new TestServer(async (request, response) => {
      log.push(`begin ${request.path}`);
      // The first takes longest: in any other order it would come last.
      for (let i = request.path === '/0' ? 20 : 1; i > 0; i--) await new Promise(setImmediate);
      log.push(`end ${request.path}`);
      response.send(200, {}, request.path);
    });
    await using client = await RawClient.connect(target.address);
    const paths = ['/0', '/1', '/2', '/3'];
    await client.send(paths.map((path) => get(path)).join(''));
    const bodies = (await client.responses(4)).map(({ body }) => body.toString());
    expect(bodies).toEqual(paths);
    expect(log).toEqual(paths.flatMap((path) => [`begin ${path}`, `end ${path}`]));
  });

  test('keeps no other connection waiting', async () => {
    const slow = deferred();
    await using target = new TestServer(async (request, response) => {
      if (request.path === '/slow') await slow.promise;
      response.send(200, {}, request.path);
    });
    await using waiting = await RawClient.connect(target.address);
    await waiting.send(get('/slow'));
    target.turns();
    const other = await ask(target.address, get('/other'));
    expect(other.body.toString()).toBe('/other');
    expect(waiting.received.length).toBe(0);
    slow.resolve();
    expect((await waiting.response()).body.toString()).toBe('/slow');
  });

  test('can read its request in a later turn, after other clients have sent theirs', async () => {
    const go = deferred();
    await using target = new TestServer(async (request, response) => {
      if (request.path === '/other') return response.send(200);
      await go.promise;
      const headers = [...request.headers()].map(([name, value]) => `${name}=${value}`).join(' ');
      response.send(200, {}, `${request.method} ${request.path} ${request.query} ${request.header('x')} ${headers}`);
    });
    await using client = await RawClient.connect(target.address);
    // Not the first in its segment: its offsets are not from the beginning of the buffer.
    await client.send(get('/other') + get('/mine?q', 'X: 1\r\nx: 2\r\n'));
    target.turns();
    for (let i = 0; i < 3; i++) await ask(target.address, get('/other', `Y: ${'overwrite'.repeat(100)}\r\n`));
    go.resolve();
    const [, mine] = await client.responses(2);
    expect(mine?.body.toString()).toBe('GET /mine q 1, 2 Host=test X=1 x=2');
  });

  test('may answer a client that has gone', async () => {
    const go = deferred();
    const answered = deferred();
    await using target = new TestServer(async (request, response) => {
      if (request.path === '/') return response.send(200);
      await go.promise;
      expect(response.isSent).toBe(true);
      response.send(200, {}, 'nobody is there');
      answered.resolve();
    });
    const client = await RawClient.connect(target.address);
    await client.send(get('/slow'));
    target.turns();
    client.reset();
    await target.untilEmpty();
    go.resolve();
    await answered.promise;
    expect((await ask(target.address, get('/'))).status).toBe(200);
    expect(target.errors).toEqual([]);
  });
});

describe('a handler', () => {
  test('may keep the response and answer later, without returning a promise', async () => {
    const kept: [HttpRequest, HttpResponse][] = [];
    await using target = new TestServer((request, response) => {
      kept.push([request, response]);
    });
    await using client = await RawClient.connect(target.address);
    await client.send(get('/a') + get('/b'));
    target.turns();
    expect(kept).toHaveLength(1);
    const [request, response] = kept[0] as [HttpRequest, HttpResponse];
    response.send(200, {}, request.path);
    expect((await client.response()).body.toString()).toBe('/a');
    target.turns();
    kept[1]?.[1].send(200, {}, kept[1][0].path);
    expect((await client.response()).body.toString()).toBe('/b');
  });

  test('may answer one connection from the handler of another, with pipelined requests on both', async () => {
    // The handler of /release runs while its connection's bytes lie in the buffer that all share.
    const waiting: HttpResponse[] = [];
    await using target = new TestServer((request, response) => {
      if (request.path === '/wait') {
        waiting.push(response);
        return;
      }
      if (request.path === '/release') waiting.pop()?.send(200, {}, 'released');
      response.send(200, {}, `${request.path} ${request.header('x-filler')?.length}`);
    });
    await using held = await RawClient.connect(target.address);
    await using releasing = await RawClient.connect(target.address);
    const filler = 'X-Filler: ';
    const ahead = (name: string, count: number, length: number): string =>
      Array.from({ length: count }, (_, i) => get(`/${name}${i}`, `${filler}${name.repeat(length)}\r\n`)).join('');
    for (let round = 0; round < 20; round++) {
      await held.send(get('/wait') + ahead('h', 30, 100 + round));
      target.turns();
      expect(waiting).toHaveLength(1);
      await releasing.send(get('/release') + ahead('r', 30, 300 - round));
      const released = await releasing.responses(31);
      expect(released.slice(1).map(({ body }) => body.toString())).toEqual(
        Array.from({ length: 30 }, (_, i) => `/r${i} ${300 - round}`),
      );
      const [first, ...rest] = await held.responses(31);
      expect(first?.body.toString()).toBe('released');
      expect(rest.map(({ body }) => body.toString())).toEqual(
        Array.from({ length: 30 }, (_, i) => `/h${i} ${100 + round}`),
      );
    }
    expect(target.errors).toEqual([]);
  });
});

describe('a request', () => {
  test('gives headers by name in any case, joined if there are several, and all of them in order', async () => {
    await using target = new TestServer((request, response) => {
      const known = [request.header('a'), request.header('b'), request.header('c'), request.header('A')];
      response.send(200, {}, JSON.stringify([known, [...request.headers()], request.minorVersion]));
    });
    const { body } = await ask(target.address, get('/', 'A: 1\r\nB:\r\na: 2\r\n'));
    expect(JSON.parse(body.toString())).toEqual([
      ['1, 2', '', null, '1, 2'],
      [
        ['Host', 'test'],
        ['A', '1'],
        ['B', ''],
        ['a', '2'],
      ],
      1,
    ]);
  });

  test('has several Cookie lines joined by a semicolon, and other headers by a comma', async () => {
    await using target = new TestServer((request, response) => {
      response.send(200, {}, `${request.header('cookie')} ${request.header('Cookie')} ${request.header('accept')}`);
    });
    const { body } = await ask(target.address, get('/', 'Cookie: a=1\r\nAccept: x\r\nCOOKIE: b=2\r\nAccept: y\r\n'));
    expect(body.toString()).toBe('a=1; b=2 a=1; b=2 x, y');
  });

  test('in absolute-form without a path has the path /', async () => {
    await using target = new TestServer(echo);
    const { body } = await ask(target.address, 'GET http://example.com?q HTTP/1.1\r\nHost: h\r\n\r\n');
    expect(body.toString()).toBe('GET /?q');
  });

  test.each<[string, (response: HttpResponse) => void]>([
    ['answered and returned', (response) => response.send(200)],
    [
      'thrown',
      () => {
        throw new Error('broken');
      },
    ],
  ])('cannot be read once its handler has %s: its bytes belong to another request', async (_, end) => {
    const kept: HttpRequest[] = [];
    await using target = new TestServer((request, response) => {
      kept.push(request);
      end(response);
    });
    await ask(target.address, get('/mine'));
    await ask(target.address, get('/secret-of-another-client'));
    const [request] = kept as [HttpRequest];
    expect(() => request.path).toThrow('a request was read after its handler had answered and returned');
    expect(() => request.query).toThrow();
    expect(() => request.header('host')).toThrow();
    expect(() => [...request.headers()]).toThrow();
    expect(request.method).toBe('GET');
  });
});
