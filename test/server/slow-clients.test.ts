/** Clients that send requests and do not read: their cost is bounded, and no other client waits for them. */
import { closeSync, mkdtempSync, openSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DEFAULT_LIMITS } from '../../src/limits.js';
import type { HttpHandler } from '../../src/server/http-handler.js';
import type { HttpResponse } from '../../src/server/http-response.js';
import { ask, get, RawClient } from '../client/raw-client.js';
import { kernelSockets } from '../net/kernel-sockets.js';
import { TestServer } from './test-server.js';

const { writeHighWaterBytes: WRITE_HIGH_WATER_BYTES } = DEFAULT_LIMITS;

/** More than the kernel keeps for a loopback connection whose client does not read. */
const KERNEL_BYTES_MAX = 16_000_000;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slow-clients-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function countFds(): number {
  return readdirSync('/proc/self/fd').length;
}

describe('a client that sends requests ahead and reads nothing', () => {
  const BODY = Buffer.alloc(10_000, 'b');
  const REQUESTS = 10_000; // 100 MB of answers

  test('is not answered beyond the high-water mark, and gets every response when it reads', async () => {
    let answered = 0;
    await using target = new TestServer((_, response) => {
      answered++;
      response.send(200, { 'X-Number': answered }, BODY);
    });
    await using client = await RawClient.connect(target.address);
    client.pause();
    const sent = client.send(get('/').repeat(REQUESTS));
    // Until the server takes no more: nothing is ready in it, though requests wait.
    for (let still = 0, before = -1; still < 20; still = answered === before ? still + 1 : 0) {
      before = answered;
      await new Promise(setImmediate);
    }
    expect(answered).toBeGreaterThan(0);
    expect(answered * BODY.length).toBeLessThan(KERNEL_BYTES_MAX + 2 * WRITE_HIGH_WATER_BYTES);
    expect((await ask(target.address, get('/other'))).status).toBe(200);

    client.resume();
    await sent;
    for (let read = 0; read < REQUESTS; read += 100) {
      for (const { body } of await client.responses(100)) expect(body.equals(BODY)).toBe(true);
    }
    expect(answered).toBe(REQUESTS + 1);
  });

  test('gets every response of an async handler when it reads', async () => {
    let answered = 0;
    await using target = new TestServer(async (_, response) => {
      await null;
      answered++;
      response.send(200, {}, BODY);
    });
    await using client = await RawClient.connect(target.address);
    client.pause();
    const sent = client.send(get('/').repeat(3_000));
    for (let still = 0, before = -1; still < 20; still = answered === before ? still + 1 : 0) {
      before = answered;
      await new Promise(setImmediate);
    }
    expect(answered * BODY.length).toBeLessThan(KERNEL_BYTES_MAX + 2 * WRITE_HIGH_WATER_BYTES);
    client.resume();
    await sent;
    for (let read = 0; read < 3_000; read += 100) await client.responses(100);
  });
});

describe('a client that reads nothing is reset, so that the kernel frees its send buffer,', () => {
  const LARGE = Buffer.alloc(20_000_000, 'a');

  test.each<[when: string, cut: (target: TestServer, response: HttpResponse) => unknown]>([
    ['when the stall deadline is over', () => {}],
    ['when the server closes without grace', (target) => target.server.close()],
    ['when the grace is over', (target) => target.server.close({ graceMs: 1 })],
    ['when the handler cuts the response', (_, response) => response.destroy()],
  ])('%s', async (when, cut) => {
    let response: HttpResponse | undefined;
    await using target = new TestServer(
      async (_, its) => {
        response = its;
        its.start(200, {}, { length: LARGE.length });
        await its.write(LARGE);
      },
      when.includes('stall') ? { writeStallDeadlineMs: 1 } : {},
    );
    await using client = await RawClient.connect(target.address);
    const { localPort } = client.socket;
    client.pause();
    await client.send(get('/'));
    while (response === undefined) target.turns();
    await cut(target, response);
    await target.untilEmpty();
    expect(kernelSockets(target.address.port, localPort as number)).toEqual([]);
    client.resume();
    expect((await client.untilEnd()).length).toBeLessThan(LARGE.length);
  });
});

describe('a client that asks for files and reads nothing', () => {
  const SIZE = 3_000_000;

  /** A file as files/ sends a large one: opened for each request. */
  function largeFile(): HttpHandler {
    const path = join(folder, 'large');
    writeFileSync(path, Buffer.alloc(SIZE, 'f'));
    return (request, response) => {
      if (request.path !== '/large') return response.send(200, {}, 'fine');
      const fd = openSync(path, 'r');
      response.sendFile(200, {}, { fd, position: 0, end: SIZE, close: () => closeSync(fd) });
    };
  }

  test('does not keep other clients waiting', async () => {
    await using target = new TestServer(largeFile());
    const clients = await Promise.all(Array.from({ length: 10 }, () => RawClient.connect(target.address)));
    for (const client of clients) {
      client.pause();
      await client.send(get('/large').repeat(5));
    }
    for (let i = 0; i < 10; i++) expect((await ask(target.address, get('/'))).body.toString()).toBe('fine');
    await Promise.all(clients.map((client) => client.close()));
    await target.untilEmpty();
  });

  test('holds few descriptors, however many requests it sends ahead', async () => {
    await using target = new TestServer(largeFile());
    await using client = await RawClient.connect(target.address);
    client.pause();
    const before = countFds();
    await client.send(get('/large').repeat(1_000));
    target.turns();
    // With a thousand, a process without a raised limit could accept no client any more, for 50 KB from one client.
    expect(countFds() - before).toBeLessThan(20);
  });

  test('gets each file whole when it reads, and all are closed', async () => {
    await using target = new TestServer(largeFile());
    const before = countFds();
    await using client = await RawClient.connect(target.address);
    client.pause();
    await client.send(get('/large').repeat(5) + get('/'));
    target.turns();
    client.resume();
    const responses = await client.responses(6);
    expect(responses.map(({ body }) => body.length)).toEqual([SIZE, SIZE, SIZE, SIZE, SIZE, 4]);
    await client.close();
    await target.untilEmpty();
    expect(countFds()).toBe(before);
  });

  test('and disconnects leaves no descriptor open', async () => {
    await using target = new TestServer(largeFile());
    const before = countFds();
    const client = await RawClient.connect(target.address);
    client.pause();
    await client.send(get('/large').repeat(5));
    target.turns();
    await client.close();
    await target.untilEmpty();
    expect(countFds()).toBe(before);
  });
});
