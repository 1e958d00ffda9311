/** With one file on a disk that does not answer, every other request is answered as ever. */
import { mkdirSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect } from '@jest/globals';
import { DISK_JOBS_MAX } from '../../src/disk/disk-queue.js';
import { ask, get, RawClient } from '../client/raw-client.js';
import { CommandProcess } from '../daemon/command.js';
import { testWhere } from '../daemon/programs.js';
import { pattern } from '../fixtures/pattern.mjs';
import type { TestServer } from '../server/test-server.js';
import { openDescriptors } from './open-descriptors.js';
import { SiteFolder } from './site-folder.js';
import { canMount, SlowDisk } from './slow-disk.js';

const onSlowDisk = testWhere(canMount(), 'no /dev/fuse, or not root: there is no disk to be slow');

const LARGE = 5 * 1024 * 1024;
/** More than the kernel takes from one who does not read. */
const HUGE = 32 * 1024 * 1024;
const SMALL = 10_000;
/** More than there are threads. */
const CLIENTS = 40;

/** The tests wait for events, but forty clients of a large file take long on a busy machine. */
let site: SiteFolder;
let disk: SlowDisk;
let target: TestServer;

beforeEach(async () => {
  if (!canMount()) return;
  const others = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`other-${i}`, `content of ${i}`]));
  site = new SiteFolder({ 'hot.txt': 'hot', large: pattern(LARGE), 'folder/a.txt': '', ...others });
  mkdirSync(site.path('slow'));
  const more = Object.fromEntries(Array.from({ length: DISK_JOBS_MAX }, (_, i) => [`small-${i}`, SMALL]));
  disk = await SlowDisk.mount(site.path('slow'), { huge: HUGE, large: LARGE, small: SMALL, ...more });
  target = site.serve({ listing: true });
  expect((await ask(target.address, get('/hot.txt'))).body.toString()).toBe('hot');
});

afterEach(async () => {
  if (!canMount()) return;
  await target[Symbol.asyncDispose]();
  await disk[Symbol.asyncDispose]();
  site[Symbol.dispose]();
});

/** Requests of each kind, for files that lie elsewhere: kept in memory, not kept, large, in parts, listed, and not there. */
async function expectOthersAnswered(): Promise<void> {
  await using client = await RawClient.connect(target.address);
  await client.send(get('/hot.txt').repeat(100));
  for (const { body } of await client.responses(100)) expect(body.toString()).toBe('hot');
  for (let i = 0; i < 50; i++) {
    await client.send(get(`/other-${i}`));
    expect((await client.response()).body.toString()).toBe(`content of ${i}`);
  }
  await client.send(get('/large'));
  expect((await client.response()).body.equals(pattern(LARGE))).toBe(true);
  await client.send(get('/large', 'Range: bytes=0-99999,1000000-1200000\r\n'));
  expect((await client.response()).status).toBe(206);
  await client.send(get('/folder/'));
  expect((await client.response()).body.toString()).toContain('a.txt');
  await client.send(get('/missing'));
  expect((await client.response()).status).toBe(404);
}

async function clientsOf(path: string, count: number, headers?: string): Promise<RawClient[]> {
  const clients = await Promise.all(Array.from({ length: count }, () => RawClient.connect(target.address)));
  for (const client of clients) await client.send(get(path, headers));
  return clients;
}

async function untilOpen(count: number): Promise<void> {
  const giveUpMs = Date.now() + 30_000;
  let open = openDescriptors();
  while (open > count && Date.now() < giveUpMs) {
    await new Promise(setImmediate);
    open = openDescriptors();
  }
  expect(open).toBeLessThanOrEqual(count); // not looked at again: a thread may be opening what it closes at once
}

