import { describe, expect, test } from '@jest/globals';
import { type Outcome, type ParsedHead, parse, rejectReason } from './parsed-head.js';
import { BAD_ROWS, GOOD_ROWS, type GoodRow } from './request-rows.js';

/** What may follow a head: nothing of it belongs to it. */
const TRAILING = ['GET /next HTTP/1.1\r\nHost: h\r\n\r\n', '\r\n', 'x', '\0\0\0', ' : \r\r\n'];

function bytesOf(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

/** The fields a row leaves out are those of the plainest request. */
function expected({ promise, raw, ...fields }: GoodRow): Partial<ParsedHead> {
  return {
    kind: 'request',
    method: 'GET',
    path: '/',
    query: '',
    minorVersion: 1,
    bodyLength: 0,
    keepsAlive: true,
    headBytes: raw.length,
    ...fields,
  };
}

/** The outcome for each beginning of the bytes, the empty one first, the whole last. */
function prefixOutcomes(bytes: Buffer): Outcome[] {
  return Array.from({ length: bytes.length + 1 }, (_, end) => parse(bytes, 0, end));
}

describe('a request that is one', () => {
  test.each(GOOD_ROWS)('is read with its fields: $promise', (row) => {
    expect(parse(bytesOf(row.raw))).toMatchObject(expected(row));
  });

  // The rest of the request lies behind `end` in the buffer: as stale bytes do in the one that all connections share.
  test.each(GOOD_ROWS)('is not read before its last byte: $promise', (row) => {
    const outcomes = prefixOutcomes(bytesOf(row.raw));
    const whole = outcomes.pop();
    expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(['need more']));
    expect(whole).toMatchObject(expected(row));
  });

  test.each(GOOD_ROWS)('is the same with bytes before and behind it: $promise', (row) => {
    for (const trailing of TRAILING) {
      const start = 7;
      const bytes = bytesOf(`GET /pr${row.raw}${trailing}`);
      expect(parse(bytes, start)).toMatchObject(expected(row));
    }
  });
});

describe('what is not a request', () => {
  test.each(BAD_ROWS)('gets a $status: $promise', ({ raw, status }) => {
    expect(parse(bytesOf(raw))).toEqual({ kind: 'reject', status });
    expect(rejectReason()).not.toBe('');
  });

  test.each(BAD_ROWS)('gets a $status, however it is cut into pieces: $promise', ({ raw, status }) => {
    const kinds = prefixOutcomes(bytesOf(raw)).map((outcome) =>
      outcome.kind === 'reject' ? outcome.status : outcome.kind,
    );
    const firstReject = kinds.indexOf(status);
    expect(new Set(kinds.slice(0, firstReject))).toEqual(new Set(['need more']));
    // Once refused, more bytes make it no better.
    expect(new Set(kinds.slice(firstReject))).toEqual(new Set([status]));
  });

  test.each(BAD_ROWS)('gets a $status with bytes behind it: $promise', ({ raw, status }) => {
    for (const trailing of TRAILING) expect(parse(bytesOf(raw + trailing))).toEqual({ kind: 'reject', status });
  });
});

test('what speaks another protocol is told at its first wrong byte', () => {
  expect(parse(bytesOf('\x16')).kind).toBe('reject');
  expect(parse(bytesOf('GET / HTTP/2'))).toEqual({ kind: 'reject', status: 505 });
});

test('nothing of one request is left over in the next', () => {
  expect(
    parse(bytesOf('POST /a?b HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 5\r\nHost: h\r\n\r\n')).kind,
  ).toBe('request');
  expect(parse(bytesOf('GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nHost: h\r\n\r\n')).kind).toBe('request');
  expect(parse(bytesOf('GET / HTTP/1.1\r\nHost: h\r\n\r\n'))).toEqual({
    kind: 'request',
    method: 'GET',
    path: '/',
    query: '',
    minorVersion: 1,
    headers: [['Host', 'h']],
    bodyLength: 0,
    keepsAlive: true,
    headBytes: 27,
  });
});
