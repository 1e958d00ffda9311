import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { acceptedEncodings, prefersJson } from '../../src/http/negotiation.js';

const ALL = ['br', 'zstd', 'gzip'] as const;
const NOTHING = undefined;

function chooseEncoding(acceptEncoding: string | undefined, available: readonly string[]): string | undefined {
  return acceptedEncodings(acceptEncoding, available)[0];
}

/** As large as a head may be by default. */
const HEAD_BYTES_MAX = 16 * 1024;

const HOSTILE = [
  ',',
  ';',
  ' ',
  '"',
  '\\',
  '=',
  'a',
  '*',
  '*,',
  'gzip,',
  'gzip;',
  'gzip;q',
  'gzip;q=0.5,',
  'a;b="',
  'a;b="\\",',
  ';q=',
  '/',
  '*/*;',
];

describe('the coding of a response', () => {
  test.each([
    // what is sent by those who ask
    ['Chrome, Firefox', 'gzip, deflate, br, zstd', 'br'],
    ['Safari', 'gzip, deflate, br', 'br'],
    ['curl --compressed', 'deflate, gzip, br, zstd', 'br'],
    ['wget', 'identity', 'identity'],
    ['a media element', 'identity;q=1, *;q=0', 'identity'],
    ['Go', 'gzip', 'gzip'],
    ['Python requests', 'gzip, deflate', 'gzip'],
    ['the first example of §12.5.3', 'compress, gzip', 'gzip'],
    ['its last', 'gzip;q=1.0, identity; q=0.5, *;q=0', 'gzip'],
    // a client without the header
    ['no field', undefined, 'identity'],
    ['an empty field', '', 'identity'],
    ['blanks and commas', ' , ,\t', 'identity'],
    ['a coding that nobody has', 'compress', 'identity'],
    // weights
    ['the highest weight', 'br;q=0.1, gzip;q=0.9, zstd;q=0.5', 'gzip'],
    ['a thousandth more', 'br;q=0.998, gzip;q=0.999', 'gzip'],
    ['the least that is not nothing', 'gzip;q=0.001', 'gzip'],
    ['equal weights: the server decides', 'gzip;q=0.5, zstd;q=0.5', 'zstd'],
    ['a refused one', 'br;q=0, gzip', 'gzip'],
    ['all refused', 'br;q=0, gzip;q=0, zstd;q=0', 'identity'],
    ['case', 'GZIP;Q=0.5', 'gzip'],
    ['its old name', 'x-gzip', 'gzip'],
    ['its old name, refused', 'x-gzip;q=0, *', 'br'],
    ['a longer name', 'gzipped, brr, xgzip', 'identity'],
    // any
    ['any', '*', 'br'],
    ['any, but', 'br;q=0, *', 'zstd'],
    ['any, wherever it stands', '*, br;q=0', 'zstd'],
    ['any, sooner than those named', 'br;q=0.1, *;q=0.5', 'zstd'],
    ['none but', '*;q=0, gzip', 'gzip'],
    // the bytes as they are
    ['preferred', 'identity, gzip;q=0.5', 'identity'],
    ['preferred, with a weight', 'identity;q=0.5, gzip;q=0.4', 'identity'],
    ['as good: compressed', 'identity, gzip', 'gzip'],
    ['not named, so less than any', 'gzip;q=0.001', 'gzip'],
    ['one of any: equal, compressed', '*;q=0.5', 'br'],
    ['refused, with another', 'identity;q=0, gzip', 'gzip'],
    ['refused, and nothing else', 'identity;q=0', NOTHING],
    ['refused, and what nobody has', 'identity;q=0, compress', NOTHING],
    ['refused with any', '*;q=0', NOTHING],
    ['refused with any, and all else by name', 'br;q=0, *;q=0', NOTHING],
    ['more specific than any that is refused', '*;q=0, identity;q=0.1', 'identity'],
    ['more specific than any that is refused, with no other', 'identity, *;q=0', 'identity'],
    // twice
    ['refused once is refused', 'gzip, gzip;q=0', 'identity'],
    ['refused first is refused', 'gzip;q=0, gzip', 'identity'],
    ['the lower counts', 'gzip;q=0.9, zstd;q=0.5, gzip;q=0.1', 'zstd'],
    ['by both names', 'gzip, x-gzip;q=0', 'identity'],
    ['any, refused once', '*, *;q=0', NOTHING],
    // malformed
    ['a weight that is none', 'gzip;q=high', 'identity'],
    ['a weight that is none, and a good one', 'br;q=.5, gzip;q=0.5', 'gzip'],
    ['perhaps refused: not by any either', 'br;q=0.0000, *', 'zstd'],
    ['perhaps refused: not by its other mention', 'gzip, gzip;q=2', 'identity'],
    ['a parameter that is none', 'br;level=9, gzip', 'gzip'],
    ['identity with a weight that is none', 'identity;q=none', 'identity'],
    ['any with a weight that is none', '*;q=.2, gzip;q=0.5', 'gzip'],
    ['separated by semicolons', 'gzip;br', 'identity'],
    ['separated by spaces', 'gzip br', 'identity'],
    ['quoted', '"gzip"', 'identity'],
    ['what is no coding at all', '<script>', 'identity'],
  ])('is right for %s: %j', (_, acceptEncoding, expected) => {
    expect(chooseEncoding(acceptEncoding, ALL)).toBe(expected);
  });

  test.each([
    ['gzip, br', ['gzip'], 'gzip'],
    ['br', ['gzip'], 'identity'],
    ['gzip, br', ['gzip', 'br'], 'gzip'],
    ['*', [], 'identity'],
    ['gzip;q=0.2, *;q=0.5', ['gzip'], 'identity'], // any other is preferred, and there is one
    ['identity;q=0, *', [], NOTHING],
    [undefined, [], 'identity'],
  ])('%j, where there are %j, is %s', (acceptEncoding, available, expected) => {
    expect(chooseEncoding(acceptEncoding, available)).toBe(expected);
  });

  test.each([
    ['gzip, deflate, br, zstd', ['br', 'zstd', 'gzip', 'identity']],
    ['gzip;q=0.9, br;q=0.5, zstd;q=0.7', ['gzip', 'zstd', 'br', 'identity']],
    ['gzip;q=0.5, br;q=0.5', ['br', 'gzip', 'identity']],
    ['gzip, br;q=0.2, identity;q=0.5', ['gzip', 'identity']],
    ['gzip, br;q=0.2, identity;q=0.2', ['gzip', 'br', 'identity']],
    ['gzip, br;q=0.2, identity;q=0', ['gzip', 'br']],
    ['zstd;q=0.1, *;q=0.3', ['br', 'gzip', 'identity']],
    ['*;q=0', []],
    ['', ['identity']],
    [undefined, ['identity']],
  ])('is followed by the next best, up to the bytes as they are: %j', (acceptEncoding, expected) => {
    expect(acceptedEncodings(acceptEncoding, ALL)).toEqual(expected);
  });

  const coding = fc.constantFrom('br', 'zstd', 'gzip', 'identity', '*', 'deflate', 'x');
  const member = fc.tuple(coding, fc.integer({ min: 0, max: 1000 }));
  const written = (members: readonly (readonly [string, number])[]): string =>
    members.map(([name, weight]) => `${name};q=${weight / 1000}`).join(', ');

  test('is the next best if the better ones are not available', () => {
    fc.assert(
      fc.property(fc.array(member, { maxLength: 6 }), fc.subarray([...ALL]), (members, available) => {
        const accepted = acceptedEncodings(written(members), ALL);
        const found = accepted.find((name) => name === 'identity' || available.includes(name));
        expect(found).toBe(chooseEncoding(written(members), available));
      }),
      { numRuns: 2000 },
    );
  });

  test('is the best of those that the rules of §12.5.3 accept', () => {
    const distinct = fc.uniqueArray(member, { selector: ([name]) => name });
    fc.assert(
      fc.property(distinct, fc.subarray([...ALL]), (members, available) => {
        const weights = new Map<string, number>(members);
        const weight = (name: string): number =>
          weights.get(name) ?? weights.get('*') ?? (name === 'identity' ? 0.1 : 0);
        const acceptable = [...available, 'identity'].filter((name) => weight(name) > 0);
        const highest = Math.max(...acceptable.map(weight));
        expect(chooseEncoding(written(members), available)).toBe(acceptable.find((name) => weight(name) === highest));
      }),
      { numRuns: 2000 },
    );
  });

  test('does not depend on the order in the field', () => {
    const shuffled = fc
      .array(member, { maxLength: 8 })
      .chain((members) => fc.tuple(fc.constant(members), fc.shuffledSubarray(members, { minLength: members.length })));
    fc.assert(
      fc.property(shuffled, ([members, others]) => {
        expect(chooseEncoding(written(others), ALL)).toBe(chooseEncoding(written(members), ALL));
      }),
    );
  });

  test('is an available one for any field; and a coding only if the field has its name or a star', () => {
    const field = fc.string({
      unit: fc.constantFrom('gzip', 'br', 'identity', '*', ';q=', '0', '1', '.', ',', ' ', '"', ';'),
    });
    fc.assert(
      fc.property(field, (text) => {
        const chosen = chooseEncoding(text, ALL);
        if (chosen === undefined) expect(text).toMatch(/q=0/);
        else if (chosen !== 'identity') expect(text.includes(chosen) || text.includes('*')).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a listing', () => {
  test.each([
    ['application/json'],
    ['APPLICATION/JSON'],
    ['application/json; charset=utf-8'],
    ['application/json;q=0.1'],
    ['application/json, text/plain, */*'], // axios
    ['application/json, text/javascript, */*; q=0.01'], // jQuery
    ['application/json, */*;q=0.5'], // httpie
    ['*/*;q=0.5, application/json;q=0.5'],
    ['application/*'],
    ['application/*;q=0.2, text/*;q=0.1'],
    ['text/html;q=0.9, application/json'],
    ['text/html;q=0, */*;q=0.1'],
    ['text/*;q=0.5, */*'],
    ['text/html;q=high, application/json'],
    ['application/json;version="1,text/html"'],
    ['application/json;v=1;q=0.1, application/json, text/html;q=0.5'],
    ['application/json, application/json;v=1;q=0.1, text/html;q=0.5'],
    ['application/json;q=high, application/*'],
    ['text/html;level=1, text/html;q=0.4, application/json;q=0.5'],
  ])('is JSON for %j', (accept) => {
    expect(prefersJson(accept)).toBe(true);
  });

  test.each([
    [undefined],
    [''],
    ['*/*'], // curl
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'], // Firefox, Safari
    [
      'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7', // Chrome
    ],
    ['text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2'], // Java
    ['text/html'],
    ['text/*'],
    ['text/html, application/json'],
    ['application/json, text/html'],
    ['application/*, text/*'],
    ['application/json;q=0.5, text/html;q=0.5'],
    ['application/json;q=0.5, */*'],
    ['application/json;q=0'],
    ['application/json;q=0, */*'],
    ['application/json;q=0, text/html;q=0'],
    ['application/json;q=high'],
    ['application/json;q=high, */*'],
    ['application/json, application/json;q=0'],
    ['application/json;q=0, application/json'],
    ['image/png'],
    ['application/jsonp, application/json5, application/vnd.api+json'],
    ['json'],
    ['application'],
    ['application/json/'],
    ['text/plain;a="application/json'],
    ['text/plain;a=",application/json,"'],
  ])('is HTML for %j', (accept) => {
    expect(prefersJson(accept)).toBe(false);
  });

  test('is HTML if all types have one weight and JSON is not named', () => {
    const range = fc.constantFrom('text/html', 'text/*', '*/*', 'text/plain', 'image/png', 'application/xml');
    fc.assert(
      fc.property(fc.array(range), fc.constantFrom('', ';q=0', ';q=0.3'), (ranges, weight) => {
        expect(prefersJson(ranges.map((name) => name + weight).join())).toBe(false);
      }),
    );
  });
});

test.each(HOSTILE)('a head full of %j takes no longer than its bytes do', (part) => {
  const field = part.repeat(HEAD_BYTES_MAX / part.length);
  const start = process.cpuUsage();
  for (let round = 0; round < 10; round++) {
    chooseEncoding(field, ALL);
    prefersJson(field);
  }
  // 5 ms of the processor in all if it is linear; a quadratic algorithm takes 270 million steps each time.
  const { user, system } = process.cpuUsage(start);
  expect((user + system) / 1000).toBeLessThan(500);
});
