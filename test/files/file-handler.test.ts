import { rmSync, truncateSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { FILE_INLINE_BYTES_MAX } from '../../src/files/content.js';
import { fileHandler } from '../../src/files/file-handler.js';
import { Reactor } from '../../src/reactor/reactor.js';
import { HttpServer } from '../../src/server/http-server.js';
import { ask, get, RawClient } from '../client/raw-client.js';
import type { TestServer } from '../server/test-server.js';
import { closingAll } from './open-descriptors.js';
import { SiteFolder } from './site-folder.js';

/** Bytes in which every place looks different. */
function pattern(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let i = 0; i < length; i++) bytes[i] = (i * 31 + (i >> 8) * 7) & 0xff;
  return bytes;
}

test('in a reactor that is not attached, each request is answered 500, and the error says what to call', async () => {
  using site = new SiteFolder({ 'a.txt': 'a' });
  const handler = fileHandler(site.root);
  using reactor = new Reactor();
  const errors: unknown[] = [];
  const server = new HttpServer(handler, { reactor, onHandlerError: (error) => errors.push(error) });
  let isAnswered = false;
  const answer = ask(server.listen({ address: '127.0.0.1', port: 0 }), get('/a.txt')).finally(() => {
    isAnswered = true;
  });
  while (!isAnswered) {
    reactor.turn(0);
    await new Promise(setImmediate);
  }
  expect((await answer).status).toBe(500);
  expect(String(errors)).toContain('call reactor.attach(), not run()');
  handler.close();
  await server.close();
});

describe('a file', () => {
  test('is served as exactly these bytes', async () => {
    using site = new SiteFolder({ 'a.txt': 'hello' });
    await site.settled();
    await using target = site.serve();
    const { head, body } = await ask(target.address, get('/a.txt'));
    expect(head.replace(/: \w{3}, .*? GMT/g, ': then').replace(/"\w+"/, '"tag"')).toBe(
      'HTTP/1.1 200 OK\r\nDate: then\r\nContent-Type: text/plain; charset=utf-8\r\nETag: "tag"\r\n' +
        'Last-Modified: then\r\nAccept-Ranges: bytes\r\nContent-Length: 5\r\n\r\n',
    );
    expect(body.toString()).toBe('hello');
  });

  test.each([
    ['a space', 'a b.txt', '/a%20b.txt'],
    ['a percent sign', '100%.txt', '/100%25.txt'],
    ['a plus', 'a+b.txt', '/a+b.txt'],
    ['a hash', 'a#b.txt', '/a%23b.txt'],
    ['a question mark', 'a?b.txt', '/a%3Fb.txt'],
    ['a backslash', 'a\\b.txt', '/a%5Cb.txt'],
    ['quotes', 'a"\'b.txt', "/a%22'b.txt"],
    ['a line end', 'a\nb.txt', '/a%0Ab.txt'],
    ['characters beyond ASCII', 'grüße €😀.txt', `/${encodeURIComponent('grüße €😀.txt')}`],
    ['what looks encoded', 'a%20b.txt', '/a%2520b.txt'],
    ['255 bytes', `${'x'.repeat(251)}.txt`, `/${'x'.repeat(251)}.txt`],
  ])('may have a name with %s', async (_, name, path) => {
    using site = new SiteFolder({ [name]: name });
    await using target = site.serve();
    const { status, body } = await ask(target.address, get(path));
    expect([status, body.toString()]).toEqual([200, name]);
  });

  test('is the same with a query, and by absolute-form', async () => {
    using site = new SiteFolder({ 'a.txt': 'hello' });
    await using target = site.serve();
    expect((await ask(target.address, get('/a.txt?v=1'))).body.toString()).toBe('hello');
    expect((await ask(target.address, get('http://example.com/a.txt'))).body.toString()).toBe('hello');
  });

  test.each([0, 1, FILE_INLINE_BYTES_MAX - 1, FILE_INLINE_BYTES_MAX, FILE_INLINE_BYTES_MAX + 1, 10 * 1024 * 1024])(
    'of %i bytes arrives byte for byte, twice on one connection, and leaves no descriptor open',
    (length) =>
      closingAll(async () => {
        const content = pattern(length);
        using site = new SiteFolder({ file: content });
        await using target = site.serve();
        await using client = await RawClient.connect(target.address);
        await client.send(get('/file') + get('/file'));
        for (const { status, headers, body } of await client.responses(2)) {
          expect(status).toBe(200);
          expect(headers.get('content-length')).toBe(`${length}`);
          expect(body.equals(content)).toBe(true);
        }
        await client.send('HEAD /file HTTP/1.1\r\nHost: h\r\n\r\n');
        const toHead = await client.response({ toHead: true });
        expect(toHead.headers.get('content-length')).toBe(`${length}`);
        expect(client.received.length).toBe(0);
      }),
  );

  test('that is changed is served in its new state', async () => {
    using site = new SiteFolder({ 'a.txt': 'before' });
    await using target = site.serve();
    expect((await ask(target.address, get('/a.txt'))).body.toString()).toBe('before');
    site.write('a.txt', 'and after');
    expect((await ask(target.address, get('/a.txt'))).body.toString()).toBe('and after');
  });
});

