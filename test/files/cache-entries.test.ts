import { describe, expect, test } from '@jest/globals';
import { AdmissionFilter } from '../../src/files/admission-filter.js';
import { CacheEntries, KeptPath } from '../../src/files/cache-entries.js';
import { type Content, MemoryContent } from '../../src/files/content.js';
import {
  FILE_INLINE_BYTES_MAX,
  KEPT_BYTES_MAX,
  KEPT_DESCRIPTORS_MAX,
  KEPT_KEY_LENGTH_MAX,
  KEPT_PATHS_MAX,
} from '../../src/limits.js';

const NOT_FULL = (): boolean => false;

function emptyPaths(): CacheEntries {
  const paths: CacheEntries = new CacheEntries((kept) => paths.remove(kept));
  return paths;
}

function path(key: string, content: Content): KeptPath {
  const kept = new KeptPath(key);
  kept.fill(
    { content, validators: { etag: '"a"', lastModifiedMs: 0, isDateStrong: true }, contentType: 'text/plain' },
    Date.now(),
  );
  return kept;
}

const EMPTY = new MemoryContent(Buffer.alloc(0));
const SMALL = new MemoryContent(Buffer.alloc(FILE_INLINE_BYTES_MAX));
const MADE = new MemoryContent(Buffer.alloc(1024 * 1024));
/** As a file that is open. */
const OPEN = { size: 1e9, close: () => {} } as unknown as Content;

describe('never is more kept than', () => {
  test.each([
    ['so many paths', EMPTY, ({ size }: CacheEntries) => size <= KEPT_PATHS_MAX],
    ['so many bytes of small files', SMALL, ({ bytes }: CacheEntries) => bytes <= KEPT_BYTES_MAX],
    ['so many bytes of what was compressed', MADE, ({ bytes }: CacheEntries) => bytes <= KEPT_BYTES_MAX],
    ['so many descriptors', OPEN, ({ descriptors }: CacheEntries) => descriptors <= KEPT_DESCRIPTORS_MAX],
  ])('%s, and it is as much as that', (_, content, isWithin) => {
    const paths = emptyPaths();
    let sizeMax = 0;
    for (let i = 0; i < 2 * KEPT_PATHS_MAX; i++) {
      paths.add(path(`/${i}`, content));
      expect(isWithin(paths)).toBe(true);
      sizeMax = Math.max(sizeMax, paths.size);
    }
    expect(paths.size).toBe(sizeMax);
    expect(paths.get(`/${2 * KEPT_PATHS_MAX - 1}`)).toBeDefined();
    for (let i = 0; i < 2 * KEPT_PATHS_MAX; i++) {
      const kept = paths.get(`/${i}`);
      if (kept !== undefined) paths.remove(kept);
    }
    expect([paths.size, paths.bytes, paths.descriptors]).toEqual([0, 0, 0]);
  });
});

test('a path that is kept again takes the place of the one before', () => {
  const paths = emptyPaths();
  const before = path('/a', SMALL);
  const after = path('/a', EMPTY);
  paths.add(before);
  paths.add(after);
  expect([paths.get('/a'), paths.size, paths.bytes]).toEqual([after, 1, 0]);
  expect(paths.remove(before)).toBe(false);
});

test('what is used stays, and what is not goes, the oldest first', () => {
  const paths = emptyPaths();
  for (let i = 0; i < KEPT_PATHS_MAX; i++) paths.add(path(`/${i}`, EMPTY));
  for (const used of ['/0', '/2']) (paths.get(used) as KeptPath).wasUsed = true;
  for (const more of ['/x', '/y']) paths.add(path(more, EMPTY));
  expect(['/0', '/1', '/2', '/3', '/4'].map((key) => paths.get(key) !== undefined)).toEqual([
    true,
    false,
    true,
    false,
    true,
  ]);
});

describe('where there is no room', () => {
  function fullPaths(): CacheEntries {
    const paths = emptyPaths();
    for (let i = 0; i < KEPT_PATHS_MAX; i++) paths.add(path(`/${i}`, EMPTY));
    return paths;
  }

  test('a path is worth keeping when it is asked for again, and then another has gone for it', () => {
    const paths = fullPaths();
    expect(paths.isWorthKeeping('/new', NOT_FULL)).toBe(false);
    expect(paths.size).toBe(KEPT_PATHS_MAX);
    expect(paths.isWorthKeeping('/new', NOT_FULL)).toBe(true);
    expect(paths.size).toBe(KEPT_PATHS_MAX - 1);
  });

  test('whoever asks for any number of paths once drives nothing out', () => {
    const paths = fullPaths();
    for (let i = 0; i < 10 * KEPT_PATHS_MAX; i++) expect(paths.isWorthKeeping(`/other/${i}`, NOT_FULL)).toBe(false);
    expect(paths.size).toBe(KEPT_PATHS_MAX);
  });

  test('elsewhere, as much goes as makes some there', () => {
    const paths = fullPaths();
    const isFull = (): boolean => paths.size > 10;
    expect(paths.isWorthKeeping('/new', isFull)).toBe(false);
    expect(paths.isWorthKeeping('/new', isFull)).toBe(true);
    expect(paths.size).toBe(10);
  });

  test('nor ever will be, all goes and no more is waited for', () => {
    const paths = fullPaths();
    paths.isWorthKeeping('/new', () => true);
    expect(paths.isWorthKeeping('/new', () => true)).toBe(true);
    expect(paths.size).toBe(0);
  });
});

test('a path that is too long is never kept', () => {
  const paths = emptyPaths();
  expect(paths.isWorthKeeping('x'.repeat(KEPT_KEY_LENGTH_MAX), NOT_FULL)).toBe(true);
  expect(paths.isWorthKeeping('x'.repeat(KEPT_KEY_LENGTH_MAX + 1), NOT_FULL)).toBe(false);
});

describe('descriptors that are given up', () => {
  test('are all that are kept, and nothing else is', () => {
    const paths = emptyPaths();
    for (const key of ['/a', '/b']) paths.add(path(key, OPEN));
    paths.add(path('/c', SMALL));
    expect(paths.giveUpDescriptors()).toBe(true);
    expect([paths.size, paths.descriptors]).toEqual([1, 0]);
    expect(paths.giveUpDescriptors()).toBe(false);
  });
});

test('keys that were seen lately are remembered: half as many at least, and no more', () => {
  const keys = new AdmissionFilter(10);
  for (let i = 0; i < 1000; i++) {
    keys.add(`${i}`);
    for (let j = Math.max(0, i - 4); j <= i; j++) expect(keys.has(`${j}`)).toBe(true);
    expect(keys.has(`${i - 10}`)).toBe(false);
  }
});
