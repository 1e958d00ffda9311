/** A folder that is served on node:http. The answers are those of fileHandler(), but that a 404 is left to the next middleware. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import express from 'express';
import { type FileMiddleware, fileMiddleware } from '../../src/connect/file-middleware.js';
import type { FileHandlerOptions } from '../../src/files/file-options.js';
import { RawClient, type Target } from '../client/raw-client.js';
import { type Answer, answerOf } from '../fetch/web-server.js';
import { closingAll } from '../files/open-descriptors.js';
import { SiteFolder } from '../files/site-folder.js';
import { until } from '../server/limited-server.js';

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

class NodeServer {
  readonly #server: Server;
  readonly #middleware: FileMiddleware;

  private constructor(server: Server, middleware: FileMiddleware) {
    this.#server = server;
    this.#middleware = middleware;
  }

  /** @param listener  calls the middleware. Default: directly, and 404 with `next` behind it */
  static async of(middleware: FileMiddleware, listener?: Listener): Promise<NodeServer> {
    const plain: Listener = (request, response) =>
      middleware(request, response, (error) => response.writeHead(error === undefined ? 404 : 500).end('next'));
    const server = createServer(listener ?? plain).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new NodeServer(server, middleware);
  }

  get target(): Target {
    const { address, port } = this.#server.address() as AddressInfo;
    return { address, port };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    this.#middleware.close();
  }
}

async function ask(target: Target, path: string, headers = '', method = 'GET'): Promise<Answer> {
  await using client = await RawClient.connect(target);
  await client.send(`${method} ${path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n${headers}\r\n`);
  return answerOf(await client.untilEnd());
}

/** Each part of several ranges stands behind a boundary that is drawn for the response. */
function comparable({ status, lines, bytes }: Answer): unknown {
  const boundary = /boundary=(\w+)/.exec(lines.join())?.[1] ?? 'none';
  const text = [...lines.filter((line) => !/^Keep-Alive: /i.test(line)).sort(), bytes.toString('latin1')].join('\n');
  return { status, text: text.replaceAll(boundary, 'BOUNDARY') };
}

const LARGE = Buffer.alloc(1_000_000, '0123456789abcdef');
const TEXT = 'text '.repeat(1000);
const FILES = {
  'index.html': '<p>home</p>',
  'small.txt': 'small',
  'large.bin': LARGE,
  'text.css': TEXT,
  'text.css.gz': gzipSync(TEXT),
  'docs/index.html': 'docs',
  'page.html': 'page',
  'empty.txt': '',
  'folder/a.txt': 'a',
};

const ROWS: readonly (readonly [path: string, headers?: string, method?: string])[] = [
  ['/'],
  ['/small.txt'],
  ['/small.txt', '', 'HEAD'],
  ['/small.txt', 'Range: bytes=1-2\r\n'],
  ['/small.txt', 'Range: bytes=9-\r\n'],
  ['/small.txt', 'Range: bytes=0-0,2-3\r\n'],
  ['/small.txt', 'If-None-Match: {etag}\r\n'],
  ['/small.txt', 'If-None-Match: "other"\r\n'],
  ['/small.txt', 'If-Match: "other"\r\n'],
  ['/small.txt', 'If-Range: {etag}\r\nRange: bytes=1-\r\n'],
  ['/empty.txt'],
  ['/large.bin'],
  ['/large.bin', '', 'HEAD'],
  ['/large.bin', 'Range: bytes=500000-900000\r\n'],
  ['/large.bin', 'Range: bytes=-3,0-399999\r\n'],
  ['/text.css', 'Accept-Encoding: gzip\r\n'],
  ['/text.css'],
  ['/docs?a=b'],
  ['/docs/'],
  ['/page'],
  ['/folder/', 'Accept: application/json\r\n'],
  ['/folder/'],
];

const OPTIONS: FileHandlerOptions = { precompressed: true, cleanUrls: true, listing: true };

test.each(ROWS)('the middleware answers %s as the handler: %j %s', async (path, headers = '', method = 'GET') => {
  using site = new SiteFolder(FILES);
  await site.settled();
  await using handler = site.serve(OPTIONS);
  await using node = await NodeServer.of(fileMiddleware(site.root, OPTIONS));
  const etag = (await ask(handler.address, path)).header('etag') ?? '';
  const fields = headers.replace('{etag}', etag);
  const expected = comparable(await ask(handler.address, path, fields, method));
  for (const _ of ['not cached', 'cached']) {
    expect(comparable(await ask(node.target, path, fields, method))).toEqual(expected);
  }
});

