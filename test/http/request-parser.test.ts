import assert from 'node:assert/strict';
import { describe, expect, test } from '@jest/globals';
import { DEFAULT_LIMITS } from '../../src/limits.js';
import { type RawRequest, THEMES } from './cases/index.js';
import { cutsOf, finalAnswers, firstHeadBytes, readEcho } from './cases/reading.js';
import { decode, everyByte } from './decoded-body.js';
import { type Outcome, type ParsedHead, parse, rejectReason } from './parsed-head.js';

/** Bytes that may follow a head, and do not belong to it. */
const TRAILING = ['GET /next HTTP/1.1\r\nHost: h\r\n\r\n', '\r\n', 'x', '\0\0\0', ' : \r\r\n'];

function bytesOf(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

/** The values that the row gives for its first head, and for the rest those of its first answer. */
function expectedHead(row: RawRequest): Partial<ParsedHead> {
  const finals = finalAnswers(row);
  const echo = readEcho(finals[0]);
  const isOnly = finals.length === 1 && echo !== undefined;
  return {
    kind: 'request',
    headBytes: firstHeadBytes(row),
    ...(echo && { method: echo.method, path: echo.path, query: echo.query }),
    ...(isOnly && { keepsAlive: !row.closes }),
    ...row.head,
  };
}

/** The outcome for each beginning of the bytes, the empty one first, the whole last. */
function prefixOutcomes(bytes: Buffer): Outcome[] {
  return [0, ...cutsOf(bytes.length), bytes.length].map((end) => parse(bytes, 0, end));
}

/** Not every theme has rows of every kind, and Jest takes an empty table for a mistake. */
function some<T extends object>(rows: readonly T[]): (title: string, run: (row: T) => void) => void {
  return rows.length === 0 ? () => {} : test.each(rows);
}

describe.each(Object.entries(THEMES))('%s', (_, rows) => {
  const good = rows.filter(({ head }) => head !== undefined);
  const refused = rows.filter(({ head }) => head === undefined);

  some(good)('a head is read with its fields, and not before its last byte: $promise', (row) => {
    // The rest of the request lies after `end` in the buffer, like stale bytes in the buffer that all connections share.
    const outcomes = prefixOutcomes(bytesOf(row.raw.slice(0, firstHeadBytes(row))));
    expect(outcomes.pop()).toMatchObject(expectedHead(row));
    expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(['need more']));
  });

  some(good)('a head is the same with bytes before and behind it: $promise', (row) => {
    for (const trailing of TRAILING) {
      const start = 7;
      const bytes = bytesOf(`GET /pr${row.raw}${trailing}`);
      expect(parse(bytes, start)).toMatchObject(expectedHead(row));
    }
  });

  const bodies = good.map((row) => ({ ...row, head: parse(bytesOf(row.raw)) as ParsedHead }));
  some(bodies.filter(({ head }) => head.bodyLength !== 0))(
    'a body ends where it ends, or is refused, however it is cut: $promise',
    ({ head, ...row }) => {
      const stream = bytesOf(row.raw.slice(head.headBytes));
      const first = finalAnswers(row)[0];
      const whole = decode(stream, head.bodyLength, [], DEFAULT_LIMITS);
      if (typeof first !== 'number') {
        expect(whole.kind).toBe('end');
        const echo = readEcho(first);
        if (echo) expect(whole.body).toBe(echo.body);
      } else if (whole.kind === 'reject') {
        expect(whole.status).toBe(first);
      } else {
        // The decoder knows no bound of the body: that is the server's.
        expect(first).toBe(413);
        const bytes = whole.kind === 'end' ? whole.body.length : head.bodyLength;
        expect(bytes).toBeGreaterThan(DEFAULT_LIMITS.requestBodyBytesMax);
      }
      if (stream.length < 10_000)
        assert.deepEqual(decode(stream, head.bodyLength, everyByte(stream), DEFAULT_LIMITS), whole);
      for (const cut of cutsOf(stream.length)) {
        assert.deepEqual(decode(stream, head.bodyLength, [cut], DEFAULT_LIMITS), whole);
      }
    },
  );

  some(refused)('is refused, however it is cut, and whatever follows: $promise', ({ raw, answers: [status] }) => {
    const outcomes = prefixOutcomes(bytesOf(raw));
    expect(rejectReason()).not.toBe('');
    const kinds = outcomes.map((outcome) => (outcome.kind === 'reject' ? outcome.status : outcome.kind));
    const firstReject = kinds.findIndex((kind) => typeof kind === 'number');
    expect(new Set(kinds.slice(0, firstReject))).toEqual(new Set(['need more']));
    // Once refused, more bytes make it no better.
    expect(new Set(kinds.slice(firstReject))).toEqual(new Set([status]));
    for (const trailing of TRAILING) expect(parse(bytesOf(raw + trailing))).toEqual({ kind: 'reject', status });
  });
});

test('bytes of another protocol are refused at the first wrong one', () => {
  expect(parse(bytesOf('\x16')).kind).toBe('reject');
  expect(parse(bytesOf('SSH-2.0-'))).toEqual({ kind: 'need more' });
  expect(parse(bytesOf('GET / HTTP/x'))).toEqual({ kind: 'reject', status: 400 });
});

test('another major version of HTTP is refused at the end of its line, where it is known to be a version', () => {
  expect(parse(bytesOf('GET / HTTP/2.0'))).toEqual({ kind: 'need more' });
  expect(parse(bytesOf('GET / HTTP/2.0\r'))).toEqual({ kind: 'reject', status: 505 });
});

test('the largest Content-Length that can be counted is counted', () => {
  const raw = 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9007199254740991\r\n\r\n';
  expect(parse(bytesOf(raw))).toMatchObject({ kind: 'request', bodyLength: 9_007_199_254_740_991 });
});

test('no field of one request is left over in the next', () => {
  expect(
    parse(bytesOf('POST /a?b HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 5\r\nHost: h\r\n\r\n')).kind,
  ).toBe('request');
  expect(parse(bytesOf('GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nHost: h\r\n\r\n')).kind).toBe('request');
  expect(parse(bytesOf('GET / HTTP/1.1\r\nHost: h\r\n\r\n'))).toEqual({
    kind: 'request',
    method: 'GET',
    path: '/',
    query: '',
    authority: 'h',
    minorVersion: 1,
    headers: [['Host', 'h']],
    isConditional: false,
    bodyLength: 0,
    expectsContinue: false,
    keepsAlive: true,
    headBytes: 27,
  });
});
