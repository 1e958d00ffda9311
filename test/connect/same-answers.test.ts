/** The same listener on node:http and on this server: clients get the same answers. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { expect, test } from '@jest/globals';
import { connectHandler } from '../../src/connect/connect-handler.js';
import { HttpServer } from '../../src/server/http-server.js';
import { get, RawClient, type Target } from '../client/raw-client.js';
import { answerOf } from '../fetch/web-server.js';

type Listener = (request: IncomingMessage, response: ServerResponse) => unknown;

/** Fields that each server writes for itself, and the phrase of the status. */
const OWN = /^(?:date|connection|keep-alive|content-length|transfer-encoding): /i;

interface Compared {
  readonly status: number;
  readonly lines: readonly string[];
  readonly length: string | undefined;
  readonly text: string;
}

async function ask(target: Target, request: string): Promise<Compared> {
  await using client = await RawClient.connect(target);
  await client.send(request.replace('\r\n', '\r\nConnection: close\r\n'));
  const { status, lines, text, header } = answerOf(await client.untilEnd());
  return { status, lines: lines.filter((line) => !OWN.test(line)).sort(), length: header('content-length'), text };
}

function attempt(call: () => unknown): string {
  try {
    return String(call());
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? (error as Error).name;
  }
}

const JSON_OF = (request: IncomingMessage): string => {
  const { method, url, httpVersion, httpVersionMajor, headers, rawHeaders, complete, aborted } = request;
  return JSON.stringify({ method, url, httpVersion, httpVersionMajor, headers, rawHeaders, complete, aborted });
};

const POST = 'POST /a HTTP/1.1\r\nHost: test\r\n';

const ROWS: readonly (readonly [title: string, listener: Listener, request?: string])[] = [
  ['text', (_, response) => response.end('hellö')],
  ['bytes', (_, response) => response.end(new Uint8Array([65, 66]))],
  ['text in another coding', (_, response) => response.end('4142', 'hex')],
  ['nothing', (_, response) => response.end()],
  ['a status', (_, response) => response.writeHead(418).end('tea')],
  ['a status without a body', (_, response) => response.writeHead(204).end()],
  ['a 304 for which a length is given', (_, response) => response.writeHead(304, { etag: '"a"' }).end()],
  [
    'headers of all forms',
    (_, response) => {
      response.setHeader('X-One', 1).setHeader('X-Two', ['a', 'b']).setHeader('Set-Cookie', ['a=1', 'b=2']);
      response.appendHeader('X-One', '2').removeHeader('x-two');
      response.writeHead(200, 'fine', { 'x-three': '3', 'X-ONE': 'over' }).end();
    },
  ],
  ['a list of headers', (_, response) => response.writeHead(200, ['X-A', '1', 'X-A', '2', 'X-B', '3']).end('a')],
  ['a Map of headers', (_, response) => response.setHeaders(new Map([['X-A', '1']])).end('a')],
  [
    'what it has set',
    (_, response) => {
      response.setHeader('X-A', '1').setHeader('X-B', ['2', '3']);
      response.end(
        JSON.stringify([
          response.getHeader('x-a'),
          response.getHeaders(),
          response.getHeaderNames(),
          response.hasHeader('X-b'),
          response.headersSent,
        ]),
      );
    },
  ],
  [
    'pieces',
    (_, response) => {
      response.write('a');
      response.write(Buffer.from('b'));
      response.end('c');
    },
  ],
  [
    'pieces of a length',
    (_, response) => {
      response.setHeader('Content-Length', 3);
      response.write('a');
      response.end('bc');
    },
  ],
  ['a stream', (_, response) => pipeline(Readable.from(['a', 'b', 'c']), response)],
  ['a stream piped', (_, response) => Readable.from(['a', 'b', 'c']).pipe(response)],
  [
    'a head before the body',
    (_, response) => {
      response.flushHeaders();
      setImmediate(() => response.end(`${response.headersSent}`));
    },
  ],
  ['later', (_, response) => setTimeout(() => response.end('later'), 1)],
  ['HEAD', (_, response) => response.end('hello'), 'HEAD /a HTTP/1.1\r\nHost: test\r\n\r\n'],
  [
    'HEAD without the body',
    (_, response) => response.writeHead(200, { 'Content-Length': 5 }).end(),
    'HEAD /a HTTP/1.1\r\nHost: test\r\n\r\n',
  ],
  [
    'what the request says',
    (request, response) => response.end(JSON_OF(request)),
    'GET /a%20b?c=d HTTP/1.1\r\nHost: test\r\nX-A: 1\r\nx-a: 2\r\nCookie: a=1\r\nCookie: b=2\r\nUser-Agent: one\r\nUser-Agent: two\r\n' +
      'Set-Cookie: c=1\r\nSet-Cookie: d=2\r\nConstructor: x\r\nValueOf: y\r\n\r\n',
  ],
  ['a request of HTTP/1.0', (request, response) => response.end(request.httpVersion), 'GET / HTTP/1.0\r\n\r\n'],
  [
    'the address of the client',
    ({ socket }, response) =>
      response.end(`${socket.remoteAddress} ${socket.remoteFamily} ${typeof socket.remotePort}`),
  ],
  [
    'the body',
    async (request, response) => {
      let text = '';
      for await (const chunk of request.setEncoding('utf8')) text += chunk;
      response.end(`${text} ${request.complete} ${request.readableEnded}`);
    },
    `${POST}Content-Length: 5\r\n\r\nhello`,
  ],
  [
    'the body in chunks, by events',
    (request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => response.end(Buffer.concat(parts)));
    },
    `${POST}Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n`,
  ],
  ['the body piped back', (request, response) => request.pipe(response), `${POST}Content-Length: 5\r\n\r\nhello`],
  [
    'the body after 100 (Continue)',
    (request, response) => request.on('end', () => response.end('read')).resume(),
    `${POST}Content-Length: 5\r\n\r\nhello`,
  ],
  [
    'the end of a request without a body',
    (request, response) => request.on('end', () => response.end('ended')).resume(),
  ],
  [
    'errors of misuse',
    (_, response) => {
      const errors = [
        attempt(() => response.writeHead(99)),
        attempt(() => response.writeHead(1000)),
        attempt(() => response.writeHead(200).getHeaderNames()),
        attempt(() => response.setHeader('a', 'b')),
        attempt(() => response.removeHeader('a')),
        attempt(() => response.writeHead(200)),
      ];
      response.end(errors.map((error) => (error === 'RangeError' ? 'ERR_HTTP_INVALID_STATUS_CODE' : error)).join());
    },
  ],
  [
    'the events of a response',
    (_, response) => {
      const events: string[] = [];
      for (const event of ['finish', 'close', 'error']) response.on(event, () => events.push(event));
      response.end('a');
      setTimeout(() => {
        if (events.join() !== 'finish,close' || !response.writableFinished) response.socket?.destroy();
      }, 5);
    },
  ],
];

test.each(ROWS)('node:http and this server answer alike: %s', async (_, listener, request = get('/a')) => {
  const node = createServer(listener).listen(0, '127.0.0.1');
  await once(node, 'listening');
  const errors: unknown[] = [];
  await using server = new HttpServer(connectHandler(listener), { onHandlerError: (error) => errors.push(error) });
  const { port } = node.address() as AddressInfo;
  const expected = await ask({ address: '127.0.0.1', port }, request);
  const answer = await ask(server.listen({ address: '127.0.0.1', port: 0 }), request);
  // This server also knows the length of a body behind writeHead().
  expect(answer).toEqual({ ...expected, length: expected.length ?? answer.length });
  expect(errors).toEqual([]);
  node.close();
});
