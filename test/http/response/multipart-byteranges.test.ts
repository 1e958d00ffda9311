import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ByteRange } from '../../../src/http/byte-range.js';
import { multipartFraming, multipartType } from '../../../src/http/response/multipart-byteranges.js';

const BOUNDARY = 'THIS0STRING0SEPARATES';

function body(bytes: string, ranges: readonly ByteRange[], type: string | undefined): string {
  const { heads, end } = multipartFraming(ranges, bytes.length, type, BOUNDARY);
  return ranges.map((range, i) => heads[i] + bytes.slice(range.start, range.end)).join('') + end;
}

describe('several ranges in one response', () => {
  test('are parts with Content-Type and Content-Range each, between boundaries', () => {
    const ranges = [
      { start: 8, end: 10 },
      { start: 0, end: 1 },
    ];
    expect(body('0123456789', ranges, 'text/plain')).toBe(
      [
        `--${BOUNDARY}`,
        'Content-Type: text/plain',
        'Content-Range: bytes 8-9/10',
        '',
        '89',
        `--${BOUNDARY}`,
        'Content-Type: text/plain',
        'Content-Range: bytes 0-0/10',
        '',
        '0',
        `--${BOUNDARY}--`,
        '',
      ].join('\r\n'),
    );
  });

  test('have no Content-Type if the file has none', () => {
    expect(body('01', [{ start: 0, end: 1 }], undefined)).toBe(
      `--${BOUNDARY}\r\nContent-Range: bytes 0-0/2\r\n\r\n0\r\n--${BOUNDARY}--\r\n`,
    );
  });

  test('are announced by their type, with the boundary and without quotes', () => {
    expect(multipartType(BOUNDARY)).toBe(`multipart/byteranges; boundary=${BOUNDARY}`);
  });

  test('are as long as announced, beyond what 32 bits can count', () => {
    const half = 2 ** 51;
    const ranges = [
      { start: 0, end: half },
      { start: half + 1, end: 2 * half },
    ];
    const { heads, end, contentLength } = multipartFraming(ranges, 2 * half, 'a/b', BOUNDARY);
    expect(contentLength).toBe(2 * half - 1 + heads.join('').length + end.length);
    expect(heads[1]).toContain(`bytes ${half + 1}-${2 * half - 1}/${2 * half}\r\n`);
  });

  test('are as long as announced, and are found again, whatever is in them', () => {
    const bytes = fc.string({ unit: fc.constantFrom(...'ab-\r\n\x00\xff'), minLength: 1, maxLength: 40 });
    const numbers = fc.array(fc.tuple(fc.nat(), fc.nat()), { minLength: 1, maxLength: 5 });
    const type = fc.option(fc.constantFrom('text/html; charset=utf-8', 'a/b'), { nil: undefined });
    fc.assert(
      fc.property(bytes, numbers, type, (text, pairs, contentType) => {
        const ranges = pairs.map(([a, b]) => {
          const start = a % text.length;
          return { start, end: start + 1 + (b % (text.length - start)) };
        });
        const whole = body(text, ranges, contentType);
        const { contentLength } = multipartFraming(ranges, text.length, contentType, BOUNDARY);
        expect(Buffer.from(whole, 'latin1')).toHaveLength(contentLength);

        // As RFC 2046 §5.1.1 takes it apart.
        const [preamble, ...parts] = `\r\n${whole}`.split(`\r\n--${BOUNDARY}`);
        expect(preamble).toBe('');
        expect(parts.pop()).toBe('--\r\n');
        const found = parts.map((part) => {
          const headEnd = part.indexOf('\r\n\r\n');
          const place = /\r\nContent-Range: bytes (\d+)-(\d+)\/(\d+)$/.exec(part.slice(0, headEnd));
          expect(part.slice(0, headEnd).includes(`\r\nContent-Type: ${contentType}`)).toBe(contentType !== undefined);
          expect(Number(place?.[3])).toBe(text.length);
          return { start: Number(place?.[1]), end: Number(place?.[2]) + 1, bytes: part.slice(headEnd + 4) };
        });
        expect(found).toEqual(ranges.map(({ start, end }) => ({ start, end, bytes: text.slice(start, end) })));
      }),
      { numRuns: 500 },
    );
  });
});