test('next is called for a name that is missing, for other methods, and for paths out of the folder', async () => {
  using site = new SiteFolder(FILES);
  await using node = await NodeServer.of(fileMiddleware(site.root));
  for (const [path, method] of [
    ['/none'],
    ['/folder/'],
    ['/small.txt', 'POST'],
    ['/../secret'],
    ['/%00'],
    ['*', 'OPTIONS'],
  ]) {
    const answer = await ask(node.target, path as string, '', method);
    expect([path, answer.status, answer.text]).toEqual([path, 404, 'next']);
  }
});

test('a page for 404 is sent, and next is not called', async () => {
  using site = new SiteFolder({ ...FILES, '404.html': 'no such page' });
  await using node = await NodeServer.of(fileMiddleware(site.root, { notFoundPage: '404.html' }));
  const { status, text } = await ask(node.target, '/none');
  expect([status, text]).toEqual([404, 'no such page']);
});

test('a change on disk is in the next answer', async () => {
  using site = new SiteFolder(FILES);
  await using node = await NodeServer.of(fileMiddleware(site.root));
  for (let i = 0; i < 20; i++) {
    site.write('small.txt', `state ${i}`);
    expect((await ask(node.target, '/small.txt')).text).toBe(`state ${i}`);
  }
});

test('headers of earlier middleware stay, and Vary is added to', async () => {
  using site = new SiteFolder(FILES);
  const files = fileMiddleware(site.root, { precompressed: true });
  await using node = await NodeServer.of(files, (request, response) => {
    response.setHeader('X-A', '1');
    response.setHeader('Vary', 'Origin');
    files(request, response, () => response.end());
  });
  const { lines } = await ask(node.target, '/text.css', 'Accept-Encoding: gzip\r\n');
  expect(lines).toEqual(expect.arrayContaining(['X-A: 1', 'Vary: Origin', 'Vary: Accept-Encoding']));
});

test('in Express it serves below the path where it is mounted, and redirects to folders there', async () => {
  using site = new SiteFolder(FILES);
  const files = fileMiddleware(site.root);
  const app = express();
  app.use('/static', files);
  app.get('/static/none', (_, response) => response.send('route'));
  await using node = await NodeServer.of(files, app);
  expect((await ask(node.target, '/static/small.txt')).text).toBe('small');
  expect((await ask(node.target, '/static/none')).text).toBe('route');
  expect((await ask(node.target, '/static/docs?a')).header('location')).toBe('/static/docs/?a');
  expect((await ask(node.target, '/static')).header('location')).toBe('/static/');
  expect((await ask(node.target, '/small.txt')).status).toBe(404);
});

test('a client that leaves during a large file leaves no descriptor open', async () => {
  await closingAll(async () => {
    using site = new SiteFolder({ 'large.bin': Buffer.alloc(32 * 1024 * 1024) });
    const left: boolean[] = [];
    const files = fileMiddleware(site.root);
    await using node = await NodeServer.of(files, (request, response) => {
      response.on('close', () => left.push(response.writableFinished));
      files(request, response, () => response.end());
    });
    await using client = await RawClient.connect(node.target);
    client.pause();
    await client.send('GET /large.bin HTTP/1.1\r\nHost: test\r\n\r\n');
    await until(() => client.socket.readableLength > 0, 'the answer has begun');
    client.reset();
    await until(() => left.length === 1, 'the server has noticed');
    expect(left).toEqual([false]);
  });
});

test('a middleware that is closed gives its error to next', async () => {
  using site = new SiteFolder(FILES);
  const files = fileMiddleware(site.root);
  files.close();
  const errors: unknown[] = [];
  await using node = await NodeServer.of(files, (request, response) =>
    files(request, response, (error) => {
      errors.push(error);
      response.end();
    }),
  );
  await ask(node.target, '/small.txt');
  expect(errors).toEqual([expect.any(Error)]);
});

test('an option that does not exist is refused, with the nearest name', () => {
  // @ts-expect-error a mistake
  expect(() => fileMiddleware('site', { listings: true })).toThrow(/listing/);
});
