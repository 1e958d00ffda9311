/** onResponse and counters: each response is reported once, by whatever method it is sent, with the bytes that its client got. */
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { HttpError } from '../../src/http/http-error.js';
import type { Limits } from '../../src/limits.js';
import type { InternetAddress } from '../../src/linux/socket-address.js';
import { Reactor } from '../../src/reactor/reactor.js';
import type { Exchange } from '../../src/server/exchange.js';
import type { HttpHandler } from '../../src/server/http-handler.js';
import type { FilePart, HttpResponse } from '../../src/server/http-response.js';
import { HttpServer } from '../../src/server/http-server.js';
import { PreparedResponse } from '../../src/server/prepared-response.js';
import { get, RawClient } from '../client/raw-client.js';
import { postHead, until } from './limited-server.js';

test('an exchange that onResponse keeps does not change later, even if its request was refused for its body', async () => {
  const kept: Exchange[] = [];
  await using server = new HttpServer((_, response) => response.send(200), {
    limits: { requestBodyBytesMax: 10 },
    onResponse: (exchange) => kept.push(exchange),
  });
  const address = server.listen({ address: '127.0.0.1', port: 0 });
  await using refused = await RawClient.connect(address);
  await refused.send(postHead('/large', 11));
  expect((await refused.response()).status).toBe(413);
  await using other = await RawClient.connect(address);
  await other.send(get('/secret'));
  expect((await other.response()).status).toBe(200);
  expect(kept).toHaveLength(2);
  for (const { request } of kept) expect(() => request?.requestLine).toThrow('after its handler had answered');
});

class ToldServer {
  readonly reactor = new Reactor({ onError: (error) => this.errors.push(error) });
  readonly server: HttpServer;
  readonly address: InternetAddress;
  readonly errors: unknown[] = [];
  /** `GET / HTTP/1.1 by 127.0.0.1: 200, 5`. */
  readonly told: string[] = [];
  readonly durationsMs: number[] = [];

  constructor(handler: HttpHandler, limits: Partial<Limits> = {}, onTold: () => void = () => {}) {
    this.server = new HttpServer(handler, {
      reactor: this.reactor,
      limits,
      onHandlerError: (error) => this.errors.push(error),
      onResponse: ({ request, response, clientAddress, durationMs }) => {
        const by = clientAddress !== undefined && 'address' in clientAddress ? clientAddress.address : 'nobody';
        const agent = request?.header('user-agent') ?? '-';
        this.told.push(`${request?.requestLine ?? '-'} by ${by} ${agent}: ${response.status}, ${response.bodyBytes}`);
        this.durationsMs.push(durationMs);
        onTold();
      },
    });
    this.address = this.server.listen({ address: '127.0.0.1', port: 0 });
    this.reactor.attach();
  }

  async untilTold(count: number): Promise<void> {
    await until(() => this.told.length >= count, `${count} responses are told`);
  }

  async untilEmpty(): Promise<void> {
    await until(() => this.server.connectionCount === 0, 'all connections are closed');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.close();
    this.reactor.close();
  }
}

const SELF = fileURLToPath(import.meta.url);
const AGENT = 'User-Agent: me\r\n';
const prepared = new PreparedResponse(200, {}, Buffer.from('prepared'));
const preparedEmpty = new PreparedResponse(304, {}, Buffer.alloc(0));

function ownFile(position: number, end: number): FilePart {
  const fd = openSync(SELF, 'r');
  return { fd, position, end, close: () => closeSync(fd) };
}

/** The handler of each path, which answers at once or a moment later. */
const ANSWERS: Readonly<Record<string, (response: HttpResponse) => void | Promise<void>>> = {
  '/send': (response) => response.send(200, {}, 'hällo'),
  '/bytes': (response) => response.send(201, {}, Buffer.alloc(100_000)),
  '/empty': (response) => response.send(204),
  '/304': (response) => response.send(304, {}, 'not sent'),
  '/prepared': (response) => response.sendPrepared(prepared),
  '/prepared-304': (response) => response.sendPrepared(preparedEmpty),
  '/file': (response) => response.sendFile(200, {}, ownFile(10, 30)),
  '/parts': (response) => response.sendParts(206, {}, [Buffer.from('<'), ownFile(0, 5), Buffer.from('>')]),
  '/stream': async (response) => {
    response.start(200);
    await response.write('a piece, ');
    await response.write('and ');
    response.end('an end');
  },
  '/stream-of-length': async (response) => {
    response.start(200, {}, { length: 4 });
    await response.write('ab');
    response.end('cd');
  },
  '/stream-304': (response) => {
    response.start(304);
    response.end();
  },
  '/http-error': () => {
    throw new HttpError(404, 'no');
  },
  '/throws': () => {
    throw new Error('on purpose');
  },
  '/throws-behind': (response) => {
    response.send(200, {}, 'ok');
    throw new Error('on purpose');
  },
};

