import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { hasDotName } from '../../src/files/dot-names.js';

describe('a path with a dot name:', () => {
  test.each([
    '.env',
    '.git',
    '.git/',
    '.git/config',
    'a/.htpasswd',
    'a/.git/config',
    'a/b/.c/d',
    '/.env',
    'a//.env',
    '...',
    '..a',
    '. ',
    '.a.',
    'a/...',
    '.\n',
    'a\n/.b',
    './.env',
    '../.env',
    '.well-known/.env',
    '.well-known/a/.b',
    '.well-known/.well-known',
    '.well-known/../.env',
    '.well-knownx',
    '.well-known.bak/a',
    '.Well-Known/a',
    'a/.well-known/b',
    '/.well-known/a',
    './.well-known/a',
  ])('%j', (path) => {
    expect(hasDotName(path)).toBe(true);
  });
});

describe('a path without a dot name:', () => {
  test.each([
    '',
    '/',
    'a',
    'a.b',
    'a.',
    'a..',
    'a./b',
    'a/b.c/d',
    'a\n.b',
    'a\\.b',
    '.',
    '..',
    './',
    '../a',
    'a/./b',
    'a/../b',
    'a/..',
    '.well-known',
    '.well-known/',
    '.well-known/acme-challenge/x.y',
    '.well-known/../a',
  ])('%j', (path) => {
    expect(hasDotName(path)).toBe(false);
  });
});

test('each segment counts, except .well-known', () => {
  const segment = fc.string({ unit: fc.constantFrom('.', 'a', ' ', '\n', '\u00e4'), maxLength: 4 });
  fc.assert(
    fc.property(fc.array(segment, { minLength: 1, maxLength: 5 }), (segments) => {
      const isDotName = (name: string): boolean => name.startsWith('.') && name !== '.' && name !== '..';
      expect(hasDotName(segments.join('/'))).toBe(segments.some(isDotName));
    }),
    { numRuns: 2000 },
  );
});
