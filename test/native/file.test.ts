import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { constants as os, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { constants, native } from '../../src/native/addon.js';
import {
  STAT_CTIME_NANOSECONDS,
  STAT_CTIME_SECONDS,
  STAT_DEVICE,
  STAT_INODE,
  STAT_LENGTH,
  STAT_MODE,
  STAT_MTIME_NANOSECONDS,
  STAT_MTIME_SECONDS,
  STAT_SIZE,
} from '../../src/native/native-api.js';
import { bytes, CLOSED_FD, errno, openDescriptors, text } from './support.js';

const { AT_FDCWD, O_CLOEXEC, O_CREAT, O_DIRECTORY, O_PATH, O_RDWR } = constants;
const { EAGAIN, EBADF, EINVAL, ENOENT } = os.errno;
const { RESOLVE_BENEATH, RESOLVE_CACHED, RESOLVE_IN_ROOT, RESOLVE_NO_SYMLINKS } = constants;

let folder = '';
let root = -1;
let before = 0;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'epoll-reactor-'));
  mkdirSync(join(folder, 'www/sub'), { recursive: true });
  writeFileSync(join(folder, 'secret'), 'secret');
  writeFileSync(join(folder, 'www/page'), '0123456789');
  writeFileSync(join(folder, 'www/sub/ünïcode'), '');
  symlinkSync('../secret', join(folder, 'www/out'));
  symlinkSync('/etc/passwd', join(folder, 'www/absolute'));
  symlinkSync('../page', join(folder, 'www/sub/in'));
});

afterAll(() => rmSync(folder, { recursive: true }));

beforeEach(() => {
  before = openDescriptors();
  root = native.openat2(AT_FDCWD, join(folder, 'www'), O_PATH | O_DIRECTORY | O_CLOEXEC, 0, 0);
});

afterEach(() => {
  expect(native.close(root)).toBe(0);
  expect(openDescriptors()).toBe(before);
});

/** 0 for what opens, or -errno. */
function opens(path: string, resolve: number, flags = 0): number {
  // The kernel gives up a path with `..` if any file on the machine is renamed meanwhile (openat2(2), EAGAIN).
  for (;;) {
    const fd = native.openat2(root, path, O_CLOEXEC | flags, 0, resolve);
    if (fd >= 0) return native.close(fd);
    if (fd !== -EAGAIN) return fd;
  }
}

describe('openat2', () => {
  test.each(['page', './page', 'sub/../page', 'sub/in', 'sub/ünïcode', 'sub', '.'])(
    'RESOLVE_BENEATH opens %s, which is beneath',
    (path) => {
      expect(opens(path, RESOLVE_BENEATH)).toBe(0);
    },
  );

  test.each(['../secret', '..', 'sub/../../secret', '/etc/passwd', '/', 'out', 'absolute'])(
    'RESOLVE_BENEATH refuses %s, which leads out',
    (path) => {
      expect(opens(path, RESOLVE_BENEATH)).toBe(-errno.EXDEV);
    },
  );

  test('resolves as its flags say', () => {
    expect(opens('../secret', 0)).toBe(0);
    expect(opens('/page', RESOLVE_IN_ROOT)).toBe(0);
    expect(opens('../../page', RESOLVE_IN_ROOT)).toBe(0);
    expect(opens('sub/in', RESOLVE_NO_SYMLINKS)).toBe(-errno.ELOOP);
    expect(opens('page', RESOLVE_BENEATH | RESOLVE_CACHED)).toBe(0);
  });

  test('what the kernel refuses comes back as a negative number', () => {
    expect(opens('missing', RESOLVE_BENEATH)).toBe(-ENOENT);
    expect(opens('', RESOLVE_BENEATH)).toBe(-ENOENT);
    expect(opens('page/x', RESOLVE_BENEATH)).toBe(-errno.ENOTDIR);
    expect(opens('page', 0x8000_0000)).toBe(-EINVAL);
    expect(native.openat2(CLOSED_FD, 'page', O_CLOEXEC, 0, 0)).toBe(-EBADF);
    expect(native.openat2(root, 'x'.repeat(256), O_CLOEXEC, 0, 0)).toBe(-errno.ENAMETOOLONG);
  });

  test('a mode goes with O_CREAT only', () => {
    expect(native.openat2(root, 'page', O_CLOEXEC, 0o644, 0)).toBe(-EINVAL);
    const fd = native.openat2(root, 'created', O_RDWR | O_CREAT | O_CLOEXEC, 0o600, RESOLVE_BENEATH);
    expect(native.write(fd, bytes('new'), 0, 3)).toBe(3);
    expect(statSync(join(folder, 'www/created')).mode & 0o777).toBe(0o600);
    expect(native.close(fd)).toBe(0);
  });
});