const now: HttpHandler = (request, response) => ANSWERS[request.path]?.(response);
const later: HttpHandler = async (request, response) => {
  await new Promise(setImmediate);
  await ANSWERS[request.path]?.(response);
};
const byWhoHoldsIt: HttpHandler = (request, response) => {
  setImmediate(() => {
    try {
      void ANSWERS[request.path]?.(response);
    } catch {
      response.send(500, {}, '500 Internal Server Error\n');
    }
  });
};

const STATUSES: readonly [path: string, status: number, bodyBytes: number][] = [
  ['/send', 200, 6],
  ['/bytes', 201, 100_000],
  ['/empty', 204, 0],
  ['/304', 304, 0],
  ['/prepared', 200, 8],
  ['/prepared-304', 304, 0],
  ['/file', 200, 20],
  ['/parts', 206, 7],
  ['/stream', 200, 19],
  ['/stream-of-length', 200, 4],
  ['/stream-304', 304, 0],
  ['/http-error', 404, 18],
  ['/throws', 500, 26],
  ['/throws-behind', 200, 2],
];

describe.each([
  ['at once', now],
  ['later', later],
])('a response that is sent %s', (_when, handler) => {
  test.each(STATUSES)('by %s is reported once: %i, %i bytes', async (path, status, bodyBytes) => {
    await using server = new ToldServer(handler);
    for (const [method, bytes] of [
      ['GET', bodyBytes],
      ['HEAD', 0],
    ] as const) {
      await using client = await RawClient.connect(server.address);
      await client.send(`${method} ${path}?q HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${AGENT}\r\n`);
      const answer = (await client.untilEnd()).toString('latin1');
      expect(Number(answer.slice(9, 12))).toBe(status);
      expect(server.told.splice(0)).toEqual([`${method} ${path}?q HTTP/1.1 by 127.0.0.1 me: ${status}, ${bytes}`]);
    }
    const { responses, bodyBytes: counted, aborted, connections } = server.server.counters;
    expect([responses[Math.trunc(status / 100)], counted, aborted, connections]).toEqual([2, bodyBytes, 0, 2]);
    expect(responses.reduce((sum, each) => sum + each)).toBe(2);
  });
});

test('a response that is kept and sent later is reported with its request, which can be read', async () => {
  await using server = new ToldServer(byWhoHoldsIt);
  await using client = await RawClient.connect(server.address);
  await client.send(get('/send', AGENT) + get('/throws', AGENT));
  await client.responses(2);
  expect(server.told).toEqual([
    'GET /send HTTP/1.1 by 127.0.0.1 me: 200, 6',
    'GET /throws HTTP/1.1 by 127.0.0.1 me: 500, 26',
  ]);
});

test('pipelined responses are reported in order, each with its own request', async () => {
  await using server = new ToldServer((request, response) => {
    if (request.path.endsWith('0')) setImmediate(() => response.send(200, {}, request.path));
    else response.send(200, {}, request.path);
  });
  await using client = await RawClient.connect(server.address);
  const paths = Array.from({ length: 100 }, (_, i) => `/${i}`);
  await client.send(paths.map((path) => get(path, AGENT)).join(''));
  await client.responses(100);
  expect(server.told).toEqual(paths.map((path) => `GET ${path} HTTP/1.1 by 127.0.0.1 me: 200, ${path.length}`));
  expect(server.server.counters.responses[2]).toBe(100);
});