describe('while a disk does not answer', () => {
  const ROWS: [what: string, held: string, path: string, length: number][] = [
    ['where a file is', 'LOOKUP small', '/slow/small', SMALL],
    ['to open a file', 'OPEN small', '/slow/small', SMALL],
    ['to read a small file', 'READ small', '/slow/small', SMALL],
    ['to read a large file', 'READ large', '/slow/large', LARGE],
    ['to close a file', 'FLUSH small', '/slow/small', SMALL],
  ];

  onSlowDisk.each(ROWS)(
    '%s (%s), however many ask, all others are answered; and then they are',
    async (_, held, path, length) => {
      await disk.hold(held);
      const clients = await clientsOf(path, CLIENTS);
      await disk.untilHeld(held);
      await expectOthersAnswered();
      await disk.release(held);
      for (const client of clients) {
        const { status, body } = await client.response();
        expect([status, body.equals(pattern(length))]).toEqual([200, true]);
        await client.close();
      }
      expect(target.errors).toEqual([]);
    },
  );

  onSlowDisk.each([
    ['to open a folder', 'OPENDIR '],
    ['what is in a folder', 'READDIR '],
  ])('%s (%s), all others are answered; and then it is listed', async (_, held) => {
    await disk.hold(held);
    const clients = await clientsOf('/slow/', CLIENTS);
    await disk.untilHeld(held);
    await expectOthersAnswered();
    await disk.release(held);
    for (const client of clients) {
      expect((await client.response()).body.toString()).toContain('href="./large"');
      await client.close();
    }
    expect(target.errors).toEqual([]);
  });

  onSlowDisk('parts of a file, all others are answered; and then each part is', async () => {
    await disk.hold('READ large');
    const range = 'Range: bytes=0-99999,3000000-3200000\r\n';
    const clients = await clientsOf('/slow/large', CLIENTS, range);
    await disk.untilHeld('READ large');
    await expectOthersAnswered();
    await disk.release('READ large');
    for (const client of clients) {
      const { status, body } = await client.response();
      expect(status).toBe(206);
      for (const [start, end] of [
        [0, 100_000],
        [3_000_000, 3_200_001],
      ] as const) {
        expect(body.includes(pattern(LARGE).subarray(start, end))).toBe(true);
      }
      await client.close();
    }
  });

  onSlowDisk('the middle of a large file, what has come before is sent, and all others are answered', async () => {
    await using client = await RawClient.connect(target.address);
    client.socket.once('data', () => client.pause());
    await client.send(get('/slow/huge'));
    await client.untilBytes(1);
    await disk.hold('READ huge'); // most of it is still to be read: the client's buffers are full
    client.resume();
    await disk.untilHeld('READ huge');
    await expectOthersAnswered();
    await disk.release('READ huge');
    expect((await client.response()).body.equals(pattern(HUGE))).toBe(true);
  });

  onSlowDisk('one file less than there are threads for a site, others that need a thread get it', async () => {
    await disk.hold('READ *');
    const clients: RawClient[] = [];
    for (let i = 0; i < DISK_JOBS_MAX - 1; i++) clients.push(...(await clientsOf(`/slow/small-${i}`, 2)));
    for (let i = 0; i < DISK_JOBS_MAX - 1; i++) await disk.untilHeld(`READ small-${i}`);
    await expectOthersAnswered();
    await disk.release('READ *');
    for (const client of clients) {
      expect((await client.response()).body.equals(pattern(SMALL))).toBe(true);
      await client.close();
    }
  });

  onSlowDisk(
    'as many files as there are threads for a site, another site has threads, and kept files need none',
    async () => {
      using other = new SiteFolder({ 'a.txt': 'another site' });
      await using otherTarget = other.serve();
      await disk.hold('READ *');
      const clients: RawClient[] = [];
      for (let i = 0; i < DISK_JOBS_MAX; i++) clients.push(...(await clientsOf(`/slow/small-${i}`, 1)));
      for (let i = 0; i < DISK_JOBS_MAX; i++) await disk.untilHeld(`READ small-${i}`);
      expect((await ask(otherTarget.address, get('/a.txt'))).body.toString()).toBe('another site');
      expect((await ask(target.address, get('/hot.txt'))).body.toString()).toBe('hot');
      const [waiting] = (await clientsOf('/other-0', 1)) as [RawClient];
      await disk.release('READ *');
      expect((await waiting.response()).body.toString()).toBe('content of 0');
      for (const client of [waiting, ...clients]) await client.close();
    },
  );

  onSlowDisk.each([
    ['LOOKUP small', '/slow/small'],
    ['READ small', '/slow/small'],
    ['READ large', '/slow/large'],
    ['READDIR ', '/slow/'],
  ])('(%s) clients that go leave a few descriptors open, and none once it has answered', async (held, path) => {
    await expectOthersAnswered();
    await target.untilEmpty();
    const before = openDescriptors();
    await disk.hold(held);
    const clients = await clientsOf(path, CLIENTS);
    await disk.untilHeld(held);
    for (const client of clients) {
      client.reset();
      await client.close();
    }
    await target.untilEmpty();
    await untilOpen(before + 3); // what one thread is at: a file or a folder, and the connection that it writes to
    await disk.release(held);
    await untilOpen(before + 1); // a file may be kept for the next request
    await expectOthersAnswered();
    expect(target.errors).toEqual([]);
  });

  onSlowDisk('the server closes when its grace has passed, and the process goes on', async () => {
    await disk.hold('READ large');
    const [client] = (await clientsOf('/slow/large', 1)) as [RawClient];
    await disk.untilHeld('READ large');
    await target.server.close({ graceMs: 1 });
    expect(target.server.connectionCount).toBe(0);
    await client.untilEnd();
    await client.close();
  });

  onSlowDisk('the command ends, with code 0', async () => {
    await using command = await CommandProcess.serve([site.root]);
    await disk.hold('READ large');
    const client = await RawClient.connect(command.address);
    await client.send(get('/slow/large'));
    await disk.untilHeld('READ large');
    process.kill(command.pid, 'SIGTERM');
    process.kill(command.pid, 'SIGINT'); // does not wait for what is under way
    expect((await command.ended()).code).toBe(0);
    await client.close();
  });
});
