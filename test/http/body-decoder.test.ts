import { describe, expect, test } from '@jest/globals';
import { BODY_DATA, BODY_END, BODY_NEED_MORE, BODY_REJECT, BodyDecoder } from '../../src/http/body-decoder.js';
import { BAD_ROWS, type BadRow, GOOD_ROWS, type GoodRow } from './body-rows.js';
import { CHUNKED, decode, everyByte, guarded, LIMITS, type Outcome } from './decoded-body.js';

/** Bytes that may follow a body, and do not belong to it. */
const TRAILING = ['', 'GET /next HTTP/1.1\r\nHost: h\r\n\r\n', '\r\n', '0\r\n\r\n', 'x', '\0\0\0', ' : \r\r\n'];

function bytesOf(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

function decodeText(text: string, limits = LIMITS): Outcome {
  return decode(bytesOf(text), CHUNKED, [], limits);
}

function expectedGood({ raw, body }: GoodRow): Outcome {
  return { kind: 'end', body, bodyBytes: raw.length };
}

function expectedBad({ upTo, status = 400 }: BadRow): Partial<Outcome> {
  return { kind: 'reject', status, at: upTo.length - 1 };
}

describe('a valid body', () => {
  test.each(GOOD_ROWS)('is decoded, and ends where it ends: $promise', (row) => {
    for (const trailing of TRAILING) {
      expect(decode(bytesOf(row.raw + trailing), row.bodyLength ?? CHUNKED)).toEqual(expectedGood(row));
    }
  });

  test.each(GOOD_ROWS)('is the same in two pieces, and byte by byte: $promise', (row) => {
    for (const trailing of TRAILING) {
      const bytes = bytesOf(row.raw + trailing);
      for (const cuts of [...everyByte(bytes).map((cut) => [cut]), everyByte(bytes)]) {
        expect(decode(bytes, row.bodyLength ?? CHUNKED, cuts)).toEqual(expectedGood(row));
      }
    }
  });

  test.each(GOOD_ROWS)('is complete with its last byte, and not before: $promise', ({ raw, bodyLength = CHUNKED }) => {
    const bytes = bytesOf(raw);
    const decoder = new BodyDecoder(bodyLength, LIMITS);
    for (let at = 0; at < bytes.length; at++) {
      expect(decoder.isComplete).toBe(false);
      decoder.decode(bytes, at, at + 1);
      expect(decoder.next).toBe(at + 1);
    }
    expect(decoder.isComplete).toBe(true);
    expect(decoder.decode(bytes, bytes.length, bytes.length)).toBe(BODY_END);
    expect(decoder.next).toBe(bytes.length);
  });
});

describe('a malformed body', () => {
  test.each(BAD_ROWS)('is refused at its first wrong byte: $promise', (row) => {
    for (const trailing of TRAILING) {
      expect(decodeText(row.upTo + row.rest + trailing)).toMatchObject(expectedBad(row));
    }
  });

  test.each(BAD_ROWS)('is refused when that byte has come, and not before: $promise', (row) => {
    expect(decodeText(row.upTo.slice(0, -1)).kind).toBe('need more');
    expect(decodeText(row.upTo)).toMatchObject(expectedBad(row));
  });

  test.each(BAD_ROWS)('is refused in two pieces, and byte by byte, as in one: $promise', (row) => {
    const bytes = bytesOf(row.upTo + row.rest);
    const whole = decode(bytes, CHUNKED);
    for (const cuts of [...everyByte(bytes).map((cut) => [cut]), everyByte(bytes)]) {
      expect(decode(bytes, CHUNKED, cuts)).toEqual(whole);
    }
  });

  test('is refused behind the data that came before the wrong byte', () => {
    expect(decodeText('5\r\nhello\r\n6\r\n world\n')).toMatchObject({ kind: 'reject', body: 'hello world' });
  });

  test('is refused with a reason of its own for each kind of mistake', () => {
    const reasons = BAD_ROWS.map(({ upTo }) => {
      const decoder = new BodyDecoder(CHUNKED, LIMITS);
      const bytes = bytesOf(upTo);
      let result = decoder.decode(bytes, 0, bytes.length);
      while (result === BODY_DATA) result = decoder.decode(bytes, decoder.next, bytes.length);
      expect(result).toBe(BODY_REJECT);
      expect(decoder.isComplete).toBe(false);
      return decoder.rejection.reason;
    });
    expect([...new Set(reasons)].sort()).toEqual([
      'CR without LF',
      'chunk extensions longer than 64 bytes',
      'chunk size longer than 16 digits',
      'chunk size too large',
      'invalid character in chunk extension',
      'invalid character in trailer value',
      'invalid chunk size',
      'invalid trailer name',
      'misplaced quote in chunk extension',
      'missing CRLF after chunk data',
      'trailers longer than 64 bytes',
    ]);
  });
});

describe('each place in a chunked body', () => {
  const hex = '0123456789abcdefABCDEF';
  const tchars = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)).toString('latin1');
  const withText = (more: string, less = ''): string =>
    [...all].filter((c) => (/[\t\x20-\x7e\x80-\xff]/.test(c) && !less.includes(c)) || more.includes(c)).join('');

  test.each([
    ['before a size', '', hex],
    ['before a second size', '1\r\nx\r\n', hex],
    ['within a size', '5', `${hex};\r`],
    ['behind a size and CR', '5\r', '\n'],
    ['behind a semicolon', '5;', withText('\r', '"')],
    ['within an extension', '5;a', withText('\r', '"')],
    ['behind an equals sign', '5;a=', withText('\r')],
    ['within quotes', '5;a="b', withText('')],
    ['behind a backslash in quotes', '5;a="\\', withText('')],
    ['behind quotes', '5;a="b"', withText('\r', '"')],
    ['behind an extension and CR', '5;a\r', '\n'],
    ['within data', '5\r\nhel', all],
    ['behind data', '1\r\nx', '\r'],
    ['behind data and CR', '1\r\nx\r', '\n'],
    ['before a trailer', '0\r\n', `${tchars}\r`],
    ['before a second trailer', '0\r\nA:b\r\n', `${tchars}\r`],
    ['within a name', '0\r\nA', `${tchars}:`],
    ['before a value', '0\r\nA:', withText('\r')],
    ['within a value', '0\r\nA:b', withText('\r')],
    ['behind a value and CR', '0\r\nA:b\r', '\n'],
    ['before the last LF', '0\r\n\r', '\n'],
  ])('has its bytes, and each other is refused: %s', (_, before, expected) => {
    const passed = [...all].filter((byte) => decodeText(before + byte).kind !== 'reject');
    expect(passed.join('')).toBe([...expected].sort().join(''));
  });
});

