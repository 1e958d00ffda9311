/** Responses that are written in pieces: their bytes on the wire. */
import { constants as os } from 'node:os';
import { describe, expect, test } from '@jest/globals';
import type { HttpHandler } from '../../src/server/http-handler.js';
import type { HttpResponse } from '../../src/server/http-response.js';
import { openDriven } from '../client/driven-tls-client.js';
import { get, RawClient } from '../client/raw-client.js';
import { LimitedServer, until } from './limited-server.js';
import { deferred } from './test-server.js';

const LAST = '0\r\n\r\n';
const CLOSE = 'Connection: close\r\n';

/** The answer of a streaming server to one request, until the end of the connection. */
async function told(
  stream: (response: HttpResponse) => void | Promise<void>,
  request = get('/', CLOSE),
): Promise<{ head: string; body: string; errors: unknown[] }> {
  await using server = new LimitedServer((_, response) => stream(response));
  await using client = await RawClient.connect(server.address);
  await client.send(request);
  const text = (await client.untilEnd()).toString('latin1');
  const headEnd = text.indexOf('\r\n\r\n') + 4;
  return { head: text.slice(0, headEnd), body: text.slice(headEnd), errors: server.errors };
}

describe('a streamed response', () => {
  test('has one chunk for each write, and none for an empty one', async () => {
    const { head, body, errors } = await told(async (response) => {
      response.start(200, { A: 'b' });
      expect(await response.write('hello')).toBe(true);
      expect(await response.write('')).toBe(true);
      expect(await response.write(new Uint8Array(0))).toBe(true);
      expect(await response.write(Buffer.from(' world, of sixteen'))).toBe(true);
      response.end();
    });
    expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(head).toContain('\r\nA: b\r\n');
    expect(head).toContain('\r\nTransfer-Encoding: chunked\r\n');
    expect(head).not.toContain('Content-Length');
    expect(body).toBe(`5\r\nhello\r\n12\r\n world, of sixteen\r\n${LAST}`);
    expect(errors).toEqual([]);
  });

  test('may end with a last piece, in the same segment as the end', async () => {
    const { body } = await told((response) => {
      response.start(200);
      response.end('all');
    });
    expect(body).toBe(`3\r\nall\r\n${LAST}`);
  });

  test('may have an empty body', async () => {
    const { body } = await told((response) => {
      response.start(200);
      response.end();
    });
    expect(body).toBe(LAST);
  });

  test('counts text in bytes of UTF-8', async () => {
    const text = 'é€😀\ud800'; // half a character at the end, which becomes U+FFFD
    const { body } = await told(async (response) => {
      response.start(200);
      await response.write(text);
      response.end('ü'.repeat(20_000));
    });
    const bytes = Buffer.from(body, 'latin1').toString('utf8');
    expect(bytes).toBe(`c\r\né€😀\ufffd\r\n9c40\r\n${'ü'.repeat(20_000)}\r\n${LAST}`);
  });

  test.each([16_384, 16_385, 3_000_000])('carries pieces of %i bytes unchanged', async (length) => {
    const piece = Buffer.alloc(length, 'abc');
    const { body } = await told(async (response) => {
      response.start(200);
      await response.write(piece);
      await response.write(piece.toString());
      response.end(piece);
    });
    expect(body).toBe(`${length.toString(16)}\r\n${piece}\r\n`.repeat(3) + LAST);
  });

  test('to HTTP/1.0 has no chunks, and ends with the connection, whatever the client asked for', async () => {
    const { head, body } = await told(async (response) => {
      response.start(200);
      await response.write('a');
      response.end('b');
    }, 'GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n');
    expect(head).toContain('\r\nConnection: close\r\n');
    expect(head).not.toMatch(/Transfer-Encoding|Content-Length/);
    expect(body).toBe('ab');
  });

  test('to HTTP/1.0 is cut by a reset, so that half a body is not taken for the whole', async () => {
    await using server = new LimitedServer(async (_, response) => {
      response.start(200);
      await response.write('half');
      throw new Error('no more');
    });
    const turns = (): void => server.turns();
    // Not Node's socket: it reports the end of the stream for a reset that comes with the last bytes.
    const client = await openDriven(server.address, turns);
    client.send(Buffer.from('GET / HTTP/1.0\r\n\r\n'), turns);
    await until(() => server.errors.length > 0, 'the handler failed');
    client.receive();
    expect(client.received.toString()).toMatch(/half$/);
    expect([client.errno, client.hasEnded]).toEqual([os.errno.ECONNRESET, false]);
    client.close();
    expect(server.errors).toEqual([new Error('no more')]);
  });

  test('to HTTP/1.0 with a length keeps the connection if the client asked for it', async () => {
    await using server = new LimitedServer((_, response) => {
      response.start(200, {}, { length: 2 });
      response.end('ab');
    });
    await using client = await RawClient.connect(server.address);
    const request = 'GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n';
    await client.send(request + request);
    for (const { body, headers } of await client.responses(2)) {
      expect([body.toString(), headers.get('connection')]).toEqual(['ab', 'keep-alive']);
    }
  });

  test.each([
    ['HEAD', 200, 'HEAD / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n', 'Transfer-Encoding: chunked'],
    ['a 204', 204, get('/', CLOSE), undefined],
    ['a 304', 304, get('/', CLOSE), undefined],
  ])('for %s has a head and no body, even if one is written', async (_, status, request, framing) => {
    const { head, body, errors } = await told(async (response) => {
      response.start(status);
      await response.write('nobody');
      response.end('sees this');
    }, request);
    expect(body).toBe('');
    if (framing === undefined) expect(head).not.toMatch(/Transfer-Encoding|Content-Length/);
    else expect(head).toContain(framing);
    expect(errors).toEqual([]);
  });

  test('is sent as the handler writes: the head with the first piece, or alone if none follows at once', async () => {
    const steps: (() => void)[] = [];
    const step = (): Promise<void> => new Promise((resolve) => steps.push(resolve));
    await using server = new LimitedServer(async (request, response) => {
      response.start(200);
      if (request.path === '/later') await step();
      void response.write('first');
      await step();
      response.end();
    });
    await using client = await RawClient.connect(server.address);
    const segments: string[] = [];
    client.socket.on('data', (bytes) => segments.push(bytes.toString('latin1')));
    await client.send(get('/at-once'));
    await until(() => segments.length === 1, 'a segment comes');
    expect(segments[0]).toMatch(/\r\n\r\n5\r\nfirst\r\n$/);
    await server.settle();
    steps.shift()?.();
    await until(() => segments.length === 2, 'the end comes');
    await client.send(get('/later'));
    await until(() => segments.length === 3, 'the head comes');
    expect(segments[2]).toMatch(/chunked\r\n\r\n$/);
  });

  test('of Server-Sent Events arrives event by event', async () => {
    const events: (() => void)[] = [];
    await using server = new LimitedServer(async (request, response) => {
      response.start(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
      for (let i = 0; !request.signal.aborted; i++) {
        await new Promise<void>((resolve) => events.push(resolve));
        if (!(await response.write(`data: ${i}\n\n`))) return;
      }
      response.end();
    });
    const client = await RawClient.connect(server.address);
    await client.send(get('/'));
    for (let i = 0; i < 3; i++) {
      await until(() => events.length > 0, 'the handler waits');
      events.shift()?.();
      await until(() => client.received.includes(`9\r\ndata: ${i}\n\n\r\n`), 'the event comes');
    }
    client.reset();
    await server.untilEmpty();
    events.shift()?.();
    await server.settle();
    expect(server.errors).toEqual([]);
  });

  test('delays the next request until it has ended', async () => {
    const go = deferred();
    await using server = new LimitedServer(async (request, response) => {
      if (request.path === '/next') return response.send(200, {}, 'next');
      response.start(200, {}, { length: 4 });
      await response.write('ab');
      await go.promise;
      response.end('cd');
    });
    await using client = await RawClient.connect(server.address);
    await client.send(get('/') + get('/next'));
    await until(() => client.received.includes('ab'), 'the first piece comes');
    await server.settle();
    expect(client.received.toString().endsWith('ab')).toBe(true);
    go.resolve();
    expect((await client.responses(2)).map(({ body }) => body.toString())).toEqual(['abcd', 'next']);
  });
});

describe('a streamed response with a Content-Length', () => {
  test.each([
    ['as one piece', ['', 'hello']],
    ['in many', [...'hello']],
    ['the last of which is empty', ['hello', '']],
  ])('%s, has exactly that length, and the connection stays open', async (_, pieces) => {
    await using server = new LimitedServer(async (_request, response) => {
      response.start(200, {}, { length: 5 });
      for (const piece of pieces.slice(0, -1)) await response.write(piece);
      response.end(pieces.at(-1));
    });
    await using client = await RawClient.connect(server.address);
    await client.send(get('/') + get('/'));
    for (const { body } of await client.responses(2)) expect(body.toString()).toBe('hello');
    expect(server.errors).toEqual([]);
  });

  test('does not exceed it: a piece that would is an error, and is not sent', async () => {
    const { body, errors } = await told(async (response) => {
      response.start(200, {}, { length: 3 });
      await response.write('ab');
      expect(() => response.write('cd')).toThrow(RangeError);
      expect(() => response.end('cd')).toThrow(RangeError);
      response.end('c');
    });
    expect(body).toBe('abc');
    expect(errors).toEqual([]);
  });

  test('that ends too early cuts the connection, and is an error', async () => {
    const { body, errors } = await told(async (response) => {
      response.start(200, {}, { length: 3 });
      await response.write('ab');
      response.end();
    }, get('/'));
    expect(body).toBe('ab');
    expect(errors.map(String)).toEqual(['Error: a response was ended 1 bytes before the length that it had announced']);
  });

  test.each([-1, 1.5, Number.NaN, 2 ** 53, '5'])('of %p is refused, and the client gets a 500', async (length) => {
    const { head, errors } = await told((response) => response.start(200, {}, { length: length as number }));
    expect(head).toMatch(/^HTTP\/1\.1 500 /);
    expect(String(errors[0])).toMatch(/^RangeError: length: expected/);
  });
});

describe('misuse of a streamed response', () => {
  test.each<[string, (response: HttpResponse) => void, string]>([
    [
      'write before start',
      (response) => void response.write('a'),
      'write() was called on a response that is not begun',
    ],
    ['end before start', (response) => response.end(), 'end() was called on a response that is not begun'],
    ['write a number', (response) => void response.write(1 as unknown as string), 'chunk: expected a string'],
    ['start with a status of 103', (response) => response.start(103), 'status: expected that of a final'],
    ['start with a header of the server’s', (response) => response.start(200, { Date: 'x' }), "the server's own"],
  ])('(%s) is an error, and the client gets a 500', async (_, misuse, message) => {
    const { head, errors } = await told((response) => {
      misuse(response);
    });
    expect(head).toMatch(/^HTTP\/1\.1 500 /);
    expect(errors.map(String).join()).toContain(message);
  });

  test('(send after start) is reported, and the response can still be ended', async () => {
    const { body, errors } = await told((response) => {
      response.start(200);
      response.send(200, {}, 'second');
      response.end('a');
    });
    expect(body).toBe(`1\r\na\r\n${LAST}`);
    expect(errors).toEqual([new Error('a response was sent already')]);
  });

  test('(start twice) is reported, and cuts the connection: the pieces of both would be mixed', async () => {
    const { body, errors } = await told(async (response) => {
      response.start(200);
      await response.write('a');
      response.start(200);
      expect(await response.write('b')).toBe(false);
      response.end('c');
    });
    expect(body).toBe('1\r\na\r\n');
    expect(errors).toEqual([new Error('a response was sent already')]);
  });

  test.each<[string, (response: HttpResponse) => unknown, RegExp]>([
    ['write', async (response) => expect(await response.write('b')).toBe(false), /^Error: write\(\) was called/],
    ['end', (response) => response.end(), /^Error: end\(\) was called/],
    ['start', (response) => response.start(200), /^Error: a response was sent already/],
    ['send', (response) => response.send(200), /^Error: a response was sent already/],
  ])('(%s after end) is reported, and changes nothing', async (_, misuse, message) => {
    const { body, errors } = await told(async (response) => {
      response.start(200);
      response.end('a');
      await misuse(response);
    });
    expect(body).toBe(`1\r\na\r\n${LAST}`);
    expect(errors.map(String)).toEqual([expect.stringMatching(message)]);
  });
});

describe('a handler that fails after it has begun', () => {
  test.each<[string, HttpHandler]>([
    [
      'by throwing',
      (_, response) => {
        response.start(200);
        void response.write('half');
        throw new Error('broken');
      },
    ],
    [
      'by rejecting',
      async (_, response) => {
        response.start(200);
        await response.write('half');
        throw new Error('broken');
      },
    ],
  ])('%s, cuts the connection: the client sees that the body is not complete', async (_, handler) => {
    await using server = new LimitedServer((request, response) =>
      request.path === '/' ? handler(request, response) : response.send(200),
    );
    await using client = await RawClient.connect(server.address);
    await client.send(get('/') + get('/next'));
    const text = (await client.untilEnd()).toString('latin1');
    expect(text).not.toContain(LAST);
    expect(text).not.toContain('500');
    expect(server.errors.map(String)).toEqual(['Error: broken']);
  });
});
