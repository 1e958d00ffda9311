import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { constants as os, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { constants, native } from '../../src/native/addon.js';
import { OPENED_STAT_LENGTH, STAT_LENGTH, STAT_MODE, STAT_SIZE } from '../../src/native/native-api.js';
import { expectNoLeaks } from '../support/descriptors.js';
import { describeEachWayToOpen } from '../support/each-way-to-open.js';
import { bytes, CLOSED_FD, openDescriptors, socketPair, text, thrownBy, untyped } from './support.js';

const { AT_FDCWD, O_CLOEXEC, O_DIRECTORY, O_NONBLOCK, O_WRONLY } = constants;
const { RESOLVE_BENEATH, RESOLVE_NO_MAGICLINKS, RESOLVE_NO_SYMLINKS, S_IFDIR, S_IFREG } = constants;
const { EBADF, ENOENT } = os.errno;
const S_IFIFO = 0o010000;

const BUILT = new URL('../../build/Release/epoll_reactor.node', import.meta.url);

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'disk-jobs-'));
  mkdirSync(join(folder, 'sub'));
  writeFileSync(join(folder, 'page'), '0123456789');
  symlinkSync('page', join(folder, 'link'));
});

afterAll(() => rmSync(folder, { recursive: true }));

expectNoLeaks();

function open(path: string, flags = 0): number {
  return native.openat2(AT_FDCWD, path, O_CLOEXEC | flags, 0, 0);
}

/** The arguments of a job's callback, in a later turn. */
function result<Given extends unknown[]>(job: (done: (...given: Given) => void) => void): Promise<Given> {
  return new Promise((resolve) => {
    let isLater = false;
    job((...given) => {
      expect(isLater).toBe(true);
      resolve(given);
    });
    isLater = true;
  });
}

async function resultOf(job: (done: (n: number) => void) => void): Promise<number> {
  const [n] = await result<[number]>(job);
  return n;
}

test('openat2_job opens, and says what it has opened', async () => {
  const root = open(folder, O_DIRECTORY);
  const [fd, stat] = await result<[number, Float64Array]>((done) =>
    native.openat2_job(root, 'page', O_CLOEXEC, RESOLVE_BENEATH, done),
  );
  expect([stat.length, stat[STAT_SIZE]]).toEqual([OPENED_STAT_LENGTH, 10]);
  expect(native.close(fd)).toBe(0);
  const [none] = await result<[number, Float64Array]>((done) => native.openat2_job(root, 'none', O_CLOEXEC, 0, done));
  expect(none).toBe(-ENOENT);
  native.close(root);
});

test('pread_job gives the bytes that were read, in memory of their own', async () => {
  const fd = open(join(folder, 'page'));
  const pread = (of: number, count: number, position: number): Promise<[number, Buffer]> =>
    result((done) => native.pread_job(of, count, position, done));
  const [n, read] = await pread(fd, 4, 5);
  expect([n, text(read)]).toEqual([4, '5678']);
  expect((await pread(fd, 8, 8)).map(String)).toEqual(['2', '89']);
  native.close(fd);
  expect((await pread(CLOSED_FD, 8, 8)).map(String)).toEqual([`${-EBADF}`, '']);
  // Nothing that a thread writes to can be taken from it: what a caller can transfer is there when the thread is done.
  structuredClone(read.buffer, { transfer: [read.buffer as ArrayBuffer] });
  expect(read.length).toBe(0);
});

test('sendfile_job sends from a position, and would block where the peer does not read', async () => {
  const [a, b] = socketPair();
  const fd = open(join(folder, 'page'));
  expect(await resultOf((done) => native.sendfile_job(a, fd, 3, 4, done))).toBe(4);
  const buffer = bytes('----------');
  expect(native.recv(b, buffer, 0, 10, 0)).toBe(4);
  expect(text(buffer)).toBe('3456------');
  expect(await resultOf((done) => native.sendfile_job(a, fd, 10, 4, done))).toBe(0);
  writeFileSync(join(folder, 'large'), '');
  truncateSync(join(folder, 'large'), 16 * 1024 * 1024);
  const large = open(join(folder, 'large'));
  let n = 0;
  while (n >= 0) n = await resultOf((done) => native.sendfile_job(a, large, 0, 16 * 1024 * 1024, done));
  expect(n).toBe(-os.errno.EAGAIN);
  for (const each of [a, b, fd, large]) native.close(each);
  rmSync(join(folder, 'large'));
});

