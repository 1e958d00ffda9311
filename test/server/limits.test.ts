/** Every limit can be set, applies at exactly its value, and is refused if the value makes no sense. */
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { DEFAULT_LIMITS, type Limits, limitsOf, READ_BUFFER_BYTES } from '../../src/limits.js';
import type { HttpHandler } from '../../src/server/http-handler.js';
import { HttpServer } from '../../src/server/http-server.js';
import { get, RawClient } from '../client/raw-client.js';
import { messageOf } from '../support/thrown-error.js';
import { chunk, chunkedHead, LimitedServer, post, postChunks, postHead } from './limited-server.js';

const NAMES = Object.keys(DEFAULT_LIMITS) as (keyof Limits)[];
/** Nothing of it is accepted. */
const MAY_BE_ZERO = ['requestBodyBytesMax', 'chunkExtensionBytesMax', 'trailerBytesMax', 'unreadBodyBytesMax'];

const readAll: HttpHandler = async (request, response) => {
  await request.bytes();
  response.send(200);
};

afterEach(() => {
  jest.restoreAllMocks();
});

/** The status of a request if one limit is set. */
async function statusOf(limits: Partial<Limits>, request: string, handler = readAll): Promise<number> {
  await using server = new LimitedServer(handler, limits);
  await using client = await RawClient.connect(server.address);
  await client.send(request);
  return (await client.response()).status;
}

describe('the limit', () => {
  const line = 'GET /123 HTTP/1.1\r\n';
  const head = get('/', 'X: yz\r\n');
  test.each<[keyof Limits, number, string, string, number]>([
    ['requestLineBytesMax', line.length, `${line}Host: h\r\n\r\n`, `GET /1234 HTTP/1.1\r\nHost: h\r\n\r\n`, 414],
    ['requestHeadBytesMax', head.length, head, get('/', 'X: yz!\r\n'), 431],
    ['requestHeadersMax', 3, get('/', 'A: 1\r\nB: 2\r\n'), get('/', 'A: 1\r\nB: 2\r\nC: 3\r\n'), 431],
    ['requestBodyBytesMax', 5, post('/', '12345'), post('/', '123456'), 413],
    ['requestBodyBytesMax', 5, postChunks('/', ['123', '45']), postChunks('/', ['123', '456']), 413],
    [
      'chunkExtensionBytesMax',
      5,
      `${chunkedHead('/')}1;a\r\nx\r\n0;bc\r\n\r\n`,
      `${chunkedHead('/')}1;a\r\nx\r\n0;bcd\r\n\r\n`,
      413,
    ],
    ['trailerBytesMax', 6, `${chunkedHead('/')}0\r\nA: b\r\n\r\n`, `${chunkedHead('/')}0\r\nA: bc\r\n\r\n`, 431],
  ])('%s of %i accepts exactly that, and refuses one more', async (name, value, good, bad, status) => {
    expect(await statusOf({ [name]: value }, good)).toBe(200);
    expect(await statusOf({ [name]: value }, bad)).toBe(status);
    expect(await statusOf({ [name]: value + 1 }, bad)).toBe(200);
  });

  test('of 0 refuses every part that it counts, and no other request', async () => {
    await using server = new LimitedServer(
      readAll,
      Object.fromEntries(MAY_BE_ZERO.slice(1).map((name) => [name, 0])), // bodies are allowed
    );
    const rows: [string, number][] = [
      [get('/') + post('/', 'x') + postChunks('/', ['x']), 200],
      [`${chunkedHead('/')}0;\r\n\r\n`, 413],
      [`${chunkedHead('/')}0\r\nA:\r\n\r\n`, 431],
    ];
    for (const [request, status] of rows) {
      await using client = await RawClient.connect(server.address);
      await client.send(request);
      expect((await client.responses(status === 200 ? 3 : 1)).at(-1)?.status).toBe(status);
    }
    for (const [request, status] of [
      [get('/'), 200],
      [post('/', ''), 200],
      [postChunks('/', []), 200],
      [post('/', 'x'), 413],
      [postChunks('/', ['x']), 413],
    ] as const) {
      expect(await statusOf({ requestBodyBytesMax: 0 }, request)).toBe(status);
    }
  });

  test('on the head holds at its largest value, however the head is split', async () => {
    const requestHeadBytesMax = 65_535;
    const line = get('/', 'X: \r\n').length;
    await using server = new LimitedServer(readAll, { requestHeadBytesMax });
    for (const beyond of [0, 1, 1_000]) {
      const large = get('/', `X: ${'x'.repeat(requestHeadBytesMax - line + beyond)}\r\n`);
      await using client = await RawClient.connect(server.address);
      await client.send(large.slice(0, requestHeadBytesMax - 1));
      server.turns();
      for (const at of [requestHeadBytesMax - 1, requestHeadBytesMax]) {
        const part = large.slice(at, at < requestHeadBytesMax ? at + 1 : undefined);
        if (part !== '') await client.send(part);
        server.turns();
      }
      expect((await client.response()).status).toBe(beyond === 0 ? 200 : 431);
    }
    expect(messageOf(() => limitsOf({ requestHeadBytesMax: 65_536 }))).toContain('requestHeadBytesMax');
  });
});

