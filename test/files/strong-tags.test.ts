/**
 * A strong tag means one sequence of bytes (RFC 9110 §8.8.1). This holds if a file is rewritten with the same size, inode and
 * modification time, as by `cp -p`, `rsync --inplace -t` and `tar x`, and if its clock is too coarse to distinguish two
 * writes.
 */
import { statSync, symlinkSync, utimesSync } from 'node:fs';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { FILE_INLINE_BYTES_MAX } from '../../src/files/content.js';
import { native } from '../../src/native/addon.js';
import { STAT_CTIME_NANOSECONDS, STAT_CTIME_SECONDS } from '../../src/native/native-api.js';
import { ask, get } from '../client/raw-client.js';
import type { WireResponse } from '../client/wire-response.js';
import type { TestServer } from '../server/test-server.js';
import { SiteFolder } from './site-folder.js';

const MODIFIED_SECONDS = Date.UTC(2024, 0, 2, 3, 4, 5) / 1000 + 0.678;

/** Writes as many bytes as before into the same inode, and restores its modification time. */
function rewrite(site: SiteFolder, name: string, byte: string, seconds: number = MODIFIED_SECONDS): void {
  const { ino, size } = statSync(site.path(name));
  site.write(name, byte.repeat(size));
  utimesSync(site.path(name), seconds, seconds);
  expect(statSync(site.path(name))).toMatchObject({ ino, size });
}

async function tagOf(target: TestServer, path: string): Promise<string> {
  return (await ask(target.address, get(path))).headers.get('etag') ?? '';
}

async function strongTagOf(target: TestServer, path: string): Promise<string> {
  for (;;) {
    const tag = await tagOf(target, path);
    if (!tag.startsWith('W/')) return tag;
  }
}

const FORMS = [
  ['a small file', 10, '/file'],
  ['a large file', FILE_INLINE_BYTES_MAX + 10, '/file'],
  ['a small file behind a symbolic link', 10, '/link'],
  ['a large file behind a symbolic link', FILE_INLINE_BYTES_MAX + 10, '/link'],
] as const;

function siteOf(size: number): SiteFolder {
  const site = new SiteFolder({ file: 'a'.repeat(size) });
  symlinkSync('file', site.path('link'));
  utimesSync(site.path('file'), MODIFIED_SECONDS, MODIFIED_SECONDS);
  return site;
}

describe.each(FORMS)('%s that is rewritten with its size and its modification time', (_, size, path) => {
  test('gets another tag, and is sent to a client that has the old one', async () => {
    using site = siteOf(size);
    await using target = site.serve();
    const before = await strongTagOf(target, path);
    rewrite(site, 'file', 'b');
    expect(await strongTagOf(target, path)).not.toBe(before);
    const { status, body } = await ask(target.address, get(path, `If-None-Match: ${before}\r\n`));
    expect([status, body.toString()]).toEqual([200, 'b'.repeat(size)]);
  });

  test.each(['tag', 'date'])(
    'is sent whole to a client that resumes a download of the old one by its %s',
    async (by) => {
      using site = siteOf(size);
      await using target = site.serve();
      const tag = await strongTagOf(target, path);
      const date = (await ask(target.address, get(path))).headers.get('last-modified');
      rewrite(site, 'file', 'b');
      const fields = `Range: bytes=5-\r\nIf-Range: ${by === 'tag' ? tag : date}\r\n`;
      const { status, body } = await ask(target.address, get(path, fields));
      expect([status, body.toString()]).toEqual([200, 'b'.repeat(size)]);
    },
  );
});

describe.each(FORMS)('%s that changed so recently that its clock may not tell the next change', (_, size, path) => {
  const { fstat, openat2_job } = native;
  afterEach(() => {
    Object.assign(native, { fstat, openat2_job });
    jest.restoreAllMocks();
  });

  /** As on a filesystem that keeps whole seconds: whatever changes from now on has changed at this one. @returns lets time pass */
  function stopFileClock(): () => void {
    const second = Math.ceil(Date.now() / 1000);
    const stop = (stat: Float64Array): void => {
      stat[STAT_CTIME_SECONDS] = second;
      stat[STAT_CTIME_NANOSECONDS] = 0;
    };
    const onTheLoop: typeof fstat = (fd, stat) => {
      const status = fstat(fd, stat);
      stop(stat);
      return status;
    };
    // A path with a link is opened by a thread, if anything on the machine is renamed meanwhile (openat2(2)).
    const byThread: typeof openat2_job = (dir, name, flags, resolve, done) =>
      openat2_job(dir, name, flags, resolve, (fd, stat) => {
        if (fd >= 0) stop(stat);
        done(fd, stat);
      });
    Object.assign(native, { fstat: onTheLoop, openat2_job: byThread });
    const now = jest.spyOn(Date, 'now').mockReturnValue(1000 * second);
    return () => now.mockReturnValue(1000 * second + 5_000);
  }

  test('has a weak tag, which neither If-Range nor If-Match accepts', async () => {
    using site = siteOf(size);
    await using target = site.serve();
    const passTime = stopFileClock();
    const first = await tagOf(target, path);
    expect(first).toMatch(/^W\/"[^"]+"$/);
    const askWith = (field: string): Promise<WireResponse> =>
      ask(target.address, get(path, `${field}: ${first}\r\nRange: bytes=5-\r\n`));
    expect((await askWith('If-Range')).status).toBe(200);
    expect((await askWith('If-Match')).status).toBe(412);
    rewrite(site, 'file', 'b');
    for (let i = 0; i < 2; i++) {
      const { status, body } = await ask(target.address, get(path, `If-None-Match: ${first}\r\n`));
      expect([status, body.toString()]).toEqual([200, 'b'.repeat(size)]);
    }
    passTime(); // the next change would have another time: the tag is strong, and not that of the first bytes
    const last = await strongTagOf(target, path);
    expect(last.slice(1)).not.toBe(first.slice(3));
    const { status, body } = await ask(target.address, get(path, `If-None-Match: ${first}\r\n`));
    expect([status, body.toString()]).toEqual([200, 'b'.repeat(size)]);
    expect((await ask(target.address, get(path, `If-None-Match: ${last}\r\n`))).status).toBe(304);
    expect((await ask(target.address, get(path, `If-Range: ${last}\r\nRange: bytes=5-\r\n`))).status).toBe(206);
  });
});

test('servers that look at a file at different times give it the same strong tag', async () => {
  using site = siteOf(10);
  await using early = site.serve();
  await tagOf(early, '/file');
  const tag = await strongTagOf(early, '/file');
  await using late = site.serve();
  expect(await tagOf(late, '/file')).toBe(tag);
});
