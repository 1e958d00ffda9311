/** Deadlines, and their effects. */
import { describe, expect, test } from '@jest/globals';
import { DEFAULT_LIMITS } from '../../src/limits.js';
import { get, RawClient } from '../client/raw-client.js';
import { pass, stopClock } from './stopped-clock.js';
import { deferred, echo, TestServer } from './test-server.js';

const {
  headDeadlineMs: HEAD_DEADLINE_MS,
  keepAliveDeadlineMs: KEEP_ALIVE_DEADLINE_MS,
  lingerDeadlineMs: LINGER_DEADLINE_MS,
  writeStallDeadlineMs: WRITE_STALL_DEADLINE_MS,
} = DEFAULT_LIMITS;

const MARGIN_MS = 1;
const LARGE = Buffer.alloc(20_000_000, 'a'); // more than the kernel takes from one who does not read

stopClock();

describe('a client that sends nothing', () => {
  test('is closed without a response at the head deadline, and not before', async () => {
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
  test('gets a 408 at the head deadline', async () => {
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

  test('after an answered request gets a 408 at the head deadline', async () => {
    await using target = new TestServer(echo);
    await using client = await RawClient.connect(target.address);
    await client.send(`${get('/')}GET /second HTT`);
    await client.response();
    pass(target, HEAD_DEADLINE_MS - MARGIN_MS);
    expect(target.server.connectionCount).toBe(1);
    pass(target, MARGIN_MS);
    expect((await client.response()).status).toBe(408);
  });

  test('after a request that was answered later gets a 408 at the head deadline', async () => {
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

describe('an idle connection', () => {
  test('is closed without a response at the keep-alive deadline, and not before', async () => {
    await using target = new TestServer(echo);
    await using client = await RawClient.connect(target.address);
    await client.send(get('/'));
    await client.response();
    pass(target, KEEP_ALIVE_DEADLINE_MS - MARGIN_MS);
    expect(target.server.connectionCount).toBe(1);
    pass(target, MARGIN_MS);
    expect((await client.untilEnd()).length).toBe(0);
  });

  test('lives on with each request', async () => {
    await using target = new TestServer(echo);
    await using client = await RawClient.connect(target.address);
    for (let i = 0; i < 10; i++) {
      await client.send(get(`/${i}`));
      expect((await client.response()).body.toString()).toBe(`GET /${i}`);
      pass(target, KEEP_ALIVE_DEADLINE_MS - MARGIN_MS);
    }
  });

  test('has the same deadline after an async handler', async () => {
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
  test('has no deadline', async () => {
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

  test('has no deadline after a response that the client was slow to read', async () => {
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

describe('a client that does not read its response', () => {
  test('is closed at the write-stall deadline', async () => {
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

  test('stays connected as long as it reads a little', async () => {
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

test('a client that does not close after the last response is closed at the linger deadline', async () => {
  await using target = new TestServer(echo);
  await using client = await RawClient.connect(target.address);
  await client.send('this is not HTTP\r\n\r\n');
  await client.untilEnd();
  pass(target, LINGER_DEADLINE_MS - MARGIN_MS);
  expect(target.server.connectionCount).toBe(1);
  pass(target, MARGIN_MS);
  expect(target.server.connectionCount).toBe(0);
});
