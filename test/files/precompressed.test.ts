/** Files that were compressed beforehand: which one is sent, with which headers (RFC 9110 §12.5.3, §8.4, §8.8). */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync, utimesSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { FILE_INLINE_BYTES_MAX } from '../../src/files/content.js';
import { countPrecompressed } from '../../src/files/precompressed.js';
import { ask, get, RawClient } from '../client/raw-client.js';
import { pattern } from '../fixtures/pattern.mjs';
import { partsOf } from './multipart.js';
import { closingAll } from './open-descriptors.js';
import { SiteFolder } from './site-folder.js';

const OPTIONS = { precompressed: true };
const PLAIN = 'the file itself';
/** The server does not read what a compressed file contains: here, its coding. */
const ALL = { 'a.js': PLAIN, 'a.js.br': 'br', 'a.js.zst': 'zstd', 'a.js.gz': 'gzip' };
const GZIP_ONLY = { 'a.js': PLAIN, 'a.js.gz': 'gzip' };

function accept(codings: string | undefined): string {
  return codings === undefined ? '' : `Accept-Encoding: ${codings}\r\n`;
}

describe('for a file with br, zstd and gzip beside it,', () => {
  test.each([
    ['br', 'br'],
    ['zstd', 'zstd'],
    ['gzip', 'gzip'],
    ['x-gzip', 'gzip'],
    ['GZIP', 'gzip'],
    ['gzip, deflate, br, zstd', 'br'], // Chrome
    ['gzip, deflate, br', 'br'],
    ['gzip, deflate', 'gzip'],
    ['*', 'br'],
    ['br;q=0, *', 'zstd'],
    ['br;q=0, zstd;q=0, *', 'gzip'],
    ['br;q=0.5, gzip', 'gzip'],
    ['br;q=0.5, gzip;q=0.501', 'gzip'],
    ['br;q=0.5, gzip;q=0.5', 'br'],
    ['gzip;q=0.001', 'gzip'],
    ['gzip; q=1.000', 'gzip'],
    ['gzip;Q=1', 'gzip'],
    ['identity;q=0, gzip;q=0.5', 'gzip'],
    ['identity;q=0.5, gzip;q=0.5', 'gzip'],
    ['br, br;q=0, gzip', 'gzip'],
    ['deflate;q=1, gzip;q=0.1', 'gzip'],
    [undefined, ''],
    ['', ''],
    ['deflate', ''],
    ['identity', ''],
    ['gzip;q=0', ''],
    ['gzip;q=0.000', ''],
    ['gzip;q=0.5, identity', ''],
    ['gzip;q=0.5, *;q=0.6, br;q=0, zstd;q=0', ''], // identity is of the "*", and wanted more
    ['*;q=0', ''], // nothing at all is acceptable: as it is, rather than a 406 (§12.4.1)
    ['identity;q=0', ''],
    ['gzip;q=2', ''],
    ['gzip;q=1.0000', ''],
    ['gzip;q=-1', ''],
    ['gzip;q=x', ''],
    ['gzip;level=9;q=', ''],
    ['gzipped', ''],
    ['"gzip"', ''],
    ['br/gzip', ''],
  ])('Accept-Encoding %j gets %j', async (codings, expected) => {
    using site = new SiteFolder(ALL);
    await using target = site.serve(OPTIONS);
    const { status, headers, body } = await ask(target.address, get('/a.js', accept(codings)));
    expect([status, headers.get('content-encoding') ?? '']).toEqual([200, expected]);
    expect(body.toString()).toBe(expected === '' ? PLAIN : expected);
    expect(headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(headers.get('vary')).toBe('Accept-Encoding');
    expect(target.errors).toEqual([]);
  });

  test('two lines of Accept-Encoding are one list', async () => {
    using site = new SiteFolder(ALL);
    await using target = site.serve(OPTIONS);
    const { headers } = await ask(target.address, get('/a.js', accept('br;q=0') + accept('gzip')));
    expect(headers.get('content-encoding')).toBe('gzip');
  });
});

describe('for a file with gzip beside it,', () => {
  test.each([
    ['br, gzip', 'gzip'],
    ['br, gzip;q=0.1', 'gzip'],
    ['*', 'gzip'],
    ['br', ''],
    ['br, gzip;q=0', ''],
    ['br, identity;q=0.5, gzip;q=0.1', ''],
  ])('Accept-Encoding %j gets %j', async (codings, expected) => {
    using site = new SiteFolder(GZIP_ONLY);
    await using target = site.serve(OPTIONS);
    const { headers } = await ask(target.address, get('/a.js', accept(codings)));
    expect(headers.get('content-encoding') ?? '').toBe(expected);
  });
});

describe('each form of a precompressed file', () => {
  test('has its own tag, which matches this form only', async () => {
    using site = new SiteFolder(ALL);
    await site.settled();
    await using target = site.serve(OPTIONS);
    const forms = ['br', 'zstd', 'gzip', 'identity'];
    const tags = new Map<string, string>();
    for (const form of forms) {
      const { headers } = await ask(target.address, get('/a.js', accept(form)));
      tags.set(form, headers.get('etag') ?? '');
    }
    expect(new Set(tags.values()).size).toBe(forms.length);
    for (const form of forms) {
      for (const [other, tag] of tags) {
        const request = get('/a.js', `${accept(form)}If-None-Match: ${tag}\r\n`);
        const { status, headers } = await ask(target.address, request);
        expect([form, other, status]).toEqual([form, other, form === other ? 304 : 200]);
        expect(headers.get('vary')).toBe('Accept-Encoding');
      }
    }
  });

  test('matches If-Match and If-Range by its own tag', async () => {
    using site = new SiteFolder(GZIP_ONLY);
    await site.settled();
    await using target = site.serve(OPTIONS);
    const tagOf = async (codings: string): Promise<string> =>
      (await ask(target.address, get('/a.js', accept(codings)))).headers.get('etag') ?? '';
    const [gzip, plain] = [await tagOf('gzip'), await tagOf('identity')];
    const statusOf = async (lines: string): Promise<number> =>
      (await ask(target.address, get('/a.js', accept('gzip') + lines))).status;
    expect(await statusOf(`If-Match: ${gzip}\r\n`)).toBe(200);
    expect(await statusOf(`If-Match: ${plain}\r\n`)).toBe(412);
    expect(await statusOf(`If-Range: ${gzip}\r\nRange: bytes=0-0\r\n`)).toBe(206);
    expect(await statusOf(`If-Range: ${plain}\r\nRange: bytes=0-0\r\n`)).toBe(200);
  });

  test.each([
    ['small', 'some text '.repeat(100)],
    ['large', pattern(2 * FILE_INLINE_BYTES_MAX)],
  ])('has ranges of its own bytes: %s', async (_, content) => {
    const original = Buffer.from(content);
    const compressed = gzipSync(original, { level: 0 }); // stored without compression, so that it is also large
    using site = new SiteFolder({ 'a.js': original, 'a.js.gz': compressed });
    await using target = site.serve(OPTIONS);
    const ask_ = (lines: string): ReturnType<typeof ask> => ask(target.address, get('/a.js', accept('gzip') + lines));
    const [first, rest] = [await ask_('Range: bytes=0-99\r\n'), await ask_('Range: bytes=100-\r\n')];
    expect([first.status, rest.status]).toEqual([206, 206]);
    expect(first.headers.get('content-range')).toBe(`bytes 0-99/${compressed.length}`);
    expect(first.headers.get('content-encoding')).toBe('gzip');
    expect(gunzipSync(Buffer.concat([first.body, rest.body])).equals(original)).toBe(true);
    const parts = partsOf(await ask_('Range: bytes=0-1,-1\r\n'));
    expect(parts.map(({ body }) => body)).toEqual([compressed.subarray(0, 2), compressed.subarray(-1)]);
    const beyond = await ask_(`Range: bytes=${compressed.length}-\r\n`);
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, `bytes */${compressed.length}`]);
  });

  test('has the same head for HEAD as for GET', async () => {
    using site = new SiteFolder(ALL);
    await using target = site.serve(OPTIONS);
    const { headers } = await ask(target.address, get('/a.js', accept('gzip')).replace('GET', 'HEAD'));
    expect([headers.get('content-encoding'), headers.get('content-length')]).toEqual(['gzip', '4']);
  });

  test('is a file of its own under its own name', async () => {
    using site = new SiteFolder(ALL);
    await using target = site.serve(OPTIONS);
    const { headers, body } = await ask(target.address, get('/a.js.gz', accept('gzip')));
    expect([headers.get('content-encoding'), body.toString()]).toEqual([undefined, 'gzip']);
    expect(headers.get('content-type')).toBe('application/gzip');
  });
});

