/** Listings as they are sent: each link leads back to its file through the server, and what is not served is not listed. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { DISK_JOBS_MAX, DISK_JOBS_WAITING_MAX } from '../../../src/disk/disk-queue.js';
import { FolderContents } from '../../../src/files/listing/folder-contents.js';
import { LISTING_ENTRIES_MAX } from '../../../src/files/listing/listing-page.js';
import { LISTING_CONTENT_SECURITY_POLICY } from '../../../src/files/listing/listing-style.js';
import { native } from '../../../src/native/addon.js';
import { ask, get, RawClient } from '../../client/raw-client.js';
import { TestServer } from '../../server/test-server.js';
import { closingAll, openDescriptors } from '../open-descriptors.js';
import { SiteFolder } from '../site-folder.js';
import { links, skeleton, unescapeHtml } from './listing-entries.js';

const OPTIONS = { listing: true };
const JSON_ONLY = 'Accept: application/json\r\n';

interface Listed {
  readonly total: number;
  readonly entries: readonly { name: string; kind: string; size?: number; modified: string | null }[];
}

async function jsonOf(target: TestServer, path: string): Promise<Listed> {
  const { status, headers, body } = await ask(target.address, get(path, JSON_ONLY));
  expect([status, headers.get('content-type')]).toEqual([200, 'application/json']);
  return JSON.parse(body.toString()) as Listed;
}

async function htmlOf(target: TestServer, path: string): Promise<string> {
  const { status, headers, body } = await ask(target.address, get(path));
  expect([status, headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  return body.toString();
}

async function namesOf(target: TestServer, path: string): Promise<string[]> {
  return (await jsonOf(target, path)).entries.map(({ name }) => name);
}

/** Every byte but those that no name has. */
const UGLY = [
  'plain.txt',
  'a space',
  ' leading',
  'trailing ',
  '100%',
  'a%20b',
  '%2e%2e',
  '%2F',
  '%',
  '%zz',
  '#hash',
  '?query',
  'a&amp;b',
  '&lt;',
  '"double"',
  "'single'",
  '`backtick`',
  '<img src=x onerror=alert(1)>',
  '<script>alert(1)<',
  '-->',
  ']]>',
  'javascript:alert(1)',
  'http:',
  'a:b',
  '\\evil.com',
  'a\\..\\secret',
  '@',
  '~',
  '-rf',
  '--',
  '*',
  '{a,b}',
  '[1]',
  '|',
  ';',
  '+',
  '=',
  '$HOME',
  '^',
  'a\nb',
  '\ttab',
  'a\r\nSet-Cookie: x',
  '\x01\x1b[31m\x7f',
  'grüße',
  'gru\u0308ße', // the same to the eye, and another name
  '文件',
  '😀',
  '\u202egpj.exe',
  '\u200b',
  '\ufeff',
  '\ufffd', // which stands for what is no character, but is one
  'index.htm',
  '1',
  '01',
  'con',
  'x'.repeat(255),
  'ü'.repeat(127),
];

