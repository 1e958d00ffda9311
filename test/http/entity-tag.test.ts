import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { entityTag, isListed, STRONG, WEAK } from '../../src/http/entity-tag.js';

const STRONG_TAG = /^"[\x21\x23-\x5b\x5d-\x7e]*"$/;

describe('whether two tags match:', () => {
  // The table of RFC 9110 §8.8.3.2.
  test.each([
    ['W/"1"', 'W/"1"', false, true],
    ['W/"1"', 'W/"2"', false, false],
    ['W/"1"', '"1"', false, true],
    ['"1"', '"1"', true, true],
    ['"1"', 'W/"1"', false, true],
    ['"1"', '"2"', false, false],
    ['""', '""', true, true],
    ['"1"', '"11"', false, false],
    ['"11"', '"1"', false, false],
    ['"a"', '"A"', false, false],
  ])('%s and %s: strongly %s, weakly %s', (listed, tag, strongly, weakly) => {
    expect(isListed(listed, tag, STRONG)).toBe(strongly);
    expect(isListed(listed, tag, WEAK)).toBe(weakly);
  });
});

describe('a list has a tag', () => {
  test.each([
    '"x"',
    '"a", "x"',
    '"x", "a"',
    '"a","x","b"',
    '"a" ,\t"x"\t, "b"',
    ',, ,"x", ,',
    '"a,b", "x"',
    '"a,","x",","',
    '"\\", "x"', // a backslash escapes nothing: this is the tag of one backslash
    'W/"a", "x"',
    '"", "x"',
    `"${'\x80\xff'}", "x"`,
    '"x", "x"',
  ])('%j', (list) => {
    expect(isListed(list, '"x"', STRONG)).toBe(true);
    expect(isListed(list, '"x"', WEAK)).toBe(true);
  });

  test('with a comma in it', () => {
    expect(isListed('"a", "x,y"', '"x,y"', STRONG)).toBe(true);
    expect(isListed('"a", "x,y"', '"x"', STRONG)).toBe(false);
    expect(isListed('"a, "x", b"', '"x"', WEAK)).toBe(false);
  });
});

describe('a malformed list has no tag, not even one that is in it', () => {
  test.each([
    '',
    ',',
    ' , ',
    '*',
    '*, "x"',
    '"x", *',
    'x',
    'x, "x"',
    '"x", x',
    '"x',
    'x"',
    '"x", "',
    '"x" "x"',
    '"x""x"',
    '"x";q=1',
    'w/"x"',
    'W/x',
    'W/ "x"',
    'W /"x"',
    'W/',
    'WW/"x"',
    'W/W/"x"',
    "'x'",
    '"x", "a b"', // a space is no etagc
    '"x", "a\tb"',
    '"x", "\x7f"',
    '"x", "Ā"',
    '"a\\"x"', // so the tag ends after the backslash
    '"x"\r\n',
    '"x"; "x"',
  ])('%j', (list) => {
    expect(isListed(list, '"x"', STRONG)).toBe(false);
    expect(isListed(list, '"x"', WEAK)).toBe(false);
  });
});