describe('a refusal', () => {
  test.each<[what: string, sent: string, told: string, reason: string]>([
    ['nonsense', 'nonsense\r\n\r\n', '- by 127.0.0.1 -: 400', '400 '],
    ['an unknown version', 'GET / HTTP/3.0\r\nHost: a\r\n\r\n', '- by 127.0.0.1 -: 505', '505 '],
    ['a request line that is too long', `GET /${'x'.repeat(9000)} HTTP/1.1\r\n\r\n`, '- by 127.0.0.1 -: 414', '414 '],
    [
      'a Content-Length that is too large, with its request',
      postHead('/upload', 2_000_000, AGENT),
      'POST /upload HTTP/1.1 by 127.0.0.1 me: 413',
      '413 request body longer than 1048576 bytes',
    ],
  ])('of %s is reported once', async (_what, sent, told, reason) => {
    await using server = new ToldServer(now);
    await using client = await RawClient.connect(server.address);
    await client.send(sent);
    const { body } = await client.response();
    expect(server.told).toEqual([`${told}, ${body.length}`]);
    const [[key, count] = ['', 0]] = server.server.counters.rejections;
    expect([key.startsWith(reason), count]).toEqual([true, 1]);
    expect(server.server.counters.bodyBytes).toBe(body.length);
  });

  test('of half a head at the head deadline is reported as a 408', async () => {
    await using server = new ToldServer(now, { headDeadlineMs: 20 });
    await using client = await RawClient.connect(server.address);
    await client.send('GET / HT');
    const { status, body } = await client.response();
    expect(status).toBe(408);
    expect(server.told).toEqual([`- by 127.0.0.1 -: 408, ${body.length}`]);
    expect([...server.server.counters.rejections.values()]).toEqual([1]);
  });

  test('of a late body is reported as the error that its reader gets', async () => {
    await using server = new ToldServer(async (request) => void (await request.bytes()), { bodyDeadlineMs: 20 });
    await using client = await RawClient.connect(server.address);
    await client.send(postHead('/', 100, AGENT));
    const { body } = await client.response();
    expect(server.told).toEqual([`POST / HTTP/1.1 by 127.0.0.1 me: 408, ${body.length}`]);
  });

  test('of a connection over connectionsPerAddressMax is counted, and not reported as an exchange', async () => {
    await using server = new ToldServer(now, { connectionsPerAddressMax: 1 });
    await using first = await RawClient.connect(server.address);
    await first.send(get('/send', AGENT));
    await first.response();
    await using second = await RawClient.connect(server.address);
    expect((await second.untilEnd()).toString('latin1')).toMatch(/^HTTP\/1\.1 503 /);
    expect(server.told).toHaveLength(1);
    expect(server.server.counters).toMatchObject({ connections: 2, connectionsRefused: 1 });
  });
});

describe('a connection that ends before its response', () => {
  test('is reported with status 0 if the handler has sent nothing', async () => {
    await using server = new ToldServer(() => {});
    await using client = await RawClient.connect(server.address);
    await client.send(get('/never', AGENT));
    await until(() => server.reactor.eventCount > 1, 'the request has come');
    client.reset();
    await server.untilTold(1);
    await server.untilEmpty();
    expect(server.told).toEqual(['GET /never HTTP/1.1 by 127.0.0.1 me: 0, 0']);
    expect(server.server.counters.aborted).toBe(1);
    expect(server.server.counters.responses.reduce((sum, each) => sum + each)).toBe(0);
  });

  test('is reported with the bytes sent if the handler has sent a part', async () => {
    await using server = new ToldServer(async (_request, response) => {
      response.start(200);
      await response.write('a part');
    });
    await using client = await RawClient.connect(server.address);
    await client.send(get('/part', AGENT));
    await client.untilBytes(10);
    client.reset();
    await server.untilTold(1);
    await server.untilEmpty();
    expect(server.told).toEqual(['GET /part HTTP/1.1 by 127.0.0.1 me: 200, 6']);
    expect(server.server.counters).toMatchObject({ aborted: 1, bodyBytes: 6 });
  });

  test('is reported once, though its handler then answers', async () => {
    let answer: () => void = () => {};
    await using server = new ToldServer((_request, response) => {
      answer = () => response.send(200, {}, 'too late');
    });
    await using client = await RawClient.connect(server.address);
    await client.send(get('/late', AGENT));
    await until(() => server.reactor.eventCount > 1, 'the request has come');
    client.reset();
    await server.untilTold(1);
    answer();
    expect(server.told).toEqual(['GET /late HTTP/1.1 by 127.0.0.1 me: 0, 0']);
    expect(server.server.counters.bodyBytes).toBe(0);
  });

  test.each<[how: string, handler: HttpHandler, told: string]>([
    ['a handler that fails in the middle', failing, '200, 3'],
    ['a handler that cuts it off, and has returned nothing', (_request, response) => response.destroy(), '0, 0'],
    ['a length that is not reached', short, '200, 2'],
  ])('is reported if it is cut off by %s', async (_how, handler, told) => {
    await using server = new ToldServer(handler);
    await using client = await RawClient.connect(server.address);
    await client.send(get('/cut', AGENT) + get('/behind', AGENT));
    await client.untilEnd();
    expect(server.told).toEqual([`GET /cut HTTP/1.1 by 127.0.0.1 me: ${told}`]);
    expect(server.server.counters.aborted).toBe(1);
  });

  test('is reported if the server closes', async () => {
    const server = new ToldServer(() => {});
    await using client = await RawClient.connect(server.address);
    await client.send(get('/never', AGENT));
    await until(() => server.reactor.eventCount > 1, 'the request has come');
    await server.server.close();
    server.reactor.close();
    expect(server.told).toEqual(['GET /never HTTP/1.1 by 127.0.0.1 me: 0, 0']);
  });

  test('is not reported if it brought no request', async () => {
    await using server = new ToldServer(now);
    const clients = await Promise.all([1, 2, 3].map(() => RawClient.connect(server.address)));
    await clients[1]?.send('GET / HTTP/1.1\r\n');
    for (const client of clients) await client.close();
    await until(() => server.server.counters.connections === 3, 'all have come');
    await server.untilEmpty();
    expect(server.told).toEqual([]);
    expect(server.server.counters.aborted).toBe(0);
  });
});