describe('the buffer limit', () => {
  test('bodyHighWaterBytes bounds what a paused reader holds to that and the bytes of one read', async () => {
    let read = 0;
    const steps: (() => void)[] = [];
    await using server = new LimitedServer(
      async (request) => {
        for await (const part of request.body) {
          read += part.length;
          await new Promise<void>((resolve) => steps.push(resolve));
        }
      },
      { bodyHighWaterBytes: 1 },
    );
    await using client = await RawClient.connect(server.address);
    await client.send(postHead('/', 900_000));
    await client.send('x'.repeat(300_000));
    for (let i = 1; i <= 3; i++) {
      await server.settle();
      expect(read).toBeLessThanOrEqual(i * READ_BUFFER_BYTES);
      steps.shift()?.();
    }
  });

  test('writeHighWaterBytes bounds the responses to a client that does not read', async () => {
    const answeredAt = async (writeHighWaterBytes: number): Promise<number> => {
      let answered = 0;
      await using server = new LimitedServer(
        (request, response) => {
          answered++;
          // The first response fills the kernel's buffers, so the later ones are queued.
          response.send(200, {}, request.path === '/' ? Buffer.alloc(16_000_000) : 'x'.repeat(10_000));
        },
        { writeHighWaterBytes },
      );
      await using client = await RawClient.connect(server.address);
      client.pause();
      await client.send(get('/') + get('/small').repeat(200));
      await server.settle();
      return answered;
    };
    expect(await answeredAt(1)).toBe(1);
    expect(await answeredAt(40_000_000)).toBe(201);
  });

  test('unreadBodyBytesMax keeps the connection open after an unread body of that size; one byte more closes it', async () => {
    await using server = new LimitedServer((_, response) => response.send(200), { unreadBodyBytesMax: 3 });
    for (const [body, connection] of [
      ['123', undefined],
      ['1234', 'close'],
    ] as const) {
      await using client = await RawClient.connect(server.address);
      await client.send(post('/', body));
      expect((await client.response()).headers.get('connection')).toBe(connection);
    }
  });
});

describe('connectionsPerAddressMax', () => {
  const echoPath: HttpHandler = (request, response) => response.send(200, {}, request.path);
  const LIMITS = { connectionsPerAddressMax: 2 };

  test.each([
    ['IPv4', '127.0.0.1', ['127.0.0.1']],
    ['IPv6', '::1', ['::1']],
    ['both on one socket', '::', ['127.0.0.1', '::ffff:127.0.0.1', '::1']],
  ])('of two, over %s, refuses the third with a 503 until one of them closes', async (_, listen, addresses) => {
    await using server = new LimitedServer(echoPath, LIMITS, { address: listen, port: 0 });
    const connect = (address: string): Promise<RawClient> => RawClient.connect({ address, port: server.address.port });
    const [address = '', mapped = address, other] = addresses;
    const clients = [await connect(address), await connect(mapped)];
    server.turns();
    await using third = await connect(address);
    const refusal = await third.response();
    expect([refusal.status, refusal.headers.get('connection')]).toEqual([503, 'close']);
    expect((await third.untilEnd()).length).toBe(0);
    expect(server.server.connectionCount).toBe(2);
    for (const client of clients) {
      await client.send(get('/in'));
      expect((await client.response()).body.toString()).toBe('/in');
    }
    if (other !== undefined) {
      await using client = await connect(other); // another peer
      await client.send(get('/other'));
      expect((await client.response()).body.toString()).toBe('/other');
    }
    for (const client of clients) {
      client.reset();
      await client.close();
      server.turns();
      await using next = await connect(mapped);
      await next.send(get('/next'));
      expect((await next.response()).body.toString()).toBe('/next');
    }
  });

  test('no longer counts a connection that has ended, however it ended', async () => {
    await using server = new LimitedServer(echoPath, { connectionsPerAddressMax: 1 });
    for (let i = 0; i < 60; i++) {
      const client = await RawClient.connect(server.address);
      await client.send([get('/'), 'nonsense\r\n\r\n', 'GET / HT', ''][i % 4] as string);
      server.turns();
      if (i % 2 === 0) client.reset();
      else client.shutWriting();
      await client.close();
      await server.untilEmpty();
    }
    expect(server.errors).toEqual([]);
  });
});

