import assert from 'node:assert/strict';
import { describe, expect, test } from '@jest/globals';
import { DEFAULT_LIMITS } from '../../src/limits.js';
import { parse } from './parsed-head.js';

const {
  requestHeadBytesMax: REQUEST_HEAD_BYTES_MAX,
  requestHeadersMax: REQUEST_HEADERS_MAX,
  requestLineBytesMax: REQUEST_LINE_BYTES_MAX,
} = DEFAULT_LIMITS;

const LINE_REST = 'GET / HTTP/1.1\r\n'.length;
const HOST = 'Host: h\r\n';

/** A request line of exactly so many bytes, with its line end. */
function requestLine(bytes: number): string {
  return `GET /${'a'.repeat(bytes - LINE_REST)} HTTP/1.1\r\n`;
}

/** A request of exactly so many bytes, most of them the value of one header. */
function head(bytes: number): string {
  const rest = `GET / HTTP/1.1\r\n${HOST}A: \r\n\r\n`.length;
  return `GET / HTTP/1.1\r\n${HOST}A: ${'a'.repeat(bytes - rest)}\r\n\r\n`;
}

function withHeaders(count: number): string {
  return `GET / HTTP/1.1\r\n${HOST}${'A: b\r\n'.repeat(count - 1)}\r\n`;
}

function parseText(text: string): ReturnType<typeof parse> {
  return parse(Buffer.from(text, 'latin1'));
}

/** Whether the outcome of the whole is also that of each beginning that is not `need more`. */
function expectSameInPieces(text: string): void {
  const bytes = Buffer.from(text, 'latin1');
  const whole = parse(bytes);
  for (let end = 0; end < bytes.length; end++) {
    const outcome = parse(bytes, 0, end);
    if (outcome.kind !== 'need more') assert.deepEqual(outcome, whole);
  }
}

describe('a request line', () => {
  test('may be as long as the limit', () => {
    const text = `${requestLine(REQUEST_LINE_BYTES_MAX)}${HOST}\r\n`;
    expect(parseText(text)).toMatchObject({ kind: 'request', headBytes: text.length });
    expectSameInPieces(text);
  });

  test.each([
    ['one byte longer', `${requestLine(REQUEST_LINE_BYTES_MAX + 1)}${HOST}\r\n`],
    ['that never ends', `GET /${'a'.repeat(REQUEST_LINE_BYTES_MAX)}`],
    ['longer by its query', `GET /?${'a'.repeat(REQUEST_LINE_BYTES_MAX)} HTTP/1.1\r\n${HOST}\r\n`],
  ])('%s gets a 414', (_, text) => {
    expect(parseText(text)).toEqual({ kind: 'reject', status: 414 });
    expectSameInPieces(text);
  });

  test('whose method never ends gets a 501 at its 33rd letter', () => {
    expect(parseText('a'.repeat(32))).toEqual({ kind: 'need more' });
    expect(parseText('a'.repeat(33))).toEqual({ kind: 'reject', status: 501 });
    expectSameInPieces('a'.repeat(REQUEST_LINE_BYTES_MAX + 1));
  });

  test('is refused at the first byte beyond the limit', () => {
    const endless = `GET /${'a'.repeat(REQUEST_LINE_BYTES_MAX)}`;
    expect(parseText(endless.slice(0, REQUEST_LINE_BYTES_MAX))).toEqual({ kind: 'need more' });
    expect(parseText(endless.slice(0, REQUEST_LINE_BYTES_MAX + 1))).toEqual({ kind: 'reject', status: 414 });
  });
});

describe('a head', () => {
  test('may be as long as the limit', () => {
    const text = head(REQUEST_HEAD_BYTES_MAX);
    expect(parseText(text)).toMatchObject({ kind: 'request', headBytes: REQUEST_HEAD_BYTES_MAX });
    expectSameInPieces(text);
  });

  test('may be as long as the limit with more bytes behind it', () => {
    const text = head(REQUEST_HEAD_BYTES_MAX) + 'x'.repeat(1000);
    expect(parseText(text)).toMatchObject({ kind: 'request', headBytes: REQUEST_HEAD_BYTES_MAX });
  });

  test.each([
    ['one byte longer', head(REQUEST_HEAD_BYTES_MAX + 1)],
    ['twice as long', head(2 * REQUEST_HEAD_BYTES_MAX)],
    ['that never ends', head(2 * REQUEST_HEAD_BYTES_MAX).slice(0, -4)],
    ['whose header name never ends', `GET / HTTP/1.1\r\n${'a'.repeat(REQUEST_HEAD_BYTES_MAX)}`],
  ])('%s gets a 431', (_, text) => {
    expect(parseText(text)).toEqual({ kind: 'reject', status: 431 });
    expectSameInPieces(text);
  });

  test('with a mistake beyond the limit gets a 431, however it is cut', () => {
    expectSameInPieces(`${head(REQUEST_HEAD_BYTES_MAX + 100).slice(0, -4)}\0\r\n\r\n`);
  });
});

describe('headers', () => {
  test('may be as many as the limit', () => {
    const outcome = parseText(withHeaders(REQUEST_HEADERS_MAX));
    expect(outcome.kind === 'request' && outcome.headers.length).toBe(REQUEST_HEADERS_MAX);
    expectSameInPieces(withHeaders(REQUEST_HEADERS_MAX));
  });

  test('of one more than the limit get a 431', () => {
    expect(parseText(withHeaders(REQUEST_HEADERS_MAX + 1))).toEqual({ kind: 'reject', status: 431 });
    expectSameInPieces(withHeaders(REQUEST_HEADERS_MAX + 1));
  });
});
