/** Conditional requests over the wire: clients get what http/conditional.ts decides (RFC 9110 §13). */
import { renameSync, statSync, utimesSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { FILE_INLINE_BYTES_MAX } from '../../src/files/content.js';
import { ask, get, RawClient } from '../client/raw-client.js';
import { pattern } from '../fixtures/pattern.mjs';
import type { TestServer } from '../server/test-server.js';
import { closingAll } from './open-descriptors.js';
import { SiteFolder } from './site-folder.js';

/** Tue, 02 Jan 2024 03:04:05 GMT, and a fraction that no HTTP-date has. */
const MODIFIED_SECONDS = Date.UTC(2024, 0, 2, 3, 4, 5) / 1000 + 0.678;
const LAST_MODIFIED = 'Tue, 02 Jan 2024 03:04:05 GMT';
const EARLIER = 'Tue, 02 Jan 2024 03:04:04 GMT';
const LATER = 'Tue, 02 Jan 2024 03:04:06 GMT';
const FUTURE = 'Fri, 02 Jan 2099 03:04:05 GMT';

type Row = readonly [headers: readonly string[], status: number];

/** TAG stands for the file's entity tag with its quotes. */
const ROWS: readonly Row[] = [
  [[], 200],
  [['If-None-Match: TAG'], 304],
  [['If-None-Match: W/TAG'], 304],
  [['If-None-Match: "a", "b,c", TAG'], 304],
  [['If-None-Match: ,, TAG ,'], 304],
  [['If-None-Match: "a"', 'If-None-Match: TAG'], 304],
  [['if-none-match:TAG'], 304],
  [['If-None-Match: *'], 304],
  [['If-None-Match: "a"'], 200],
  [['If-None-Match: ""'], 200],
  [['If-None-Match:'], 200],
  [['If-None-Match: BARE'], 200],
  [['If-None-Match: w/TAG'], 200],
  [['If-None-Match: "*"'], 200],
  [['If-None-Match: TAG, *'], 200],
  [['If-None-Match: TAG, bare'], 200],
  [['If-None-Match: TAG "a"'], 200],
  [['If-Match: TAG'], 200],
  [['If-Match: "a", TAG'], 200],
  [['If-Match: "a"', 'If-Match: TAG'], 200],
  [['If-Match: *'], 200],
  [['If-Match: "a"'], 412],
  [['If-Match: W/TAG'], 412],
  [['If-Match: BARE'], 412],
  [['If-Match:'], 412],
  [['If-Match: TAG, bare'], 412],
  [[`If-Modified-Since: ${LAST_MODIFIED}`], 304],
  [['If-Modified-Since: Tuesday, 02-Jan-24 03:04:05 GMT'], 304],
  [['If-Modified-Since: Tue Jan  2 03:04:05 2024'], 304],
  [[`If-Modified-Since: ${LATER}`], 304],
  [[`If-Modified-Since: ${EARLIER}`], 200],
  [['If-Modified-Since: Tue Jan 02 03:04:04 2024'], 200],
  [[`If-Modified-Since: ${FUTURE}`], 200],
  [['If-Modified-Since: yesterday'], 200],
  [['If-Modified-Since: Tue, 02 Jan 2024 03:04:05'], 200],
  [['If-Modified-Since: Tue, 02 Jan 2024 03:04:05 +0000'], 200],
  [['If-Modified-Since: Fri, 30 Feb 2024 03:04:05 GMT'], 200],
  [['If-Modified-Since: 2024-01-02T03:04:05Z'], 200],
  [['If-Modified-Since: *'], 200],
  [[`If-Modified-Since: ${LAST_MODIFIED}`, `If-Modified-Since: ${LAST_MODIFIED}`], 200],
  [[`If-Unmodified-Since: ${LAST_MODIFIED}`], 200],
  [[`If-Unmodified-Since: ${LATER}`], 200],
  [[`If-Unmodified-Since: ${FUTURE}`], 200],
  [[`If-Unmodified-Since: ${EARLIER}`], 412],
  [['If-Unmodified-Since: Monday, 01-Jan-24 03:04:05 GMT'], 412],
  [['If-Unmodified-Since: yesterday'], 200],
  [[`If-Unmodified-Since: ${EARLIER}`, `If-Unmodified-Since: ${EARLIER}`], 200],
  // The order of §13.2.2.
  [['If-Match: TAG', `If-Unmodified-Since: ${EARLIER}`], 200],
  [['If-Match: "a"', `If-Unmodified-Since: ${LATER}`], 412],
  [['If-Match: "a"', 'If-None-Match: TAG'], 412],
  [['If-Match: TAG', 'If-None-Match: TAG'], 304],
  [['If-Match: TAG', 'If-None-Match: "a"'], 200],
  [['If-Match: TAG', `If-Modified-Since: ${LAST_MODIFIED}`], 304],
  [[`If-Unmodified-Since: ${EARLIER}`, 'If-None-Match: TAG'], 412],
  [[`If-Unmodified-Since: ${LATER}`, 'If-None-Match: TAG'], 304],
  [[`If-Unmodified-Since: ${EARLIER}`, `If-Modified-Since: ${LAST_MODIFIED}`], 412],
  [['If-None-Match: "a"', `If-Modified-Since: ${LAST_MODIFIED}`], 200],
  [['If-None-Match: bare', `If-Modified-Since: ${LAST_MODIFIED}`], 200],
  [['If-None-Match: TAG', `If-Modified-Since: ${EARLIER}`], 304],
  // Ranges come last, and only if the other conditions hold.
  [['If-None-Match: TAG', 'Range: bytes=0-0'], 304],
  [['If-Match: "a"', 'Range: bytes=0-0'], 412],
  [[`If-Modified-Since: ${LAST_MODIFIED}`, 'Range: bytes=99999999-'], 304],
  [[`If-Unmodified-Since: ${EARLIER}`, 'Range: bytes=99999999-'], 412],
  [['If-None-Match: TAG', 'If-Range: TAG', 'Range: bytes=0-0'], 304],
  [['If-Match: "a"', 'If-Range: TAG', 'Range: bytes=0-0'], 412],
];

async function entityTagOf(target: TestServer, path: string, headers = ''): Promise<string> {
  return (await ask(target.address, get(path, headers))).headers.get('etag') ?? '';
}

describe.each([
  ['small', 10],
  ['large', FILE_INLINE_BYTES_MAX + 10],
])('conditions of a request for a %s file:', (_, size) => {
  const content = pattern(size);

  async function expectRow(headers: readonly string[], status: number): Promise<void> {
    using site = new SiteFolder({ file: content });
    utimesSync(site.path('file'), MODIFIED_SECONDS, MODIFIED_SECONDS);
    await site.settled();
    await using target = site.serve();
    const tag = await entityTagOf(target, '/file');
    expect(tag).toMatch(/^"[!#-~]+"$/);
    const lines = headers.map((line) => `${line.replaceAll('TAG', tag).replaceAll('BARE', tag.slice(1, -1))}\r\n`);
    const request = get('/file', lines.join(''));
    await using client = await RawClient.connect(target.address);
    // The second response shows that the first ended where its head says: a 304 has no body, and neither has the response to
    // HEAD.
    await client.send(request + get('/file'));
    const [response, whole] = await client.responses(2);
    expect(response?.status).toBe(status);
    expect(whole?.body.equals(content)).toBe(true);
    if (status === 200) expect(response?.body.equals(content)).toBe(true);
    await client.send(request.replace('GET', 'HEAD') + get('/file'));
    const toHead = await client.response({ toHead: true });
    expect((await client.response()).body.equals(content)).toBe(true);
    const undated = (head = ''): string => head.replace(/Date: .*/, '');
    expect(undated(toHead.head)).toBe(undated(response?.head));
  }

  test.each(ROWS)('%j get %i, by GET and by HEAD', (headers, status) => closingAll(() => expectRow(headers, status)));
});

describe('a 304', () => {
  test('has the headers that a cache needs, and none that describe the body', async () => {
    using site = new SiteFolder({ 'a.txt': 'hello' });
    await site.settled();
    await using target = site.serve();
    const whole = await ask(target.address, get('/a.txt'));
    const tag = whole.headers.get('etag') ?? '';
    const { status, headers, body } = await ask(target.address, get('/a.txt', `If-None-Match: ${tag}\r\n`));
    expect([status, body.length]).toEqual([304, 0]);
    expect([...headers.keys()]).toEqual(['date', 'etag', 'last-modified']);
    for (const name of ['etag', 'last-modified']) expect(headers.get(name)).toBe(whole.headers.get(name));
  });
});

describe('a 412', () => {
  test('has a line of text, and no header of the file', async () => {
    using site = new SiteFolder({ 'a.html': '<h1>secret plans</h1>' });
    await using target = site.serve();
    const { headers, body } = await ask(target.address, get('/a.html', 'If-Match: "a"\r\n'));
    expect([...headers.keys()]).toEqual(['date', 'content-type', 'content-length']);
    expect(headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(body.toString()).toBe('412: the file is not the one that the request is about\n');
  });
});

describe('conditions are ignored', () => {
  // "A server MUST ignore all received preconditions if its response to the same request without those conditions, prior to
  // processing the request content, would have been a status code other than a 2xx" (§13.2.1).
  const conditions = ['If-Match: *', 'If-Match: "a"', 'If-None-Match: *', `If-Modified-Since: ${LATER}`];

  test.each([
    ['for a path that is not found', 'GET', '/missing', 404],
    ['for a folder without its slash', 'GET', '/a', 301],
    ['for a method that is not allowed', 'POST', '/a.txt', 405],
    ['for an unknown method', 'PROPFIND', '/a.txt', 501],
  ])('%s', async (_, method, path, status) => {
    using site = new SiteFolder({ 'a.txt': '', 'a/index.html': '' });
    await using target = site.serve();
    for (const condition of conditions) {
      const request = get(path, `${condition}\r\n`).replace('GET', method);
      expect([condition, (await ask(target.address, request)).status]).toEqual([condition, status]);
    }
  });
});

describe('the entity tag of a file', () => {
  test('stays the same while the file does, in every server', async () => {
    using site = new SiteFolder({ 'a.txt': 'hello' });
    await site.settled();
    await using one = site.serve();
    await using other = site.serve();
    expect(await entityTagOf(one, '/a.txt')).toBe(await entityTagOf(one, '/a.txt?q'));
    expect(await entityTagOf(one, '/a.txt')).toBe(await entityTagOf(other, '/a.txt'));
  });

  test('changes when the file is written, touched, or replaced by one of its size and its time', async () => {
    using site = new SiteFolder({ 'a.txt': 'hello' });
    const setTime = (name: string, seconds: number): void => utimesSync(site.path(name), seconds, seconds);
    setTime('a.txt', MODIFIED_SECONDS);
    await using target = site.serve();
    const settledTag = async (): Promise<string> => {
      await site.settled();
      return entityTagOf(target, '/a.txt');
    };
    const tags = [await settledTag()];
    setTime('a.txt', MODIFIED_SECONDS + 0.000_5);
    tags.push(await settledTag());
    site.write('a.txt', 'hello!');
    setTime('a.txt', MODIFIED_SECONDS);
    tags.push(await settledTag());
    site.write('b.txt', 'olleh!');
    setTime('b.txt', MODIFIED_SECONDS);
    expect(statSync(site.path('b.txt')).ino).not.toBe(statSync(site.path('a.txt')).ino);
    renameSync(site.path('b.txt'), site.path('a.txt'));
    tags.push(await settledTag());
    expect(new Set(tags).size).toBe(4);
  });

  test('from before a change gets the client the new file', async () => {
    using site = new SiteFolder({ 'a.txt': 'before' });
    await site.settled();
    await using target = site.serve();
    const condition = `If-None-Match: ${await entityTagOf(target, '/a.txt')}\r\n`;
    expect((await ask(target.address, get('/a.txt', condition))).status).toBe(304);
    site.write('a.txt', 'after!');
    const { status, body } = await ask(target.address, get('/a.txt', condition));
    expect([status, body.toString()]).toEqual([200, 'after!']);
  });

  test('of an empty file gets a 304, and of a missing one a 404', async () => {
    using site = new SiteFolder({ empty: '' });
    await site.settled();
    await using target = site.serve();
    const condition = `If-None-Match: ${await entityTagOf(target, '/empty')}\r\n`;
    expect((await ask(target.address, get('/empty', condition))).status).toBe(304);
    expect((await ask(target.address, get('/missing', condition))).status).toBe(404);
  });
});

describe('Last-Modified', () => {
  test.each([
    ['without the fraction', MODIFIED_SECONDS, LAST_MODIFIED],
    ['the third second of 1970', 2, 'Thu, 01 Jan 1970 00:00:02 GMT'],
    ['before 1970', -0.5, 'Wed, 31 Dec 1969 23:59:59 GMT'],
  ])('is the whole second of the modification time: %s', async (_, seconds, expected) => {
    using site = new SiteFolder({ 'a.txt': 'hello' });
    const moment = new Date(seconds * 1000); // utimes() of Node takes no negative numbers, but such dates
    utimesSync(site.path('a.txt'), moment, moment);
    await using target = site.serve();
    const { headers } = await ask(target.address, get('/a.txt'));
    expect(headers.get('last-modified')).toBe(expected);
    expect((await ask(target.address, get('/a.txt', `If-Modified-Since: ${expected}\r\n`))).status).toBe(304);
  });

  test.each([
    ['1970-01-01T00:00:00Z', 0],
    ['1970-01-01T00:00:01Z, which archives of reproducible builds set', 1.5],
  ])('is not sent for %s, and no date matches', async (_, seconds) => {
    using site = new SiteFolder({ 'a.txt': 'hello' });
    const moment = new Date(seconds * 1000);
    utimesSync(site.path('a.txt'), moment, moment);
    await using target = site.serve();
    for (let i = 0; i < 2; i++) {
      const { status, headers } = await ask(target.address, get('/a.txt'));
      expect([status, headers.has('last-modified')]).toEqual([200, false]);
      for (const condition of ['If-Modified-Since', 'If-Unmodified-Since']) {
        for (const date of ['Thu, 01 Jan 1970 00:00:00 GMT', 'Thu, 01 Jan 1970 00:00:01 GMT', LAST_MODIFIED]) {
          const response = await ask(target.address, get('/a.txt', `${condition}: ${date}\r\n`));
          expect([condition, date, response.status]).toEqual([condition, date, 200]);
        }
      }
      const range = 'If-Range: Thu, 01 Jan 1970 00:00:01 GMT\r\nRange: bytes=0-0\r\n';
      expect((await ask(target.address, get('/a.txt', range))).status).toBe(200);
    }
  });

  test('of a file from the future is the Date of the response (§8.8.2.1)', async () => {
    using site = new SiteFolder({ 'a.txt': 'hello' });
    utimesSync(site.path('a.txt'), 4e9, 4e9);
    await using target = site.serve();
    const { headers } = await ask(target.address, get('/a.txt'));
    expect(headers.get('last-modified')).toBe(headers.get('date'));
  });
});
