/** Which paths a pattern matches, and what its stars stand for. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { PathPattern } from '../../src/sites/path-pattern.js';

const NO = undefined;

describe('a pattern matches the whole path, and its stars are captured', () => {
  test.each<[pattern: string, path: string, captures: string[] | undefined]>([
    ['/', '', []],
    ['/', 'a', NO],
    ['/a', 'a', []],
    ['/a', 'a/', NO],
    ['/a', 'A', NO],
    ['/a', 'ab', NO],
    ['/a/', 'a/', []],
    ['/a/', 'a', NO],
    // a star: within a segment
    ['/*', '', NO],
    ['/*', 'a', ['a']],
    ['/*', 'a/', NO],
    ['/*', 'a/b', NO],
    ['/*', '.git', ['.git']],
    ['/a/*', 'a/', NO],
    ['/a/*', 'a/b', ['b']],
    ['/*.js', 'app.js', ['app']],
    ['/*.js', '.js', ['']],
    ['/*.js', 'app.js.map', NO],
    ['/*.js', 'd/app.js', NO],
    ['/*.js', 'app.min.js', ['app.min']],
    ['/a*a', 'a', NO],
    ['/a*a', 'aa', ['']],
    ['/a*a', 'aaa', ['a']],
    ['/*-*.js', 'a-b-c.js', ['a', 'b-c']],
    ['/*-*-*.js', 'a-b.js', NO],
    ['/*.*.*', 'a.b', NO],
    ['/a*b*b', 'ab', NO],
    ['/*/x/*', 'a/x/b', ['a', 'b']],
    ['/*', 'a\nb', ['a\nb']],
    ['/*', 'a\\b', ['a\\b']],
    // two stars: segments
    ['/**', '', ['']],
    ['/**', 'a', ['a']],
    ['/**', 'a/b/', ['a/b/']],
    ['/**', '.git/config', ['.git/config']],
    ['/**', 'a\nb', ['a\nb']],
    ['/a/**', 'a', ['']],
    ['/a/**', 'a/', ['']],
    ['/a/**', 'a/b/c', ['b/c']],
    ['/a/**', 'ab', NO],
    ['/a/**', 'b/a/c', NO],
    ['/**/a', 'a', ['']],
    ['/**/a', 'x/y/a', ['x/y']],
    ['/**/a', 'x/ya', NO],
    ['/**/a', 'a/a/a', ['a/a']],
    ['/**/*.js', 'x.js', ['', 'x']],
    ['/**/*.js', 'd/e/x.js', ['d/e', 'x']],
    ['/a/**/z', 'a/z', ['']],
    ['/a/**/z', 'a/b/c/z', ['b/c']],
    ['/a/**/z', 'a/b/c', NO],
    ['/a/**/b/**/c', 'a/x/b/y/b/c', ['x', 'y/b']],
    ['/**/.git/**', 'x/.git/config', ['x', 'config']],
    ['/**/.git/**', '.git', ['', '']],
    ['/**/', 'a/b/', ['a/b']],
    ['/**/', 'a/b', NO],
    ['/blog/*/**', 'blog/2024', ['2024', '']],
    ['/blog/*/**', 'blog/', NO],
    // braces
    ['/{a,b}/*', 'b/c', ['c']],
    ['/{a,b}/*', 'c/c', NO],
    ['/*.{js,css}', 'x.css', ['x']],
    ['/a{,.html}', 'a', []],
    ['/a{,.html}', 'a.html', []],
    ['/{a,b}{c,d}', 'bc', []],
    ['/a{,/}', 'a/', []],
    ['/{a/b,c}/*', 'a/b/x', ['x']],
    // everything else is what it is
    ['/[id]', '[id]', []],
    ['/[id]', 'i', NO],
    ['/a(b|c)', 'a(b|c)', []],
    ['/!a', '!a', []],
    ['/a+', 'a+', []],
    ['/a.b', 'axb', NO],
    ['/a b', 'a b', []],
    ['/a%20b', 'a b', []],
    ['/100%25', '100%', []],
    ['/%2A', '*', []],
    ['/%2A', 'a', NO],
    ['/gr%C3%BCn', 'grün', []],
    ['/grün/*', 'grün/x', ['x']],
    ['/constructor', 'constructor', []],
  ])('%s on %j', (pattern, path, captures) => {
    expect(new PathPattern(pattern).match(path.split('/'))).toEqual(captures);
  });
});

