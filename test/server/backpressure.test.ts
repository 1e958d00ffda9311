/** Nobody can make the server hold what the other side does not take: neither by reading slowly, nor by sending fast. */
import { describe, expect, test } from '@jest/globals';
import { DEFAULT_LIMITS } from '../../src/limits.js';
import { ask, get, RawClient } from '../client/raw-client.js';
import { chunkedHead, LimitedServer, postHead, until } from './limited-server.js';
import { deferred } from './test-server.js';

const MIB = 1024 * 1024;
/** More than the kernel keeps for a loopback connection, in one direction, whose reader does not read. */
const KERNEL_BYTES_MAX = 16_000_000;
const PIECE_BYTES = 64 * 1024;
const RSS_BYTES_MAX = 96 * MIB; // garbage that is not collected yet included

/** Waits until `count` stands still, though both loops go on. */
async function untilStill(count: () => number): Promise<void> {
  for (let still = 0, before = -1; still < 20; still = count() === before ? still + 1 : 0) {
    before = count();
    await new Promise(setImmediate);
  }
}

/** Bytes that come are counted and thrown away: the client's own memory is not what is measured. */
function counting(client: RawClient): { bytes: number } {
  const count = { bytes: 0 };
  client.socket.removeAllListeners('data');
  client.socket.on('data', (bytes) => {
    count.bytes += bytes.length;
  });
  return count;
}

describe('a handler that writes', () => {
  test('100 MiB to a slow reader buffers no more than the high-water mark, in constant memory', async () => {
    const SIZE = 100 * MIB;
    let written = 0;
    await using server = new LimitedServer(async (_, response) => {
      response.start(200, {}, { length: SIZE });
      while (written < SIZE) {
        written += PIECE_BYTES;
        await response.write(Buffer.alloc(PIECE_BYTES, 'a'));
      }
      response.end();
    });
    await using client = await RawClient.connect(server.address);
    const received = counting(client);
    const rss = process.memoryUsage().rss;
    let rssMax = 0;
    client.pause();
    await client.send(get('/', 'Connection: close\r\n'));
    for (let read = 0; read < SIZE; read = received.bytes) {
      await untilStill(() => written);
      expect(written - received.bytes).toBeLessThan(KERNEL_BYTES_MAX + 2 * DEFAULT_LIMITS.writeHighWaterBytes);
      rssMax = Math.max(rssMax, process.memoryUsage().rss - rss);
      client.resume();
      await until(() => received.bytes >= Math.min(SIZE, read + 8 * MIB), 'the client reads');
      client.pause();
    }
    client.resume();
    await client.untilEnd();
    expect(received.bytes).toBeGreaterThan(SIZE);
    expect(rssMax).toBeLessThan(RSS_BYTES_MAX);
    expect(server.errors).toEqual([]);
  });

  test('as fast as its client reads does not keep other clients waiting', async () => {
    const piece = Buffer.alloc(PIECE_BYTES);
    let written = 0;
    await using server = new LimitedServer(async (request, response) => {
      if (request.path === '/other') return response.send(200);
      response.start(200);
      for (; written < 200 * MIB; written += PIECE_BYTES) if (!(await response.write(piece))) return;
      response.end();
    });
    await using client = await RawClient.connect(server.address);
    const received = counting(client);
    await client.send(get('/'));
    await until(() => received.bytes > 0, 'the first piece comes');
    for (let i = 0; i < 5; i++) {
      const before = written;
      expect((await ask(server.address, get('/other'))).status).toBe(200);
      expect(written - before).toBeLessThan(100 * MIB); // it took some turns, of 1 MiB each, and not all of them
    }
    expect(written).toBeLessThan(200 * MIB);
    client.reset();
    await server.untilEmpty();
    await server.settle();
    expect(server.errors).toEqual([]);
  });

  test('may go on at once below the high-water mark, and above it once the client has read', async () => {
    const log: string[] = [];
    await using server = new LimitedServer(async (_, response) => {
      response.start(200);
      const small = response.write('a').then(() => log.push('small'));
      await small;
      const large = response.write(Buffer.alloc(KERNEL_BYTES_MAX)).then((goesOn) => log.push(`large ${goesOn}`));
      await large;
      response.end();
    });
    await using client = await RawClient.connect(server.address);
    const received = counting(client);
    client.pause();
    await client.send(get('/'));
    await server.settle();
    expect(log).toEqual(['small']);
    client.resume();
    await until(() => received.bytes > KERNEL_BYTES_MAX, 'the client reads all');
    await until(() => log.length === 2, 'the handler goes on');
    expect(log).toEqual(['small', 'large true']);
  });

  test('gets false from the waiting write when its client disconnects, and from every later write', async () => {
    const told = deferred<boolean[]>();
    await using server = new LimitedServer(async (_, response) => {
      response.start(200);
      const pending = [1, 2, 3].map(() => response.write(Buffer.alloc(KERNEL_BYTES_MAX)));
      const waiting = await Promise.all(pending);
      told.resolve([...waiting, await response.write('a'), await response.write('')]);
      response.end('nobody is there');
    });
    const client = await RawClient.connect(server.address);
    client.pause();
    await client.send(get('/'));
    await server.settle();
    client.reset();
    expect(await told.promise).toEqual([false, false, false, false, false]);
    await server.settle();
    expect(server.errors).toEqual([]);
  });

  test('may write fifty thousand times without waiting', async () => {
    const COUNT = 50_000;
    await using server = new LimitedServer((_, response) => {
      response.start(200, {}, { length: KERNEL_BYTES_MAX + COUNT });
      void response.write(Buffer.alloc(KERNEL_BYTES_MAX));
      for (let i = 0; i < COUNT; i++) void response.write('x');
      response.end();
    });
    await using client = await RawClient.connect(server.address);
    await client.send(get('/'));
    expect((await client.response()).body.length).toBe(KERNEL_BYTES_MAX + COUNT);
    expect(server.errors).toEqual([]);
  });
});

