import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type ByteRange,
  contentRange,
  IGNORE,
  parseByteRanges,
  RANGES_MAX,
  UNSATISFIABLE,
  unsatisfiedRange,
} from '../../src/http/byte-range.js';

/** Ranges as the wire has them: the last byte is named. */
function parse(header: string, size: number): string {
  const ranges = parseByteRanges(header, size);
  return typeof ranges === 'string' ? ranges : ranges.map(({ start, end }) => `${start}-${end - 1}`).join(' ');
}

describe('a Range of ten bytes:', () => {
  test.each([
    // One range.
    ['bytes=0-0', '0-0'], // sirv 3.0.2: the whole file
    ['bytes=0-9', '0-9'],
    ['bytes=0-', '0-9'],
    ['bytes=3-', '3-9'],
    ['bytes=3-5', '3-5'],
    ['bytes=9-9', '9-9'],
    ['bytes=9-', '9-9'],
    ['bytes=3-10', '3-9'],
    ['bytes=3-999', '3-9'],
    ['bytes=000000000000000000003-05', '3-5'],
    // A suffix.
    ['bytes=-1', '9-9'],
    ['bytes=-3', '7-9'],
    ['bytes=-4', '6-9'], // sirv 3.0.2: the wrong end
    ['bytes=-10', '0-9'],
    ['bytes=-11', '0-9'],
    ['bytes=-0', UNSATISFIABLE],
    ['bytes=-00', UNSATISFIABLE],
    // Behind the end.
    ['bytes=10-', UNSATISFIABLE],
    ['bytes=10-10', UNSATISFIABLE],
    ['bytes=11-12', UNSATISFIABLE],
    ['bytes=10-,11-12,-0', UNSATISFIABLE],
    ['bytes=10-,3-4', '3-4'],
    ['bytes=-0,3-4,99-', '3-4'],
    // Beyond what can be counted.
    ['bytes=9007199254740993-', UNSATISFIABLE],
    ['bytes=18446744073709551616-18446744073709551617', UNSATISFIABLE], // 0-1, to who counts in 64 bits
    ['bytes=0-18446744073709551615', '0-9'],
    [`bytes=0-${'9'.repeat(4000)}`, '0-9'],
    [`bytes=-${'9'.repeat(4000)}`, '0-9'],
    [`bytes=${'9'.repeat(4000)}-`, UNSATISFIABLE],
    [`bytes=${'9'.repeat(4000)}-${'9'.repeat(4000)}`, UNSATISFIABLE],
    [`bytes=${'0'.repeat(4000)}1-${'0'.repeat(4000)}2`, '1-2'],
    [`bytes=${'9'.repeat(4000)}-1`, IGNORE],
    // Several.
    ['bytes=0-0,-1', '0-0 9-9'],
    ['bytes=0-1,4-5,8-9', '0-1 4-5 8-9'],
    ['bytes=8-9,4-5,0-1', '8-9 4-5 0-1'],
    ['bytes=-2,0-1', '8-9 0-1'],
    // Merged: overlapping, touching, contained, equal.
    ['bytes=0-4,3-6', '0-6'],
    ['bytes=0-4,5-6', '0-6'],
    ['bytes=5-6,0-4', '0-6'],
    ['bytes=0-4,6-7', '0-4 6-7'],
    ['bytes=0-9,3-4', '0-9'],
    ['bytes=3-4,0-9', '0-9'],
    ['bytes=3-4,3-4,3-4', '3-4'],
    ['bytes=0-,-10', '0-9'],
    ['bytes=8-9,0-1,1-3', '8-9 0-3'],
    ['bytes=6-7,0-1,9-9,7-8', '6-9 0-1'], // in the place of the first
    ['bytes=0-1,4-5,8-9,2-3', '0-5 8-9'],
    ['bytes=4-5,0-1,2-3', '0-5'],
    // Blanks and empty elements.
    ['bytes= 0-1', '0-1'],
    ['bytes= 0-1, 4-5, -2', '0-1 4-5 8-9'], // as in RFC 9110 §14.1.2
    ['bytes=0-1 ,\t4-5', '0-1 4-5'],
    ['bytes=,0-1,,4-5,', '0-1 4-5'],
    ['bytes= , 0-1 , , ', '0-1'],
    ['bytes=', IGNORE],
    ['bytes= ', IGNORE],
    ['bytes=,', IGNORE],
    ['bytes=, ,', IGNORE],
    // The unit.
    ['Bytes=0-1', '0-1'],
    ['BYTES=0-1', '0-1'],
    ['', IGNORE],
    ['bytes', IGNORE],
    ['bytes 0-1', IGNORE],
    ['bytes:0-1', IGNORE],
    ['bytes =0-1', IGNORE],
    ['byte=0-1', IGNORE],
    ['bytess=0-1', IGNORE],
    ['lines=0-1', IGNORE],
    ['none=0-1', IGNORE],
    ['0-1', IGNORE],
    ['=0-1', IGNORE],
    ['bytes==0-1', IGNORE],
    // Malformed: one is enough.
    ['bytes=5-2', IGNORE],
    ['bytes=0-1,5-2', IGNORE],
    ['bytes=5-2,0-1', IGNORE],
    ['bytes=99-98', IGNORE],
    ['bytes=-', IGNORE],
    ['bytes=3', IGNORE],
    ['bytes=--3', IGNORE],
    ['bytes=-3-', IGNORE],
    ['bytes=-3-5', IGNORE],
    ['bytes=3-5-7', IGNORE],
    ['bytes=3--5', IGNORE],
    ['bytes=0 -1', IGNORE],
    ['bytes=0- 1', IGNORE],
    ['bytes=- 1', IGNORE],
    ['bytes=0-1 4-5', IGNORE],
    ['bytes=0-1;4-5', IGNORE],
    ['bytes=0-1,x', IGNORE],
    ['bytes=x-1', IGNORE],
    ['bytes=0-x', IGNORE],
    ['bytes=0x0-0x1', IGNORE],
    ['bytes=+0-+1', IGNORE],
    ['bytes=0.0-1', IGNORE],
    ['bytes=0-1e1', IGNORE],
    ['bytes=*', IGNORE],
    ['bytes=0-*', IGNORE],
    ['bytes=0-1/10', IGNORE],
    ['bytes="0-1"', IGNORE],
    ['bytes=0-1\n', IGNORE],
    ['bytes=\u00a00-1', IGNORE],
    ['bytes=٠-١', IGNORE],
    ['bytes=0–1', IGNORE],
    ['bytes=0-1, bytes=4-5', IGNORE], // two lines of Range
  ])('%.40s is %s', (header, expected) => {
    expect(parse(header, 10)).toBe(expected);
  });
});

