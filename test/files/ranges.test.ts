/** Ranges over the wire: clients get the bytes that http/byte-range.ts decides, by read and by sendfile (RFC 9110 §14). */
import { statSync, truncateSync, utimesSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { FILE_INLINE_BYTES_MAX } from '../../src/files/content.js';
import { RANGES_MAX } from '../../src/http/byte-range.js';
import { native } from '../../src/native/addon.js';
import { STAT_CTIME_SECONDS, STAT_MTIME_SECONDS } from '../../src/native/native-api.js';
import { ask, get, RawClient } from '../client/raw-client.js';
import type { WireResponse } from '../client/wire-response.js';
import { pattern } from '../fixtures/pattern.mjs';
import type { TestServer } from '../server/test-server.js';
import { partsOf } from './multipart.js';
import { closingAll } from './open-descriptors.js';
import { SiteFolder } from './site-folder.js';

const IGNORED = 'ignored';
const UNSATISFIABLE = 'unsatisfiable';
/** Bytes [start, end) of each part that is expected. */
type Expected = typeof IGNORED | typeof UNSATISFIABLE | readonly (readonly [start: number, end: number])[];
type Row = readonly [range: string, expected: Expected];

const TYPE = 'text/plain; charset=utf-8';

function expectRanges(response: WireResponse, content: Buffer, expected: Expected): void {
  const { status, headers, body } = response;
  const size = content.length;
  const written = ([start, end]: readonly [number, number]): string => `bytes ${start}-${end - 1}/${size}`;
  if (expected === IGNORED) {
    expect([status, headers.get('content-range')]).toEqual([200, undefined]);
    expect(body.equals(content)).toBe(true);
  } else if (expected === UNSATISFIABLE) {
    expect([status, headers.get('content-range')]).toEqual([416, `bytes */${size}`]);
    expect([...headers.keys()]).toEqual(['date', 'content-type', 'content-range', 'content-length']);
  } else if (expected.length === 1) {
    const [range] = expected as [readonly [number, number]];
    expect([status, headers.get('content-range')]).toEqual([206, written(range)]);
    expect(headers.get('content-type')).toBe(TYPE);
    expect(body.equals(content.subarray(...range))).toBe(true);
  } else {
    // "A server MUST NOT generate a Content-Range header field in the header section of a multipart response" (§15.3.7.2).
    expect([status, headers.get('content-range')]).toEqual([206, undefined]);
    const parts = partsOf(response);
    expect(parts.map(({ contentRange }) => contentRange)).toEqual(expected.map(written));
    for (const [index, part] of parts.entries()) {
      expect(part.contentType).toBe(TYPE);
      expect(part.body.equals(content.subarray(...(expected[index] as [number, number])))).toBe(true);
    }
  }
}

/** Requests ranges, and then the whole file on the same connection, to see that the announced length was sent. */
function expectRow(content: Buffer, range: string, expected: Expected): Promise<void> {
  return closingAll(() => expectResponse(content, range, expected));
}

async function expectResponse(content: Buffer, range: string, expected: Expected): Promise<void> {
  using site = new SiteFolder({ 'a.txt': content });
  await using target = site.serve();
  await using client = await RawClient.connect(target.address);
  await client.send(get('/a.txt', `Range: ${range}\r\n`) + get('/a.txt'));
  const [response, whole] = await client.responses(2);
  expectRanges(response as WireResponse, content, expected);
  expect(whole?.body.equals(content)).toBe(true);
  expect(client.received.length).toBe(0);
}

function repeated(count: number, spec: (index: number) => string): string {
  return `bytes=${Array.from({ length: count }, (_, index) => spec(index)).join(',')}`;
}

const OF_TEN_BYTES: readonly Row[] = [
  ['bytes=0-0', [[0, 1]]],
  ['bytes=0-9', [[0, 10]]],
  ['bytes=0-', [[0, 10]]],
  ['bytes=9-', [[9, 10]]],
  ['bytes=9-9', [[9, 10]]],
  ['bytes=3-5', [[3, 6]]],
  ['bytes=5-100', [[5, 10]]],
  ['bytes=-1', [[9, 10]]],
  ['bytes=-3', [[7, 10]]],
  ['bytes=-4', [[6, 10]]],
  ['bytes=-10', [[0, 10]]],
  ['bytes=-11', [[0, 10]]],
  ['bytes=-99999999999999999999', [[0, 10]]],
  ['bytes=0-99999999999999999999', [[0, 10]]],
  ['bytes=00-000', [[0, 1]]],
  ['Bytes=0-0', [[0, 1]]],
  ['bytes= 0-0', [[0, 1]]],
  ['bytes=0-0,', [[0, 1]]],
  ['bytes=,,0-0', [[0, 1]]],
  ['bytes=0-0,20-30', [[0, 1]]],
  ['bytes=10-', UNSATISFIABLE],
  ['bytes=10-10', UNSATISFIABLE],
  ['bytes=-0', UNSATISFIABLE],
  ['bytes=20-30,-0', UNSATISFIABLE],
  ['bytes=99999999999999999999-', UNSATISFIABLE],
  ['bytes=5-2', IGNORED],
  ['bytes=20-10', IGNORED],
  ['bytes=-', IGNORED],
  ['bytes=--1', IGNORED],
  ['bytes=0', IGNORED],
  ['bytes=', IGNORED],
  ['bytes=,', IGNORED],
  ['bytes', IGNORED],
  ['', IGNORED],
  ['0-0', IGNORED],
  ['bytes 0-0', IGNORED],
  ['bytes =0-0', IGNORED],
  ['bytes:0-0', IGNORED],
  ['items=0-0', IGNORED],
  ['bytes=0 - 0', IGNORED],
  ['bytes=+0-0', IGNORED],
  ['bytes=0x0-0x1', IGNORED],
  ['bytes=1e0-', IGNORED],
  ['bytes=0.0-1', IGNORED],
  ['bytes="0-0"', IGNORED],
  ['bytes=0-0;q=1', IGNORED],
  ['bytes=0-0-0', IGNORED],
  ['bytes=\xb9-', IGNORED], // a digit of Unicode, but not of HTTP
  // One that is malformed makes all of them so (§14.1.1).
  ['bytes=0-0,5-2', IGNORED],
  ['bytes=x,0-0', IGNORED],
  ['bytes=0-0 2-2', IGNORED],
  ['bytes=0-0, bytes=2-2', IGNORED],
  // Several.
  [
    'bytes=0-0,2-2',
    [
      [0, 1],
      [2, 3],
    ],
  ],
  [
    'bytes=2-2 ,\t0-0',
    [
      [2, 3],
      [0, 1],
    ],
  ],
  [
    'bytes=-1,0-0,4-5',
    [
      [9, 10],
      [0, 1],
      [4, 6],
    ],
  ],
  [
    'bytes=0-0,20-,-0,2-2',
    [
      [0, 1],
      [2, 3],
    ],
  ],
  // Ranges that overlap or touch become one.
  ['bytes=0-4,4-6', [[0, 7]]],
  ['bytes=0-1,2-3', [[0, 4]]],
  ['bytes=5-,0-4', [[0, 10]]],
  ['bytes=0-,0-,0-', [[0, 10]]],
  ['bytes=0-9,3-4', [[0, 10]]],
  [
    'bytes=8-,0-1,1-2',
    [
      [8, 10],
      [0, 3],
    ],
  ],
  [repeated(RANGES_MAX, () => '0-'), [[0, 10]]],
  [repeated(RANGES_MAX, () => '-1'), [[9, 10]]],
  [repeated(RANGES_MAX + 1, () => '0-0'), IGNORED],
  [repeated(1000, () => '0-'), IGNORED],
  [repeated(1000, () => '20-'), IGNORED],
];

describe('a Range of ten bytes:', () => {
  test.each(
    OF_TEN_BYTES.map(([range, expected]) => [range.length > 60 ? `${range.slice(0, 60)}…` : range, range, expected]),
  )('%j are answered as they should be', (_, range, expected) =>
    expectRow(Buffer.from('0123456789'), range as string, expected as Expected),
  );

  test('two lines are one value, which is malformed, and ignored', async () => {
    using site = new SiteFolder({ 'a.txt': '0123456789' });
    await using target = site.serve();
    const response = await ask(target.address, get('/a.txt', 'Range: bytes=0-0\r\nRange: bytes=2-2\r\n'));
    expect(response.status).toBe(200);
  });
});

describe('a Range of an empty file', () => {
  test.each(['bytes=0-', 'bytes=0-0', 'bytes=-1', 'bytes=-0', 'bytes=0-0,1-1'])('is ignored: %s', (range) =>
    expectRow(Buffer.alloc(0), range, IGNORED),
  );
});

describe('a Range of a file of many blocks:', () => {
  const INLINE = FILE_INLINE_BYTES_MAX;
  const SIZE = 5 * INLINE + 123;

  test.each<Row>([
    ['bytes=0-0', [[0, 1]]],
    [`bytes=0-${INLINE - 2}`, [[0, INLINE - 1]]],
    [`bytes=0-${INLINE - 1}`, [[0, INLINE]]],
    [`bytes=0-${INLINE}`, [[0, INLINE + 1]]],
    [`bytes=1-${3 * INLINE}`, [[1, 3 * INLINE + 1]]],
    [`bytes=-${INLINE}`, [[SIZE - INLINE, SIZE]]],
    [`bytes=-${INLINE + 1}`, [[SIZE - INLINE - 1, SIZE]]],
    [`bytes=${SIZE - 1}-`, [[SIZE - 1, SIZE]]],
    ['bytes=77777-', [[77_777, SIZE]]],
    [`bytes=${SIZE}-`, UNSATISFIABLE],
    [
      'bytes=0-0,-1',
      [
        [0, 1],
        [SIZE - 1, SIZE],
      ],
    ],
    [
      `bytes=100-${2 * INLINE},10-20,-${INLINE + 1}`,
      [
        [100, 2 * INLINE + 1],
        [10, 21],
        [SIZE - INLINE - 1, SIZE],
      ],
    ],
    [
      repeated(RANGES_MAX, (index) => `${3000 * index}-${3000 * index + 1500}`),
      Array.from({ length: RANGES_MAX }, (_, index) => [3000 * index, 3000 * index + 1501] as const),
    ],
    [repeated(1000, (index) => `${300 * index}-${300 * index}`), IGNORED],
  ])('%j arrives byte for byte', (range, expected) => expectRow(pattern(SIZE), range, expected));

  test('a hundred ranges in each of ten pipelined requests send the requested bytes and no more', () =>
    closingAll(async () => {
      const content = pattern(SIZE);
      const range = repeated(RANGES_MAX, (index) => `${2 * index}-${2 * index}`);
      using site = new SiteFolder({ 'a.txt': content });
      await using target = site.serve();
      await using client = await RawClient.connect(target.address);
      await client.send(get('/a.txt', `Range: ${range}\r\n`).repeat(10));
      for (const response of await client.responses(10)) {
        expect(partsOf(response).map(({ body }) => body[0])).toEqual(
          Array.from({ length: RANGES_MAX }, (_, index) => content[2 * index]),
        );
        expect(response.body.length).toBeLessThan(20_000);
      }
    }));
});

describe('a part of a file', () => {
  test('has the headers of the whole', async () => {
    using site = new SiteFolder({ 'a.txt': '0123456789' });
    await site.settled();
    await using target = site.serve();
    const whole = await ask(target.address, get('/a.txt'));
    const part = await ask(target.address, get('/a.txt', 'Range: bytes=2-4\r\n'));
    expect([...part.headers.keys()]).toEqual([
      'date',
      'content-type',
      'etag',
      'last-modified',
      'accept-ranges',
      'content-range',
      'content-length',
    ]);
    for (const name of ['content-type', 'etag', 'last-modified', 'accept-ranges']) {
      expect([name, part.headers.get(name)]).toEqual([name, whole.headers.get(name)]);
    }
    expect(part.headers.get('content-length')).toBe('3');
  });

  test('among several has a boundary that differs each time, and does not occur in the parts', async () => {
    using site = new SiteFolder({ 'a.txt': '0123456789' });
    await using target = site.serve();
    const boundaries = new Set<string>();
    for (let i = 0; i < 5; i++) {
      const { headers } = await ask(target.address, get('/a.txt', 'Range: bytes=0-0,2-2\r\n'));
      boundaries.add(headers.get('content-type') ?? '');
      expect(headers.get('content-type')).toMatch(/^multipart\/byteranges; boundary=[0-9a-f]{30}$/);
    }
    expect(boundaries.size).toBe(5);
  });
});

describe('HEAD with a Range', () => {
  test.each(['bytes=0-0', 'bytes=0-0,2-2', 'bytes=20-', 'bytes=5-2'])(
    'gets the head of the whole file: %s',
    async (range) => {
      using site = new SiteFolder({ 'a.txt': '0123456789' });
      await using target = site.serve();
      const request = get('/a.txt', `Range: ${range}\r\n`).replace('GET', 'HEAD');
      const { status, headers } = await ask(target.address, request);
      expect([status, headers.get('content-length'), headers.get('content-range')]).toEqual([200, '10', undefined]);
      expect(headers.get('accept-ranges')).toBe('bytes');
    },
  );
});

describe('If-Range', () => {
  let site: SiteFolder;
  let target: TestServer;
  beforeAll(async () => {
    site = new SiteFolder({ 'a.txt': '0123456789' });
    target = site.serve();
    // The second in which the file was written must be over.
    await setTimeout(1_000 - (statSync(site.path('a.txt')).mtimeMs % 1_000) + 1);
  });
  afterAll(async () => {
    await target[Symbol.asyncDispose]();
    site[Symbol.dispose]();
  });

  /** The meaning of the names in the table. */
  function fieldsOf({ headers }: WireResponse): Readonly<Record<string, string>> {
    const DATE = headers.get('last-modified') ?? '';
    const [day, year, time] = [DATE.slice(0, 3), DATE.slice(12, 16), DATE.slice(17, 25)];
    const weekday = new Date(DATE).toLocaleDateString('en', { weekday: 'long', timeZone: 'UTC' });
    return {
      TAG: headers.get('etag') ?? '',
      DATE,
      RFC850: `${weekday}, ${DATE.slice(5, 7)}-${DATE.slice(8, 11)}-${year.slice(2)} ${time} GMT`,
      ASCTIME: `${day} ${DATE.slice(8, 11)} ${DATE.slice(5, 7).replace(/^0/, ' ')} ${time} ${year}`,
      EARLIER: new Date(Date.parse(DATE) - 1_000).toUTCString(),
      LATER: new Date(Date.parse(DATE) + 1_000).toUTCString(),
      UNZONED: DATE.slice(0, -4),
    };
  }

  test.each([
    ['If-Range: TAG', 'bytes=0-0', 206],
    ['If-Range: TAG', 'bytes=0-0,2-2', 206],
    ['If-Range: TAG', 'bytes=20-', 416],
    ['If-Range: TAG', 'bytes=5-2', 200],
    ['If-Range: W/TAG', 'bytes=0-0', 200],
    ['If-Range: "a"', 'bytes=0-0', 200],
    ['If-Range: "a"', 'bytes=20-', 200],
    ['If-Range: TAG, TAG', 'bytes=0-0', 200],
    ['If-Range: "a", TAG', 'bytes=0-0', 200],
    ['If-Range: *', 'bytes=0-0', 200],
    ['If-Range:', 'bytes=0-0', 200],
    ['If-Range: DATE', 'bytes=0-0', 206],
    ['If-Range: DATE', 'bytes=20-', 416],
    ['If-Range: RFC850', 'bytes=0-0', 206],
    ['If-Range: ASCTIME', 'bytes=0-0', 206],
    ['If-Range: LATER', 'bytes=0-0', 200],
    ['If-Range: EARLIER', 'bytes=0-0', 200],
    ['If-Range: UNZONED', 'bytes=0-0', 200],
  ])('%s and Range: %s get %i', async (line, range, status) => {
    const lines = fieldsOf(await ask(target.address, get('/a.txt')));
    const field = line.replace(/[A-Z0-9]{3,}/g, (word) => lines[word] ?? word);
    const response = await ask(target.address, get('/a.txt', `Range: ${range}\r\n${field}\r\n`));
    expect(response.status).toBe(status);
  });

  test('with the date of a file whose time was set gets the whole file: earlier bytes may have had the same', async () => {
    using site = new SiteFolder({ 'a.txt': '0123456789' });
    utimesSync(site.path('a.txt'), 1_700_000_000, 1_700_000_000);
    await using target = site.serve();
    const date = (await ask(target.address, get('/a.txt'))).headers.get('last-modified');
    const response = await ask(target.address, get('/a.txt', `Range: bytes=0-0\r\nIf-Range: ${date}\r\n`));
    expect(response.status).toBe(200);
  });

  test('without Range is ignored', async () => {
    using site = new SiteFolder({ 'a.txt': '0123456789' });
    await using target = site.serve();
    expect((await ask(target.address, get('/a.txt', 'If-Range: "a"\r\n'))).status).toBe(200);
  });

  test('with the date of a file that was written within this second gets the whole file, which may change and keep it', async () => {
    using site = new SiteFolder({ 'a.txt': '0123456789' });
    const now = new Date(Date.now() + 10_000);
    utimesSync(site.path('a.txt'), now, now);
    const { fstat } = native;
    const writtenNow: typeof fstat = (fd, stat) => {
      const status = fstat(fd, stat);
      stat[STAT_CTIME_SECONDS] = stat[STAT_MTIME_SECONDS] as number;
      return status;
    };
    Object.assign(native, { fstat: writtenNow });
    try {
      await using target = site.serve();
      const date = (await ask(target.address, get('/a.txt'))).headers.get('last-modified');
      const response = await ask(target.address, get('/a.txt', `Range: bytes=0-0\r\nIf-Range: ${date}\r\n`));
      expect(response.status).toBe(200);
    } finally {
      Object.assign(native, { fstat });
    }
  });

  test('keeps a resumed download from joining two files', async () => {
    const [before, after] = [pattern(200_000), Buffer.alloc(200_000, 'x')];
    using site = new SiteFolder({ 'a.txt': before });
    await site.settled();
    await using target = site.serve();
    const tag = (await ask(target.address, get('/a.txt'))).headers.get('etag') ?? '';
    const request = get('/a.txt', `Range: bytes=100000-\r\nIf-Range: ${tag}\r\n`);
    const rest = await ask(target.address, request);
    expect(rest.status).toBe(206);
    expect(rest.body.equals(before.subarray(100_000))).toBe(true);
    site.write('a.txt', after);
    const whole = await ask(target.address, request);
    expect(whole.status).toBe(200);
    expect(whole.body.equals(after)).toBe(true);
  });
});

describe('a file that is truncated while its parts are sent', () => {
  const SIZE = 20 * 1024 * 1024; // more than the kernel takes from one who does not read

  /** A client that has the beginning of the response, and for now reads no more. */
  async function readBeginning(target: TestServer, range: string): Promise<RawClient> {
    const client = await RawClient.connect(target.address);
    await client.send(get('/large.txt', `Range: ${range}\r\n`));
    await client.untilBytes(1);
    client.pause();
    return client;
  }

  async function expectOneConnectionCut(range: string): Promise<void> {
    using site = new SiteFolder({ 'large.txt': pattern(SIZE), 'small.txt': 'small' });
    await using target = site.serve();
    await using other = await RawClient.connect(target.address);
    await using client = await readBeginning(target, range);
    truncateSync(site.path('large.txt'), SIZE / 2);
    await other.send(get('/small.txt'));
    expect((await other.response()).body.toString()).toBe('small');
    client.resume();
    const all = await client.untilEnd();
    const announced = Number(/Content-Length: (\d+)/.exec(all.toString('latin1', 0, 500))?.[1]);
    expect(announced).toBeGreaterThanOrEqual(SIZE - 1);
    expect(all.length).toBeLessThan(announced);
    await other.send(get('/small.txt') + get('/large.txt', 'Range: bytes=0-1\r\n'));
    const [small, part] = await other.responses(2);
    expect(small?.body.toString()).toBe('small');
    expect(part?.headers.get('content-range')).toBe(`bytes 0-1/${SIZE / 2}`);
  }

  test.each([
    ['one range', 'bytes=1-'],
    ['several', `bytes=0-0,2-${SIZE - 3},-1`],
  ])('ends its connection and no other, and leaves no descriptor open: %s', (_, range) =>
    closingAll(() => expectOneConnectionCut(range)),
  );

  test('is closed when the client disconnects before the last part', () =>
    closingAll(async () => {
      using site = new SiteFolder({ 'large.txt': pattern(SIZE) });
      await using target = site.serve();
      const client = await readBeginning(target, `bytes=0-0,2-${SIZE - 3},-1`);
      client.reset();
      await client.close();
      await target.untilEmpty();
      expect(target.errors).toEqual([]);
    }));
});
