import { describe, expect, test } from '@jest/globals';
import { RepeatedBytes } from '../../src/http/repeated-bytes.js';
import { REPEATED_FIELDS_BYTES_MAX, REPEATED_LINE_BYTES_MAX, RequestParser } from '../../src/http/request-parser.js';
import { DEFAULT_LIMITS } from '../../src/limits.js';
import { parseBy } from './parsed-head.js';

/** Around those at which it is done otherwise: four at once, a loop or a function, another buffer, not at all. */
const LENGTHS = [1, 2, 3, 4, 5, 95, 96, 97, 98, 255, 256, 257, 1023, 1024];
const BYTES_MAX = 1024;

describe.each(LENGTHS)('%i bytes that are remembered', (length) => {
  const bytes = Buffer.from(Array.from({ length: length + 20 }, (_, i) => 33 + (i % 90)));
  const repeated = new RepeatedBytes(BYTES_MAX);
  repeated.remember(Buffer.alloc(40, 'x'), 0, 40); // others, before
  repeated.remember(bytes, 7, 7 + length);

  test('are found in any buffer, at any place', () => {
    expect(repeated.length).toBe(length);
    for (const start of [0, 1, 2, 3, 4, 13]) {
      const other = Buffer.concat([Buffer.alloc(start), bytes.subarray(7, 7 + length), Buffer.from('behind')]);
      expect(repeated.areAt(other, start, other.length)).toBe(true);
      expect(repeated.areAt(other, start, start + length)).toBe(true);
      expect(repeated.areAt(other, start, start + length - 1)).toBe(false);
    }
  });

  test('are not found if one of them differs', () => {
    const other = Buffer.from(bytes.subarray(7, 7 + length));
    for (let i = 0; i < length; i++) {
      other[i] = (other[i] as number) ^ 0x80;
      expect(repeated.areAt(other, 0, length)).toBe(false);
      other[i] = (other[i] as number) ^ 0x80;
    }
    expect(repeated.areAt(other, 0, length)).toBe(true);
  });

  test('are a copy', () => {
    const own = Buffer.from(bytes);
    const copied = new RepeatedBytes(BYTES_MAX);
    copied.remember(own, 7, 7 + length);
    own.fill(0);
    expect(copied.areAt(bytes, 7, bytes.length)).toBe(true);
  });
});

test('more bytes than the bound are not remembered, and the former ones are forgotten', () => {
  const repeated = new RepeatedBytes(BYTES_MAX);
  repeated.remember(Buffer.alloc(10), 0, 10);
  repeated.remember(Buffer.alloc(BYTES_MAX + 1), 0, BYTES_MAX + 1);
  expect(repeated.length).toBe(0);
  expect(repeated.areAt(Buffer.alloc(BYTES_MAX + 1), 0, BYTES_MAX + 1)).toBe(false);
});

describe('a request line, or fields, of any length', () => {
  const NEAR = [-1, 0, 1];
  const lineBytes = [...NEAR.map((more) => 96 + more), ...NEAR.map((more) => REPEATED_LINE_BYTES_MAX + more)];
  const fieldsBytes = [...NEAR.map((more) => 96 + more), ...NEAR.map((more) => REPEATED_FIELDS_BYTES_MAX + more)];
  const line = (bytes: number, mark: string): string => {
    const rest = 'GET / HTTP/1.1\r\n'.length + mark.length;
    return `GET /${mark}${'a'.repeat(bytes - rest)} HTTP/1.1\r\n`;
  };
  const fields = (bytes: number, host: string): string => {
    const rest = `Host: ${host}\r\nX: \r\n\r\n`.length;
    return `X: ${'b'.repeat(bytes - rest)}\r\nHost: ${host}\r\n\r\n`;
  };

  test.each(lineBytes.flatMap((l) => fieldsBytes.map((f) => [l, f] as const)))(
    'of %i and of %i bytes, is what it is, whatever was before',
    (l, f) => {
      const parser = new RequestParser(DEFAULT_LIMITS);
      for (const [mark, host] of ['ah', 'ah', 'bh', 'bi', 'ai', 'ah', 'ah'].map((pair) => [...pair])) {
        const head = Buffer.from(line(l, mark as string) + fields(f, host as string));
        const fresh = new RequestParser(DEFAULT_LIMITS);
        expect(parseBy(parser, head, 0, head.length)).toEqual(parseBy(fresh, head, 0, head.length));
      }
    },
  );
});
