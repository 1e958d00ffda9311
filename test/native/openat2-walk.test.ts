/** The replacement of openat2 gives the same result as openat2 for each path: the same file, or the same error. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { constants, native } from '../../src/native/addon.js';
import { errorCode } from '../../src/native/errno.js';
import { STAT_DEVICE, STAT_INODE, STAT_LENGTH, STAT_MODE } from '../../src/native/native-api.js';
import { Swapper } from '../support/folder-swapper.js';
import { CLOSED_FD, errno, openDescriptors } from './support.js';

const { AT_FDCWD, O_CLOEXEC, O_CREAT, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_PATH, O_RDWR } = constants;
const { RESOLVE_BENEATH, RESOLVE_CACHED, RESOLVE_IN_ROOT, RESOLVE_NO_MAGICLINKS, RESOLVE_NO_SYMLINKS } = constants;

const FOLLOWING = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
const NOT_FOLLOWING = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;

type Open = (dirFd: number, path: string, flags: number, mode: number, resolve: number) => number;

let parent = '';
let root = -1;
let before = 0;

function openRoot(path: string): number {
  return native.openat2(AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC, 0, 0);
}

beforeAll(() => {
  parent = mkdtempSync(join(tmpdir(), 'walk-'));
  mkdirSync(join(parent, 'root/a/b/c'), { recursive: true });
  mkdirSync(join(parent, 'beside'));
  for (const name of ['secret', 'beside/f', 'root/f', 'root/a/f', 'root/a/b/f', 'root/a/b/c/f']) {
    writeFileSync(join(parent, name), name);
  }
  const links: Record<string, string> = {
    'to-a': 'a',
    'to-c': './a//b/c/',
    'to-f': 'f',
    'to-f-slash': 'f/',
    'a/up': '..',
    'a/b/up2': '../..',
    'a/b/out': '../../../secret',
    'a/f-up': '../f',
    here: '.',
    out: '..',
    beside: '../beside',
    absolute: join(parent, 'root/f'),
    slash: '/',
    self: 'self',
    dangling: 'nothing',
    'dangling-deep': 'nothing/x',
    'link-to-link': 'to-a/../to-c',
  };
  for (const [name, target] of Object.entries(links)) symlinkSync(target, join(parent, 'root', name));
  symlinkSync(Buffer.from('caf\xe9', 'latin1'), join(parent, 'root/to-latin1'));
  writeFileSync(Buffer.from(`${parent}/root/caf\xe9`, 'latin1'), '');
  for (let i = 1; i <= 42; i++) symlinkSync(i === 1 ? 'f' : `chain-${i - 1}`, join(parent, 'root', `chain-${i}`));
  mkdirSync(join(parent, 'swap'));
  symlinkSync('../beside', join(parent, 'swap/link'));
});

afterAll(() => rmSync(parent, { recursive: true }));

beforeEach(() => {
  before = openDescriptors();
  root = openRoot(join(parent, 'root'));
});

afterEach(() => {
  native.close(root);
  expect(openDescriptors()).toBe(before);
});

/** Which file is opened, or why none is. */
function opened(open: Open, dirFd: number, path: string, flags: number, resolve: number): string {
  const fd = open(dirFd, path, flags | O_CLOEXEC, 0, resolve);
  if (fd < 0) return errorCode(fd);
  const stat = new Float64Array(STAT_LENGTH);
  native.fstat(fd, stat);
  // But for what the walk adds, which is of the opening alone.
  const flagsSet = native.fcntl(fd, constants.F_GETFL, 0) & ~(O_NOFOLLOW | O_DIRECTORY);
  native.close(fd);
  return `${stat[STAT_DEVICE]}:${stat[STAT_INODE]} mode ${stat[STAT_MODE]} flags ${flagsSet}`;
}

const FLAGS = [0, O_NONBLOCK, O_PATH, O_DIRECTORY, O_PATH | O_DIRECTORY, O_NOFOLLOW, O_PATH | O_NOFOLLOW];

