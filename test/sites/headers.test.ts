/** Headers by path: on every answer, or on files alone. */
import { describe, expect, test } from '@jest/globals';
import { FILE_INLINE_BYTES_MAX } from '../../src/files/content.js';
import type { Rule } from '../../src/sites/site-options.js';
import { RawClient } from '../client/raw-client.js';
import { RuledSite } from './ruled-site.js';

const SECURITY: Rule = { path: '/**', headers: { 'X-Frame-Options': 'DENY' } };
const IMMUTABLE = 'public, max-age=31536000, immutable';

describe('headers of a rule are on every response, and cacheControl on files alone', () => {
  const large = 'x'.repeat(FILE_INLINE_BYTES_MAX + 1);
  const FILES = { 'a.txt': 'hello', 'large.txt': large, 'dir/index.html': 'page', 'list/x': '' };
  const RULES: Rule[] = [SECURITY, { path: '/**', cacheControl: IMMUTABLE }];

  test.each<[what: string, path: string, headers: string, method: string, status: number, isFile: boolean]>([
    ['a file', '/a.txt', '', 'GET', 200, true],
    ['a file to HEAD', '/a.txt', '', 'HEAD', 200, true],
    ['a large file', '/large.txt', '', 'GET', 200, true],
    ['a page of a folder', '/dir/', '', 'GET', 200, true],
    ['what is not modified', '/a.txt', 'If-None-Match: *\r\n', 'GET', 304, true],
    ['a range', '/a.txt', 'Range: bytes=0-1\r\n', 'GET', 206, true],
    ['ranges', '/a.txt', 'Range: bytes=0-0,4-4\r\n', 'GET', 206, true],
    ['a range of a large file', '/large.txt', 'Range: bytes=0-65536\r\n', 'GET', 206, true],
    ['no range', '/a.txt', 'Range: bytes=9-\r\n', 'GET', 416, false],
    ['a condition that fails', '/a.txt', 'If-Match: "x"\r\n', 'GET', 412, false],
    ['nothing', '/none', '', 'GET', 404, false],
    ['a path that is no name', '/%zz', '', 'GET', 404, false],
    ['a path above the root', '/../a.txt', '', 'GET', 404, false],
    ['a redirect to the slash', '/dir', '', 'GET', 301, false],
    ['a method that is not answered', '/a.txt', '', 'DELETE', 405, false],
    ['a method that is none', '/a.txt', '', 'BREW', 501, false],
  ])('%s', async (_, path, headers, method, status, isFile) => {
    await using site = new RuledSite(FILES, RULES);
    for (let time = 0; time < 2; time++) {
      const response = await site.ask(path, headers, method);
      expect(response.status).toBe(status);
      expect(response.headers.get('x-frame-options')).toBe('DENY');
      expect(response.headers.get('cache-control')).toBe(isFile ? IMMUTABLE : undefined);
    }
  });

  test('a listing keeps its own Cache-Control', async () => {
    await using site = new RuledSite(
      FILES,
      [...RULES, { path: '/**', headers: { 'content-security-policy': 'x', Vary: 'DNT' } }],
      {
        listing: true,
      },
    );
    const { status, headers } = await site.ask('/list/');
    expect(status).toBe(200);
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('cache-control')).toBe('no-cache');
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'/);
    expect(headers.get('vary')).toBe('Accept, DNT');
  });

  test('the page of a 404 has the headers, and no cacheControl', async () => {
    await using site = new RuledSite({ '404.html': 'gone' }, RULES, { notFoundPage: '404.html' });
    const { status, headers, body } = await site.ask('/none');
    expect([status, body.toString()]).toEqual([404, 'gone']);
    expect([headers.get('x-frame-options'), headers.get('cache-control')]).toEqual(['DENY', undefined]);
  });

  test('a 500 has the headers, and no cacheControl', async () => {
    const site = new RuledSite(FILES, RULES);
    await using _ = site;
    site.handler.close();
    const { status, headers } = await site.ask('/a.txt');
    expect(status).toBe(500);
    expect([headers.get('x-frame-options'), headers.get('cache-control')]).toEqual(['DENY', undefined]);
    expect(site.server.errors).toHaveLength(1);
  });
});