describe('a large file, while it is sent,', () => {
  const SIZE = 20 * 1024 * 1024; // more than the kernel takes from one who does not read

  /** A client that has the beginning of the file, and for now reads no more. */
  async function readBeginning(target: TestServer): Promise<RawClient> {
    const client = await RawClient.connect(target.address);
    await client.send(get('/large') + get('/small'));
    await client.untilBytes(1);
    client.pause();
    return client;
  }

  test('can be deleted: it arrives whole', async () => {
    const content = pattern(SIZE);
    using site = new SiteFolder({ large: content, small: 'small' });
    await using target = site.serve();
    await using client = await readBeginning(target);
    rmSync(site.path('large'));
    client.resume();
    const [large, small] = await client.responses(2);
    expect(large?.body.equals(content)).toBe(true);
    expect(small?.body.toString()).toBe('small');
  });

  test('can be cut short: then so is the response, whose end the client does not take for whole', () =>
    closingAll(async () => {
      using site = new SiteFolder({ large: pattern(SIZE), small: 'small' });
      await using target = site.serve();
      const client = await readBeginning(target);
      truncateSync(site.path('large'), SIZE / 2);
      client.resume();
      const all = await client.untilEnd();
      expect(all.length).toBeLessThan(SIZE);
      expect(all.toString('latin1', 0, 400)).toContain(`Content-Length: ${SIZE}\r\n`);
      await client.close();
      await target.untilEmpty();
      expect((await ask(target.address, get('/small'))).body.toString()).toBe('small');
    }));
});

describe('a folder', () => {
  test('is served by its index.html', async () => {
    using site = new SiteFolder({ 'index.html': 'top', 'a/index.html': 'a' });
    await using target = site.serve();
    const top = await ask(target.address, get('/'));
    expect([top.status, top.body.toString()]).toEqual([200, 'top']);
    expect(top.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect((await ask(target.address, get('/a/'))).body.toString()).toBe('a');
    expect((await ask(target.address, get('/a/?q'))).body.toString()).toBe('a');
  });

  test.each([
    ['/a', '/a/'],
    ['/a?q=1&r', '/a/?q=1&r'],
    ['/a%20b', '/a%20b/'],
    ['/a/deep', '/a/deep/'],
    ['http://example.com/a?q', '/a/?q'],
  ])('without its slash is redirected: %s to %s', async (path, location) => {
    using site = new SiteFolder({ 'a/index.html': 'a', 'a b/index.html': 'b', 'a/deep/index.html': 'c' });
    await using target = site.serve();
    const { status, headers } = await ask(target.address, get(path));
    expect([status, headers.get('location')]).toEqual([301, location]);
  });

  test('is not redirected to another host, whatever its path looks like', async () => {
    using site = new SiteFolder({ 'example.com/index.html': '' });
    await using target = site.serve();
    for (const path of ['//example.com', '/%2Fexample.com', '///example.com', '/./example.com', '//example.com/..']) {
      const { headers } = await ask(target.address, get(path));
      expect(headers.get('location') ?? '/').toMatch(/^\/(?!\/|\\)/);
    }
  });

  test.each([
    ['without an index', '/a/'],
    ['whose index is a folder', '/b/'],
  ])('%s is not found', async (_, path) => {
    using site = new SiteFolder({ 'a/other.html': '', 'b/index.html/c': '' });
    await using target = site.serve();
    expect((await ask(target.address, get(path))).status).toBe(404);
  });

  test('that is missing or a file is refused by fileHandler()', () => {
    using site = new SiteFolder({ file: '' });
    expect(() => fileHandler(site.path('missing'))).toThrow(/openat2 ENOENT: .*missing/);
    expect(() => fileHandler(site.path('file'))).toThrow(/openat2 ENOTDIR: .*file/);
  });
});

describe('a method other than GET and HEAD', () => {
  test.each([
    ['POST', 405],
    ['PUT', 405],
    ['DELETE', 405],
    ['PATCH', 405],
    ['OPTIONS', 405],
    ['TRACE', 405],
    ['PROPFIND', 501],
    ['get', 501],
  ])('%s gets a %i with the allowed methods', async (method, status) => {
    using site = new SiteFolder({ 'a.txt': 'hello' });
    await using target = site.serve();
    const response = await ask(target.address, `${method} /a.txt HTTP/1.1\r\nHost: h\r\n\r\n`);
    expect(response.status).toBe(status);
    expect(response.headers.get('allow')).toBe('GET, HEAD');
  });
});