describe('each link of a listing', () => {
  test.each([
    ['the top', ''],
    ['a folder', 'folder/'],
    ['a folder with an ugly name', '<b>%2e&"\'\\ #?ü/'],
  ])('leads to its file: of %s', async (_, below) => {
    using site = new SiteFolder({ '../secret': 'secret' });
    for (const name of UGLY) site.write(`${below}${name}`, `content of ${name}`);
    await using target = site.serve(OPTIONS);
    const path = `/${encodeURI(below).replaceAll('#', '%23').replaceAll('?', '%3F')}`;
    const base = `http://${target.address.address}:${target.address.port}${path}`;
    const { entries, total } = await jsonOf(target, path);
    expect(total).toBe(UGLY.length);
    expect(entries.map(({ name }) => name).sort()).toEqual([...UGLY].sort());
    const hrefs = links(await htmlOf(target, path), base);
    expect(hrefs).toHaveLength(UGLY.length);
    await using client = await RawClient.connect(target.address);
    for (const [index, href] of hrefs.entries()) {
      const { host, pathname, search, hash } = new URL(href);
      expect([host, search, hash]).toEqual([new URL(base).host, '', '']);
      await client.send(get(pathname));
      const { status, body } = await client.response();
      expect([href, status, body.toString()]).toEqual([href, 200, `content of ${entries[index]?.name}`]);
    }
  });

  test.each([
    ['the top', ''],
    ['a folder', 'folder/'],
  ])('leads to its folder, which leads back: of %s', async (_, below) => {
    using site = new SiteFolder();
    const names = UGLY.filter((name) => name !== 'plain.txt');
    for (const name of names) site.write(`${below}${name}/file`, '');
    await using target = site.serve(OPTIONS);
    const base = `http://h/${below}`;
    await using client = await RawClient.connect(target.address);
    const hrefs = links(await htmlOf(target, `/${below}`), base);
    expect(hrefs).toHaveLength(names.length);
    for (const href of hrefs) {
      await client.send(get(new URL(href).pathname));
      const { status, body } = await client.response();
      expect([href, status]).toEqual([href, 200]);
      expect(links(body.toString(), href)).toEqual([`${href}file`]);
      const up = /<a class="up" href="([^"]*)">/.exec(body.toString())?.[1] ?? '';
      expect(new URL(unescapeHtml(up), href).href).toBe(base);
    }
  });

  test('leads to its file, or there is no listing, if the request has %2F for a slash', async () => {
    using site = new SiteFolder({ 'folder/a.txt': 'a', 'folder/deep/b.txt': 'b' });
    await using target = site.serve(OPTIONS);
    // To a browser `folder%2F` is one segment, so that what is relative to it is relative to what is above.
    for (const path of ['/folder%2F', '/folder%2f', '/folder/deep%2F', '/folder%2Fdeep%2F', '/folder%2Fdeep/']) {
      let response = await ask(target.address, get(path));
      let base = `http://h${path}`;
      for (let hops = 0; response.status === 301; hops++) {
        expect(hops).toBeLessThan(3);
        base = new URL(response.headers.get('location') as string, base).href;
        response = await ask(target.address, get(new URL(base).pathname));
      }
      for (const href of links(response.body.toString(), base)) {
        const { pathname } = new URL(href);
        expect([path, pathname, (await ask(target.address, get(pathname))).status]).toEqual([path, pathname, 200]);
      }
    }
  });
});

describe('a page of ugly names', () => {
  test('has the same tags as a page of harmless names', async () => {
    using ugly = new SiteFolder();
    using harmless = new SiteFolder();
    for (const [index, name] of UGLY.entries()) {
      ugly.write(name, '');
      harmless.write(`name-${index}`, '');
    }
    // The times are in the tags, and the two folders may be written in two seconds.
    for (const { root } of [ugly, harmless])
      for (const name of readdirSync(root)) utimesSync(`${root}/${name}`, 1e9, 1e9);
    await using a = ugly.serve(OPTIONS);
    await using b = harmless.serve(OPTIONS);
    expect(skeleton(await htmlOf(a, '/'))).toEqual(skeleton(await htmlOf(b, '/')));
  });

  test('has a policy that forbids scripts and loads, should a name ever get out of its text', async () => {
    using site = new SiteFolder({ a: '' });
    await using target = site.serve(OPTIONS);
    const { headers } = await ask(target.address, get('/'));
    expect(headers.get('content-security-policy')).toBe(LISTING_CONTENT_SECURITY_POLICY);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cache-control')).toBe('no-cache');
    expect(headers.get('vary')).toBe('Accept');
  });
});