describe('a compressed file is not sent', () => {
  test.each([
    ['older by an hour', -3600],
    ['older by a little more than two seconds', -2.001],
  ])('that is %s than its file', async (_, seconds) => {
    using site = new SiteFolder(ALL);
    const now = Math.floor(Date.now() / 1000) - 100;
    utimesSync(site.path('a.js'), now, now);
    for (const name of ['a.js.br', 'a.js.gz']) utimesSync(site.path(name), now + seconds, now + seconds);
    await using target = site.serve(OPTIONS);
    const codings = async (accepted: string): Promise<string | undefined> =>
      (await ask(target.address, get('/a.js', accept(accepted)))).headers.get('content-encoding');
    expect(await codings('br, gzip')).toBe(undefined);
    expect(await codings('br, gzip, zstd;q=0.1')).toBe('zstd');
  });

  test('after its file was written, until it is rewritten or touched', async () => {
    using site = new SiteFolder({ 'a.js': PLAIN, 'a.js.gz': 'gzip' });
    for (const name of ['a.js', 'a.js.gz']) utimesSync(site.path(name), 1e9, 1e9);
    await using target = site.serve(OPTIONS);
    const body = async (): Promise<string> => (await ask(target.address, get('/a.js', accept('gzip')))).body.toString();
    expect(await body()).toBe('gzip');
    site.write('a.js', 'written');
    expect(await body()).toBe('written');
    utimesSync(site.path('a.js.gz'), 4e9, 4e9);
    expect(await body()).toBe('gzip');
    utimesSync(site.path('a.js'), 4e9 + 3, 4e9 + 3);
    expect(await body()).toBe('written');
    site.write('a.js.gz', 'anew');
    utimesSync(site.path('a.js.gz'), 4e9 + 3, 4e9 + 3);
    expect(await body()).toBe('anew');
  });

  test('except that one older by two seconds is: a copy without times writes one file moments before the other', async () => {
    using site = new SiteFolder(ALL);
    const now = Math.floor(Date.now() / 1000) - 100;
    utimesSync(site.path('a.js'), now, now);
    for (const name of ['a.js.br', 'a.js.gz']) utimesSync(site.path(name), now - 2, now - 2);
    await using target = site.serve(OPTIONS);
    for (const coding of ['br', 'gzip'])
      expect((await ask(target.address, get('/a.js', accept(coding)))).headers.get('content-encoding')).toBe(coding);
  });

  test('except that after fs.cpSync() of a folder all 200 of them are', async () => {
    const names = Array.from({ length: 200 }, (_, i) => `${i}.js`);
    using built = new SiteFolder(
      Object.fromEntries(
        names.flatMap((name) => [
          [name, PLAIN],
          [`${name}.gz`, 'gzip'],
        ]),
      ),
    );
    using site = new SiteFolder();
    cpSync(built.root, site.root, { recursive: true });
    await using target = site.serve(OPTIONS);
    await using client = await RawClient.connect(target.address);
    await client.send(names.map((name) => get(`/${name}`, accept('gzip'))).join(''));
    for (const { headers } of await client.responses(names.length))
      expect(headers.get('content-encoding')).toBe('gzip');
  });

  test('except that one as old as its file is', async () => {
    using site = new SiteFolder(GZIP_ONLY);
    for (const name of ['a.js', 'a.js.gz']) utimesSync(site.path(name), 1e9, 1e9);
    await using target = site.serve(OPTIONS);
    expect((await ask(target.address, get('/a.js', accept('gzip')))).body.toString()).toBe('gzip');
  });

  test.each([
    ['a folder', (site: SiteFolder) => site.write('b.js.gz/file', '')],
    ['a FIFO', (site: SiteFolder) => execFileSync('mkfifo', [site.path('b.js.gz')])],
    ['a link to outside', (site: SiteFolder) => symlinkSync('../secret', site.path('b.js.gz'))],
    ['a dangling link', (site: SiteFolder) => symlinkSync('nothing', site.path('b.js.gz'))],
  ])('that is %s', async (_, make) => {
    using site = new SiteFolder({ 'b.js': PLAIN, '../secret': 'secret' });
    make(site);
    await using target = site.serve(OPTIONS);
    const { status, headers, body } = await ask(target.address, get('/b.js', accept('gzip')));
    expect([status, headers.get('content-encoding'), body.toString()]).toEqual([200, undefined, PLAIN]);
    expect(target.errors).toEqual([]);
  });

  test('if its file is missing', async () => {
    using site = new SiteFolder({ 'a.js.gz': 'gzip' });
    await using target = site.serve(OPTIONS);
    expect((await ask(target.address, get('/a.js', accept('gzip')))).status).toBe(404);
  });

  test('without the option, and Vary is left out', async () => {
    using site = new SiteFolder(ALL);
    await using target = site.serve();
    const { headers, body } = await ask(target.address, get('/a.js', accept('gzip')));
    expect([headers.get('content-encoding'), headers.get('vary'), body.toString()]).toEqual([
      undefined,
      undefined,
      PLAIN,
    ]);
  });

  test('as the page of a 404', async () => {
    using site = new SiteFolder({ '404.html': 'nothing', '404.html.gz': 'gzip' });
    await using target = site.serve({ ...OPTIONS, notFoundPage: '404.html' });
    const { status, headers, body } = await ask(target.address, get('/missing', accept('gzip')));
    expect([status, headers.get('content-encoding'), body.toString()]).toEqual([404, undefined, 'nothing']);
  });
});

