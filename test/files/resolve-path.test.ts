import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { NO_NAME, resolvePath } from '../../src/files/resolve-path.js';

describe('the name of a path:', () => {
  test.each([
    ['/', ''],
    ['/a', 'a'],
    ['/a/b.html', 'a/b.html'],
    ['/a/', 'a/'],
    ['/a%20b', 'a b'],
    ['/a+b', 'a+b'],
    ['/100%25', '100%'],
    ['/a%2520b', 'a%20b'], // decoded once
    ['/a%23b%3Fc', 'a#b?c'],
    ['/%C3%A4%E2%82%AC%F0%9F%98%80', 'ä€😀'],
    ['/%c3%a4', 'ä'],
    ['/a%252Fb', 'a%2Fb'],
    ['/a.b', 'a.b'],
    ['/a..b', 'a..b'],
    ['/a.', 'a.'],
    ['/~', '~'],
    ['/a\\b', 'a\\b'],
    ['/.well-known/security.txt', '.well-known/security.txt'],
    ['/.env', '.env'], // whether it is served is decided elsewhere (dot-names.ts)
    // Whether these stay below the root is the kernel's to say.
    ['/..', '..'],
    ['/../secret', '../secret'],
    ['/%2e%2e/secret', '../secret'],
    ['/a/./b', 'a/./b'],
    ['//etc/passwd', '/etc/passwd'],
  ])('%s: %s', (path, name) => {
    expect(resolvePath(path)).toBe(name);
  });
});

describe('a path without a name:', () => {
  test.each([
    ['a NUL', '/a%00b'],
    ['a NUL behind a name that would be served', '/index.html%00.png'],
    ['a slash within a segment', '/a%2Fb'],
    ['a slash at its end', '/a%2f'],
    ['one at its beginning', '/%2fetc/passwd'],
    ['one behind dots', '/..%2fsecret'],
    ['a percent sign alone', '/%'],
    ['one digit', '/%2'],
    ['no digits', '/%zz'],
    ['a percent sign at the end of a name', '/100%'],
    ['bytes that are no UTF-8', '/%ff'],
    ['half a character', '/%e2%82'],
    ['a slash in more bytes than it needs', '/%c0%af'],
    ['a surrogate', '/%ed%a0%80'],
  ])('%s: %s', (_, path) => {
    expect(resolvePath(path)).toBe(NO_NAME);
  });
});

test('every name of a file has a path', () => {
  const part = fc
    .string({ unit: 'binary', minLength: 1, maxLength: 20 })
    .filter((text) => !text.includes('/') && !text.includes('\0') && !text.startsWith('.'));
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), (parts) => {
      expect(resolvePath(`/${parts.map(encodeURIComponent).join('/')}`)).toBe(parts.join('/'));
    }),
  );
});

test('any text is a name without NUL, or no name, and never throws', () => {
  const path = fc.string({ unit: fc.constantFrom(...'/.%012abcdefAF2e2F%00') });
  fc.assert(
    fc.property(path, (text) => {
      const name = resolvePath(`/${text}`);
      if (name !== NO_NAME) expect(name).not.toContain('\0');
    }),
    { numRuns: 2000 },
  );
});