describe('a mistake in a pattern is explained', () => {
  test.each([
    ['assets/**', 'begins with /'],
    ['', 'begins with /'],
    ['/a?b', '%3F'],
    ['/a#b', '%23'],
    ['/a**', '** alone between slashes'],
    ['/**.js', '** alone between slashes'],
    ['/***', '** alone between slashes'],
    ['//a', 'without empty segments'],
    ['/a//b', 'without empty segments'],
    ['/a/../b', 'without empty segments'],
    ['/./a', 'without empty segments'],
    ['/{a', 'closing brace'],
    ['/a}', 'closing brace'],
    ['/{a,{b,c}}', 'braces'],
    ['/{*,b}', 'braces'],
    ['/{a/,/b}/c', 'without empty segments'],
    ['/100%', '%25'],
    ['/%ff', 'UTF-8'],
    [`/${'{a,b}'.repeat(7)}`, '64 patterns'],
    [`/${'{a,b}'.repeat(200)}`, '64 patterns'],
  ])('%s: %s', (pattern, expected) => {
    expect(() => new PathPattern(pattern)).toThrow(expected);
  });
});

test('no path takes long, whatever the pattern: as regular expressions, these would take minutes', () => {
  const paths = ['-'.repeat(8000), '/'.repeat(8000), 'a/'.repeat(4000), `${'-'.repeat(250)}/`.repeat(32)];
  for (const pattern of ['/**/*-*-*.js', '/*-*-*-*-*-*-*.js', '/**/a/**/a/**/a/**/b', '/**/*a*/**/*a*/**/*a*b']) {
    for (const path of paths) expect(new PathPattern(pattern).match(path.split('/'))).toBeUndefined();
  }
});

test('a pattern matches what the same pattern matches as a regular expression', () => {
  const segment = fc.stringMatching(/^[ab*]{1,4}$/).filter((text) => text === '**' || !text.includes('**'));
  const name = fc.stringMatching(/^[ab]{1,5}$/);
  fc.assert(
    fc.property(
      fc.array(segment, { minLength: 1, maxLength: 4 }),
      fc.array(name, { minLength: 1, maxLength: 5 }),
      (pattern, path) => {
        expect(new PathPattern(`/${pattern.join('/')}`).match(path.length === 0 ? [''] : path) !== undefined).toBe(
          expression(pattern).test(`/${path.join('/')}`),
        );
      },
    ),
    { numRuns: 5_000 },
  );
});

function expression(pattern: readonly string[]): RegExp {
  const parts = pattern.map((text) => {
    if (text === '**') return '(?:/[^/]*)*';
    return text === '*' ? '/[^/]+' : `/${text.replaceAll('*', '[^/]*')}`;
  });
  return new RegExp(`^${parts.join('')}$`);
}

test('captures in place of the stars give the path again', () => {
  const segment = fc.constantFrom('a', 'b', '*', '*a', 'b*', 'a*b', '**');
  const name = fc.stringMatching(/^[ab]{1,4}$/);
  fc.assert(
    fc.property(
      fc.array(segment, { minLength: 1, maxLength: 4 }),
      fc.array(name, { maxLength: 5 }),
      (pattern, path) => {
        const captures = new PathPattern(`/${pattern.join('/')}`).match(path.length === 0 ? [''] : path);
        if (captures === undefined) return;
        const left = [...captures];
        const filled = pattern
          .map((text) => text.replace(/\*\*?/, () => left.shift() as string))
          .filter((text) => text !== '');
        expect(filled.join('/')).toBe(path.join('/'));
        expect(left).toEqual([]);
      },
    ),
    { numRuns: 5_000 },
  );
});
