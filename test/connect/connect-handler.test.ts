/** What a listener for node:http may rely on here: bodies, clients that leave, failures. Answers are compared in same-answers.test.ts. */
import { once } from 'node:events';
import { createServer, IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { expect, test } from '@jest/globals';
import express from 'express';
import { type ConnectListener, connectHandler } from '../../src/connect/connect-handler.js';
import type { InternetAddress } from '../../src/linux/socket-address.js';
import { HttpServer } from '../../src/server/http-server.js';
import { ask, get, RawClient } from '../client/raw-client.js';
import { until } from '../server/limited-server.js';

class ConnectTestServer {
  readonly errors: unknown[] = [];
  readonly #server: HttpServer;
  readonly address: InternetAddress;

  constructor(listener: ConnectListener) {
    this.#server = new HttpServer(connectHandler(listener), { onHandlerError: (error) => this.errors.push(error) });
    this.address = this.#server.listen({ address: '127.0.0.1', port: 0 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.close();
  }
}

const chunkedPost = (chunks: string): string =>
  `POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}`;

test('a listener that throws, or rejects, is answered with 500, and its error is reported', async () => {
  const error = new Error('broken');
  const listeners: ConnectListener[] = [
    () => {
      throw error;
    },
    () => Promise.reject(error),
    async () => {
      await null;
      throw error;
    },
  ];
  for (const listener of listeners) {
    await using server = new ConnectTestServer(listener);
    expect((await ask(server.address, get('/'))).status).toBe(500);
    expect(server.errors).toEqual([error]);
  }
});

test('pipelined requests are answered in their order, whenever their listener answers', async () => {
  await using server = new ConnectTestServer((request, response) => {
    if (request.url === '/1') setImmediate(() => response.end('one'));
    else response.end('two');
  });
  await using client = await RawClient.connect(server.address);
  await client.send(get('/1') + get('/2') + get('/1'));
  const bodies = (await client.responses(3)).map(({ body }) => body.toString());
  expect(bodies).toEqual(['one', 'two', 'one']);
});

test('a request can be read after its response, such as by a log', async () => {
  const logged: unknown[] = [];
  await using server = new ConnectTestServer((request, response) => {
    response.on('finish', () =>
      logged.push([request.headers['x-a'], request.socket.remoteAddress, response.statusCode]),
    );
    response.end('a');
  });
  await ask(server.address, get('/', 'X-A: 1\r\n'));
  await until(() => logged.length === 1, 'it is logged');
  expect(logged).toEqual([['1', '127.0.0.1', 200]]);
});

test('a client that resets its connection during a stream closes response, request and socket', async () => {
  const events: string[] = [];
  await using server = new ConnectTestServer((request, response) => {
    const source = new PassThrough();
    source.on('close', () => events.push('source'));
    request.on('close', () => events.push('request'));
    request.socket.on('close', () => events.push('socket'));
    response.on('close', () => events.push('response'));
    response.on('finish', () => events.push('finish'));
    response.on('error', () => events.push('error'));
    response.on('close', () => source.destroy());
    source.pipe(response);
    source.write('hello');
  });
  await using client = await RawClient.connect(server.address);
  await client.send(get('/'));
  await until(() => client.received.includes('hello'), 'the stream has begun');
  client.reset();
  await until(() => events.length === 4, 'all are closed');
  expect(events.sort()).toEqual(['request', 'response', 'socket', 'source']);
  expect(server.errors).toEqual([]);
});

test('a client that ends its half aborts the request, and still gets the response', async () => {
  const events: string[] = [];
  await using server = new ConnectTestServer((request, response) => {
    request.on('aborted', () => {
      events.push(`aborted ${request.aborted}`);
      response.end('answer');
    });
    request.on('close', () => events.push('close'));
  });
  await using client = await RawClient.connect(server.address);
  await client.send(get('/'));
  client.shutWriting();
  expect((await client.response()).body.toString()).toBe('answer');
  await until(() => events.length === 2, 'the request is closed');
  expect(events).toEqual(['aborted true', 'close']);
});

test('response.destroy() without a response cuts the connection', async () => {
  await using server = new ConnectTestServer((_, response) => response.destroy(new Error('unsaid')));
  await using client = await RawClient.connect(server.address);
  await client.send(get('/'));
  expect(await client.untilEnd()).toHaveLength(0);
});

test('a body that is malformed fails the request for a listener that reads it', async () => {
  const seen: unknown[] = [];
  await using server = new ConnectTestServer(async (request, response) => {
    try {
      for await (const chunk of request) seen.push(String(chunk));
    } catch (error) {
      seen.push((error as Error).name);
      response.writeHead(400).end();
    }
  });
  await using client = await RawClient.connect(server.address);
  await client.send(chunkedPost('2\r\nhi\r\n'));
  await until(() => seen.length === 1, 'the first chunk is read');
  await client.send('x\r\n');
  expect((await client.response()).status).toBe(400);
  expect(seen).toEqual(['hi', 'HttpError']);
});

test('a body that breaks off does not end a process that has no listener for errors of the request', async () => {
  const events: string[] = [];
  await using server = new ConnectTestServer((request) => {
    request.on('data', () => events.push('data'));
    request.on('close', () => events.push('close'));
  });
  await using client = await RawClient.connect(server.address);
  await client.send(chunkedPost('2\r\nhi\r\n'));
  await until(() => events.length === 1, 'the first chunk is read');
  client.reset();
  await until(() => events.length === 2, 'the request is closed');
  expect(events).toEqual(['data', 'close']);
});

test('write() returns false while a client reads slowly, and drain follows when it reads', async () => {
  const piece = Buffer.alloc(1024 * 1024);
  const count = 32;
  let waits = 0;
  await using server = new ConnectTestServer(async (_, response) => {
    for (let i = 0; i < count; i++) {
      if (response.write(piece)) continue;
      waits++;
      await once(response, 'drain');
    }
    response.end();
  });
  await using client = await RawClient.connect(server.address);
  client.pause();
  await client.send(get('/', 'Connection: close\r\n'));
  await until(() => waits > 0, 'it has to wait');
  client.resume();
  expect((await client.untilEnd()).length).toBeGreaterThan(count * piece.length);
});

test('a body longer than the length that was announced is cut and reported', async () => {
  await using server = new ConnectTestServer((_, response) => {
    response.setHeader('Content-Length', 1);
    response.write('ab');
    response.end('c');
  });
  await using client = await RawClient.connect(server.address);
  await client.send(get('/'));
  await client.untilEnd();
  expect(server.errors).toEqual([expect.any(RangeError)]);
});

test('a header that cannot be sent throws where it is set, and the response can still be given', async () => {
  await using server = new ConnectTestServer((_, response) => {
    expect(() => response.setHeader('a b', 'c')).toThrow(TypeError);
    expect(() => response.setHeader('a', 'b\r\nc: d')).toThrow(TypeError);
    response.end('fine');
  });
  const { status, head } = await ask(server.address, get('/'));
  expect(status).toBe(200);
  expect(head).not.toMatch(/^a|c: d/m);
});

test('the framing and the connection are the server’s, whatever headers are set', async () => {
  await using server = new ConnectTestServer((_, response) => {
    response.writeHead(200, {
      'Transfer-Encoding': 'chunked',
      Connection: 'close',
      'Content-Length': 99,
      Date: 'never',
    });
    response.end('hello');
  });
  const { headers } = await ask(server.address, get('/'));
  expect([headers.get('content-length'), headers.has('connection'), headers.has('transfer-encoding')]).toEqual([
    '5',
    false,
    false,
  ]);
  expect(headers.get('date')).not.toBe('never');
});

test('middleware that wraps writeHead(), as on-headers does, sees the head before it is sent', async () => {
  await using server = new ConnectTestServer((_, response) => {
    const writeHead = response.writeHead;
    response.writeHead = function (this: ServerResponse, ...args: Parameters<typeof writeHead>) {
      this.setHeader('X-Late', String(this.getHeader('x-early')));
      return Reflect.apply(writeHead, this, args);
    } as typeof writeHead;
    response.setHeader('X-Early', 'yes');
    response.end('hello');
  });
  expect((await ask(server.address, get('/'))).headers.get('x-late')).toBe('yes');
});

test('an app of Express has its methods and mounted apps here, and another app keeps those of node:http', async () => {
  const inner = express();
  inner.get('/:id', (request, response) =>
    response.json([request.params.id, request.baseUrl, request.ip, request.protocol]),
  );
  const app = express();
  app.use('/inner', inner);
  app.use(express.static(new URL('../../site', import.meta.url).pathname));
  app.get('/moved', (_, response) => response.redirect('/there'));
  const other = express();
  other.get('/', (request: IncomingMessage, response) => response.send(`${request instanceof IncomingMessage}`));
  await using server = new ConnectTestServer(app);
  expect((await ask(server.address, get('/inner/7'))).body.toString()).toBe('["7","/inner","127.0.0.1","http"]');
  expect((await ask(server.address, get('/moved'))).headers.get('location')).toBe('/there');
  const page = await ask(server.address, get('/index.html'));
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  const unchanged = `If-None-Match: ${page.headers.get('etag')}\r\n`;
  expect((await ask(server.address, get('/index.html', unchanged))).status).toBe(304);
  const node = createServer(other).listen(0, '127.0.0.1');
  await once(node, 'listening');
  const { port } = node.address() as AddressInfo;
  expect((await ask({ address: '127.0.0.1', port }, get('/', 'Connection: close\r\n'))).body.toString()).toBe('true');
  node.close();
});

test('connectHandler() refuses what is no function, and says so', () => {
  // @ts-expect-error an app of Koa has to be given as app.callback()
  expect(() => connectHandler({})).toThrow('listener: expected a function (request, response), got object');
});