describe('any list', () => {
  const etagc = fc.constantFrom(...'ab,W/\\!~*\x80\xff');
  const tag = fc
    .tuple(fc.constantFrom('', 'W/'), fc.string({ unit: etagc, maxLength: 3 }))
    .map(([weak, opaque]) => `${weak}"${opaque}"`);
  const separator = fc.constantFrom(',', ', ', ' ,', '\t,\t', ',,', ', ,');
  const list = fc
    .array(fc.tuple(tag, separator), { maxLength: 6 })
    .map((parts) => ({ tags: parts.map(([each]) => each), text: parts.flat().join('') }));

  test('has the tags that it was made of', () => {
    fc.assert(
      fc.property(list, tag, ({ tags, text }, sought) => {
        const opaque = (each: string): string => each.replace(/^W\//, '');
        expect(isListed(text, sought, WEAK)).toBe(tags.some((each) => opaque(each) === opaque(sought)));
        expect(isListed(text, sought, STRONG)).toBe(!sought.startsWith('W/') && tags.includes(sought));
      }),
      { numRuns: 2000 },
    );
  });

  /** The grammar once more, over the whole text. */
  const LIST = /^[\t ]*(?:(?:W\/)?"[!#-~\x80-\xff]*"[\t ]*)?(?:,[\t ]*(?:(?:W\/)?"[!#-~\x80-\xff]*"[\t ]*)?)*$/;

  test('has no tag if it breaks the grammar', () => {
    const words = fc.array(fc.constantFrom('"a"', 'W/"a"', '"', ',', ' ', '*', 'a', 'W/', '\\', '"b,"'), {
      maxLength: 9,
    });
    fc.assert(
      fc.property(words, (parts) => {
        const text = parts.join('');
        const tags: readonly string[] = text.match(/"[^"]*"/g) ?? [];
        expect(isListed(text, '"a"', WEAK)).toBe(LIST.test(text) && tags.includes('"a"'));
      }),
      { numRuns: 5000 },
    );
  });

  test('takes a time that grows with its length and no faster', () => {
    const tag = entityTag({ size: 1, modifiedNs: 2n, changedNs: 3n, inode: 4 });
    const start = performance.now();
    for (const part of [',', ' ', '"', '""', '"",', 'W/', 'W/"",', ', ', `${tag.slice(0, -1)}`, `${tag},`, `${tag} `]) {
      const text = part.repeat((16 * 1024) / part.length);
      for (let i = 0; i < 50; i++) isListed(text, tag, WEAK);
      for (let i = 0; i < 50; i++) isListed(`"${text.replaceAll('"', '')}`, tag, STRONG);
    }
    // A tenth of that here; work that grew with the square of 16,384 would take minutes.
    expect(performance.now() - start).toBeLessThan(3000);
  });
});

describe('the tag of a file', () => {
  const ns = fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n });
  const file = fc.record({ size: fc.maxSafeNat(), modifiedNs: ns, changedNs: ns, inode: fc.maxSafeNat() });

  test('is strong, short, and without a backslash', () => {
    fc.assert(
      fc.property(file, (state) => {
        const tag = entityTag(state);
        expect(tag).toMatch(STRONG_TAG);
        expect(tag.length).toBeLessThanOrEqual(15);
        expect(entityTag({ ...state })).toBe(tag);
      }),
    );
  });

  test('is not that of a file that differs in its size, one of its times or its inode alone, however little', () => {
    fc.assert(
      fc.property(file, fc.integer({ min: 1, max: 1000 }), (state, difference) => {
        const tag = entityTag(state);
        expect(entityTag({ ...state, size: state.size + difference })).not.toBe(tag);
        expect(entityTag({ ...state, modifiedNs: state.modifiedNs + BigInt(difference) })).not.toBe(tag);
        expect(entityTag({ ...state, changedNs: state.changedNs + BigInt(difference) })).not.toBe(tag);
        expect(entityTag({ ...state, inode: state.inode + difference })).not.toBe(tag);
      }),
    );
  });

  test('is unique among 10,000 neighbours', () => {
    const tags = new Set<string>();
    const numbers = Array.from({ length: 10 }, (_, i) => i);
    for (const size of numbers) {
      for (const modified of numbers) {
        for (const changed of numbers) {
          for (const inode of numbers)
            tags.add(entityTag({ size, modifiedNs: BigInt(modified), changedNs: BigInt(changed), inode }));
        }
      }
    }
    expect(tags.size).toBe(10_000);
  });

  test('does not show size, times or inode', () => {
    const state = {
      size: 0xabcdef,
      modifiedNs: 1_700_000_000_123_456_789n,
      changedNs: 1_700_000_001_987_654_321n,
      inode: 0x1234567,
    };
    const tag = entityTag(state);
    for (const number of Object.values(state)) {
      for (const base of [10, 16, 36]) expect(tag).not.toContain(number.toString(base));
    }
  });

  test('is the same in every process and release, or all caches would be emptied', () => {
    const [modifiedNs, changedNs] = [1_700_000_000_123_456_789n, 1_700_000_000_123_456_789n];
    expect(entityTag({ size: 1234, modifiedNs, changedNs, inode: 42 })).toBe('"1vpgmof6merdl"');
  });
});
