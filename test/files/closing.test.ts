/** The effects of closing a folder on the requests for its files. */
import { readdirSync, readlinkSync } from 'node:fs';
import { constants as osConstants } from 'node:os';
import { describe, expect, test } from '@jest/globals';
import { fileHandler } from '../../src/files/file-handler.js';
import { constants, native } from '../../src/native/addon.js';
import { ask, get } from '../client/raw-client.js';
import { TestServer } from '../server/test-server.js';
import { SiteFolder } from './site-folder.js';

type Calls = { -readonly [Name in keyof typeof native]: (typeof native)[Name] };
const calls = native as Calls;

/** With some of the addon's functions in the place of others. */
async function withCalls(replaced: Partial<Calls>, run: () => Promise<void>): Promise<void> {
  const before = { ...calls };
  Object.assign(calls, replaced);
  try {
    await run();
  } finally {
    Object.assign(calls, before);
  }
}

function countOf(what: RegExp): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return what.test(readlinkSync(`/proc/self/fd/${fd}`));
    } catch {
      return false; // the one that listed the folder
    }
  }).length;
}

test('a folder whose look-ups are under way keeps its number until they have ended: it is not answered from another one', async () => {
  using asked = new SiteFolder({ 'page.txt': 'asked' });
  using other = new SiteFolder({ 'page.txt': 'secret' });
  const handler = fileHandler(asked.root);
  await using server = new TestServer(handler);
  const { openat2, openat2_job } = native;
  let begin = (): void => {};
  const isHeld = new Promise<void>((held) => {
    begin = held;
  });
  let go = (): void => {};
  await withCalls(
    {
      // Nothing is at hand, and the thread is slow to begin.
      openat2: (dir, name, flags, mode, resolve) =>
        (resolve & constants.RESOLVE_CACHED) === 0
          ? openat2(dir, name, flags, mode, resolve)
          : -osConstants.errno.EAGAIN,
      openat2_job: (...args) => {
        go = () => openat2_job(...args);
        begin();
      },
    },
    async () => {
      const answer = ask(server.address, get('/page.txt'));
      await isHeld;
      handler.close();
      const otherHandler = fileHandler(other.root); // takes the lowest number that is free
      go();
      const { status, body } = await answer;
      otherHandler.close();
      expect([status, body.toString()]).not.toEqual([200, 'secret']);
    },
  );
});

test('a request after close() is answered 500, and leaves nothing open', async () => {
  using site = new SiteFolder({ 'page.txt': 'page' });
  const before = countOf(/inotify/);
  const handler = fileHandler(site.root);
  await using server = new TestServer(handler);
  await ask(server.address, get('/page.txt'));
  handler.close();
  expect((await ask(server.address, get('/page.txt'))).status).toBe(500);
  expect(server.errors).toHaveLength(1);
  expect(countOf(/inotify/)).toBe(before);
});

describe('a disk that fails while a file is read for the cache', () => {
  test.each([{}, { compress: true }])('is a 500, and leaves no descriptor open: %j', async (options) => {
    using site = new SiteFolder({ 'page.html': '<p>page</p>'.repeat(500) });
    await withCalls(
      {
        preadv2: () => -osConstants.errno.EAGAIN,
        pread_job: (_fd, _count, _position, done) => void setImmediate(done, -osConstants.errno.EIO, Buffer.alloc(0)),
      },
      async () => {
        await using server = site.serve(options);
        for (let i = 0; i < 5; i++) {
          const request = get('/page.html', 'Accept-Encoding: gzip\r\n');
          expect((await ask(server.address, request)).status).toBe(500);
        }
        expect(countOf(/page\.html/)).toBe(0);
      },
    );
  });
});
