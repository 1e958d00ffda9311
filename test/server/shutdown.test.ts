import { describe, expect, test } from '@jest/globals';
import * as sockets from '../../src/linux/sockets.js';
import { get, RawClient } from '../client/raw-client.js';
import { deferred, echo, TestServer } from './test-server.js';

const GRACE_MS = 10_000; // never waited for: Jest's own timeout is shorter
const LARGE = Buffer.alloc(20_000_000, 'a');

async function expectRefused(target: TestServer): Promise<void> {
  await expect(RawClient.connect(target.address)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
}

describe('close() with a grace time', () => {
  test('refuses new connections and ends idle ones', async () => {
    await using target = new TestServer(echo);
    await using client = await RawClient.connect(target.address);
    await client.send(get('/'));
    await client.response();
    await target.server.close({ graceMs: GRACE_MS });
    expect((await client.untilEnd()).length).toBe(0);
    await expectRefused(target);
  });

  test.each([
    ['has just been served', true],
    ['has just connected', false],
  ])('answers the next request of a client that %s, with Connection: close', async (_, isServed) => {
    await using target = new TestServer(echo);
    await using client = await RawClient.connect(target.address);
    if (isServed) {
      await client.send(get('/'));
      await client.response();
    }
    target.turns();
    const closed = target.server.close({ graceMs: GRACE_MS });
    await expectRefused(target); // the close is known everywhere before the request is sent
    await client.send(get('/late'));
    const response = await client.response();
    expect([response.body.toString(), response.headers.get('connection')]).toEqual(['GET /late', 'close']);
    await closed;
  });

  test('answers the connections in the backlog, which the kernel would reset', async () => {
    await using target = new TestServer(echo);
    // In one breath: the server has no turn between the connection and its close.
    const clients = Array.from({ length: 100 }, () => {
      const fd = sockets.socket(sockets.AF_INET, sockets.SOCK_STREAM);
      sockets.connect(fd, target.address);
      sockets.send(fd, Buffer.from(get('/waiting')));
      return fd;
    });
    await target.server.close({ graceMs: GRACE_MS });
    const buffer = Buffer.alloc(1000);
    for (const fd of clients) {
      const n = sockets.recv(fd, buffer) as number;
      expect(buffer.toString('latin1', 0, n)).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*GET \/waiting$/);
      sockets.close(fd);
    }
  });

  test('is done at once if there is no connection', async () => {
    await using target = new TestServer(echo);
    await target.server.close({ graceMs: GRACE_MS });
    await target.server.close();
  });

  test('lets a handler finish, and its response is the last', async () => {
    const go = deferred();
    await using target = new TestServer(async (request, response) => {
      await go.promise;
      response.send(200, {}, request.path);
    });
    await using client = await RawClient.connect(target.address);
    await client.send(get('/a'));
    target.turns();
    const closed = target.server.close({ graceMs: GRACE_MS });
    await expectRefused(target);
    go.resolve();
    const response = await client.response();
    expect(response.body.toString()).toBe('/a');
    expect(response.headers.get('connection')).toBe('close');
    expect((await client.untilEnd()).length).toBe(0);
    await closed;
  });

  test('lets the client read a response to its end', async () => {
    await using target = new TestServer((_, response) => response.send(200, {}, LARGE));
    await using client = await RawClient.connect(target.address);
    client.pause();
    await client.send(get('/'));
    target.turns();
    const closed = target.server.close({ graceMs: GRACE_MS });
    client.resume();
    expect((await client.response()).body.length).toBe(LARGE.length);
    await closed;
  });

  test('lets the client read a response to its end, though it has pipelined more requests', async () => {
    // They wait unread in the kernel: closing over them sends RST, and what the client has not read yet is gone.
    const go = deferred();
    await using target = new TestServer(async (_, response) => {
      await go.promise;
      response.send(200, {}, Buffer.alloc(1_000_000, 'a'));
    });
    await using client = await RawClient.connect(target.address);
    client.pause();
    await client.send(get('/'));
    target.turns();
    await client.send(get('/ahead'));
    target.turns();
    const closed = target.server.close({ graceMs: GRACE_MS });
    go.resolve();
    await new Promise(setImmediate);
    client.resume();
    expect((await client.response()).body.length).toBe(1_000_000);
    client.shutWriting();
    await closed;
  });

  test('cuts off the responses that are not done when the grace time ends', async () => {
    await using target = new TestServer(() => {}); // never answers
    await using client = await RawClient.connect(target.address);
    await client.send(get('/'));
    target.turns();
    await target.server.close({ graceMs: 1 });
    expect((await client.untilEnd()).length).toBe(0);
  });

  test('may be called twice, and both calls resolve when it is done', async () => {
    const go = deferred();
    await using target = new TestServer(async (_, response) => {
      await go.promise;
      response.send(200);
    });
    await using client = await RawClient.connect(target.address);
    await client.send(get('/'));
    target.turns();
    const first = target.server.close({ graceMs: GRACE_MS });
    const second = target.server.close({ graceMs: GRACE_MS });
    go.resolve();
    await client.response();
    await Promise.all([first, second]);
  });

  test('gives way to a second close() without a grace time', async () => {
    await using target = new TestServer(() => {});
    await using client = await RawClient.connect(target.address);
    await client.send(get('/'));
    target.turns();
    const first = target.server.close({ graceMs: GRACE_MS });
    await target.server.close();
    await first;
    expect((await client.untilEnd()).length).toBe(0);
  });
});

describe('close() without a grace time', () => {
  test('cuts off a response under way', async () => {
    await using target = new TestServer((_, response) => response.send(200, {}, LARGE));
    await using client = await RawClient.connect(target.address);
    client.pause();
    await client.send(get('/'));
    target.turns();
    await target.server.close();
    expect(target.server.connectionCount).toBe(0);
    client.resume();
    expect((await client.untilEnd()).length).toBeLessThan(LARGE.length);
  });

  test('may be called by a handler', async () => {
    await using target = new TestServer((_, response) => {
      void target.server.close();
      response.send(200, {}, 'too late');
    });
    await using client = await RawClient.connect(target.address);
    await client.send(get('/').repeat(3));
    expect((await client.untilEnd()).length).toBe(0);
    expect(target.errors).toEqual([]);
  });
});
