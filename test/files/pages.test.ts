/** The file for a path that matches none: a folder's index, the page of a clean URL, the fallback, the page of a 404. */
import { execFileSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { FILE_INLINE_BYTES_MAX } from '../../src/files/content.js';
import type { FileHandlerOptions } from '../../src/files/file-options.js';
import { ask, get, RawClient } from '../client/raw-client.js';
import { pattern } from '../fixtures/pattern.mjs';
import { closingAll } from './open-descriptors.js';
import { SiteFolder } from './site-folder.js';

const HTML = 'text/html; charset=utf-8';

/** The answer for a path: its status and text, or the target of its redirect. */
async function answer(site: SiteFolder, options: FileHandlerOptions, path: string): Promise<[number, string]> {
  await using target = site.serve(options);
  const { status, headers, body } = await ask(target.address, get(path));
  expect(target.errors).toEqual([]);
  return [status, headers.get('location') ?? body.toString()];
}

describe('the index of a folder', () => {
  test.each([
    ['index.html', '/', 'an index'],
    ['home.htm', '/', 'another index'],
    ['home.htm', '/a/', 'another index of a'],
    ['a/page.html', '/', 'a page'], // below the folder is in the folder
  ])('is the file of the option: with %j, %s', async (index, path, text) => {
    using site = new SiteFolder({
      'index.html': 'an index',
      'home.htm': 'another index',
      'a/home.htm': 'another index of a',
      'a/page.html': 'a page',
    });
    expect(await answer(site, { index }, path)).toEqual([200, text]);
  });

  test.each(['/home.htm', '../secret', '/etc/passwd'])('is never outside the root: %j', async (index) => {
    using site = new SiteFolder({ 'home.htm': '', '../secret': 'secret' });
    expect((await answer(site, { index: `..${index}` }, '/'))[0]).toBe(404);
  });
});

describe('a clean URL', () => {
  const FILES = {
    'index.html': 'top',
    'page.html': 'a page',
    'a b.html': 'with a space',
    'grüße.html': 'with more than ASCII',
    'a/page.html': 'a page of a',
    both: 'a file without an extension',
    'both.html': 'a page beside it',
    'folder/index.html': 'a folder',
    'folder.html': 'a page beside it',
    'page.html.html': 'twice',
    'a.b.html': 'with a dot',
    '.hidden.html': 'hidden',
    '...html': 'hidden, too',
    'a/...html': 'hidden, too',
  };

  test.each([
    ['/page', 200, 'a page'],
    ['/page?q=1', 200, 'a page'],
    ['/page.html', 200, 'a page'],
    ['/page.html.html', 200, 'twice'],
    ['/a%20b', 200, 'with a space'],
    ['/gr%C3%BC%C3%9Fe', 200, 'with more than ASCII'],
    ['/a/page', 200, 'a page of a'],
    ['/%70age', 200, 'a page'],
    ['/a.b', 200, 'with a dot'],
    ['/index', 200, 'top'],
    ['/both', 200, 'a file without an extension'],
    ['/folder', 301, '/folder/'],
  ])('%s gets %i %j', async (path, status, text) => {
    using site = new SiteFolder(FILES);
    expect(await answer(site, { cleanUrls: true }, path)).toEqual([status, text]);
  });

  test.each([
    '/page/',
    '/page.htm',
    '/PAGE',
    '/page%00',
    '/page.',
    '/a/page/',
    '/missing',
    '/.hidden',
    '/..',
    '/a/../..',
    '/a/',
    '/page%2F',
    '/a%2Fpage',
    `/${'x'.repeat(251)}`, // whose page would have a name of 256 bytes
  ])('%s is not found', async (path) => {
    using site = new SiteFolder(FILES);
    expect((await answer(site, { cleanUrls: true }, path))[0]).toBe(404);
  });

  test('has the type, the tag and the ranges of its page', async () => {
    using site = new SiteFolder(FILES);
    await site.settled();
    await using target = site.serve({ cleanUrls: true });
    const page = await ask(target.address, get('/page.html'));
    const clean = await ask(target.address, get('/page'));
    expect(clean.headers.get('content-type')).toBe(HTML);
    expect(clean.headers.get('etag')).toBe(page.headers.get('etag'));
    const condition = `If-None-Match: ${page.headers.get('etag')}\r\n`;
    expect((await ask(target.address, get('/page', condition))).status).toBe(304);
    expect((await ask(target.address, get('/page', 'Range: bytes=2-\r\n'))).body.toString()).toBe('page');
  });

  test('is not found without the option', async () => {
    using site = new SiteFolder(FILES);
    expect((await answer(site, {}, '/page'))[0]).toBe(404);
  });
});

describe('a fallback', () => {
  const FILES = { 'index.html': 'an application', 'app.js': 'code', 'a/other.html': '', '.env': 'secret' };
  const OPTIONS = { fallback: 'index.html' };

  test.each([
    '/missing',
    '/users/42?tab=posts',
    '/a/b/c/',
    '/a/', // a folder without its page
    '/missing.js',
    '/.env',
    '/.git/config',
    '/..',
    '/../secret',
    '//example.com',
    '/%00',
    '/%ff',
    '/app.js/',
    `/${'x'.repeat(256)}`,
  ])('is sent with 200 for %s', async (path) => {
    using site = new SiteFolder({ ...FILES, '../secret': 'secret' });
    expect(await answer(site, OPTIONS, path)).toEqual([200, 'an application']);
  });

  test.each([
    ['/', 200, 'an application'],
    ['/app.js', 200, 'code'],
    ['/a', 301, '/a/'],
  ])('is not sent for a path that matches a file or folder: %s', async (path, status, text) => {
    using site = new SiteFolder(FILES);
    expect(await answer(site, OPTIONS, path)).toEqual([status, text]);
  });

  test('has the type, conditions, ranges and HEAD of any file', async () => {
    using site = new SiteFolder(FILES);
    await site.settled();
    await using target = site.serve(OPTIONS);
    const page = await ask(target.address, get('/users/42'));
    const itself = await ask(target.address, get('/index.html'));
    expect(page.headers.get('content-type')).toBe(HTML);
    expect(page.headers.get('etag')).toBe(itself.headers.get('etag'));
    const condition = `If-None-Match: ${page.headers.get('etag')}\r\n`;
    expect((await ask(target.address, get('/users/43', condition))).status).toBe(304);
    expect((await ask(target.address, get('/users/42', 'Range: bytes=0-1\r\n'))).body.toString()).toBe('an');
    const toHead = await ask(target.address, get('/users/42').replace('GET', 'HEAD'));
    expect([toHead.status, toHead.headers.get('content-length')]).toEqual([200, '14']);
  });

  test.each(['POST', 'DELETE'])('is not sent for %s', async (method) => {
    using site = new SiteFolder(FILES);
    await using target = site.serve(OPTIONS);
    expect((await ask(target.address, get('/users/42').replace('GET', method))).status).toBe(405);
  });

  test('that is missing leaves a 404, with its page if there is one', async () => {
    using site = new SiteFolder({ '404.html': 'nothing' });
    expect((await answer(site, OPTIONS, '/missing'))[0]).toBe(404);
    expect(await answer(site, { ...OPTIONS, notFoundPage: '404.html' }, '/missing')).toEqual([404, 'nothing']);
  });
});

test.each([
  [{ fallback: '/index.html' }, '/missing', [200, 'an application']],
  [{ notFoundPage: '/404.html' }, '/missing', [404, 'nothing']],
  [{ index: '/index.html' }, '/', [200, 'an application']],
  [{ index: '/index.html' }, '/a/', [200, 'below']],
  [{ index: '/index.html', single: true }, '/users', [200, 'an application']],
])('a page is found by a name with a slash at its start: %j', async (options, path, expected) => {
  using site = new SiteFolder({ 'index.html': 'an application', '404.html': 'nothing', 'a/index.html': 'below' });
  expect(await answer(site, options, path)).toEqual(expected);
});

describe('a single-page application', () => {
  const FILES = { 'index.html': 'an application', 'app.html': 'another', 'assets/app.js': 'code', 'a/other.txt': '' };
  const OPTIONS = { single: true };

  test.each([
    '/users/42?tab=posts',
    '/a/b/c/',
    '/a/', // a folder without its page
    '/users/john.doe',
    '/pkg@1.2.0',
    '/app.js/edit',
    '/%ff',
  ])('has its page for the route %s', async (path) => {
    using site = new SiteFolder(FILES);
    expect(await answer(site, OPTIONS, path)).toEqual([200, 'an application']);
  });

  test.each(['/assets/x.js', '/x.css', '/x.CSS', '/a%2ejs', '/img/x.png?v=1', '/favicon.ico', '/x.js.map', '/x.wasm'])(
    'has no page for the missing asset %s, which gets 404',
    async (path) => {
      using site = new SiteFolder({ ...FILES, '404.html': 'nothing' });
      expect((await answer(site, OPTIONS, path))[0]).toBe(404);
      expect(await answer(site, { ...OPTIONS, notFoundPage: '404.html' }, path)).toEqual([404, 'nothing']);
    },
  );

  test('has the page that fallback names, also for routes only', async () => {
    using site = new SiteFolder(FILES);
    expect(await answer(site, { ...OPTIONS, fallback: 'app.html' }, '/users')).toEqual([200, 'another']);
    expect((await answer(site, { ...OPTIONS, fallback: 'app.html' }, '/x.js'))[0]).toBe(404);
  });

  test('has its files, and its index even if that has another name', async () => {
    using site = new SiteFolder(FILES);
    expect(await answer(site, OPTIONS, '/assets/app.js')).toEqual([200, 'code']);
    expect(await answer(site, { ...OPTIONS, index: 'app.html' }, '/users')).toEqual([200, 'another']);
  });
});

describe('the page of a 404', () => {
  const FILES = { '404.html': '<h1>nothing here</h1>', 'a.txt': 'a', '.env': 'secret', 'b/c.txt': '' };
  const OPTIONS = { notFoundPage: '404.html' };

  test.each(['/missing', '/missing/', '/b/', '/.env', '/../secret', '/%00', '/a.txt/', '/missing.png'])(
    'is sent for %s, with 404 and its own type',
    async (path) => {
      using site = new SiteFolder({ ...FILES, '../secret': 'secret' });
      await using target = site.serve(OPTIONS);
      const { status, headers, body } = await ask(target.address, get(path));
      expect([status, body.toString()]).toEqual([404, '<h1>nothing here</h1>']);
      expect(headers.get('content-type')).toBe(HTML);
      // Nothing by which a cache could take it for a file that is there.
      expect([...headers.keys()]).toEqual(['date', 'content-type', 'content-length']);
    },
  );

  test('is any other file under its own name', async () => {
    using site = new SiteFolder(FILES);
    await using target = site.serve(OPTIONS);
    const { status, headers } = await ask(target.address, get('/404.html'));
    expect([status, headers.has('etag')]).toEqual([200, true]);
  });

  test('is sent whole, whatever ranges and conditions the request has', async () => {
    using site = new SiteFolder(FILES);
    await site.settled();
    await using target = site.serve(OPTIONS);
    const tag = (await ask(target.address, get('/404.html'))).headers.get('etag');
    for (const line of [
      'Range: bytes=0-0',
      'Range: bytes=999-',
      `If-None-Match: ${tag}`,
      'If-None-Match: *',
      'If-Match: "a"',
      'If-Modified-Since: Sun, 06 Nov 2044 08:49:37 GMT',
      'If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT',
    ]) {
      const { status, body } = await ask(target.address, get('/missing', `${line}\r\n`));
      expect([line, status, body.toString()]).toEqual([line, 404, '<h1>nothing here</h1>']);
    }
  });

  test.each([0, 1, FILE_INLINE_BYTES_MAX, FILE_INLINE_BYTES_MAX + 1])(
    'of %i bytes arrives byte for byte; HEAD gets its length; no descriptor is left open',
    (size) =>
      closingAll(async () => {
        const content = pattern(size);
        using site = new SiteFolder({ '404.html': content });
        await using target = site.serve(OPTIONS);
        await using client = await RawClient.connect(target.address);
        await client.send(get('/missing').repeat(2));
        for (const { status, body } of await client.responses(2)) {
          expect(status).toBe(404);
          expect(body.equals(content)).toBe(true);
        }
        await client.send(get('/missing').replace('GET', 'HEAD'));
        const toHead = await client.response({ toHead: true });
        expect([toHead.status, toHead.headers.get('content-length')]).toEqual([404, `${size}`]);
        expect(client.received.length).toBe(0);
      }),
  );

  test.each([
    ['missing', (_: SiteFolder) => {}],
    ['a folder', (site: SiteFolder) => site.write('404.html/a', '')],
    ['a FIFO', (site: SiteFolder) => execFileSync('mkfifo', [site.path('404.html')])],
    ['a link that leads outside', (site: SiteFolder) => symlinkSync('../secret', site.path('404.html'))],
    ['a dangling link', (site: SiteFolder) => symlinkSync('nothing', site.path('404.html'))],
  ])('is a line of text if it is %s', async (_, make) => {
    using site = new SiteFolder({ '../secret': 'secret' });
    make(site);
    expect(await answer(site, OPTIONS, '/missing')).toEqual([404, '404: there is no such file here\n']);
    expect((await answer(site, { fallback: '404.html' }, '/missing'))[0]).toBe(404);
  });

  test('may have a name that cannot be requested', async () => {
    using site = new SiteFolder({ '.pages/404.html': 'nothing' });
    expect(await answer(site, { notFoundPage: '.pages/404.html' }, '/.pages/404.html')).toEqual([404, 'nothing']);
  });
});
