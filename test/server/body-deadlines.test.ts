/** How long a client may take for a body. The clock stands still, but for what a test puts it forward (deadlines.test.ts). */
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { HttpHandler } from '../../src/server/http-handler.js';
import { get, RawClient } from '../client/raw-client.js';
import { chunkedHead, LimitedServer, postHead } from './limited-server.js';
import { deferred } from './test-server.js';

const DEADLINE_MS = 10_000;
const MARGIN_MS = 1;
const LIMITS = { bodyDeadlineMs: DEADLINE_MS, bodyBytesPerSecondMin: 100, keepAliveDeadlineMs: 60_000 };

let nowMs = 0;

beforeEach(() => {
  nowMs = Math.ceil(performance.now());
  jest.spyOn(performance, 'now').mockImplementation(() => nowMs);
});

afterEach(() => {
  jest.restoreAllMocks();
});

/** Lets everybody do what is to be done, puts the clock forward, and does what is due. */
async function pass(server: LimitedServer, ms: number): Promise<void> {
  await server.settle();
  nowMs += ms;
  server.reactor.turn(0);
  await server.settle();
}

const echoLength: HttpHandler = async (request, response) =>
  response.send(200, {}, `${(await request.bytes()).length}`);

async function expect408(client: RawClient): Promise<void> {
  const response = await client.response();
  expect([response.status, response.headers.get('connection')]).toEqual([408, 'close']);
  expect((await client.untilEnd()).length).toBe(0);
}

describe('a client whose body is read', () => {
  test.each([
    ['none of it', postHead('/', 10)],
    ['a part of it', `${postHead('/', 10)}1`],
    ['nothing but framing', `${chunkedHead('/')}1`],
  ])('and that sends %s gets a 408 at the body deadline, and not before', async (_, request) => {
    await using server = new LimitedServer(echoLength, LIMITS);
    await using client = await RawClient.connect(server.address);
    await client.send(request);
    await pass(server, DEADLINE_MS - MARGIN_MS);
    expect(client.received.length).toBe(0);
    await pass(server, MARGIN_MS + 10); // a byte earns 10 ms
    await expect408(client);
    expect(server.errors).toEqual([]);
  });

  test('earns no more time by sending a byte a second, below the minimum rate', async () => {
    await using server = new LimitedServer(echoLength, LIMITS);
    await using client = await RawClient.connect(server.address);
    await client.send(postHead('/', 1_000));
    let seconds = 0;
    for (; client.received.length === 0 && seconds < 100; seconds++) {
      await client.send('x');
      await pass(server, 1_000);
    }
    expect(seconds).toBe(11); // ten, and 10 ms for each byte
    await expect408(client);
  });

  test('earns no time by chunk sizes, chunk extensions and trailers', async () => {
    await using server = new LimitedServer(echoLength, LIMITS);
    await using client = await RawClient.connect(server.address);
    await client.send(`${chunkedHead('/')}1;`);
    for (let i = 0; i < 10; i++) {
      await client.send('x'.repeat(200));
      await pass(server, 1_000);
    }
    await expect408(client);
  });

  test('has as much time as it needs when it sends at the minimum rate', async () => {
    await using server = new LimitedServer(echoLength, LIMITS);
    await using client = await RawClient.connect(server.address);
    await client.send(postHead('/', 10_000));
    for (let i = 0; i < 100; i++) {
      await client.send('x'.repeat(100));
      await pass(server, 1_000);
    }
    expect((await client.response()).body.toString()).toBe('10000');
  });

  test('loses no time while the handler has not begun to read', async () => {
    const go = deferred();
    await using server = new LimitedServer(async (request, response) => {
      await go.promise;
      await echoLength(request, response);
    }, LIMITS);
    await using client = await RawClient.connect(server.address);
    await client.send(`${postHead('/', 10)}12345`);
    await pass(server, 3_600_000);
    go.resolve();
    await pass(server, DEADLINE_MS - MARGIN_MS);
    expect(client.received.length).toBe(0);
    await client.send('67890');
    expect((await client.response()).body.toString()).toBe('10');
  });

  test('loses no time to a handler that reads more slowly than the client sends', async () => {
    const steps: (() => void)[] = [];
    await using server = new LimitedServer(
      async (request, response) => {
        let length = 0;
        for await (const part of request.body) {
          length += part.length;
          await new Promise<void>((resolve) => steps.push(resolve));
        }
        response.send(200, {}, `${length}`);
      },
      { ...LIMITS, bodyHighWaterBytes: 1, bodyBytesPerSecondMin: 1_000_000 },
    );
    await using client = await RawClient.connect(server.address);
    await client.send(postHead('/', 500_000));
    const sent = client.send('x'.repeat(500_000)); // more than the handler has read when it pauses
    for (let i = 0; client.received.length === 0 && i < 100; i++) {
      await pass(server, 3_600_000);
      steps.shift()?.();
    }
    await sent;
    expect((await client.response()).body.toString()).toBe('500000');
  });

  test('in part keeps its connection, however long the response takes', async () => {
    const go = deferred();
    await using server = new LimitedServer(async (request, response) => {
      for await (const _ of request.body) break;
      await go.promise;
      response.send(200);
    }, LIMITS);
    await using client = await RawClient.connect(server.address);
    await client.send(`${postHead('/', 6)}abc`);
    await pass(server, 3_600_000);
    go.resolve();
    expect((await client.response()).headers.has('connection')).toBe(false);
    await client.send(`def${get('/')}`);
    expect((await client.response()).status).toBe(200);
  });

  test('after the response is cut off at the body deadline', async () => {
    await using server = new LimitedServer((request, response) => {
      void request.bytes();
      response.send(200);
    }, LIMITS);
    await using client = await RawClient.connect(server.address);
    await client.send(`${postHead('/', 10)}1`);
    await client.response();
    await pass(server, DEADLINE_MS + 10);
    expect((await client.untilEnd()).length).toBe(0);
  });
});