function failing(_request: unknown, response: HttpResponse): void {
  response.start(200);
  void response.write('abc');
  throw new Error('on purpose');
}

function short(_request: unknown, response: HttpResponse): void {
  response.start(200, {}, { length: 5 });
  response.end('ab');
}

test('an error that onResponse throws is reported as a handler’s error, and changes no response', async () => {
  await using server = new ToldServer(now, {}, () => {
    throw new Error('a log that fails');
  });
  await using client = await RawClient.connect(server.address);
  await client.send(get('/send') + get('/stream-of-length') + get('/throws') + get('/send'));
  const responses = await client.responses(4);
  expect(responses.map(({ status }) => status)).toEqual([200, 200, 500, 200]);
  await client.send('nonsense\r\n\r\n');
  expect((await client.response()).status).toBe(400);
  expect(server.errors.map(String).filter((error) => error === 'Error: a log that fails')).toHaveLength(5);
});

test('the duration runs from the end of the head until the handler has sent the last byte', async () => {
  await using server = new ToldServer(async (_request, response) => {
    response.start(200, {}, { length: 2 });
    await response.write('a');
    await new Promise((resolve) => setTimeout(resolve, 30));
    response.end('b');
  });
  await using client = await RawClient.connect(server.address);
  await client.send(get('/'));
  await client.response();
  expect(server.durationsMs[0]).toBeGreaterThanOrEqual(29);
  expect(server.durationsMs[0]).toBeLessThan(10_000);
});

test('the counters count without an onResponse', async () => {
  await using server = new HttpServer((_request, response) => response.send(200, {}, 'hello'));
  const address = server.listen({ address: '127.0.0.1', port: 0 });
  await using client = await RawClient.connect(address);
  await client.send(get('/').repeat(10));
  await client.responses(10);
  expect(server.counters).toMatchObject({ connections: 1, bodyBytes: 50, aborted: 0 });
  expect(server.counters.responses[2]).toBe(10);
});

test('the request line is reported as sent: in absolute-form, as an asterisk, after an empty line', async () => {
  await using server = new ToldServer((_request, response) => response.send(200));
  await using client = await RawClient.connect(server.address);
  await client.send('\r\nGET http://b/x?y HTTP/1.1\r\nHost: b\r\n\r\n');
  await client.send('OPTIONS * HTTP/1.1\r\nHost: b\r\n\r\n');
  await client.responses(2);
  expect(server.told.map((line) => line.split(' by')[0])).toEqual(['GET http://b/x?y HTTP/1.1', 'OPTIONS * HTTP/1.1']);
});