describe('a Range of an empty file:', () => {
  test.each(['bytes=0-', 'bytes=0-0', 'bytes=-1', 'bytes=-0', 'bytes=5-', 'bytes=5-2', ''])(
    '%j is ignored',
    (header) => {
      expect(parse(header, 0)).toBe(IGNORE);
    },
  );
});

describe('a Range of the largest file:', () => {
  const size = Number.MAX_SAFE_INTEGER;

  test.each([
    [`bytes=${size - 1}-`, `${size - 1}-${size - 1}`],
    ['bytes=-1', `${size - 1}-${size - 1}`],
    [`bytes=0-${size - 1}`, `0-${size - 1}`],
    [`bytes=0-${size}`, `0-${size - 1}`],
    [`bytes=0-${2n ** 64n}`, `0-${size - 1}`],
    [`bytes=${size}-`, UNSATISFIABLE],
    [`bytes=${2n ** 53n + 1n}-`, UNSATISFIABLE],
  ])('%s is %s', (header, expected) => {
    expect(parse(header, size)).toBe(expected);
  });
});

describe('many ranges in one Range', () => {
  const spread = (count: number): string => Array.from({ length: count }, (_, i) => `${3 * i}-${3 * i}`).join(',');

  test('are taken up to the limit, and ignored beyond it', () => {
    expect(parseByteRanges(`bytes=${spread(RANGES_MAX)}`, 10_000)).toHaveLength(RANGES_MAX);
    expect(parseByteRanges(`bytes=${spread(RANGES_MAX + 1)}`, 10_000)).toBe(IGNORE);
  });

  test('are counted before they are merged or found to have no byte', () => {
    const many = (range: string, count: number): string => `bytes=${Array(count).fill(range).join(',')}`;
    expect(parse(many('0-', RANGES_MAX), 10)).toBe('0-9');
    expect(parse(many('0-', RANGES_MAX + 1), 10)).toBe(IGNORE);
    expect(parse(many('99-', RANGES_MAX), 10)).toBe(UNSATISFIABLE);
    expect(parse(many('99-', RANGES_MAX + 1), 10)).toBe(IGNORE);
  });

  test('are counted without empty elements', () => {
    expect(parse(`bytes=${','.repeat(10 * RANGES_MAX)}0-1${' ,'.repeat(10 * RANGES_MAX)}`, 10)).toBe('0-1');
  });

  test('take a time that grows with their length and no faster', () => {
    const start = performance.now();
    for (const part of ['0-,', '0-0,', ',', ' ', '9', '0', '-', '-1,', '5-2,', '9-,', ' ,', '1', '00-00 ,']) {
      const text = `bytes=${part.repeat((16 * 1024) / part.length)}`;
      for (let i = 0; i < 100; i++) parseByteRanges(text, 10_000);
      for (let i = 0; i < 100; i++) parseByteRanges(`${text}-`, 10_000);
    }
    // A tenth of that here; work that grew with the square of 16,384 would take minutes.
    expect(performance.now() - start).toBeLessThan(3000);
  });
});