function expectSame(path: string, dirFd = root): void {
  for (const flags of FLAGS) {
    for (const resolve of [FOLLOWING, NOT_FOLLOWING]) {
      let expected = 'EAGAIN'; // when anything on the machine is renamed meanwhile
      while (expected === 'EAGAIN') expected = opened(native.openat2, dirFd, path, flags, resolve);
      const actual = opened(native.openat2_walk, dirFd, path, flags, resolve);
      expect([path, flags, resolve, actual]).toEqual([path, flags, resolve, expected]);
    }
  }
}

const NAMES = ['f', 'a', 'b', 'c', '.', '..', '', 'missing', 'to-a', 'to-c', 'to-f', 'to-f-slash', 'up', 'up2', 'f-up'];
const MORE_NAMES = ['out', 'here', 'beside', 'absolute', 'slash', 'self', 'dangling', 'dangling-deep', 'link-to-link'];

describe('The walk opens what openat2 opens, and refuses what it refuses', () => {
  const paths = [
    ...[
      '',
      '.',
      '..',
      '/',
      '//',
      '/f',
      './',
      '../',
      './/..',
      'a/../..',
      'a/../../root/f',
      'to-latin1',
      'a/.',
      'f/.',
      'f/..',
    ],
    ...['chain-1', 'chain-39', 'chain-40', 'chain-41', 'chain-42', 'here/here/here/f', `${'here/'.repeat(40)}f`],
    ...[`${'here/'.repeat(41)}f`, 'to-f/', 'to-f-slash', 'to-a/', 'to-c/f', 'to-c/../f', 'a/b/out', 'a/up/a/up/f'],
    ...['x'.repeat(255), 'x'.repeat(256), `a/${'x'.repeat(256)}`, `${'./'.repeat(2047)}f`, `${'./'.repeat(2047)}ff`],
    ...['/'.repeat(5000), `f${'/'.repeat(4094)}`, `f${'/'.repeat(4095)}`, 'self/x', 'dangling/', 'slash/etc/passwd'],
  ];
  test.each(paths.map((path) => [path.length > 50 ? `${path.slice(0, 20)}… (${path.length} bytes)` : path, path]))(
    '%j',
    (_, path) => {
      expectSame(path);
    },
  );

  test('for any path of these names', () => {
    const path = fc.array(fc.constantFrom(...NAMES, ...MORE_NAMES), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(path, (names) => expectSame(names.join('/'))),
      { numRuns: 1000 },
    );
  });

  // The text of a magic link is no way to what it stands for.
  test.each(['self/cwd', 'self/cwd/package.json', 'self/root/etc/passwd', 'self/exe', 'self/fd/0', 'self/ns/mnt'])(
    'but for the reason, also of what /proc only pretends to be a link: %s',
    (path) => {
      const proc = openRoot('/proc');
      expect(opened(native.openat2, proc, path, 0, FOLLOWING)).toBe('ELOOP');
      expect(opened(native.openat2_walk, proc, path, 0, FOLLOWING)).toMatch(/^(?:EXDEV|ENOENT)$/);
      expectSame('self/status', proc); // `self` is a link like any other
      native.close(proc);
    },
  );

  test('across mount points, down and up', () => {
    const top = openRoot('/');
    for (const path of ['proc/version', 'proc/../etc/passwd', 'proc/sys/../../dev/null', 'dev/./../proc']) {
      expectSame(path, top);
    }
    native.close(top);
  });

  test('for a closed descriptor, and one that is no folder', () => {
    expectSame('f', CLOSED_FD);
    const file = native.openat2(root, 'f', O_CLOEXEC, 0, RESOLVE_BENEATH);
    for (const path of ['f', '.', '..', 'f/f']) expectSame(path, file);
    native.close(file);
  });
});