describe('a body of a known length', () => {
  test('is returned in the runs that came, and its end by the next call', () => {
    const bytes = bytesOf('--hello, next');
    const decoder = new BodyDecoder(5, LIMITS);
    expect(decoder.decode(bytes, 2, 4)).toBe(BODY_DATA);
    expect([decoder.dataStart, decoder.dataEnd, decoder.next, decoder.receivedBytes]).toEqual([2, 4, 4, 2]);
    expect(decoder.decode(bytes, 4, 4)).toBe(BODY_NEED_MORE);
    expect(decoder.decode(bytes, 4, bytes.length)).toBe(BODY_DATA);
    expect([decoder.dataStart, decoder.dataEnd, decoder.next, decoder.receivedBytes]).toEqual([4, 7, 7, 5]);
    expect(decoder.isComplete).toBe(true);
    expect(decoder.decode(bytes, 7, 7)).toBe(BODY_END);
    expect(decoder.decode(bytes, 7, bytes.length)).toBe(BODY_END);
    expect(decoder.next).toBe(7);
  });

  test('of nothing is complete from the start', () => {
    expect(new BodyDecoder(0, LIMITS).isComplete).toBe(true);
  });

  test('may be as long as can be counted', () => {
    const decoder = new BodyDecoder(Number.MAX_SAFE_INTEGER, LIMITS);
    expect(decoder.decode(bytesOf('hello'), 0, 5)).toBe(BODY_DATA);
    expect(decoder.isComplete).toBe(false);
  });
});

