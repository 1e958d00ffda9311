/** Streamed responses, and clients that go: a source is never ahead of its client. */
import { describe, expect, test } from '@jest/globals';
import { FastResponse } from '../../src/fetch/fast-response.js';
import { get, RawClient } from '../client/raw-client.js';
import { until } from '../server/limited-server.js';
import { deferred } from '../server/test-server.js';
import { WebServer } from './web-server.js';

const MIB = 1024 * 1024;
/** More than Linux buffers on both sides for a peer that reads nothing (tcp_wmem, tcp_rmem: 4 + 6 MiB at most). */
const KERNEL_BYTES_MAX = 16 * MIB;

/** A source without an end, that counts. */
class Source {
  pulled = 0;
  cancelled: unknown[] = [];
  readonly #chunk: Uint8Array;

  constructor(bytes: number) {
    this.#chunk = new Uint8Array(bytes);
  }

  stream(): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>(
      {
        pull: (controller) => {
          this.pulled += this.#chunk.length;
          controller.enqueue(this.#chunk);
        },
        cancel: (reason) => void this.cancelled.push(reason),
      },
      { highWaterMark: 0 },
    );
  }
}

describe('a streamed response', () => {
  test('is not read faster than its client reads, and goes on when it does', async () => {
    const source = new Source(64 * 1024);
    await using server = new WebServer(() => new Response(source.stream()));
    await using client = await RawClient.connect(server.address);
    client.pause();
    await client.send(get('/'));
    await until(() => source.pulled > 0, 'the stream is pulled');
    let before = -1;
    await until(() => {
      const isStill = before === source.pulled;
      before = source.pulled;
      return isStill && source.pulled > MIB;
    }, 'the stream is not pulled any more');
    for (let i = 0; i < 50; i++) await new Promise(setImmediate);
    expect(source.pulled).toBeLessThan(KERNEL_BYTES_MAX);
    const standing = source.pulled;
    client.resume();
    await client.untilBytes(standing + 4 * MIB);
    expect(source.pulled).toBeGreaterThan(standing);
    client.reset();
    await until(() => source.cancelled.length === 1, 'the stream is cancelled');
    expect(server.errors).toEqual([]);
  });

  test('of a source that is always ready lets other clients be served', async () => {
    const source = new Source(64 * 1024);
    await using server = new WebServer((request) =>
      request.url.endsWith('/other') ? new Response('other') : new Response(source.stream()),
    );
    await using greedy = await RawClient.connect(server.address);
    await greedy.send(get('/'));
    await greedy.untilBytes(MIB);
    expect((await server.get('/other')).text).toBe('other');
  });

  test('sends its head before the first chunk is there', async () => {
    const first = deferred();
    const body = new ReadableStream({
      async pull(controller) {
        await first.promise;
        controller.enqueue(new TextEncoder().encode('first'));
        controller.close();
      },
    });
    await using server = new WebServer(() => new Response(body));
    await using client = await RawClient.connect(server.address);
    await client.send(get('/'));
    await until(() => client.received.includes('\r\n\r\n'), 'the head has come');
    first.resolve();
    await until(() => client.received.includes('first'), 'the chunk has come');
  });

  test('of server-sent events sends each event at once, and cancels its source when the client goes', async () => {
    const events: ReadableStreamDefaultController<Uint8Array>[] = [];
    const cancelled: unknown[] = [];
    const subscribe = (): Response => {
      const stream = new ReadableStream<Uint8Array>({
        start: (controller) => void events.push(controller),
        cancel: (reason) => void cancelled.push(reason),
      });
      return new Response(stream, { headers: { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' } });
    };
    await using server = new WebServer(subscribe);
    await using client = await RawClient.connect(server.address);
    await client.send(get('/', 'Accept: text/event-stream\r\n'));
    await until(() => client.received.includes('\r\n\r\n'), 'the head has come');
    expect(client.received.toString()).toMatch(/\r\nContent-Type: text\/event-stream\r\n/i);
    for (const data of ['one', 'two', 'three']) {
      events[0]?.enqueue(new TextEncoder().encode(`data: ${data}\n\n`));
      await until(() => client.received.includes(`data: ${data}\n\n`), `${data} has come`);
    }
    client.reset(); // while the source has nothing to say, and the server waits for it
    await until(() => cancelled.length === 1, 'the source is told');
    expect(cancelled).toEqual([expect.objectContaining({ name: 'AbortError' })]);
    expect(server.errors).toEqual([]);
  });

  test('may be text, which goes as UTF-8', async () => {
    const body = new ReadableStream({
      start(controller) {
        for (const text of ['hé', 'llo']) controller.enqueue(text);
        controller.close();
      },
    });
    await using server = new WebServer(() => new FastResponse(body));
    expect((await server.get('/')).text).toBe('héllo');
  });

  test('to a client that has shut its half comes whole where half-closed connections are allowed', async () => {
    const body = (): ReadableStream => {
      let left = 5;
      return new ReadableStream({
        async pull(controller) {
          await new Promise(setImmediate);
          if (left-- === 0) controller.close();
          else controller.enqueue(new TextEncoder().encode(`${left}`));
        },
      });
    };
    await using server = new WebServer(() => new Response(body()), { allowHalfClose: true });
    await using client = await RawClient.connect(server.address);
    await client.send(get('/'));
    client.shutWriting();
    expect((await client.untilEnd()).toString()).toMatch(
      /1\r\n4\r\n1\r\n3\r\n1\r\n2\r\n1\r\n1\r\n1\r\n0\r\n0\r\n\r\n$/,
    );
  });

  test.each([
    ['before its first chunk', 0],
    ['after its first chunk', 1],
  ])('whose cancel() throws when the client goes %s is reported, and the process goes on', async (_, chunks) => {
    let cancelled = 0;
    const body = (): ReadableStream<Uint8Array> =>
      new ReadableStream({
        start(controller) {
          for (let i = 0; i < chunks; i++) controller.enqueue(new TextEncoder().encode('x'));
        },
        cancel() {
          cancelled++;
          throw new Error('no');
        },
      });
    await using server = new WebServer(() => new Response(body()));
    await using client = await RawClient.connect(server.address);
    await client.send(get('/'));
    await until(() => client.received.includes('\r\n\r\n'), 'the head has come');
    client.reset();
    await until(() => cancelled === 1 && server.server.connectionCount === 0, 'the source is told');
    await new Promise(setImmediate);
    expect(server.errors).toEqual([new Error('no')]);
  });
});

describe('a client that goes', () => {
  test.each([
    ['', (request: Request) => request.signal],
    [' of a clone', (request: Request) => request.clone().signal],
    [' of a Request made of it', (request: Request) => new Request(request.url, request).signal],
  ])('aborts the signal%s', async (_, signalOf) => {
    const called = deferred();
    const reasons: unknown[] = [];
    await using server = new WebServer(async (request) => {
      const signal = signalOf(request);
      called.resolve();
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      reasons.push(signal.reason);
      throw signal.reason; // as fetch(…, { signal }) does
    });
    await using client = await RawClient.connect(server.address);
    await client.send(get('/'));
    await called.promise;
    client.reset();
    await until(() => reasons.length === 1, 'the signal aborts');
    expect(reasons).toEqual([expect.objectContaining({ name: 'AbortError' })]);
    await new Promise(setImmediate);
    expect(server.errors).toEqual([]);
  });

  test('in the middle of its body makes the reader fail, and no error is reported', async () => {
    const errors: unknown[] = [];
    let calls = 0;
    await using server = new WebServer(async (request) => {
      calls++;
      const read = request.url.endsWith('/stream') ? request.body?.getReader() : undefined;
      try {
        if (read === undefined) await request.text();
        else while (!(await read.read()).done);
      } catch (error) {
        errors.push(error);
      }
      return new Response(null);
    });
    for (const path of ['/text', '/stream']) {
      await using client = await RawClient.connect(server.address);
      await client.send(`POST ${path} HTTP/1.1\r\nHost: test\r\nContent-Length: 9\r\n\r\nhalf`);
      const count = errors.length;
      await until(() => calls > count, 'the handler is called');
      client.reset();
      await until(() => errors.length > count, 'the reader fails');
    }
    expect(errors).toHaveLength(2);
    for (const error of errors) expect(error).toMatchObject({ name: 'AbortError' });
    expect(server.errors).toEqual([]);
  });
});
