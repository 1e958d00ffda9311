import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { constants as os, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { constants, native } from '../../src/native/addon.js';
import { OPENED_STAT_LENGTH, STAT_LENGTH, STAT_MODE, STAT_SIZE } from '../../src/native/native-api.js';
import { bytes, CLOSED_FD, openDescriptors, socketPair, text, thrownBy, untyped } from './support.js';

const { AT_FDCWD, O_CLOEXEC, O_DIRECTORY, O_NONBLOCK, O_WRONLY, RESOLVE_BENEATH } = constants;
const { EBADF, ENOENT } = os.errno;

const BUILT = new URL('../../build/Release/epoll_reactor.node', import.meta.url);

let folder = '';
let before = 0;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'disk-jobs-'));
  mkdirSync(join(folder, 'sub'));
  writeFileSync(join(folder, 'page'), '0123456789');
  symlinkSync('page', join(folder, 'link'));
});

afterAll(() => rmSync(folder, { recursive: true }));

beforeEach(() => {
  before = openDescriptors();
});

afterEach(() => {
  expect(openDescriptors()).toBe(before);
});

function open(path: string, flags = 0): number {
  return native.openat2(AT_FDCWD, path, O_CLOEXEC | flags, 0, 0);
}

/** What a job's callback is told. */
function told(job: (done: (n: number, ...rest: unknown[]) => void) => void): Promise<number> {
  return new Promise((resolve) => {
    let isLater = false;
    job((n) => {
      expect(isLater).toBe(true);
      resolve(n);
    });
    isLater = true;
  });
}

test('openat2_job opens, and says what it has opened', async () => {
  const root = open(folder, O_DIRECTORY);
  const stat = new Float64Array(OPENED_STAT_LENGTH);
  const fd = await told((done) => native.openat2_job(root, 'page', O_CLOEXEC, RESOLVE_BENEATH, stat, done));
  expect(stat[STAT_SIZE]).toBe(10);
  expect(native.close(fd)).toBe(0);
  expect(await told((done) => native.openat2_job(root, 'none', O_CLOEXEC, 0, stat, done))).toBe(-ENOENT);
  native.close(root);
});

test('pread_job fills the part of the buffer that it was given, and no more than was read', async () => {
  const fd = open(join(folder, 'page'));
  const buffer = bytes('--------');
  expect(await told((done) => native.pread_job(fd, buffer, 1, 4, 5, done))).toBe(4);
  expect(text(buffer)).toBe('-5678---');
  expect(await told((done) => native.pread_job(fd, buffer, 0, 8, 8, done))).toBe(2);
  expect(text(buffer)).toBe('89678---');
  native.close(fd);
  expect(await told((done) => native.pread_job(CLOSED_FD, buffer, 0, 8, 8, done))).toBe(-EBADF);
});

test('sendfile_job sends from a position, and would block where the peer does not read', async () => {
  const [a, b] = socketPair();
  const fd = open(join(folder, 'page'));
  expect(await told((done) => native.sendfile_job(a, fd, 3, 4, done))).toBe(4);
  const buffer = bytes('----------');
  expect(native.recv(b, buffer, 0, 10, 0)).toBe(4);
  expect(text(buffer)).toBe('3456------');
  expect(await told((done) => native.sendfile_job(a, fd, 10, 4, done))).toBe(0);
  writeFileSync(join(folder, 'large'), '');
  truncateSync(join(folder, 'large'), 16 * 1024 * 1024);
  const large = open(join(folder, 'large'));
  let n = 0;
  while (n >= 0) n = await told((done) => native.sendfile_job(a, large, 0, 16 * 1024 * 1024, done));
  expect(n).toBe(-os.errno.EAGAIN);
  for (const each of [a, b, fd, large]) native.close(each);
  rmSync(join(folder, 'large'));
});

test('close_job closes', async () => {
  const fd = open(join(folder, 'page'));
  expect(await told((done) => native.close_job(fd, done))).toBe(0);
  expect(native.close(fd)).toBe(-EBADF);
  expect(await told((done) => native.close_job(fd, done))).toBe(-EBADF);
});

