import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MALFORMED, parseWeightedList } from '../../src/http/weighted-list.js';

/** As `name=weight`, with a `+` if there are other parameters. */
function read(field: string): string {
  return parseWeightedList(field)
    .map(
      ({ name, weight, hasParameters }) =>
        `${name}=${weight === MALFORMED ? 'bad' : weight}${hasParameters ? '+' : ''}`,
    )
    .join(' ');
}

describe('a weight', () => {
  test.each([
    ['gzip', 1000],
    ['gzip;q=1', 1000],
    ['gzip;q=1.', 1000],
    ['gzip;q=1.000', 1000],
    ['gzip;q=0', 0],
    ['gzip;q=0.', 0],
    ['gzip;q=0.000', 0],
    ['gzip;q=0.5', 500],
    ['gzip;q=0.05', 50],
    ['gzip;q=0.001', 1],
    ['gzip;q=0.999', 999],
    ['gzip;Q=0.5', 500],
    ['gzip ; q=0.5', 500],
    ['gzip\t;\t q=0.5\t', 500],
    ['gzip;;q=0.5;', 500],
  ])('%j is %i thousandths', (field, weight) => {
    expect(parseWeightedList(field)).toEqual([{ name: 'gzip', weight, hasParameters: false }]);
  });

  test('is read exactly, for each of its thousand values', () => {
    for (let weight = 0; weight <= 1000; weight++) {
      expect(parseWeightedList(`a;q=${(weight / 1000).toFixed(3)}`)[0]?.weight).toBe(weight);
    }
  });

  test.each([
    'gzip;q=1.1',
    'gzip;q=1.001',
    'gzip;q=2',
    'gzip;q=10',
    'gzip;q=00',
    'gzip;q=01',
    'gzip;q=-0',
    'gzip;q=-1',
    'gzip;q=+1',
    'gzip;q=.5',
    'gzip;q=0.1234',
    'gzip;q=1.0000',
    'gzip;q=1e-1',
    'gzip;q=0x1',
    'gzip;q=NaN',
    'gzip;q=',
    'gzip;q',
    'gzip;q =1',
    'gzip;q= 1',
    'gzip;q="1"',
    'gzip;q=1;q=1',
    'gzip;q=0;Q=1',
    'gzip;q=1 br',
    'gzip q=1',
    'gzip;=1',
    'gzip;a=',
    'gzip;a="',
    'gzip;a="\\',
    'gzip;a="b"c',
    'gzip=1',
    'gzip\u00e9',
    'gzip\u0100',
  ])('of %j is malformed', (field) => {
    expect(read(field)).toMatch(/^gzip=bad/);
  });
});

describe('a list', () => {
  test.each([
    ['', ''],
    [' \t ', ''],
    [',', ''],
    [', ,\t,,', ''],
    ['gzip, deflate, br, zstd', 'gzip=1000 deflate=1000 br=1000 zstd=1000'],
    [',gzip,, br ,', 'gzip=1000 br=1000'],
    ['GZip;q=0.5,*;Q=0', 'gzip=500 *=0'],
    ['gzip;q=x, br', 'gzip=bad br=1000'],
    ['gzip;q=0,5', 'gzip=0 5=1000'],
    ['"gzip", br', 'br=1000'],
    [';q=1, br', 'br=1000'],
    ['=, br', 'br=1000'],
    ['a/b;c=d;q=0.5, a/*, */*;q=0', 'a/b=500+ a/*=1000 */*=0'],
    ['a/b;q=0.5;c=d', 'a/b=500+'],
    ['a/b;c="x,y;q=0";q=0.5, z', 'a/b=500+ z=1000'],
    ['a/b;c="\\",\\\\";q=0.5, z', 'a/b=500+ z=1000'],
    ['a/b;c="never closed, z;q=0', 'a/b=bad'],
    ['a/b;c="never closed\\', 'a/b=bad'],
    ['a/b;c=d e, z', 'a/b=bad+ z=1000'],
  ])('%j is read as %j', (field, expected) => {
    expect(read(field)).toBe(expected);
  });

  test('that was written by the grammar is read as it was meant', () => {
    const blanks = fc.stringMatching(/^[ \t]{0,2}$/);
    const name = fc.stringMatching(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,8}(\/[a-z*]{1,4})?$/);
    const value = fc.oneof(fc.stringMatching(/^[a-z0-9]{1,4}$/), fc.stringMatching(/^"([ ,;=a-z]|\\["\\]){0,6}"$/));
    const member = fc.record({
      name,
      weight: fc.option(fc.integer({ min: 0, max: 1000 })),
      parameters: fc.array(fc.tuple(fc.stringMatching(/^[a-pr-z]{1,3}$/), value), { maxLength: 2 }),
      blanks: fc.tuple(blanks, blanks, blanks, blanks),
      empty: fc.stringMatching(/^(,[ \t]?){0,2}$/),
    });
    fc.assert(
      fc.property(fc.array(member, { maxLength: 6 }), (members) => {
        const field = members
          .map(({ name, weight, parameters, blanks: [a, b, c, d], empty }) => {
            const others = parameters.map(([key, value]) => `${a};${b}${key}=${value}`).join('');
            const q = weight === null ? '' : `${b};${a}q=${(weight / 1000).toFixed(3)}`;
            return `${empty}${c}${name}${others}${q}${d}`;
          })
          .join(',');
        const meant = members.map(({ name, weight, parameters }) => ({
          name: name.toLowerCase(),
          weight: weight ?? 1000,
          hasParameters: parameters.length > 0,
        }));
        expect(parseWeightedList(field)).toEqual(meant);
      }),
    );
  });

  test('of any bytes never throws, and a further member at its end changes no member before it', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...',;= \tq01.5"\\/*a\u00ff'), maxLength: 60 }), (field) => {
        for (const { weight } of parseWeightedList(field)) {
          expect(Number.isInteger(weight) && weight >= MALFORMED && weight <= 1000).toBe(true);
        }
        if (!field.includes('"')) {
          expect(parseWeightedList(`${field},z;q=0.5`)).toEqual([
            ...parseWeightedList(field),
            { name: 'z', weight: 500, hasParameters: false },
          ]);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