describe('a chunk', () => {
  test('may be as long as can be counted', () => {
    expect(decodeText('1fffffffffffff\r\nhello')).toEqual({ kind: 'need more', body: 'hello' });
    expect(decodeText('001FFFFFFFFFFFFF\r\nhello')).toEqual({ kind: 'need more', body: 'hello' });
  });

  test('is returned in one run, with its framing consumed in the same call', () => {
    const bytes = bytesOf('5;a=b\r\nhello\r\n3\r\nabc\r\n0\r\nA: b\r\n\r\nnext');
    const decoder = new BodyDecoder(CHUNKED, LIMITS);
    expect(decoder.decode(bytes, 0, bytes.length)).toBe(BODY_DATA);
    expect([decoder.dataStart, decoder.dataEnd, decoder.next]).toEqual([7, 12, 12]);
    expect(decoder.decode(bytes, 12, bytes.length)).toBe(BODY_DATA);
    expect([decoder.dataStart, decoder.dataEnd, decoder.next]).toEqual([17, 20, 20]);
    expect(decoder.isComplete).toBe(false);
    expect(decoder.decode(bytes, 20, bytes.length)).toBe(BODY_END);
    expect(bytes.toString('latin1', decoder.next)).toBe('next');
    expect(decoder.receivedBytes).toBe(8);
  });

  test('is counted without parsing its data', () => {
    const bytes = bytesOf(`100\r\n${'x'.repeat(256)}\r\n0\r\n\r\n`);
    const { view, looks } = guarded(bytes, 0, 5);
    const decoder = new BodyDecoder(CHUNKED, LIMITS);
    expect(decoder.decode(view, 0, bytes.length)).toBe(BODY_DATA);
    expect(decoder.next).toBe(5 + 256);
    expect(looks).toEqual([0, 1, 2, 3, 4]);
  });
});

describe('the limits of extensions and trailers', () => {
  const wide = { chunkExtensionBytesMax: 1000, trailerBytesMax: 1000 };

  test.each([
    ['one chunk', `5;${'a'.repeat(63)}\r\nhello\r\n0\r\n\r\n`],
    ['quotes', `5;a="${'b'.repeat(59)}"\r\nhello\r\n0\r\n\r\n`],
    ['several chunks', `${'1;abc\r\nx\r\n'.repeat(16)}0\r\n\r\n`],
    ['the last chunk', `0;${'a'.repeat(63)}\r\n\r\n`],
  ])('let extensions of 64 bytes pass, and not of one more: in %s', (_, text) => {
    expect(decodeText(text).kind).toBe('end');
    expect(decodeText(text, { ...wide, chunkExtensionBytesMax: 64 }).kind).toBe('end');
    expect(decodeText(text, { ...wide, chunkExtensionBytesMax: 63 })).toMatchObject({ kind: 'reject', status: 413 });
  });

  test.each([
    ['one line', `0\r\nA:${'b'.repeat(60)}\r\n\r\n`],
    ['several lines', `0\r\n${'A:bcde\r\n'.repeat(8)}\r\n`],
  ])('let trailers of 64 bytes pass, and not of one more: in %s', (_, text) => {
    expect(decodeText(text).kind).toBe('end');
    expect(decodeText(text, { ...wide, trailerBytesMax: 64 }).kind).toBe('end');
    expect(decodeText(text, { ...wide, trailerBytesMax: 63 })).toMatchObject({ kind: 'reject', status: 431 });
  });

  test('may be 0: a body without extensions and trailers passes', () => {
    const none = { chunkExtensionBytesMax: 0, trailerBytesMax: 0 };
    expect(decodeText('5\r\nhello\r\n0\r\n\r\n', none).kind).toBe('end');
    expect(decodeText('5;', none)).toMatchObject({ kind: 'reject', status: 413, at: 1 });
    expect(decodeText('0\r\nA', none)).toMatchObject({ kind: 'reject', status: 431, at: 3 });
  });
});