describe('a listing', () => {
  test.each([
    [undefined, 'html'],
    ['*/*', 'html'],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'html'], // Firefox
    ['text/html, application/json', 'html'],
    ['application/json;q=0.5, text/html', 'html'],
    ['image/png', 'html'],
    ['application/json;q=0', 'html'],
    ['', 'html'],
    ['application/json', 'json'],
    ['APPLICATION/JSON', 'json'],
    ['application/json, text/plain, */*', 'json'], // axios
    ['application/*', 'json'],
    ['text/html;q=0.5, application/json', 'json'],
    ['*/*;q=0.1, application/json', 'json'],
  ])('for Accept %j is %s', async (accept, expected) => {
    using site = new SiteFolder({ a: '' });
    await using target = site.serve(OPTIONS);
    const request = get('/', accept === undefined ? '' : `Accept: ${accept}\r\n`);
    const { headers, body } = await ask(target.address, request);
    const type = expected === 'json' ? 'application/json' : 'text/html; charset=utf-8';
    expect([headers.get('content-type'), body.toString().startsWith('{')]).toEqual([type, expected === 'json']);
    expect(headers.get('vary')).toBe('Accept');
    const toHead = await ask(target.address, request.replace('GET', 'HEAD'));
    expect(toHead.head.replace(/Date: .*/, '')).toBe((await ask(target.address, request)).head.replace(/Date: .*/, ''));
  });

  test('gives kind, size and time of each entry', async () => {
    using site = new SiteFolder({ 'a.txt': 'hello', 'folder/b': '' });
    utimesSync(site.path('a.txt'), 1_700_000_000.9, 1_700_000_000.9);
    utimesSync(site.path('folder'), 1_700_000_001, 1_700_000_001);
    await using target = site.serve(OPTIONS);
    expect(await jsonOf(target, '/')).toEqual({
      total: 2,
      entries: [
        { name: 'folder', kind: 'folder', modified: '2023-11-14T22:13:21Z' },
        { name: 'a.txt', kind: 'file', size: 5, modified: '2023-11-14T22:13:20Z' },
      ],
    });
  });

  test('leaves out names that begin with a dot, except .well-known at the top; their folders are not listed either', async () => {
    using site = new SiteFolder({
      '.env': '',
      '.git/config': '',
      '...': '',
      '..a': '',
      'a/.htpasswd': '',
      'a/.well-known/b': '',
      'a/c': '',
      '.well-known/.hidden': '',
      '.well-known/security.txt': '',
    });
    await using target = site.serve(OPTIONS);
    expect(await namesOf(target, '/')).toEqual(['.well-known', 'a']);
    expect(await namesOf(target, '/a/')).toEqual(['c']);
    expect(await namesOf(target, '/.well-known/')).toEqual(['security.txt']);
    for (const path of ['/.git/', '/a/.well-known/', '/%2egit/', '/.git%2F', '/a/../.git/']) {
      expect([path, (await ask(target.address, get(path))).status]).toEqual([path, 404]);
    }
    await using open = site.serve({ ...OPTIONS, dotFiles: true });
    expect((await namesOf(open, '/')).sort()).toEqual(['...', '..a', '.env', '.git', '.well-known', 'a']);
    expect(await namesOf(open, '/.git/')).toEqual(['config']);
  });

  test('lists symbolic links that are served, as their targets, and only files and folders', async () => {
    using site = new SiteFolder({ 'a.txt': 'hello', 'folder/b': '', '.hidden': 'hidden', '../beside/c': '' });
    const links = {
      'to-file': 'a.txt',
      'to-folder': 'folder',
      'to-dot-name': '.hidden',
      'to-link': 'to-file',
      'folder/up': '../a.txt',
      'to-outside': '/etc/passwd',
      'to-beside': '../beside',
      'to-itself': 'to-itself',
      'to-fifo': 'fifo',
      dangling: 'nothing',
      '.dot-link': 'a.txt',
    };
    for (const [name, to] of Object.entries(links)) symlinkSync(to, site.path(name));
    execFileSync('mkfifo', [site.path('fifo')]);
    await using target = site.serve(OPTIONS);
    const { total, entries } = await jsonOf(target, '/');
    expect(entries.map(({ name, kind, size }) => [name, kind, size])).toEqual([
      ['folder', 'folder', undefined],
      ['to-folder', 'folder', undefined],
      ['a.txt', 'file', 5],
      ['to-dot-name', 'file', 6],
      ['to-file', 'file', 5],
      ['to-link', 'file', 5],
    ]);
    expect(total).toBe(6);
    for (const { name, kind } of entries) {
      const path = kind === 'folder' ? `/${name}/` : `/${name}`;
      expect([path, (await ask(target.address, get(path))).status]).toEqual([path, 200]);
    }
    for (const path of ['/folder/', '/to-folder/']) expect(await namesOf(target, path)).toEqual(['b', 'up']);
    await using plain = site.serve({ ...OPTIONS, followSymlinks: false });
    expect(await namesOf(plain, '/')).toEqual(['folder', 'a.txt']);
  });

  test('looks at no more than 5,000 links of a folder', async () => {
    using site = new SiteFolder();
    site.write('z.txt', '');
    for (let i = 0; i < LISTING_ENTRIES_MAX + 3; i++) symlinkSync('z.txt', site.path(`l${i}`));
    await using target = site.serve(OPTIONS);
    expect((await jsonOf(target, '/')).total).toBe(LISTING_ENTRIES_MAX + 1);
  });

  test('of a folder that was removed is a 404', async () => {
    using site = new SiteFolder({ 'a.txt': '' });
    await using target = site.serve(OPTIONS);
    rmSync(site.root, { recursive: true });
    expect((await ask(target.address, get('/'))).status).toBe(404);
    expect(target.errors).toEqual([]);
  });

  test('leaves out names that are not UTF-8, and does not count them: no URL serves such a file', async () => {
    using site = new SiteFolder({ 'a.txt': '' });
    for (const byte of [0xff, 0xfe]) {
      writeFileSync(Buffer.concat([Buffer.from(`${site.root}/bad-`), Buffer.from([byte])]), '');
    }
    await using target = site.serve(OPTIONS);
    expect((await ask(target.address, get('/bad-%FF'))).status).toBe(404);
    expect(await jsonOf(target, '/')).toMatchObject({ total: 1, entries: [{ name: 'a.txt' }] });
    const html = await htmlOf(target, '/');
    expect(links(html)).toHaveLength(1);
    expect(html).toContain('<p>1 entry</p>');
  });

  test('of an empty folder says that it is empty', async () => {
    using site = new SiteFolder();
    await using target = site.serve(OPTIONS);
    expect(await jsonOf(target, '/')).toEqual({ total: 0, entries: [] });
    expect(await htmlOf(target, '/')).toContain('<p>This folder is empty.</p>');
  });

  test('of more entries than are listed says how many there are', async () => {
    using site = new SiteFolder();
    const count = LISTING_ENTRIES_MAX + 3;
    for (let i = 0; i < count; i++) writeFileSync(site.path(`f${i}`), '');
    await using target = site.serve(OPTIONS);
    const { total, entries } = await jsonOf(target, '/');
    expect([total, entries.length]).toEqual([count, LISTING_ENTRIES_MAX]);
  });

  test('shows the folder as it is at the request', async () => {
    using site = new SiteFolder({ a: '' });
    await using target = site.serve(OPTIONS);
    expect(await namesOf(target, '/')).toEqual(['a']);
    site.write('b', '');
    mkdirSync(site.path('c'));
    expect(await namesOf(target, '/')).toEqual(['c', 'a', 'b']);
  });

  test('ignores ranges and conditions', async () => {
    using site = new SiteFolder({ a: '' });
    await using target = site.serve(OPTIONS);
    for (const line of [
      'Range: bytes=0-0',
      'If-None-Match: *',
      'If-Match: "a"',
      'If-Modified-Since: Sun, 06 Nov 2044 08:49:37 GMT',
    ]) {
      expect([line, (await ask(target.address, get('/', `${line}\r\n`))).status]).toEqual([line, 200]);
    }
  });

  test('leaves no descriptor open, and pipelined requests are answered in their order', () =>
    closingAll(async () => {
      using site = new SiteFolder({ 'a.txt': 'a', 'folder/b': '' });
      await using target = site.serve(OPTIONS);
      await using client = await RawClient.connect(target.address);
      await client.send((get('/') + get('/a.txt') + get('/folder/', JSON_ONLY)).repeat(20));
      const responses = await client.responses(60);
      for (let i = 0; i < 60; i += 3) {
        expect(responses[i]?.body.toString()).toContain('<title>/</title>');
        expect(responses[i + 1]?.body.toString()).toBe('a');
        expect(responses[i + 2]?.body.toString()).toContain('"name":"b"');
      }
    }));

  test('for a client that has gone leaves no descriptor open', () =>
    closingAll(async () => {
      using site = new SiteFolder({ a: '' });
      await using target = site.serve(OPTIONS);
      const client = await RawClient.connect(target.address);
      await client.send(get('/'));
      target.turns();
      client.reset();
      await client.close();
      await target.untilEmpty();
      expect(target.errors).toEqual([]);
    }));
});

