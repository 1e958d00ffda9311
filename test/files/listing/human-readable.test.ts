import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readableSize, readableTime } from '../../../src/files/listing/human-readable.js';

test.each([
  [0, '0 B'],
  [1, '1 B'],
  [999, '999 B'],
  [1023, '1023 B'],
  [1024, '1.0 KiB'],
  [1536, '1.5 KiB'],
  [10 * 1024 - 1, '10 KiB'],
  [10 * 1024, '10 KiB'],
  [1024 * 1024 - 1, '1.0 MiB'],
  [1024 * 1024, '1.0 MiB'],
  [5_000_000_000, '4.7 GiB'],
  [2 ** 50, '1.0 PiB'],
  [2 ** 63, '8.0 EiB'], // what a file can be at most
  [2 ** 74, '16384 EiB'],
])('a size of %d bytes reads %s', (bytes, text) => {
  expect(readableSize(bytes)).toBe(text);
});

test('a size is below 1,024 of its unit, and right to a twentieth', () => {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  fc.assert(
    fc.property(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), (bytes) => {
      const [value, unit] = readableSize(bytes).split(' ') as [string, string];
      expect(Number(value)).toBeLessThan(1024);
      expect(Math.abs(Number(value) * 1024 ** units.indexOf(unit) - bytes)).toBeLessThanOrEqual(bytes / 20);
    }),
  );
});

test('a time reads as a day and a minute of UTC', () => {
  expect(readableTime(784_111_777_999)).toEqual({ iso: '1994-11-06T08:49:37Z', day: '1994-11-06', minute: '08:49' });
  expect(readableTime(-1)?.iso).toBe('1969-12-31T23:59:59Z');
});

test.each([Number.NaN, Number.POSITIVE_INFINITY, 8.64e15 + 1, 253_402_300_800_000, -62_167_219_200_001])(
  'a time of %d, that four digits of a year cannot write, reads as none',
  (ms) => {
    expect(readableTime(ms)).toBeUndefined();
  },
);