describe('a compressed file is sent', () => {
  test.each([
    ['the page of a folder', '/', 'text/html; charset=utf-8'],
    ['the page behind a clean URL', '/page', 'text/html; charset=utf-8'],
    ['the fallback', '/missing', 'text/plain; charset=utf-8'],
    ['a file without an extension', '/plain', 'application/octet-stream'],
    ['a name with a dot of its own', '/.well-known/a', 'application/octet-stream'],
  ])('for %s', async (_, path, contentType) => {
    using site = new SiteFolder();
    for (const name of ['index.html', 'page.html', 'fallback.txt', 'plain', '.well-known/a']) {
      site.write(name, PLAIN);
      site.write(`${name}.br`, 'br');
    }
    await using target = site.serve({ ...OPTIONS, cleanUrls: true, fallback: 'fallback.txt' });
    const { status, headers, body } = await ask(target.address, get(path, accept('br')));
    expect([status, headers.get('content-encoding'), body.toString()]).toEqual([200, 'br', 'br']);
    expect(headers.get('content-type')).toBe(contentType);
  });
});

test('precompressed files leave no descriptor open, whichever form is sent', () =>
  closingAll(async () => {
    using site = new SiteFolder({ ...ALL, '../secret': 'secret' });
    utimesSync(site.path('a.js.br'), 1, 1);
    for (const name of ['large.js', 'large.js.br', 'large.js.gz']) site.write(name, pattern(FILE_INLINE_BYTES_MAX + 1));
    await using target = site.serve(OPTIONS);
    await using client = await RawClient.connect(target.address);
    for (const path of ['/a.js', '/large.js']) {
      for (const codings of ['br, zstd, gzip', 'gzip', 'br', 'identity', '*;q=0', 'br;q=0.2, zstd;q=0.1, gzip;q=0.3']) {
        for (const line of [
          '',
          'Range: bytes=0-0\r\n',
          'Range: bytes=0-0,2-2\r\n',
          'If-None-Match: *\r\n',
          'If-Match: "a"\r\n',
        ]) {
          await client.send(get(path, accept(codings) + line));
          await client.response();
        }
      }
    }
  }));

describe('compressed files below a folder are counted', () => {
  test('with the outdated ones, also in its folders, but not below dot names, and not without their file', async () => {
    using site = new SiteFolder({
      ...ALL,
      'a/b/b.css': '',
      'a/b/b.css.gz': '',
      '.cache/c.js': '',
      '.cache/c.js.gz': '',
      'archive.tar.gz': '',
    });
    mkdirSync(site.path('d.js.gz'));
    symlinkSync('..', site.path('a/around'));
    const count = { files: 4, outdated: 0, example: '', isBounded: false };
    expect(await countPrecompressed(site.root)).toEqual(count);
    utimesSync(site.path('a/b/b.css'), 4e9, 4e9);
    expect(await countPrecompressed(site.root)).toEqual({ ...count, outdated: 1, example: 'a/b/b.css.gz' });
    expect(await countPrecompressed(site.path('missing'))).toEqual({ ...count, files: 0 });
  });

  test('among a bounded number of names', async () => {
    using site = new SiteFolder(ALL);
    expect(await countPrecompressed(site.root, 4)).toEqual({ files: 3, outdated: 0, example: '', isBounded: false });
    expect(await countPrecompressed(site.root, 3)).toMatchObject({ isBounded: true });
  });
});
