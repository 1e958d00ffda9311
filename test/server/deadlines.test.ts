/**
 * What is given up, and when. The reactor's clock is performance.now(): here it stands still, but for what a test puts it
 * forward, and nobody waits.
 */
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { DEFAULT_LIMITS } from '../../src/limits.js';
import { get, RawClient } from '../client/raw-client.js';
import { deferred, echo, TestServer } from './test-server.js';

const {
  headDeadlineMs: HEAD_DEADLINE_MS,
  keepAliveDeadlineMs: KEEP_ALIVE_DEADLINE_MS,
  lingerDeadlineMs: LINGER_DEADLINE_MS,
  writeStallDeadlineMs: WRITE_STALL_DEADLINE_MS,
} = DEFAULT_LIMITS;

const MARGIN_MS = 1;
const LARGE = Buffer.alloc(20_000_000, 'a'); // more than the kernel takes from one who does not read

let nowMs = 0;

beforeEach(() => {
  nowMs = Math.ceil(performance.now());
  jest.spyOn(performance, 'now').mockImplementation(() => nowMs);
});

afterEach(() => {
  jest.restoreAllMocks();
});

/** Handles what has come, puts the clock forward, and handles what is due. */
function pass(target: TestServer, ms: number): void {
  target.turns();
  nowMs += ms;
  target.reactor.turn(0);
}

describe('a client that sends nothing', () => {
  test('is closed without a word when its time for a head is over, and not before', async () => {
    await using target = new TestServer(echo);
    await using client = await RawClient.connect(target.address);
    pass(target, HEAD_DEADLINE_MS - MARGIN_MS);
    expect(target.server.connectionCount).toBe(1);
    pass(target, MARGIN_MS);
    expect((await client.untilEnd()).length).toBe(0);
    expect(target.server.connectionCount).toBe(0);
  });
});

describe('a client that sends half a head', () => {
  test('gets a 408', async () => {
    await using target = new TestServer(echo);
    await using client = await RawClient.connect(target.address);
    await client.send('GET / HTTP/1.1\r\nHost:');
    pass(target, HEAD_DEADLINE_MS);
    const response = await client.response();
    expect(response.status).toBe(408);
    expect(response.headers.get('connection')).toBe('close');
    expect((await client.untilEnd()).length).toBe(0);
  });

  test('gets no more time by sending a byte now and then', async () => {
    await using target = new TestServer(echo);
    await using client = await RawClient.connect(target.address);
    await client.send('GET / HTTP/1.1\r\nX: ');
    for (let i = 0; i < 9; i++) {
      pass(target, HEAD_DEADLINE_MS / 10);
      await client.send('a');
    }
    expect(client.received.length).toBe(0);
    pass(target, HEAD_DEADLINE_MS / 10);
    expect((await client.response()).status).toBe(408);
  });

  test('behind a request that was answered, too', async () => {
    await using target = new TestServer(echo);
    await using client = await RawClient.connect(target.address);
    await client.send(`${get('/')}GET /second HTT`);
    await client.response();
    pass(target, HEAD_DEADLINE_MS - MARGIN_MS);
    expect(target.server.connectionCount).toBe(1);
    pass(target, MARGIN_MS);
    expect((await client.response()).status).toBe(408);
  });

  test('behind a request that was answered later, too', async () => {
    const go = deferred();
    await using target = new TestServer(async (_, response) => {
      await go.promise;
      response.send(200);
    });
    await using client = await RawClient.connect(target.address);
    await client.send(`${get('/')}GET /second HTT`);
    target.turns();
    go.resolve();
    await client.response();
    pass(target, HEAD_DEADLINE_MS);
    expect((await client.response()).status).toBe(408);
  });
});

