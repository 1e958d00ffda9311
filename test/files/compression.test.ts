/** Compression on request: of which files, for which clients, how often, and never of an old state. */
import { mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import * as zlib from 'node:zlib';
import { brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { Task } from '../../src/disk/cancellable-task.js';
import { CachedFile } from '../../src/files/cached-file.js';
import {
  COMPRESSED_FILE_BYTES_MAX,
  COMPRESSED_FILE_BYTES_MIN,
  COMPRESSION_CODINGS,
  COMPRESSION_QUEUE_BYTES_MAX,
  CompressionQueue,
  compressions,
  isCompressible,
  NOT_NOW,
} from '../../src/files/compression.js';
import { FILE_INLINE_BYTES_MAX, MemoryContent } from '../../src/files/content.js';
import { fileHandler } from '../../src/files/file-handler.js';
import { ask, get, RawClient } from '../client/raw-client.js';
import type { WireResponse } from '../client/wire-response.js';
import { until } from '../server/limited-server.js';
import { deferred, type TestServer } from '../server/test-server.js';
import { partsOf } from './multipart.js';
import { closingAll } from './open-descriptors.js';
import { SiteFolder } from './site-folder.js';
import { ZlibCount } from './zlib-count.js';

const OPTIONS = { compress: true };

/** Node 22.15 and newer have this function, which the type declarations of Node 20 lack. */
const { zstdDecompressSync } = zlib as { zstdDecompressSync?: (bytes: Uint8Array) => Buffer };
const HAS_ZSTD = zstdDecompressSync !== undefined;

/** Text of so many bytes, in which no two places look alike, and which has a quarter of them when compressed. */
function prose(length: number, seed = 1): Buffer {
  const words = ['reactor', 'epoll', 'readiness', 'wait', 'a', 'descriptor', 'turn', 'the', 'deadline', 'of', '\n'];
  let text = '';
  for (let i = seed; text.length < length; i++) text += `${words[(i * i * 7 + (i >> 3)) % words.length]} ${i % 977} `;
  return Buffer.from(text.slice(0, length));
}

/** Bytes that no coding makes smaller. */
function noise(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = 1;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

const TEXT = prose(5000);

function accept(codings: string | undefined): string {
  return codings === undefined ? '' : `Accept-Encoding: ${codings}\r\n`;
}

function coding({ headers }: WireResponse): string {
  return headers.get('content-encoding') ?? '';
}

/** The bytes that were meant. */
function decoded(response: WireResponse): Buffer {
  switch (coding(response)) {
    case '':
      return response.body;
    case 'br':
      return brotliDecompressSync(response.body);
    case 'gzip':
      return gunzipSync(response.body);
    case 'zstd':
      return (zstdDecompressSync as (bytes: Uint8Array) => Buffer)(response.body);
    default:
      throw new Error(`a coding that nobody asked for: ${coding(response)}`);
  }
}

function fetchAs(target: TestServer, path: string, codings: string | undefined, lines = ''): Promise<WireResponse> {
  return ask(target.address, get(path, accept(codings) + lines));
}

describe('a file of text', () => {
  test.each([
    ['br', 'br'],
    ['zstd', HAS_ZSTD ? 'zstd' : ''],
    ['gzip', 'gzip'],
    ['x-gzip', 'gzip'],
    ['GZIP', 'gzip'],
    ['gzip, deflate, br, zstd', 'br'], // Chrome, Firefox
    ['gzip, deflate, br', 'br'], // Safari
    ['gzip, deflate', 'gzip'],
    ['*', 'br'],
    ['br;q=0, *', HAS_ZSTD ? 'zstd' : 'gzip'],
    ['br;q=0, zstd;q=0, *', 'gzip'],
    ['br;q=0.5, gzip', 'gzip'],
    ['br;q=0.5, gzip;q=0.5', 'br'],
    ['gzip;q=0.001', 'gzip'],
    ['identity;q=0, gzip', 'gzip'],
    ['identity;q=0.5, gzip;q=0.5', 'gzip'],
    ['*;q=0, gzip;q=0.1', 'gzip'],
    ['br, br;q=0, gzip', 'gzip'],
    [undefined, ''],
    ['', ''],
    [' , ,', ''],
    ['deflate', ''],
    ['identity', ''],
    ['identity, gzip;q=0.5', ''],
    ['gzip;q=0', ''],
    ['*;q=0', ''], // nothing at all is acceptable: as it is, rather than a 406 (§12.4.1)
    ['identity;q=0', ''],
    ['gzip;q=2', ''],
    ['gzip;q=', ''],
    ['"gzip"', ''],
    ['gzip br', ''],
    ['br\t ;\tq=0.2 ,\t gzip', 'gzip'],
  ])('is sent to a client with Accept-Encoding %j as %j', async (codings, expected) => {
    using site = new SiteFolder({ 'a.js': TEXT });
    await using target = site.serve(OPTIONS);
    for (const _ of ['made', 'kept']) {
      const response = await fetchAs(target, '/a.js', codings);
      expect([response.status, coding(response)]).toEqual([200, expected]);
      expect(decoded(response).equals(TEXT)).toBe(true);
      expect(response.headers.get('vary')).toBe('Accept-Encoding');
      expect(response.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    }
    expect(target.errors).toEqual([]);
  });

  test.each([
    ['0', 0, ''],
    ['one less than the least', COMPRESSED_FILE_BYTES_MIN - 1, ''],
    ['the least', COMPRESSED_FILE_BYTES_MIN, 'br'],
    ['what fits one send()', FILE_INLINE_BYTES_MAX, 'br'],
    ['one more', FILE_INLINE_BYTES_MAX + 1, 'br'],
    ['what does not fit one send() when compressed either', 20 * FILE_INLINE_BYTES_MAX, 'br'],
    ['the most', COMPRESSED_FILE_BYTES_MAX, 'br'],
    ['one more than the most', COMPRESSED_FILE_BYTES_MAX + 1, ''],
  ])('of a size is compressed or not: %s', async (_, size, expected) => {
    const content = prose(size);
    using site = new SiteFolder({ 'a.txt': content });
    await using target = site.serve(OPTIONS);
    for (const _ of ['made', 'kept']) {
      const response = await fetchAs(target, '/a.txt', 'br');
      expect(coding(response)).toBe(expected);
      expect(decoded(response).equals(content)).toBe(true);
      expect(response.headers.get('vary')).toBe('Accept-Encoding');
    }
  });

  test.each([
    ['the page of a folder', '/'],
    ['the page behind a clean URL', '/page'],
    ['the fallback', '/missing'],
    ['the fallback of a path through folders that are not there', '/app/users/1'],
  ])('may be %s', async (_, path) => {
    using site = new SiteFolder({ 'index.html': TEXT, 'page.html': TEXT, 'fallback.html': TEXT });
    await using target = site.serve({ ...OPTIONS, cleanUrls: true, fallback: 'fallback.html' });
    const response = await fetchAs(target, path, 'br');
    expect([coding(response), decoded(response).equals(TEXT)]).toEqual(['br', true]);
  });

  test('is sent as it is, without Vary, by default', async () => {
    using site = new SiteFolder({ 'a.js': TEXT });
    await using target = site.serve();
    const response = await fetchAs(target, '/a.js', 'br');
    expect([coding(response), response.headers.get('vary')]).toEqual(['', undefined]);
  });
});

describe('by its type, a file', () => {
  test.each([
    'a.html',
    'a.css',
    'a.js',
    'a.mjs',
    'a.cjs',
    'a.json',
    'a.map',
    'a.webmanifest',
    'a.geojson',
    'a.svg',
    'a.xml',
    'a.rss',
    'a.txt',
    'a.md',
    'a.csv',
    'a.yaml',
    'a.toml',
    'a.ics',
    'a.vtt',
    'a.wasm',
    'a.ttf',
    'a.otf',
    'a.ico',
    'a.bmp',
    'a.gltf',
    'a.sh',
    'A.HTML',
  ])('is compressed: %s', async (name) => {
    using site = new SiteFolder({ [name]: TEXT });
    await using target = site.serve(OPTIONS);
    expect(coding(await fetchAs(target, `/${name}`, 'gzip'))).toBe('gzip');
  });

  test.each([
    'a.png',
    'a.jpg',
    'a.webp',
    'a.avif',
    'a.gif',
    'a.woff',
    'a.woff2',
    'a.mp4',
    'a.webm',
    'a.mp3',
    'a.pdf',
    'a.zip',
    'a.gz',
    'a.br',
    'a.zst',
    'a.docx',
    'a.epub',
    'a.deb',
    'a.bin',
    'plain',
  ])('is not compressed, and its response is the same for all clients: %s', async (name) => {
    using site = new SiteFolder({ [name]: TEXT });
    await using target = site.serve(OPTIONS);
    const response = await fetchAs(target, `/${name}`, 'gzip');
    expect([coding(response), response.headers.get('vary')]).toEqual(['', undefined]);
  });

  test.each([
    ['text/plain', true],
    ['application/json; charset=utf-8', true],
    ['application/ld+json', true],
    ['application/jsonp', false],
    ['application/octet-stream', false],
    ['application/x-text/plain', false],
    ['image/vnd.microsoft.icons', false],
    ['video/mp2t', false],
  ])('of %s: %j', (type, expected) => {
    expect(isCompressible(type)).toBe(expected);
  });
});

describe('each form of a file', () => {
  const FORMS = ['identity', ...COMPRESSION_CODINGS];

  test('has its own tag, which alone matches', async () => {
    using site = new SiteFolder({ 'a.js': TEXT });
    await site.settled();
    await using target = site.serve(OPTIONS);
    const tags = new Map<string, string>();
    for (const form of FORMS) tags.set(form, (await fetchAs(target, '/a.js', form)).headers.get('etag') ?? '');
    expect(new Set(tags.values()).size).toBe(FORMS.length);
    for (const form of FORMS) {
      for (const [other, tag] of tags) {
        const response = await fetchAs(target, '/a.js', form, `If-None-Match: ${tag}\r\n`);
        expect([form, other, response.status]).toEqual([form, other, form === other ? 304 : 200]);
        expect(response.headers.get('vary')).toBe('Accept-Encoding');
        if (form === other) expect(response.headers.get('etag')).toBe(tag);
      }
    }
  });

  test('matches its own tag in If-Match and If-Range', async () => {
    using site = new SiteFolder({ 'a.js': TEXT });
    await site.settled();
    await using target = site.serve(OPTIONS);
    const gzip = (await fetchAs(target, '/a.js', 'gzip')).headers.get('etag');
    const plain = (await fetchAs(target, '/a.js', undefined)).headers.get('etag');
    const statusOf = async (lines: string): Promise<number> => (await fetchAs(target, '/a.js', 'gzip', lines)).status;
    expect(await statusOf(`If-Match: ${gzip}\r\n`)).toBe(200);
    expect(await statusOf(`If-Match: ${plain}\r\n`)).toBe(412);
    expect(await statusOf(`If-Range: ${gzip}\r\nRange: bytes=0-0\r\n`)).toBe(206);
    expect(await statusOf(`If-Range: ${plain}\r\nRange: bytes=0-0\r\n`)).toBe(200);
  });

  test('has the date of the file', async () => {
    using site = new SiteFolder({ 'a.js': TEXT });
    utimesSync(site.path('a.js'), 1e9, 1e9);
    await using target = site.serve(OPTIONS);
    const modified = (await fetchAs(target, '/a.js', 'gzip')).headers.get('last-modified');
    expect(modified).toBe('Sun, 09 Sep 2001 01:46:40 GMT');
    expect((await fetchAs(target, '/a.js', 'gzip', `If-Modified-Since: ${modified}\r\n`)).status).toBe(304);
  });

  test('that is compressed has the tag of its bytes, the same on another server of the folder', async () => {
    using site = new SiteFolder({ 'a.js': TEXT, 'b.js': TEXT });
    utimesSync(site.path('b.js'), 1e9, 1e9);
    await using first = site.serve(OPTIONS);
    await using second = site.serve(OPTIONS);
    const [a, b] = [await fetchAs(first, '/a.js', 'br'), await fetchAs(second, '/b.js', 'br')];
    expect(a.headers.get('etag')).toBe(b.headers.get('etag'));
  });

  test.each([
    ['small', 5000],
    ['large', 20 * FILE_INLINE_BYTES_MAX],
  ])('has ranges of its own bytes: %s', async (_, size) => {
    const content = prose(size);
    using site = new SiteFolder({ 'a.js': content });
    await using target = site.serve(OPTIONS);
    const { body: whole } = await fetchAs(target, '/a.js', 'gzip');
    const ranged = (range: string): Promise<WireResponse> => fetchAs(target, '/a.js', 'gzip', `Range: ${range}\r\n`);
    const [first, rest] = [await ranged('bytes=0-99'), await ranged('bytes=100-')];
    expect([first.status, rest.status]).toEqual([206, 206]);
    expect(first.headers.get('content-range')).toBe(`bytes 0-99/${whole.length}`);
    expect(first.headers.get('content-encoding')).toBe('gzip');
    expect(gunzipSync(Buffer.concat([first.body, rest.body])).equals(content)).toBe(true);
    const parts = partsOf(await ranged('bytes=0-1,-1'));
    expect(parts.map(({ body }) => body)).toEqual([whole.subarray(0, 2), whole.subarray(-1)]);
    const beyond = await ranged(`bytes=${whole.length}-`);
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, `bytes */${whole.length}`]);
  });

  test.each(['/small.js', '/large.js'])('is described by HEAD, the first time and later: %s', async (path) => {
    using site = new SiteFolder({ 'small.js': TEXT, 'large.js': prose(20 * FILE_INLINE_BYTES_MAX) });
    await using target = site.serve(OPTIONS);
    const told: (string | undefined)[][] = [];
    for (const method of ['HEAD', 'HEAD', 'GET']) {
      const request = get(path, accept('br')).replace('GET', method);
      const { headers, body } = await ask(target.address, request);
      if (method === 'GET') expect(headers.get('content-length')).toBe(`${body.length}`);
      told.push(['content-encoding', 'content-length', 'etag', 'vary'].map((name) => headers.get(name)));
    }
    expect(told[0]).toEqual(told[1]);
    expect(told[1]).toEqual(told[2]);
    expect(told[0]?.[0]).toBe('br');
  });
});

describe('a file that was compressed beforehand', () => {
  test('is sent instead, even if the client prefers another coding', async () => {
    const made = gzipSync(TEXT, { level: 1 });
    using site = new SiteFolder({ 'a.js': TEXT, 'a.js.gz': made });
    await using target = site.serve({ ...OPTIONS, precompressed: true });
    const response = await fetchAs(target, '/a.js', 'br, gzip');
    expect([coding(response), response.body.equals(made)]).toEqual(['gzip', true]);
    expect(coding(await fetchAs(target, '/a.js', 'br'))).toBe('br');
  });

  test('is not sent if it is older: the file is compressed', async () => {
    using site = new SiteFolder({ 'a.js': TEXT, 'a.js.br': 'old' });
    utimesSync(site.path('a.js.br'), 1e9, 1e9);
    await using target = site.serve({ ...OPTIONS, precompressed: true });
    const response = await fetchAs(target, '/a.js', 'br');
    expect([coding(response), decoded(response).equals(TEXT)]).toEqual(['br', true]);
  });

  test('replaces the form made by the server as soon as it is there, until it is removed', async () => {
    using site = new SiteFolder({ 'a.js': TEXT });
    await using target = site.serve({ ...OPTIONS, precompressed: true });
    expect(decoded(await fetchAs(target, '/a.js', 'br')).equals(TEXT)).toBe(true);
    site.write('a.js.br', 'made by somebody');
    expect((await fetchAs(target, '/a.js', 'br')).body.toString()).toBe('made by somebody');
    renameSync(site.path('a.js.br'), site.path('b'));
    expect(decoded(await fetchAs(target, '/a.js', 'br')).equals(TEXT)).toBe(true);
  });
});

describe('a compression', () => {
  test('that gains nothing is not used, nor repeated while the file is unchanged', async () => {
    using site = new SiteFolder({ 'small.txt': noise(5000), 'large.txt': noise(FILE_INLINE_BYTES_MAX + 1) });
    await using target = site.serve(OPTIONS);
    for (const path of ['/small.txt', '/large.txt', '/%73mall.txt', '/l%61rge.txt']) {
      using zlibs = new ZlibCount();
      const size = path.includes('mall') ? 5000 : FILE_INLINE_BYTES_MAX + 1;
      for (let i = 0; i < 3; i++) {
        const response = await fetchAs(target, path, 'gzip');
        expect([coding(response), response.headers.get('vary')]).toEqual(['', 'Accept-Encoding']);
        expect(response.body.equals(noise(size))).toBe(true);
      }
      expect(zlibs.count).toBe(path.includes('%') ? 0 : 1);
    }
    using zlibs = new ZlibCount();
    site.write('small.txt', TEXT);
    expect(coding(await fetchAs(target, '/small.txt', 'gzip'))).toBe('gzip');
    expect(zlibs.count).toBeGreaterThan(0);
  });

  test('is made once for all requests, at the same time or later, by any path and any Accept-Encoding', async () => {
    using site = new SiteFolder({ 'index.html': TEXT });
    await using target = site.serve({ ...OPTIONS, fallback: 'index.html' });
    using zlibs = new ZlibCount();
    const release = deferred();
    const held = compressions.inTurn(() => release.promise, new Task());
    const asked: Promise<WireResponse>[] = [];
    for (let i = 0; i < 20; i++)
      asked.push(fetchAs(target, i < 10 ? '/' : `/no-${i}`, i % 2 === 0 ? 'br' : 'gzip, br'));
    await until(() => compressions.size === 2, 'the number of compressions is 2');
    release.resolve();
    await held;
    for (const response of await Promise.all(asked)) expect(coding(response)).toBe('br');
    for (const path of ['/', '/index.html', '/index%2Ehtml', '/other']) {
      expect(coding(await fetchAs(target, path, 'br;q=0.9'))).toBe('br');
    }
    expect(zlibs.count).toBe(1);
  });

  test('that ends after its file was replaced is sent to the clients that wait, and not cached', async () => {
    const next = prose(6000, 99);
    using site = new SiteFolder({ 'a.js': TEXT });
    await using target = site.serve(OPTIONS);
    const release = deferred();
    const held = compressions.inTurn(() => release.promise, new Task());
    const waiting = fetchAs(target, '/a.js', 'br');
    await until(() => compressions.size === 2, 'the number of compressions is 2');
    writeFileSync(site.path('a.js'), next); // in place: who reads it from the disk now gets these bytes
    const later = fetchAs(target, '/a.js', 'br');
    release.resolve();
    await held;
    const first = await waiting;
    expect([coding(first), decoded(first).equals(TEXT)]).toEqual(['br', true]);
    expect(decoded(await later).equals(next)).toBe(true);
    expect(decoded(await fetchAs(target, '/a.js', 'br')).equals(next)).toBe(true);
  });

  test('never has an old state of the file, however the file was written', async () => {
    using site = new SiteFolder({ 'a.js': TEXT });
    await using target = site.serve(OPTIONS);
    for (let i = 0; i < 30; i++) {
      const content = prose(4000, i); // the size is the same, and perhaps the time
      if (i % 2 === 0) site.write('a.js', content);
      else {
        site.write('next', content);
        renameSync(site.path('next'), site.path('a.js'));
      }
      for (const codings of ['br', 'gzip', 'identity']) {
        const response = await fetchAs(target, '/a.js', codings);
        expect(decoded(response).equals(content)).toBe(true);
      }
    }
    expect(target.errors).toEqual([]);
  });

  test('that would wait for too many bytes is skipped: the file is sent as it is, and compressed another time', async () => {
    using site = new SiteFolder({ 'a.js': TEXT });
    await using target = site.serve(OPTIONS);
    const release = deferred<undefined>();
    const full = compressions.compress(
      'br',
      COMPRESSION_QUEUE_BYTES_MAX - TEXT.length + 1,
      () => release.promise,
      new Task(),
    );
    for (let i = 0; i < 3; i++) {
      const response = await fetchAs(target, '/a.js', 'br');
      expect([coding(response), response.body.equals(TEXT)]).toEqual(['', true]);
      expect(response.headers.get('vary')).toBe('Accept-Encoding');
    }
    release.resolve(undefined);
    expect(await full).toBe(NOT_NOW);
    expect(coding(await fetchAs(target, '/a.js', 'br'))).toBe('br');
    expect(target.errors).toEqual([]);
  });

  test('delays no request that does not want it, however many wait', async () => {
    const count = 50;
    const pages = Object.fromEntries(Array.from({ length: count }, (_, i) => [`${i}.html`, prose(20_000, i)]));
    using site = new SiteFolder({ ...pages, 'a.png': 'picture', 'b.html': TEXT });
    await using target = site.serve(OPTIONS);
    const release = deferred();
    const held = compressions.inTurn(() => release.promise, new Task());
    const flood = Array.from({ length: count }, (_, i) => fetchAs(target, `/${i}.html`, 'br'));
    await until(() => compressions.size === 1 + count, `the number of compressions is ${1 + count}`);
    expect((await fetchAs(target, '/a.png', 'br')).body.toString()).toBe('picture');
    expect((await fetchAs(target, '/b.html', 'identity')).body.equals(TEXT)).toBe(true);
    release.resolve();
    await held;
    (await Promise.all(flood)).forEach((response, i) => {
      expect([coding(response), decoded(response).equals(prose(20_000, i))]).toEqual(['br', true]);
    });
  });

  test('that waits is dropped when its only client is reset, and made for the next one', async () => {
    using site = new SiteFolder({ 'a.js': TEXT });
    await using target = site.serve(OPTIONS);
    using zlibs = new ZlibCount();
    const release = deferred();
    const held = compressions.inTurn(() => release.promise, new Task());
    const client = await RawClient.connect(target.address);
    await client.send(get('/a.js', accept('br')));
    await until(() => compressions.size === 2, 'the number of compressions is 2');
    client.reset();
    await client.close();
    await until(() => compressions.size === 1, 'the number of compressions is 1');
    release.resolve();
    await held;
    expect(zlibs.count).toBe(0);
    expect(coding(await fetchAs(target, '/a.js', 'br'))).toBe('br');
    expect(target.errors).toEqual([]);
  });

  test('goes on when its client has shut its half of the connection, or the folder is closed', async () => {
    using site = new SiteFolder({ 'a.js': TEXT });
    const handler = fileHandler(site.root, OPTIONS);
    await using target = site.serve(OPTIONS);
    const release = deferred();
    const held = compressions.inTurn(() => release.promise, new Task());
    const client = await RawClient.connect(target.address);
    await client.send(get('/a.js', accept('br')));
    await until(() => compressions.size === 2, 'the number of compressions is 2');
    client.socket.destroy();
    handler.close();
    release.resolve();
    await held;
    await target.untilEmpty();
    expect(coding(await fetchAs(target, '/a.js', 'br'))).toBe('br');
    expect(target.errors).toEqual([]);
  });
});

test('a cached fallback gives way to a new file, also below new folders', async () => {
  using site = new SiteFolder({ 'index.html': TEXT });
  await using target = site.serve({ ...OPTIONS, fallback: 'index.html' });
  using zlibs = new ZlibCount();
  const body = async (): Promise<string> => (await fetchAs(target, '/app/users/1', 'br')).headers.get('etag') ?? '';
  const fallback = await body();
  expect([await body(), zlibs.count]).toEqual([fallback, 1]);
  mkdirSync(site.path('app'));
  expect(await body()).toBe(fallback);
  mkdirSync(site.path('app/users'));
  expect(await body()).toBe(fallback);
  site.write('app/users/1', 'there');
  expect((await fetchAs(target, '/app/users/1', 'br')).body.toString()).toBe('there');
  rmSync(site.path('app'), { recursive: true });
  expect(await body()).toBe(fallback);
  site.write('next/users/1', 'moved');
  renameSync(site.path('next'), site.path('app'));
  expect((await fetchAs(target, '/app/users/1', 'br')).body.toString()).toBe('moved');
});

describe('a file that cannot be cached is never compressed', () => {
  test('below a symbolic link', async () => {
    using site = new SiteFolder({ 'a.js': TEXT });
    symlinkSync('a.js', site.path('b.js'));
    await using target = site.serve(OPTIONS);
    using zlibs = new ZlibCount();
    for (let i = 0; i < 3; i++) {
      const response = await fetchAs(target, '/b.js', 'br');
      expect([coding(response), response.headers.get('vary')]).toEqual(['', 'Accept-Encoding']);
      expect(response.body.equals(TEXT)).toBe(true);
    }
    expect(zlibs.count).toBe(0);
  });
});

describe('the queue of compressions', () => {
  test('runs one at a time, in order, and goes on after one that fails', async () => {
    const queue = new CompressionQueue();
    const log: string[] = [];
    const job = (name: string) => async (): Promise<void> => {
      log.push(`${name} begins`);
      await new Promise(setImmediate);
      log.push(`${name} ends`);
      if (name === 'b') throw new Error(name);
    };
    const results = await Promise.allSettled(['a', 'b', 'c'].map((name) => queue.inTurn(job(name), new Task())));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
    expect(queue.size).toBe(0);
  });

  test('holds a bounded number of bytes, and no longer counts those whose read has failed', async () => {
    const queue = new CompressionQueue();
    const release = deferred<undefined>();
    const half = COMPRESSION_QUEUE_BYTES_MAX / 2;
    const reading = [1, 2].map(() => queue.compress('gzip', half, () => release.promise, new Task()));
    const failing = queue.compress('gzip', 1, async () => TEXT.subarray(0, 1), new Task());
    expect(await failing).toBe(NOT_NOW);
    expect(queue.bytes).toBe(COMPRESSION_QUEUE_BYTES_MAX);
    release.reject(new Error('EIO'));
    for (const read of reading) await expect(read).rejects.toThrow('EIO');
    expect(queue.bytes).toBe(0);
  });
});

test('a compressed form counts by its size in the cache, and holds no descriptor', () => {
  const content = new MemoryContent(Buffer.alloc(100_000));
  const validators = { etag: '"a"', lastModifiedMs: 0, isDateStrong: true };
  const kept = new CachedFile({ kind: 'file', name: 'a.js', content, validators, contentType: 'text/javascript' }, 0);
  expect([kept.bytes, kept.descriptors]).toEqual([100_000, 0]);
});

test('compression leaves no descriptor open, whatever its outcome', () =>
  closingAll(async () => {
    const large = prose(20 * FILE_INLINE_BYTES_MAX);
    using site = new SiteFolder({
      'a.js': TEXT,
      'large.js': large,
      'noise.js': noise(5000),
      'many.js': noise(100_000),
    });
    symlinkSync('a.js', site.path('link.js'));
    await using target = site.serve({ ...OPTIONS, precompressed: true });
    await using client = await RawClient.connect(target.address);
    for (const path of ['/a.js', '/large.js', '/noise.js', '/many.js', '/link.js']) {
      for (const codings of ['br, gzip', 'gzip', 'identity']) {
        for (const line of ['', 'Range: bytes=0-0\r\n', 'Range: bytes=0-0,2-2\r\n', 'If-None-Match: *\r\n']) {
          await client.send(get(path, accept(codings) + line));
          await client.response();
        }
      }
    }
    expect(target.errors).toEqual([]);
  }));
