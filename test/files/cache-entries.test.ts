import { describe, expect, test } from '@jest/globals';
import {
  CACHE_KEY_CHARACTERS_MAX,
  CACHED_BYTES_MAX,
  CACHED_DESCRIPTORS_MAX,
  CACHED_PATHS_MAX,
  CachedPath,
  CacheEntries,
} from '../../src/files/cache-entries.js';
import { CachedFile } from '../../src/files/cached-file.js';
import { type Content, FILE_INLINE_BYTES_MAX, MemoryContent } from '../../src/files/content.js';

const NOT_FULL = (): boolean => false;

function emptyPaths(): CacheEntries {
  const paths: CacheEntries = new CacheEntries((kept) => paths.remove(kept));
  return paths;
}

function fileOf(name: string, content: Content): CachedFile {
  const validators = { etag: '"a"', lastModifiedMs: 0, isDateStrong: true };
  return new CachedFile({ kind: 'file', name, content, validators, contentType: 'text/plain' }, Date.now());
}

/** Keeps a path to a file of its own. */
function keep(paths: CacheEntries, key: string, content: Content): CachedPath {
  const kept = new CachedPath(key);
  paths.add(kept, fileOf(key, content));
  return kept;
}

const EMPTY = new MemoryContent(Buffer.alloc(0));
const SMALL = new MemoryContent(Buffer.alloc(FILE_INLINE_BYTES_MAX));
const MADE = new MemoryContent(Buffer.alloc(1024 * 1024));
/** As a file that is open. */
const OPEN = { size: 1e9, close: () => {} } as unknown as Content;

describe('never is more kept than', () => {
  test.each([
    ['so many paths', EMPTY, ({ size }: CacheEntries) => size <= CACHED_PATHS_MAX],
    ['so many bytes of small files', SMALL, ({ bytes }: CacheEntries) => bytes <= CACHED_BYTES_MAX],
    ['so many bytes of what was compressed', MADE, ({ bytes }: CacheEntries) => bytes <= CACHED_BYTES_MAX],
    ['so many descriptors', OPEN, ({ descriptors }: CacheEntries) => descriptors <= CACHED_DESCRIPTORS_MAX],
  ])('%s, and it is as much as that', (_, content, isWithin) => {
    const paths = emptyPaths();
    const made: CachedPath[] = [];
    let sizeMax = 0;
    for (let i = 0; i < 2 * CACHED_PATHS_MAX; i++) {
      made.push(keep(paths, `/${i}`, content));
      expect(isWithin(paths)).toBe(true);
      sizeMax = Math.max(sizeMax, paths.size);
    }
    expect(paths.size).toBe(sizeMax);
    expect(paths.get(`/${2 * CACHED_PATHS_MAX - 1}`)).toBeDefined();
    for (const kept of made) paths.remove(kept);
    expect([paths.size, paths.bytes, paths.descriptors]).toEqual([0, 0, 0]);
  });
});

describe('the folders of a process', () => {
  test.each([
    ['bytes', SMALL, CACHED_BYTES_MAX, CACHED_BYTES_MAX / SMALL.size / 2],
    ['descriptors', OPEN, CACHED_DESCRIPTORS_MAX, CACHED_DESCRIPTORS_MAX],
  ] as const)(
    'have the %s of one cache together, and the one that has most makes room',
    (resource, content, max, fit) => {
      const folders = [emptyPaths(), emptyPaths(), emptyPaths()] as const;
      const made: [CacheEntries, CachedPath][] = [];
      const used = (): number => folders.reduce((sum, paths) => sum + paths[resource], 0);
      for (const paths of folders) {
        for (let i = 0; i < fit; i++) {
          made.push([paths, keep(paths, `/${i}`, content)]);
          expect(used()).toBeLessThanOrEqual(max);
        }
      }
      for (const paths of folders) expect(paths[resource]).toBeGreaterThan(max / 4);
      for (const [paths, kept] of made) paths.remove(kept);
      expect(used()).toBe(0);
    },
  );
});