describe('a client whose body is dropped', () => {
  test('has the same deadline, at which the connection closes without a response', async () => {
    await using server = new LimitedServer((_, response) => response.send(200), LIMITS);
    await using client = await RawClient.connect(server.address);
    await client.send(postHead('/', 100));
    await client.response();
    await pass(server, DEADLINE_MS - MARGIN_MS);
    await client.send('x'.repeat(10));
    await pass(server, MARGIN_MS);
    expect(server.server.connectionCount).toBe(1);
    await pass(server, 100);
    expect((await client.untilEnd()).length).toBe(0);
  });

  test('in time then has the keep-alive deadline', async () => {
    await using server = new LimitedServer((_, response) => response.send(200), LIMITS);
    await using client = await RawClient.connect(server.address);
    await client.send(postHead('/', 5));
    await client.response();
    await client.send('12345');
    await pass(server, LIMITS.keepAliveDeadlineMs - MARGIN_MS);
    expect(server.server.connectionCount).toBe(1);
    await pass(server, MARGIN_MS);
    expect((await client.untilEnd()).length).toBe(0);
  });
});

test('a connection whose handler stops reading the body after the response closes at the keep-alive deadline', async () => {
  const parts: AsyncIterator<Buffer>[] = [];
  await using server = new LimitedServer(
    (request, response) => {
      const iterator = request.body[Symbol.asyncIterator]();
      parts.push(iterator); // kept: it could go on at any time
      void iterator.next();
      response.send(200);
    },
    { ...LIMITS, bodyHighWaterBytes: 1 },
  );
  await using client = await RawClient.connect(server.address);
  await client.send(`${postHead('/', 500_000)}`);
  await client.response();
  const sent = client.send('x'.repeat(400_000));
  await pass(server, LIMITS.keepAliveDeadlineMs);
  await pass(server, LIMITS.bodyDeadlineMs + 4_000_000); // 400,000 bytes earn that much at most
  expect((await client.untilEnd()).length).toBe(0);
  client.reset();
  await sent;
  await server.untilEmpty();
  expect(server.errors).toEqual([]);
});