describe('The walk, beside paths,', () => {
  test('creates files where openat2 does: at the target of a link, and with the mode', () => {
    for (const path of ['to-a/created', 'dangling']) {
      const fd = native.openat2_walk(root, path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600, FOLLOWING);
      expect(native.write(fd, Buffer.from('new'), 0, 3)).toBe(3);
      native.close(fd);
    }
    for (const name of ['a/created', 'nothing']) {
      expect(readFileSync(join(parent, 'root', name), 'utf8')).toBe('new');
      rmSync(join(parent, 'root', name));
    }
    expect(native.openat2_walk(root, 'out/new', O_RDWR | O_CREAT | O_CLOEXEC, 0o600, FOLLOWING)).toBe(-errno.EXDEV);
    expect(native.openat2_walk(root, 'f', O_CLOEXEC, 0o600, FOLLOWING)).toBe(-errno.EINVAL);
  });

  test('is openat without flags to resolve', () => {
    expect(opened(native.openat2_walk, root, '../secret', 0, 0)).toBe(opened(native.openat2, root, '../secret', 0, 0));
  });

  test('refuses what it does not support: RESOLVE_IN_ROOT, no RESOLVE_BENEATH, and unknown flags', () => {
    expect(opened(native.openat2_walk, root, 'f', 0, RESOLVE_IN_ROOT)).toBe('EINVAL');
    expect(opened(native.openat2_walk, root, 'f', 0, RESOLVE_NO_SYMLINKS)).toBe('EINVAL');
    expect(opened(native.openat2_walk, root, 'f', 0, (0x8000_0000 | RESOLVE_BENEATH) >>> 0)).toBe('EINVAL');
  });

  test('answers EAGAIN to RESOLVE_CACHED', () => {
    expect(opened(native.openat2_walk, root, 'f', 0, RESOLVE_BENEATH | RESOLVE_CACHED)).toBe('EAGAIN');
  });

  test('is one job, off the loop', async () => {
    const open = (path: string): Promise<[fd: number, stat: Float64Array]> =>
      new Promise((done) => native.openat2_walk_job(root, path, O_CLOEXEC, FOLLOWING, (...opened) => done(opened)));
    const [fd, stat] = await open('to-c/f');
    expect(opened(native.openat2, root, 'a/b/c/f', 0, FOLLOWING)).toContain(`:${stat[STAT_INODE]} `);
    native.close(fd);
    expect((await open('a/b/out'))[0]).toBe(-errno.EXDEV);
  });
});

test.each([
  ['openat2', 'place/f'],
  ['openat2', 'place/../place/f'],
  ['openat2_walk', 'place/f'],
  ['openat2_walk', 'place/../place/f'],
  ['openat2_walk', 'place/deep/../f'],
] as const)('%s never leads out by a folder that becomes a link meanwhile: %s', async (name, path) => {
  mkdirSync(join(parent, 'root/place/deep'), { recursive: true });
  writeFileSync(join(parent, 'root/place/f'), 'inside');
  const texts = new Set<string>();
  {
    await using swapper = await Swapper.start(join(parent, 'root/place'), join(parent, 'swap'));
    const buffer = Buffer.alloc(16);
    for (let i = 0; i < 20_000; i++) {
      const fd = native[name](root, path, O_CLOEXEC, 0, FOLLOWING);
      if (fd < 0) {
        texts.add(errorCode(fd));
        continue;
      }
      texts.add(buffer.toString('latin1', 0, native.pread(fd, buffer, 0, 16, 0)));
      native.close(fd);
    }
    expect(await swapper.stop()).toBeGreaterThan(100);
  }
  rmSync(join(parent, 'root/place'), { recursive: true });
  const possible = ['inside', 'ENOENT', 'EXDEV', 'EAGAIN', 'ENOTDIR'];
  expect([...texts].filter((text) => !possible.includes(text))).toEqual([]);
  expect(texts).toContain('inside');
});