describe('getdents64_job', () => {
  function names(fd: number, countMax: number): Promise<[number, string[]]> {
    return new Promise((resolve) => {
      native.getdents64_job(fd, countMax, (n, all) => resolve([n, all.toString().split('\0').slice(0, -1).sort()]));
    });
  }

  test('tells files and folders by name, and nothing else', async () => {
    const fd = open(folder, O_DIRECTORY);
    expect(await names(fd, 100)).toEqual([2, ['dsub', 'fpage']]);
    native.close(fd);
    expect(await names(CLOSED_FD, 100)).toEqual([-EBADF, []]);
  });

  test('tells at most as many as were asked for', async () => {
    const many = join(folder, 'many');
    mkdirSync(many);
    for (let i = 0; i < 500; i++) writeFileSync(join(many, `${'x'.repeat(100)}${i}`), '');
    const fd = open(many, O_DIRECTORY);
    const [n, all] = await names(fd, 400);
    expect([n, new Set(all).size]).toEqual([400, 400]);
    native.close(fd);
    rmSync(many, { recursive: true });
  });
});

test('fstatat_job tells of each name, with nothing for those that are gone, and of a link itself', async () => {
  const fd = open(folder, O_DIRECTORY);
  const stats = new Float64Array(4 * STAT_LENGTH + 1).fill(-1);
  expect(await told((done) => native.fstatat_job(fd, bytes('page\0gone\0link\0sub\0'), stats, done))).toBe(3);
  const modes = [0, 1, 2, 3].map((i) => (stats[i * STAT_LENGTH + STAT_MODE] as number) & constants.S_IFMT);
  expect(modes).toEqual([constants.S_IFREG, 0, 0o120000, constants.S_IFDIR]);
  expect(stats[STAT_SIZE]).toBe(10);
  expect(stats[4 * STAT_LENGTH]).toBe(-1);
  expect(await told((done) => native.fstatat_job(fd, bytes(''), stats, done))).toBe(0);
  native.close(fd);
});

test.each([
  [
    'fstatat_job',
    [1, bytes('a'), new Float64Array(8), () => {}],
    'RangeError: names: expected a NUL at the end of each',
  ],
  [
    'fstatat_job',
    [1, bytes('a\0b\0'), new Float64Array(15), () => {}],
    'RangeError: stats: expected at least 16 elements, got 15',
  ],
  ['close_job', [1, 2], 'TypeError: callback: expected a function, got a number'],
  [
    'pread_job',
    [1, new Uint8Array(4), 2, 3, 0, () => {}],
    'RangeError: offset, length: expected a part of the 4 bytes given, got [2, 5)',
  ],
] as [string, unknown[], string][])(
  '%s: a wrong argument is refused before anything is done',
  (name, args, message) => {
    expect(thrownBy(() => untyped[name]?.(...args))).toContain(message.split(', got [')[0] as string);
  },
);

test('many jobs at once are all done', async () => {
  const fd = open(join(folder, 'page'));
  const jobs = Array.from({ length: 2_000 }, (_, i) => {
    const buffer = bytes('-');
    return told((done) => native.pread_job(fd, buffer, 0, 1, i % 10, done)).then(() => text(buffer));
  });
  expect(await Promise.all(jobs)).toEqual(Array.from({ length: 2_000 }, (_, i) => `${i % 10}`));
  native.close(fd);
});

test('a thread of JavaScript that ends does not wait for its jobs, and what they open is closed', async () => {
  // To open a FIFO is to wait for who writes to it.
  const fifo = join(folder, 'fifo');
  execFileSync('mkfifo', [fifo]);
  const code = `
    const { parentPort, workerData: { addonPath, fifo } } = require('node:worker_threads');
    const addon = require(addonPath);
    const { AT_FDCWD, O_CLOEXEC } = addon.constants;
    const open = (path) => addon.openat2_job(AT_FDCWD, path, O_CLOEXEC, 0, new Float64Array(9), () => {});
    for (let i = 0; i < 100; i++) open('/');
    for (let i = 0; i < 4; i++) open(fifo);
    for (let i = 0; i < 100; i++) open('/');
    parentPort.postMessage('queued');
    for (;;) {}
  `;
  const addonPath = process.env['EPOLL_REACTOR_ADDON'] ?? fileURLToPath(BUILT);
  const worker = new Worker(code, { eval: true, workerData: { addonPath, fifo } });
  await new Promise((resolve) => worker.once('message', resolve));
  await worker.terminate();
  // Now that it has ended, the threads are let go on.
  let writing = -1;
  while (writing < 0) {
    writing = native.openat2(AT_FDCWD, fifo, O_CLOEXEC | O_WRONLY | O_NONBLOCK, 0, 0);
    await new Promise(setImmediate);
  }
  while (openDescriptors() > before + 1) await new Promise(setImmediate);
  native.close(writing);
  rmSync(fifo);
});