describe('paths that lead to one file', () => {
  test('are counted by their number, and its bytes once', () => {
    const paths = emptyPaths();
    const file = fileOf('index.html', SMALL);
    const kept = ['/', '/index.html', '/%69ndex.html'].map((key) => new CachedPath(key));
    for (const each of kept) paths.add(each, file);
    expect([paths.size, paths.bytes]).toEqual([3, 2 * SMALL.size]);
    paths.remove(kept[0] as CachedPath);
    expect([paths.size, paths.bytes, paths.get('/index.html')]).toEqual([2, 2 * SMALL.size, file]);
    for (const each of kept) paths.remove(each);
    expect([paths.size, paths.bytes, paths.get('/index.html')]).toEqual([0, 0, undefined]);
  });

  test('close it when the last of them is dropped, and only once', () => {
    let users = 1;
    const content = { size: 1e9, close: () => users-- } as unknown as Content;
    const paths = emptyPaths();
    const file = fileOf('large', content);
    const [a, again, b] = [new CachedPath('/a'), new CachedPath('/a'), new CachedPath('/b')];
    for (const each of [a, again, b]) paths.add(each, file);
    expect([paths.size, paths.descriptors]).toEqual([2, 1]);
    for (const each of [a, again, again]) paths.remove(each);
    expect(users).toBe(1);
    paths.remove(b);
    expect([users, paths.descriptors]).toEqual([0, 0]);
  });

  test('find it by its name, its form and its headers, as long as it is the same state of it', () => {
    const validators = { etag: '"a"', lastModifiedMs: 0, isDateStrong: true };
    const found = { kind: 'file', name: 'a.html', content: SMALL, validators, contentType: 'text/html' } as const;
    const paths = emptyPaths();
    const file = new CachedFile(found, Date.now());
    paths.add(new CachedPath('/a'), file);
    expect(paths.like({ ...found })).toBe(file);
    for (const other of [
      { name: 'b.html' },
      { contentType: 'text/plain' },
      { contentEncoding: 'gzip' },
      { cacheControl: 'no-cache' },
      { defaultHeaders: { A: 'a' } },
      { validators: { ...validators, etag: '"b"' } },
    ])
      expect(paths.like({ ...found, ...other })).toBeUndefined();
  });
});

test('a path that is kept again takes the place of the one before', () => {
  const paths = emptyPaths();
  const before = keep(paths, '/a', SMALL);
  const after = keep(paths, '/a', EMPTY);
  expect([paths.get('/a'), paths.size, paths.bytes]).toEqual([after.file, 1, 0]);
  paths.remove(before);
  expect([paths.get('/a'), paths.size, paths.bytes]).toEqual([after.file, 1, 0]);
});

test('entries that are used stay, and the others are dropped, the oldest first', () => {
  const paths = emptyPaths();
  const kept = Array.from({ length: CACHED_PATHS_MAX }, (_, i) => keep(paths, `/${i}`, EMPTY));
  for (const used of ['/0', '/2']) paths.get(used);
  for (const more of ['/x', '/y']) keep(paths, more, EMPTY);
  expect(kept.slice(0, 5).map(({ key }) => paths.get(key) !== undefined)).toEqual([true, false, true, false, true]);
});

describe('if the cache is full', () => {
  function fullPaths(): CacheEntries {
    const paths = emptyPaths();
    for (let i = 0; i < CACHED_PATHS_MAX; i++) keep(paths, `/${i}`, EMPTY);
    return paths;
  }

  test('a path is admitted at its second request, and another entry is dropped for it', () => {
    const paths = fullPaths();
    expect(paths.admits('/new', NOT_FULL)).toBe(false);
    expect(paths.size).toBe(CACHED_PATHS_MAX);
    expect(paths.admits('/new', NOT_FULL)).toBe(true);
    expect(paths.size).toBe(CACHED_PATHS_MAX - 1);
  });

  test('requests for any number of new paths, once each, drop no entry', () => {
    const paths = fullPaths();
    for (let i = 0; i < 10 * CACHED_PATHS_MAX; i++) expect(paths.admits(`/other/${i}`, NOT_FULL)).toBe(false);
    expect(paths.size).toBe(CACHED_PATHS_MAX);
  });

  test('as many entries elsewhere are dropped as the new one needs', () => {
    const paths = fullPaths();
    const isFull = (): boolean => paths.size > 10;
    expect(paths.admits('/new', isFull)).toBe(false);
    expect(paths.admits('/new', isFull)).toBe(true);
    expect(paths.size).toBe(10);
  });

  test('and stays full even without entries, all are dropped and the path is admitted', () => {
    const paths = fullPaths();
    paths.admits('/new', () => true);
    expect(paths.admits('/new', () => true)).toBe(true);
    expect(paths.size).toBe(0);
  });
});

test('a path that is too long is never kept', () => {
  const paths = emptyPaths();
  expect(paths.admits('x'.repeat(CACHE_KEY_CHARACTERS_MAX), NOT_FULL)).toBe(true);
  expect(paths.admits('x'.repeat(CACHE_KEY_CHARACTERS_MAX + 1), NOT_FULL)).toBe(false);
});

describe('descriptors that are given up', () => {
  test('are all open ones, and no entry without a descriptor', () => {
    const paths = emptyPaths();
    for (const key of ['/a', '/b']) keep(paths, key, OPEN);
    keep(paths, '/c', SMALL);
    expect(paths.giveUpDescriptors()).toBe(true);
    expect([paths.size, paths.descriptors]).toEqual([1, 0]);
    expect(paths.giveUpDescriptors()).toBe(false);
  });
});