test('close_job closes', async () => {
  const fd = open(join(folder, 'page'));
  expect(await resultOf((done) => native.close_job(fd, done))).toBe(0);
  expect(native.close(fd)).toBe(-EBADF);
  expect(await resultOf((done) => native.close_job(fd, done))).toBe(-EBADF);
});

describe('getdents64_job', () => {
  function names(fd: number, countMax: number): Promise<[number, string[]]> {
    return new Promise((resolve) => {
      native.getdents64_job(fd, countMax, (n, all) => resolve([n, all.toString().split('\0').slice(0, -1).sort()]));
    });
  }

  test('gives files, folders and symbolic links by name, and nothing else', async () => {
    const fifo = join(folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    const fd = open(folder, O_DIRECTORY);
    expect(await names(fd, 100)).toEqual([3, ['dsub', 'fpage', 'llink']]);
    rmSync(fifo);
    native.close(fd);
    expect(await names(CLOSED_FD, 100)).toEqual([-EBADF, []]);
  });

  test('gives at most as many as were asked for', async () => {
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

describeEachWayToOpen(() => {
  test('openat2_stat_job describes what each name leads to, and says why for those that lead to nothing', async () => {
    symlinkSync('/etc/passwd', join(folder, 'out'));
    execFileSync('mkfifo', [join(folder, 'fifo')]);
    const root = open(folder, O_DIRECTORY);
    const stat = (prefix: string, names: string, resolve: number): Promise<[number, Float64Array]> =>
      result((done) => native.openat2_stat_job(root, prefix, bytes(names), resolve, done));
    const following = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
    const [found, stats] = await stat('sub/../', 'page\0gone\0link\0out\0sub\0fifo\0', following);
    const modes = Array.from({ length: 6 }, (_, i) => stats[i * STAT_LENGTH + STAT_MODE] as number);
    const types = modes.map((mode) => (mode < 0 ? mode : mode & constants.S_IFMT));
    expect(types).toEqual([S_IFREG, -ENOENT, S_IFREG, -os.errno.EXDEV, S_IFDIR, S_IFIFO]);
    expect([found, stats[STAT_SIZE], stats[2 * STAT_LENGTH + STAT_SIZE]]).toEqual([4, 10, 10]);
    const [, [mode]] = await stat('', 'link\0', RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
    expect(mode).toBe(-os.errno.ELOOP);
    expect(await stat('', '', RESOLVE_BENEATH)).toEqual([0, new Float64Array(0)]);
    native.close(root);
    for (const name of ['out', 'fifo']) rmSync(join(folder, name));
  });
});

test.each([
  ['openat2_stat_job', [1, '', bytes('a'), 0, () => {}], 'RangeError: names: expected a NUL at the end of each'],
  ['close_job', [1, 2], 'TypeError: callback: expected a function, got a number'],
  ['pread_job', [1, -1, 0, () => {}], 'RangeError: count: expected'],
] as [string, unknown[], string][])(
  '%s: a wrong argument is refused before anything is done',
  (name, args, message) => {
    expect(thrownBy(() => untyped[name]?.(...args))).toContain(message);
  },
);

test('many jobs at once are all done', async () => {
  const fd = open(join(folder, 'page'));
  const jobs = Array.from({ length: 2_000 }, (_, i) => {
    return result<[number, Buffer]>((done) => native.pread_job(fd, 1, i % 10, done)).then(([, read]) => text(read));
  });
  expect(await Promise.all(jobs)).toEqual(Array.from({ length: 2_000 }, (_, i) => `${i % 10}`));
  native.close(fd);
});

test('a thread of JavaScript that ends does not wait for its jobs, and what they open is closed', async () => {
  // To open a FIFO is to wait for who writes to it.
  const fifo = join(folder, 'fifo');
  execFileSync('mkfifo', [fifo]);
  const before = openDescriptors();
  const code = `
    const { parentPort, workerData: { addonPath, fifo } } = require('node:worker_threads');
    const addon = require(addonPath);
    const { AT_FDCWD, O_CLOEXEC } = addon.constants;
    const open = (path) => addon.openat2_job(AT_FDCWD, path, O_CLOEXEC, 0, () => {});
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