/** Threads that begin to read a folder, until the test lets them go on. */
class HeldReads {
  readonly #real = native.getdents64_job;
  readonly #held: (() => void)[] = [];
  #holds = true;
  begun = 0;

  constructor() {
    const held: typeof native.getdents64_job = (...args) => {
      this.begun++;
      if (this.#holds) this.#held.push(() => this.#real(...args));
      else this.#real(...args);
    };
    Object.assign(native, { getdents64_job: held });
  }

  release(): void {
    this.#holds = false;
    for (const read of this.#held.splice(0)) read();
  }

  [Symbol.dispose](): void {
    this.release();
    Object.assign(native, { getdents64_job: this.#real });
  }
}

async function untilSo(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(setImmediate);
}

test('a page is made once for all spellings of its path', async () => {
  const contents = new FolderContents([{ name: 'a', kind: 'file', size: 0, modifiedMs: 0 }], 1);
  const pages = new Set<unknown>();
  await using target = new TestServer((request, response) => {
    const send = response.send.bind(response);
    response.send = (status, headers, body) => {
      pages.add(body);
      send(status, headers, body);
    };
    contents.send(request, response);
  });
  for (const path of ['/folder/', '/%66older/', '/%66%6fld%65r/?query', '/f%6Flder/', '/f%6flder/']) {
    expect((await ask(target.address, get(path))).body.toString()).toContain('<title>/folder/</title>');
  }
  expect(pages.size).toBe(1);
  expect((await ask(target.address, get('/other/'))).body.toString()).toContain('<title>/other/</title>');
  expect((await ask(target.address, get('/other/', JSON_ONLY))).body.toString()).toContain('"total":1');
});

describe('while a folder is read', () => {
  test('all clients that request it share one more listing, of the folder as it is then', async () => {
    using site = new SiteFolder({ 'folder/a': '' });
    await using target = site.serve(OPTIONS);
    using reads = new HeldReads();
    const paths = ['/folder/', '/folder/', '/%66older/', '/folder/?query'];
    const first = namesOf(target, '/folder/');
    await untilSo(() => reads.begun === 1);
    const before = target.server.counters.connections;
    const others = Array.from({ length: 40 }, (_, i) => namesOf(target, paths[i % paths.length] as string));
    await untilSo(() => target.server.counters.connections === before + others.length);
    target.turns();
    site.write('folder/b', '');
    reads.release();
    await first;
    for (const names of others) expect(await names).toEqual(['a', 'b']);
    expect(reads.begun).toBeLessThanOrEqual(4); // two for each spelling of the path
  });

  test('the waiting jobs of clients that go are dropped before they open anything, and others are answered', () =>
    closingAll(async () => {
      using site = new SiteFolder();
      const count = 4 * DISK_JOBS_MAX;
      for (let i = 0; i < count; i++) site.write(`folder-${i}/a`, '');
      await using target = site.serve(OPTIONS);
      using reads = new HeldReads();
      const clients = await Promise.all(Array.from({ length: count }, () => RawClient.connect(target.address)));
      const open = openDescriptors();
      for (const [i, client] of clients.entries()) await client.send(get(`/folder-${i}/`));
      target.turns();
      await untilSo(() => reads.begun === DISK_JOBS_MAX);
      expect(openDescriptors()).toBeLessThanOrEqual(open + DISK_JOBS_MAX + 1); // and inotify's
      for (const client of clients) {
        client.reset();
        await client.close();
      }
      await target.untilEmpty();
      reads.release();
      expect(await namesOf(target, '/folder-0/')).toEqual(['a']);
      expect(reads.begun).toBe(DISK_JOBS_MAX + 1);
      expect(target.errors).toEqual([]);
    }));

  test('a request beyond those that may wait for a thread is answered 503 with Retry-After', async () => {
    using site = new SiteFolder({ 'folder/a': '' });
    await using target = site.serve(OPTIONS);
    using reads = new HeldReads();
    const count = DISK_JOBS_MAX + DISK_JOBS_WAITING_MAX;
    const clients = await Promise.all(Array.from({ length: count }, () => RawClient.connect(target.address)));
    // Each spelling is a listing of its own.
    for (const [i, client] of clients.entries()) await client.send(get(`/folder/${'./'.repeat(i)}`));
    target.turns();
    await untilSo(() => reads.begun === DISK_JOBS_MAX);
    const { status, headers, body } = await ask(target.address, get('/folder/../'));
    expect([status, headers.get('retry-after')]).toEqual([503, '1']);
    expect(body.toString()).toBe('503: too many requests wait for the disk\n');
    reads.release();
    for (const client of clients) {
      expect((await client.response()).status).toBe(200);
      await client.close();
    }
    expect(target.errors).toEqual([]);
  });
});

describe('no listing is sent', () => {
  test.each([
    ['unless it is asked for', {}, '/', 404],
    ['of a folder that has its page', OPTIONS, '/page/', 200],
    ['of a file', OPTIONS, '/a.txt/', 404],
    ['of nothing', OPTIONS, '/missing/', 404],
    ['outside the root', OPTIONS, '/../', 404],
    ['outside the root, by a link', OPTIONS, '/link/', 404],
    ['of a second slash', OPTIONS, '//', 404],
    ['of an encoded one', OPTIONS, '/%2f', 404],
    ['of a NUL', OPTIONS, '/%00/', 404],
  ])('%s', async (_, options, path, status) => {
    using site = new SiteFolder({ 'page/index.html': 'the page', 'a.txt': '', '../beside/secret': '' });
    symlinkSync('../beside', site.path('link'));
    await using target = site.serve(options);
    const response = await ask(target.address, get(path, JSON_ONLY));
    expect(response.status).toBe(status);
    expect(response.body.toString()).not.toContain('entries');
  });

  test('except for a folder without an index, which is listed rather than answered by the fallback or the page of a 404', async () => {
    using site = new SiteFolder({ 'a/b': '', 'f.html': 'fallback' });
    await using target = site.serve({ ...OPTIONS, fallback: 'f.html', notFoundPage: 'f.html' });
    expect(await namesOf(target, '/a/')).toEqual(['b']);
    expect((await ask(target.address, get('/b/'))).body.toString()).toBe('fallback');
  });
});