describe('rules that match the same path', () => {
  const FILES = { 'a.txt': 'a', 'b/c.txt': 'c', 'assets/app.3f2a9c1b.js': '', 'assets/app.js': '' };
  const RULES: Rule[] = [
    { path: '/**', headers: { 'X-A': '1', 'X-B': '1' }, cacheControl: 'no-cache' },
    { path: ['/b/**', '/none'], headers: { 'x-a': '2', 'X-C': '3' }, cacheControl: false },
    { path: '/b/*.txt', headers: { 'X-B': false }, contentType: 'text/x-c' },
    { path: '/**', hashedNames: true, cacheControl: IMMUTABLE },
  ];

  test.each<[path: string, a: string, b: string | undefined, c: string | undefined, cache: string | undefined]>([
    ['/a.txt', '1', '1', undefined, 'no-cache'],
    ['/b/c.txt', '2', undefined, '3', undefined],
    ['/%62/c%2Etxt', '2', undefined, '3', undefined],
    ['/./b//c.txt', '2', undefined, '3', undefined],
    ['/assets/app.3f2a9c1b.js', '1', '1', undefined, IMMUTABLE],
    ['/assets/app.js', '1', '1', undefined, 'no-cache'],
  ])('the later one counts, and false takes back: %s', async (path, a, b, c, cache) => {
    await using site = new RuledSite(FILES, RULES);
    const { status, headers } = await site.ask(path);
    expect(status).toBe(200);
    expect(['x-a', 'x-b', 'x-c', 'cache-control'].map((name) => headers.get(name))).toEqual([a, b, c, cache]);
  });

  test('contentType is for files and their ranges alone', async () => {
    await using site = new RuledSite(FILES, RULES);
    expect((await site.ask('/b/c.txt')).headers.get('content-type')).toBe('text/x-c');
    expect((await site.ask('/b/c.txt', 'Range: bytes=0-0\r\n')).headers.get('content-type')).toBe('text/x-c');
    expect((await site.ask('/b/d.txt')).headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect((await site.ask('/b/c.txt', 'If-None-Match: *\r\n')).headers.has('content-type')).toBe(false);
  });
});

test('a fallback page has the cacheControl of its own path, not of the requested one', async () => {
  const rules: Rule[] = [
    { path: '/**', cacheControl: 'no-cache' },
    { path: '/assets/**', cacheControl: IMMUTABLE, contentType: 'text/javascript' },
  ];
  await using site = new RuledSite({ 'index.html': 'app', 'assets/a.js': 'code' }, rules, { fallback: 'index.html' });
  const file = await site.ask('/assets/a.js');
  expect([file.headers.get('cache-control'), file.headers.get('content-type')]).toEqual([IMMUTABLE, 'text/javascript']);
  for (const path of ['/users/5', '/assets/gone.js', '/assets/%zz']) {
    const { headers, body } = await site.ask(path);
    expect(body.toString()).toBe('app');
    expect([headers.get('cache-control'), headers.get('content-type')]).toEqual([
      'no-cache',
      'text/html; charset=utf-8',
    ]);
  }
});

test('a file keeps its headers over many requests, and over a change', async () => {
  await using site = new RuledSite({ 'a.txt': 'old' }, [SECURITY, { path: '/*.txt', cacheControl: 'no-cache' }]);
  const client = await RawClient.connect(site.server.address);
  await using _ = client;
  const request = 'GET /a.txt HTTP/1.1\r\nHost: test\r\n\r\n';
  for (const content of ['old', 'new']) {
    site.folder.write('a.txt', content);
    await client.send(request.repeat(20));
    for (const { status, headers, body } of await client.responses(20)) {
      expect([status, body.toString()]).toEqual([200, content]);
      expect([headers.get('x-frame-options'), headers.get('cache-control')]).toEqual(['DENY', 'no-cache']);
    }
  }
});

test('precompressed files join their Vary with the Vary of a rule', async () => {
  const rules: Rule[] = [{ path: '/**', headers: { Vary: 'Sec-GPC' }, cacheControl: 'no-cache' }];
  await using site = new RuledSite({ 'a.txt': 'plain', 'a.txt.gz': 'gzip' }, rules, { precompressed: true });
  for (const [accept, body] of [
    ['', 'plain'],
    ['Accept-Encoding: gzip\r\n', 'gzip'],
  ] as const) {
    const response = await site.ask('/a.txt', accept);
    expect(response.body.toString()).toBe(body);
    expect(response.headers.get('vary')).toBe('Accept-Encoding, Sec-GPC');
  }
});

test('paths beyond the bound of remembered ones have their rules', async () => {
  await using site = new RuledSite({ 'a.txt': '' }, [SECURITY, { path: '/x*/**', headers: { 'X-Rule': 'x' } }]);
  const client = await RawClient.connect(site.server.address);
  await using _ = client;
  for (let batch = 0; batch < 100; batch++) {
    const paths = Array.from({ length: 100 }, (_, i) => `/x${batch}/${i}`);
    await client.send(paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: test\r\n\r\n`).join(''));
    for (const { status, headers } of await client.responses(100)) {
      expect([status, headers.get('x-rule'), headers.get('x-frame-options')]).toEqual([404, 'x', 'DENY']);
    }
  }
});