describe('fstat', () => {
  test('gives the values that node:fs gives', () => {
    utimesSync(join(folder, 'www/page'), 1_700_000_000.25, 1_700_000_000.25);
    const fd = native.openat2(root, 'page', O_CLOEXEC, 0, RESOLVE_BENEATH);
    const stat = new Float64Array(STAT_LENGTH + 1).fill(-1);
    expect(native.fstat(fd, stat)).toBe(0);
    const expected = statSync(join(folder, 'www/page'), { bigint: true });
    expect(stat[STAT_MODE]).toBe(Number(expected.mode));
    expect((stat[STAT_MODE] ?? 0) & constants.S_IFMT).toBe(constants.S_IFREG);
    expect(stat[STAT_SIZE]).toBe(10);
    expect(stat[STAT_MTIME_SECONDS]).toBe(1_700_000_000);
    expect(stat[STAT_MTIME_NANOSECONDS]).toBe(Number(expected.mtimeNs % 1_000_000_000n));
    expect(stat[STAT_CTIME_SECONDS]).toBe(Number(expected.ctimeNs / 1_000_000_000n));
    expect(stat[STAT_CTIME_NANOSECONDS]).toBe(Number(expected.ctimeNs % 1_000_000_000n));
    expect(stat[STAT_INODE]).toBe(Number(BigInt.asUintN(53, expected.ino)));
    expect(stat[STAT_DEVICE]).toBe(Number(expected.dev));
    expect(stat[STAT_LENGTH]).toBe(-1);
    native.close(fd);
  });

  test('describes a folder, and leaves the array alone if it fails', () => {
    const stat = new Float64Array(STAT_LENGTH).fill(-1);
    expect(native.fstat(CLOSED_FD, stat)).toBe(-EBADF);
    expect([...stat]).toEqual(new Array(STAT_LENGTH).fill(-1));
    expect(native.fstat(root, stat)).toBe(0);
    expect((stat[STAT_MODE] ?? 0) & constants.S_IFMT).toBe(constants.S_IFDIR);
  });
});

test('pread reads at a position, and leaves the offset of the file alone', () => {
  const fd = native.openat2(root, 'page', O_CLOEXEC, 0, RESOLVE_BENEATH);
  const buffer = bytes('------');
  expect(native.pread(fd, buffer, 1, 4, 5)).toBe(4);
  expect(text(buffer)).toBe('-5678-');
  expect(native.pread(fd, buffer, 0, 6, 8)).toBe(2);
  expect(native.pread(fd, buffer, 0, 6, 10)).toBe(0);
  expect(native.pread(fd, buffer, 0, 6, Number.MAX_SAFE_INTEGER)).toBe(0);
  expect(native.read(fd, buffer, 0, 2)).toBe(2);
  expect(text(buffer)).toBe('01678-');
  native.close(fd);
  expect(native.pread(fd, buffer, 0, 1, 0)).toBe(-EBADF);
});

describe('Descriptors', () => {
  test('are closed once: the second time is EBADF', () => {
    const fds = new Int32Array(2);
    expect(native.pipe2(fds, O_CLOEXEC)).toBe(0);
    for (const fd of fds) {
      expect(native.close(fd)).toBe(0);
      expect(native.close(fd)).toBe(-EBADF);
    }
    expect(native.close(CLOSED_FD)).toBe(-EBADF);
  });

  test('of pipe2 have its flags, the reading one first', () => {
    const fds = new Int32Array(3).fill(-1);
    expect(native.pipe2(fds, O_CLOEXEC | constants.O_NONBLOCK)).toBe(0);
    const [reading = -1, writing = -1, beyond] = fds;
    expect(beyond).toBe(-1);
    expect(native.write(writing, bytes('x'), 0, 1)).toBe(1);
    expect(native.read(reading, new Uint8Array(2), 0, 2)).toBe(1);
    expect(native.read(reading, new Uint8Array(2), 0, 2)).toBe(-os.errno.EAGAIN);
    expect(native.fcntl(reading, constants.F_GETFD, 0)).toBe(constants.FD_CLOEXEC);
    native.close(reading);
    native.close(writing);
    expect(native.pipe2(fds, 1)).toBe(-EINVAL);
  });

  test('have flags that fcntl gets and sets, and duplicates from a number upwards', () => {
    const duplicate = native.fcntl(root, constants.F_DUPFD_CLOEXEC, 500);
    expect(duplicate).toBeGreaterThanOrEqual(500);
    expect(native.fcntl(duplicate, constants.F_SETFD, 0)).toBe(0);
    expect(native.fcntl(duplicate, constants.F_GETFD, 0)).toBe(0);
    expect(native.fcntl(CLOSED_FD, constants.F_GETFD, 0)).toBe(-EBADF);
    native.close(duplicate);
  });
});
