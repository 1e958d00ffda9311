import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { DiskFile, IN_MEMORY_PIECE_BYTES, KNOWN_IN_MEMORY_MS } from '../../src/disk/page-cache.js';
import { native } from '../../src/native/addon.js';
import { testWhere, works } from '../daemon/programs.js';

const SIZE = 4 * IN_MEMORY_PIECE_BYTES;

let folder: string;
let path: string;
let fd: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'disk-file-'));
  path = join(folder, 'file');
  writeFileSync(path, Buffer.alloc(SIZE, 'x'));
  fd = openSync(path, 'r');
});

afterEach(() => {
  closeSync(fd);
  rmSync(folder, { recursive: true });
});

/** Has the kernel forget what it has read of the file. */
function forget(): void {
  execFileSync('dd', [`of=${path}`, 'oflag=nocache', 'conv=notrunc,fdatasync', 'count=0'], { stdio: 'ignore' });
}

/** The filesystem of the tests' folder. */
function tells(): boolean {
  const probe = mkdtempSync(join(tmpdir(), 'disk-file-'));
  writeFileSync(join(probe, 'file'), 'x');
  const probeFd = openSync(join(probe, 'file'), 'r');
  const canTell = new DiskFile(probeFd).isInMemory(0, 1, 0);
  closeSync(probeFd);
  rmSync(probe, { recursive: true });
  return canTell;
}

const whereItCanBeTold = testWhere(
  tells() && works('dd', '--version'),
  'the filesystem cannot tell what is in memory, or there is no dd',
);

whereItCanBeTold('what was written is in memory, and what the kernel has forgotten is not, until it is read', () => {
  expect(new DiskFile(fd).isInMemory(0, SIZE, 0)).toBe(true);
  forget();
  expect(new DiskFile(fd).isInMemory(0, SIZE, 0)).toBe(false);
  for (const buffer = Buffer.alloc(SIZE); native.pread(fd, buffer, 0, SIZE, 0) < 0; );
  expect(new DiskFile(fd).isInMemory(0, SIZE, 0)).toBe(true);
});

whereItCanBeTold('what was in memory is taken to be there for a while, and then looked at again', () => {
  const file = new DiskFile(fd);
  expect(file.isInMemory(0, SIZE, 1)).toBe(true);
  forget();
  expect(file.isInMemory(0, SIZE, KNOWN_IN_MEMORY_MS)).toBe(true);
  expect(file.isInMemory(0, SIZE, KNOWN_IN_MEMORY_MS + 1)).toBe(false);
});

whereItCanBeTold('what lies behind the end of a file that was cut short needs no disk', () => {
  truncateSync(path, 10);
  expect(new DiskFile(fd).isInMemory(0, SIZE, 0)).toBe(true);
});

test('a file on a filesystem that cannot tell is never taken to be in memory', () => {
  const procFd = openSync('/proc/self/status', 'r');
  const file = new DiskFile(procFd);
  expect(file.isInMemory(0, 1, 0)).toBe(false);
  expect(file.isInMemory(0, 1, 0)).toBe(false);
  closeSync(procFd);
});