describe('Content-Range', () => {
  test('has the last byte, and the size of the whole', () => {
    expect(contentRange({ start: 0, end: 500 }, 1234)).toBe('bytes 0-499/1234');
    expect(contentRange({ start: 734, end: 1234 }, 1234)).toBe('bytes 734-1233/1234');
    expect(contentRange({ start: 0, end: 1 }, 1)).toBe('bytes 0-0/1');
  });

  test('of a 416 has the size only', () => {
    expect(unsatisfiedRange(1234)).toBe('bytes */1234');
  });
});

describe('any Range', () => {
  const position = fc.oneof(
    { arbitrary: fc.nat({ max: 24 }).map(String), weight: 8 },
    { arbitrary: fc.constantFrom('00', '007', '9007199254740993', '99999999999999999999'), weight: 1 },
  );
  const spec = fc.oneof(
    { arbitrary: fc.tuple(position, position).map(([first, last]) => `${first}-${last}`), weight: 4 },
    { arbitrary: position.map((first) => `${first}-`), weight: 1 },
    { arbitrary: position.map((length) => `-${length}`), weight: 1 },
    { arbitrary: fc.constantFrom('', '-', '3', 'x'), weight: 1 },
  );
  const header = fc.array(fc.tuple(spec, fc.constantFrom(',', ', ', ' ,', ',\t')), { minLength: 1, maxLength: 8 }).map(
    (parts) =>
      `bytes=${parts
        .flat()
        .join('')
        .replace(/[\t ]+$/, '')}`,
  );
  const size = fc.nat({ max: 20 });

  /** The bytes that each range-spec names, one by one; undefined if one is malformed, or if there is none. */
  function bytesOfEach(text: string, length: number): number[][] | undefined {
    const specs = text
      .slice('bytes='.length)
      .split(',')
      .map((each) => each.trim())
      .filter((each) => each !== '');
    const all: number[][] = [];
    for (const each of specs) {
      const match = /^(\d*)-(\d*)$/.exec(each);
      if (match === null || each === '-') return undefined;
      const [, first = '', last = ''] = match;
      if (first !== '' && last !== '' && BigInt(last) < BigInt(first)) return undefined;
      const offsets = Array.from({ length }, (_, i) => i);
      all.push(
        offsets.filter((i) =>
          first === ''
            ? BigInt(i) >= BigInt(length) - BigInt(last)
            : BigInt(i) >= BigInt(first) && (last === '' || BigInt(i) <= BigInt(last)),
        ),
      );
    }
    return all.length === 0 ? undefined : all;
  }

  const inOrder = (a: number, b: number): number => a - b;

  test('gives the bytes that it asks for, each once, in its order', () => {
    fc.assert(
      fc.property(header, size, (text, length) => {
        const asked = bytesOfEach(text, length);
        const ranges = parseByteRanges(text, length);
        if (asked === undefined || length === 0) {
          expect(ranges).toBe(IGNORE);
          return;
        }
        const wanted = [...new Set(asked.flat())].sort(inOrder);
        if (wanted.length === 0) {
          expect(ranges).toBe(UNSATISFIABLE);
          return;
        }
        const given = ranges as readonly ByteRange[];
        const bytes = given.map(({ start, end }) => Array.from({ length: end - start }, (_, i) => start + i));
        expect(bytes.flat().sort(inOrder)).toEqual(wanted);
        // Apart from each other, and none empty.
        const sorted = given.toSorted((a, b) => a.start - b.start);
        sorted.forEach((range, i) => {
          expect(range.start).toBeGreaterThan(sorted[i - 1]?.end ?? -1);
          expect(range.end).toBeGreaterThan(range.start);
        });
        // Each in the place of the first range-spec that has any of its bytes.
        const places = bytes.map((part) => asked.findIndex((each) => each.some((byte) => part.includes(byte))));
        expect(places).toEqual(places.toSorted(inOrder));
      }),
      { numRuns: 5000 },
    );
  });

  test('of random text is ignored, and never throws', () => {
    const words = fc.array(fc.constantFrom('bytes', '=', '0', '5', '-', ',', ' ', 'x', '\t'), { maxLength: 12 });
    const text = fc.oneof(
      words.map((parts) => parts.join('')),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(text, fc.maxSafeNat(), (each, length) => {
        const ranges = parseByteRanges(each, length);
        const isOne = /^bytes=[\t ,]*(?:\d+-\d*|-\d+)(?:[\t ]*,[\t ,]*(?:\d+-\d*|-\d+))*[\t ,]*$/.test(each);
        if (!isOne) expect(ranges).toBe(IGNORE);
      }),
      { numRuns: 5000 },
    );
  });
});