test.each<[keyof Limits, string, string]>([
  ['headDeadlineMs', 'GET', ''],
  ['bodyDeadlineMs', postHead('/read', 5), ''],
  ['keepAliveDeadlineMs', get('/'), ''],
  ['writeStallDeadlineMs', get('/large'), 'pause'],
  ['lingerDeadlineMs', 'nonsense\r\n\r\n', ''],
])('%s of 1000 ms ends the wait after 1000 ms, and not before', async (name, sent, mode) => {
  let nowMs = Math.ceil(performance.now());
  jest.spyOn(performance, 'now').mockImplementation(() => nowMs);
  await using server = new LimitedServer(
    async (request, response) => {
      if (request.path === '/read') await request.bytes();
      response.send(200, {}, Buffer.alloc(request.path === '/large' ? 16_000_000 : 1));
    },
    { [name]: 1_000 },
  );
  await using client = await RawClient.connect(server.address);
  if (mode === 'pause') client.pause();
  await client.send(sent);
  await server.settle();
  nowMs += 999;
  server.turns();
  await server.settle();
  expect(server.server.connectionCount).toBe(1);
  const before = client.received.length;
  nowMs += 1;
  server.reactor.turn(0);
  await server.settle();
  // Closed, or told so.
  if (server.server.connectionCount === 1) expect(client.received.toString().slice(before)).toContain(' 408 ');
});

test('bodyBytesPerSecondMin gives a body one more second for each so many bytes', async () => {
  let nowMs = Math.ceil(performance.now());
  jest.spyOn(performance, 'now').mockImplementation(() => nowMs);
  await using server = new LimitedServer(readAll, { bodyDeadlineMs: 1_000, bodyBytesPerSecondMin: 5 });
  await using client = await RawClient.connect(server.address);
  await client.send(`${chunkedHead('/')}${chunk('0123456789')}`); // earns two more
  await server.settle();
  nowMs += 2_999;
  server.reactor.turn(0);
  await server.settle();
  expect(client.received.length).toBe(0);
  nowMs += 1;
  server.reactor.turn(0);
  expect((await client.response()).status).toBe(408);
});

describe('the constructor of HttpServer', () => {
  const make = (limits: unknown) => (): unknown => new HttpServer(readAll, { limits: limits as Partial<Limits> });

  test.each(NAMES)('refuses by name a %s that is no whole number from 1, or for some limits from 0', (name) => {
    for (const value of [...(MAY_BE_ZERO.includes(name) ? [] : [0]), -1, 1.5, Number.NaN, Number.NEGATIVE_INFINITY]) {
      expect(messageOf(make({ [name]: value }))).toMatch(
        new RegExp(`^RangeError: limits\\.${name}: expected .*got ${value}$`),
      );
    }
    const others = [
      ['5', '"5"'],
      [true, 'true'],
      [{}, 'an object'],
      [5n, '5'],
    ];
    for (const [value, shown] of others) {
      expect(messageOf(make({ [name]: value }))).toBe(`TypeError: limits.${name}: expected a number, got ${shown}`);
    }
  });

  test.each(['nonsense', 'headDeadline', 'toString', '__proto__x', 'constructor'])(
    'refuses the unknown limit %s by name',
    (name) => {
      expect(messageOf(make({ [name]: 5 }))).toMatch(
        new RegExp(`^TypeError: limits\\.${name}: there is no such option`),
      );
    },
  );

  test('accepts limits that are absent, undefined or Infinity', () => {
    expect(limitsOf({})).toEqual(DEFAULT_LIMITS);
    for (const name of NAMES) {
      expect(limitsOf({ [name]: undefined })).toEqual(DEFAULT_LIMITS);
      if (name === 'requestHeadBytesMax' || name === 'requestHeadersMax') {
        expect(messageOf(make({ [name]: Number.POSITIVE_INFINITY }))).toContain(`limits.${name}: expected`);
      } else {
        expect(limitsOf({ [name]: Number.POSITIVE_INFINITY })[name]).toBe(Number.POSITIVE_INFINITY);
      }
    }
  });

  test('makes a server that serves with every optional limit switched off', async () => {
    const unbounded = Object.fromEntries(
      NAMES.filter((name) => !/^requestHead/.test(name)).map((name) => [name, Number.POSITIVE_INFINITY]),
    );
    for (const request of [get('/'), post('/', 'x'), postChunks('/', ['x', 'y'])]) {
      expect(await statusOf(unbounded, request)).toBe(200);
    }
  });
});