describe('a client that uploads', () => {
  test('64 MiB to a handler that reads slowly is held back, and the server’s memory stays constant', async () => {
    const SIZE = 64 * MIB;
    let read = 0;
    const steps: (() => void)[] = [];
    await using server = new LimitedServer(
      async (request, response) => {
        for await (const part of request.body) {
          read += part.length;
          await new Promise<void>((resolve) => steps.push(resolve));
        }
        response.send(200, {}, `${read}`);
      },
      { requestBodyBytesMax: SIZE },
    );
    await using client = await RawClient.connect(server.address);
    const piece = Buffer.alloc(MIB, 'a');
    let sent = 0;
    await client.send(postHead('/', SIZE));
    const sending = (async () => {
      for (; sent < SIZE; sent += MIB) await client.send(piece);
    })();
    const rss = process.memoryUsage().rss;
    let rssMax = 0;
    for (let round = 0; client.received.length === 0; round++) {
      if (round < 10) {
        await untilStill(() => sent);
        expect(sent - read).toBeLessThan(KERNEL_BYTES_MAX + 2 * DEFAULT_LIMITS.bodyHighWaterBytes);
        expect(sent).toBeLessThan(SIZE);
      }
      rssMax = Math.max(rssMax, process.memoryUsage().rss - rss);
      for (let i = 0; i < 50 && client.received.length === 0; i++) {
        steps.shift()?.();
        await new Promise(setImmediate);
      }
    }
    await sending;
    expect((await client.response()).body.toString()).toBe(`${SIZE}`);
    expect(rssMax).toBeLessThan(RSS_BYTES_MAX);
  });

  const CHUNKS = 1_000_000;
  test.each<[string, boolean]>([
    ['with bytes()', false],
    ['one by one', true],
  ])(
    'a million chunks of one byte, which the handler reads %s, fills no memory and stops no other client',
    async (_, isSlow) => {
      await using server = new LimitedServer(async (request, response) => {
        if (request.path === '/other') return response.send(200);
        let length = 0;
        if (isSlow) {
          for await (const part of request.body) {
            length += part.length;
            await new Promise(setImmediate);
          }
        } else {
          length = (await request.bytes()).length;
        }
        response.send(200, {}, `${length}`);
      });
      await using client = await RawClient.connect(server.address);
      const before = process.memoryUsage().rss;
      let longestMs = 0;
      let last = performance.now();
      let isDone = false;
      const watching = (async () => {
        while (!isDone) {
          await new Promise(setImmediate);
          longestMs = Math.max(longestMs, performance.now() - last);
          last = performance.now();
        }
      })();
      const some = Buffer.from('1\r\nx\r\n'.repeat(CHUNKS / 100));
      await client.send(chunkedHead('/'));
      last = performance.now();
      for (let i = 0; i < 100; i++) {
        await client.send(some);
        if (i === 50) expect((await ask(server.address, get('/other'))).status).toBe(200);
      }
      await client.send('0\r\n\r\n');
      expect((await client.response()).body.toString()).toBe(`${CHUNKS}`);
      isDone = true;
      await watching;
      expect(process.memoryUsage().rss - before).toBeLessThan(RSS_BYTES_MAX);
      expect(longestMs).toBeLessThan(500); // in fact some 5 ms: 64 KiB of chunks
    },
  );

  test('one byte in each segment is held back when the handler stops reading', async () => {
    let parts = 0;
    const go = deferred();
    await using server = new LimitedServer(
      async (request, response) => {
        for await (const _ of request.body) {
          await go.promise;
          parts++;
        }
        response.send(200);
      },
      { bodyHighWaterBytes: 10_000 },
    );
    await using client = await RawClient.connect(server.address);
    await client.send(postHead('/', 1_000));
    for (let i = 0; i < 1_000; i++) {
      await client.send('x');
      server.turns();
    }
    go.resolve();
    await client.response();
    expect(parts).toBeGreaterThan(30); // each counts for more than its byte …
    expect(parts).toBeLessThan(60); // … and what waited in the kernel then came in one
  });
});
