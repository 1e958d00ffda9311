/** Clients that send more, or smaller pieces, than any honest one. */
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { DEFAULT_LIMITS } from '../../src/limits.js';
import type { HttpHandler } from '../../src/server/http-handler.js';
import { DrivenClient } from '../client/driven-client.js';
import { ask, get, RawClient } from '../client/raw-client.js';
import { LimitedServer, post, until } from './limited-server.js';

const MIB = 1024 * 1024;

afterEach(() => {
  jest.restoreAllMocks();
});

const HANDLERS: [string, HttpHandler][] = [
  ['a synchronous', (request, response) => response.send(200, {}, request.path)],
  [
    'an async',
    async (request, response) => {
      await request.text();
      response.send(200, {}, request.path);
    },
  ],
  [
    'a streaming',
    async (request, response) => {
      response.start(200, {}, { length: request.path.length });
      await response.write(request.path.slice(0, 1));
      response.end(request.path.slice(1));
    },
  ],
];

describe.each(HANDLERS)('a thousand requests sent ahead to %s handler', (_, handler) => {
  const paths = Array.from({ length: 1_000 }, (_, i) => `/${i}`);
  const all = paths.map((path, i) => (i % 10 === 9 ? post(path, 'body') : get(path))).join('');

  async function expectAnswers(client: RawClient): Promise<void> {
    expect((await client.responses(1_000)).map(({ body }) => body.toString())).toEqual(paths);
  }

  test('in one segment are answered in order', async () => {
    await using server = new LimitedServer(handler);
    await using client = await RawClient.connect(server.address);
    await client.send(all);
    await expectAnswers(client);
    expect(server.errors).toEqual([]);
  });

  test('byte by byte are answered in order', async () => {
    await using server = new LimitedServer(handler);
    await using client = await RawClient.connect(server.address);
    const bytes = Buffer.from(all, 'latin1');
    for (let at = 0; at < bytes.length; at++) {
      client.socket.write(bytes.subarray(at, at + 1));
      server.reactor.turn(0);
      if (at % 64 === 0) await null;
    }
    await expectAnswers(client);
    expect(server.errors).toEqual([]);
  });
});

describe('a flood of requests from a client that reads nothing', () => {
  const PATH = `/${'x'.repeat(100)}`;
  const SOME = 2_000; // divides every count

  /** Sends until the server takes no more, which it tells by answering no more. */
  async function stuff(client: RawClient, count: number, answered: () => number): Promise<{ sent: Promise<void> }> {
    const some = Buffer.from(get(PATH).repeat(SOME));
    client.pause();
    const sent = (async () => {
      for (let i = 0; i < count; i += SOME) await client.send(some);
    })();
    for (let still = 0, before = -1; still < 20; still = answered() === before ? still + 1 : 0) {
      before = answered();
      await new Promise(setImmediate);
    }
    return { sent }; // not by itself: it would be waited for
  }

  test.each([
    [200_000, ...(HANDLERS[0] as [string, HttpHandler])],
    [100_000, ...(HANDLERS[1] as [string, HttpHandler])],
    [50_000, ...(HANDLERS[2] as [string, HttpHandler])],
  ])(
    'of %i to %s handler fills no memory, keeps nobody waiting, and is answered when it reads',
    async (count, _, handler) => {
      let answered = 0;
      await using server = new LimitedServer((request, response) => {
        answered++;
        return handler(request, response);
      });
      const { length } = await ask(server.address, get(PATH));
      await using client = await RawClient.connect(server.address);
      let received = 0;
      let wrong = 0;
      client.socket.removeAllListeners('data');
      client.socket.on('data', (bytes: Buffer) => {
        // All answers have the same length, so the start of each is known.
        for (let at = (length - (received % length)) % length; at < bytes.length; at += length)
          if (bytes[at] !== 0x48) wrong++;
        received += bytes.length;
      });
      const rss = process.memoryUsage().rss;
      const { sent } = await stuff(client, count, () => answered);
      expect(answered).toBeLessThan(count);
      expect(process.memoryUsage().rss - rss).toBeLessThan(96 * MIB);
      for (let i = 0; i < 5; i++) expect((await ask(server.address, get('/other'))).body.toString()).toBe('/other');
      client.resume();
      await sent;
      await until(() => received >= count * length, 'all answers come');
      expect([received, wrong, answered]).toEqual([count * length, 0, count + 6]);
      expect(server.errors).toEqual([]);
    },
  );

  test('ends with the connection at the write-stall deadline', async () => {
    let answered = 0;
    await using server = new LimitedServer((_, response) => {
      answered++;
      response.send(200, {}, PATH);
    });
    await using client = await RawClient.connect(server.address);
    const { sent } = await stuff(client, 200_000, () => answered);
    expect(answered).toBeLessThan(200_000);
    const nowMs = performance.now() + DEFAULT_LIMITS.writeStallDeadlineMs;
    jest.spyOn(performance, 'now').mockImplementation(() => nowMs);
    server.turns();
    expect(server.server.connectionCount).toBe(0);
    await client.close();
    await sent;
    expect(server.errors).toEqual([]);
  });
});

test('heads of 16 KiB that arrive byte by byte on two hundred connections take time linear in their bytes', async () => {
  const PIECE = 64;
  const head = get('/', `X: ${'x'.repeat(16_000)}\r\n`);
  await using server = new LimitedServer((request, response) =>
    response.send(200, {}, `${request.header('x')?.length}`),
  );
  const clients = Array.from({ length: 200 }, () => new DrivenClient(server.address));
  server.turns();
  const usageMs = (): number => process.cpuUsage().user / 1_000;
  const times: number[] = [];
  for (let at = 0; at < head.length; at += PIECE) {
    const piece = Buffer.from(head.slice(at, at + PIECE));
    for (const client of clients) client.send(piece, () => server.turns());
    const before = usageMs();
    server.turns();
    times.push(usageMs() - before);
  }
  for (const client of clients) {
    client.receive();
    expect(client.received.toString('latin1')).toMatch(/\r\n\r\n16000$/);
    client.close();
  }
  // Parsed bytes are not parsed again: the last tenth costs more only by the copying of 16 KB.
  const tenth = Math.floor(times.length / 10);
  const sum = (of: number[]): number => of.reduce((total, ms) => total + ms, 0);
  expect(sum(times.slice(-tenth))).toBeLessThan(10 * sum(times.slice(tenth, 2 * tenth)) + 100);
});

test('a thousand connections that open and close at once leave room for the next one', async () => {
  await using server = new LimitedServer((_, response) => response.send(200), { connectionsMax: 50 });
  for (let round = 0; round < 4; round++) {
    const clients = await Promise.all(Array.from({ length: 250 }, () => RawClient.connect(server.address)));
    expect(server.server.connectionCount).toBeLessThanOrEqual(50);
    for (const [i, client] of clients.entries()) {
      if (i % 2 === 0) client.reset();
      else await client.close();
    }
  }
  expect((await ask(server.address, get('/'))).status).toBe(200);
  await server.untilEmpty();
  expect(server.errors).toEqual([]);
});
