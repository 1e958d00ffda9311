/** Slow bodies of requests: a client is never ahead of the handler that reads. */
import { describe, expect, test } from '@jest/globals';
import { get, RawClient } from '../client/raw-client.js';
import { until } from '../server/limited-server.js';
import { deferred } from '../server/test-server.js';
import { WebServer } from './web-server.js';

const MIB = 1024 * 1024;
/** More than Linux buffers on both sides for a peer that reads nothing (tcp_wmem, tcp_rmem: 4 + 6 MiB at most). */
const KERNEL_BYTES_MAX = 16 * MIB;

describe('an upload', () => {
  const CHUNK = Buffer.alloc(64 * 1024, 'x');
  const limits = { requestBodyBytesMax: 64 * MIB };
  const head = (bytes: number): string => `POST / HTTP/1.1\r\nHost: test\r\nContent-Length: ${bytes}\r\n\r\n`;

  test('is not read faster than its handler reads, and comes whole', async () => {
    const go = deferred();
    let read = 0;
    await using server = new WebServer(
      async (request) => {
        const reader = (request.body as ReadableStream<Uint8Array>).getReader();
        read += (await reader.read()).value?.length ?? 0;
        await go.promise;
        for (;;) {
          const { done, value } = await reader.read();
          if (done) return new Response(String(read));
          read += value.length;
        }
      },
      { limits },
    );
    await using client = await RawClient.connect(server.address);
    const total = 48 * MIB;
    await client.send(head(total));
    let sent = 0;
    const sending = (async () => {
      for (; sent < total; sent += CHUNK.length) await client.send(CHUNK);
    })();
    await until(() => sent > MIB, 'the client sends');
    let before = -1;
    await until(() => {
      const isStill = before === sent;
      before = sent;
      return isStill;
    }, 'the client has to wait');
    for (let i = 0; i < 50; i++) await new Promise(setImmediate);
    expect(sent).toBeLessThan(KERNEL_BYTES_MAX);
    go.resolve();
    await sending;
    expect((await client.response()).body.toString()).toBe(String(total));
  });

  test('can be streamed back while it comes', async () => {
    await using server = new WebServer((request) => new Response(request.body), { limits });
    await using client = await RawClient.connect(server.address);
    const total = 8 * MIB;
    await client.send(head(total));
    const sending = (async () => {
      for (let sent = 0; sent < total; sent += CHUNK.length) await client.send(CHUNK);
    })();
    await client.untilBytes(total); // of chunks, which are a little more
    await sending;
    await until(() => client.received.subarray(-5).toString() === '0\r\n\r\n', 'the end has come');
    expect(server.errors).toEqual([]);
  });

  test('that is too large is answered 413, however it is read', async () => {
    await using server = new WebServer(
      async (request) => {
        if (request.url.endsWith('/text')) await request.text();
        else if (request.url.endsWith('/form')) await request.formData();
        else for await (const _ of request.body as ReadableStream<Uint8Array>);
        return new Response('unexpected');
      },
      { limits: { requestBodyBytesMax: 10 } },
    );
    for (const path of ['/text', '/form', '/stream']) {
      const { status } = await server.ask(
        'POST',
        path,
        'Transfer-Encoding: chunked\r\n',
        'f\r\n0123456789abcde\r\n0\r\n\r\n',
      );
      expect([path, status]).toEqual([path, 413]);
    }
    expect(server.errors).toEqual([]);
  });

  test('whose reader stops is discarded, and the connection goes on', async () => {
    await using server = new WebServer(async (request) => {
      if (request.body === null) return new Response('next');
      const reader = request.body.getReader();
      await reader.read();
      await reader.cancel();
      return new Response('enough');
    });
    await using client = await RawClient.connect(server.address);
    await client.send(head(200_000) + 'x'.repeat(200_000) + get('/'));
    const bodies = (await client.responses(2)).map(({ body }) => body.toString());
    expect(bodies).toEqual(['enough', 'next']);
  });

  test('waits for 100 Continue until its handler reads', async () => {
    const go = deferred();
    await using server = new WebServer(async (request) => {
      await go.promise;
      return new Response(await request.text());
    });
    await using client = await RawClient.connect(server.address);
    await client.send('POST / HTTP/1.1\r\nHost: test\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n');
    for (let i = 0; i < 10; i++) await new Promise(setImmediate);
    expect(client.received.length).toBe(0);
    go.resolve();
    await until(() => client.received.includes('100 Continue\r\n\r\n'), 'it is told to go on');
    await client.send('ab');
    await until(() => client.received.subarray(-2).toString() === 'ab', 'the answer has come');
  });
});