describe('a connection that was served', () => {
  test('may be idle until its time is over, and is then closed without a word', async () => {
    await using target = new TestServer(echo);
    await using client = await RawClient.connect(target.address);
    await client.send(get('/'));
    await client.response();
    pass(target, KEEP_ALIVE_DEADLINE_MS - MARGIN_MS);
    expect(target.server.connectionCount).toBe(1);
    pass(target, MARGIN_MS);
    expect((await client.untilEnd()).length).toBe(0);
  });

  test('lives as long as requests come', async () => {
    await using target = new TestServer(echo);
    await using client = await RawClient.connect(target.address);
    for (let i = 0; i < 10; i++) {
      await client.send(get(`/${i}`));
      expect((await client.response()).body.toString()).toBe(`GET /${i}`);
      pass(target, KEEP_ALIVE_DEADLINE_MS - MARGIN_MS);
    }
  });

  test('by an async handler has the same time to be idle', async () => {
    await using target = new TestServer(async (_, response) => {
      await new Promise(setImmediate);
      response.send(200);
    });
    await using client = await RawClient.connect(target.address);
    await client.send(get('/'));
    await client.response();
    pass(target, KEEP_ALIVE_DEADLINE_MS - MARGIN_MS);
    expect(target.server.connectionCount).toBe(1);
    pass(target, MARGIN_MS);
    expect((await client.untilEnd()).length).toBe(0);
  });
});

describe('a handler', () => {
  test('has all the time it wants', async () => {
    const go = deferred();
    await using target = new TestServer(async (_, response) => {
      await go.promise;
      response.send(200);
    });
    await using client = await RawClient.connect(target.address);
    await client.send(get('/'));
    pass(target, 3_600_000);
    go.resolve();
    expect((await client.response()).status).toBe(200);
  });

  test('has it behind an answer that the client took long to read, too', async () => {
    const go = deferred();
    await using target = new TestServer(async (request, response) => {
      if (request.path === '/large') return response.send(200, {}, LARGE);
      await go.promise;
      response.send(200);
    });
    await using client = await RawClient.connect(target.address);
    client.pause();
    await client.send(get('/large'));
    target.turns();
    await client.send(get('/slow'));
    target.turns();
    client.resume();
    expect((await client.response()).body.length).toBe(LARGE.length);
    pass(target, 3_600_000);
    go.resolve();
    expect((await client.response()).status).toBe(200);
  });
});

describe('a client that does not read its answer', () => {
  test('is closed when nothing could be written for too long', async () => {
    await using target = new TestServer((_, response) => response.send(200, {}, LARGE));
    await using client = await RawClient.connect(target.address);
    client.pause();
    await client.send(get('/'));
    pass(target, WRITE_STALL_DEADLINE_MS - MARGIN_MS);
    expect(target.server.connectionCount).toBe(1);
    pass(target, MARGIN_MS);
    expect(target.server.connectionCount).toBe(0);
  });

  test('gets no more time by sending a byte now and then', async () => {
    await using target = new TestServer((_, response) => response.send(200, {}, LARGE));
    await using client = await RawClient.connect(target.address);
    client.pause();
    await client.send(get('/'));
    for (let i = 0; i < 9; i++) {
      pass(target, WRITE_STALL_DEADLINE_MS / 10);
      await client.send('G');
    }
    expect(target.server.connectionCount).toBe(1);
    pass(target, WRITE_STALL_DEADLINE_MS / 10);
    expect(target.server.connectionCount).toBe(0);
  });

  test('has time as long as it reads a little', async () => {
    await using target = new TestServer((_, response) => response.send(200, {}, LARGE));
    await using client = await RawClient.connect(target.address);
    client.pause();
    await client.send(get('/'));
    for (let read = 1; read <= 4; read++) {
      pass(target, WRITE_STALL_DEADLINE_MS - MARGIN_MS);
      client.resume();
      await client.untilBytes((read * LARGE.length) / 5);
      client.pause();
    }
    client.resume();
    expect((await client.response()).body.length).toBe(LARGE.length);
  });
});

test('a client that does not close after the last answer is closed soon', async () => {
  await using target = new TestServer(echo);
  await using client = await RawClient.connect(target.address);
  await client.send('this is not HTTP\r\n\r\n');
  await client.untilEnd();
  pass(target, LINGER_DEADLINE_MS - MARGIN_MS);
  expect(target.server.connectionCount).toBe(1);
  pass(target, MARGIN_MS);
  expect(target.server.connectionCount).toBe(0);
});
