/** A special file is not found, at once, whichever option or path names it. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import type { FileHandlerOptions } from '../../src/files/file-options.js';
import { ask, get, RawClient } from '../client/raw-client.js';
import { describeEachWayToOpen } from '../support/each-way-to-open.js';
import { closingAll } from './open-descriptors.js';
import { SiteFolder } from './site-folder.js';

const isRoot = process.getuid?.() === 0;

/** @returns  what undoes it */
type Make = (path: string) => Promise<() => void>;

const makeFifo: Make = async (path) => {
  execFileSync('mkfifo', [path]);
  return () => {};
};

const makeSocket: Make = async (path) => {
  const server = createServer().listen(path);
  await once(server, 'listening');
  return () => server.close();
};

/** A device with endless bytes, and one without a driver. */
const makeDevice = (type: string, major: string, minor: string): Make => {
  return async (path) => {
    execFileSync('mknod', [path, type, major, minor]);
    return () => {};
  };
};

const KINDS: [string, Make][] = [
  ['a FIFO', makeFifo],
  ['a socket', makeSocket],
  ...(isRoot
    ? ([
        ['a device (/dev/zero)', makeDevice('c', '1', '5')],
        ['a terminal (/dev/tty)', makeDevice('c', '5', '0')],
        ['a device without a driver', makeDevice('c', '240', '77')],
        ['a block device without a driver', makeDevice('b', '240', '77')],
      ] satisfies [string, Make][])
    : []),
];

const PLACES: [string, string, FileHandlerOptions, string, number][] = [
  ['a file', 'x', {}, '/x', 404],
  ['a folder', 'x', {}, '/x/', 404],
  ['what lies on the way', 'x', {}, '/x/y', 404],
  ['the page of a folder', 'index.html', {}, '/', 404],
  ['the page of a folder that is listed', 'folder/index.html', { listing: true }, '/folder/', 200],
  ['the page behind a clean URL', 'x.html', { cleanUrls: true }, '/x', 404],
  ['the fallback', 'x', { fallback: 'x' }, '/missing', 404],
  ['the page of a 404', 'x', { notFoundPage: 'x' }, '/missing', 404],
  ['a compressed file', 'a.txt.gz', { precompressed: true }, '/a.txt', 200],
];

describeEachWayToOpen(() => {
  describe.each(KINDS)('%s', (_, make) => {
    test.each(PLACES)('as %s: %s with %j, %s gets %i at once', (_, name, options, path, status) =>
      closingAll(async () => {
        using site = new SiteFolder({ 'a.txt': 'a', 'folder/b.txt': 'b' });
        const undo = await make(site.path(name));
        try {
          await using target = site.serve(options);
          await using client = await RawClient.connect(target.address);
          // The next request is also answered: nothing waits for the other end of a FIFO.
          await client.send(get(path, 'Accept-Encoding: gzip\r\n') + get('/a.txt'));
          const [response, next] = await client.responses(2);
          expect([response?.status, next?.body.toString()]).toEqual([status, 'a']);
          expect(response?.headers.has('content-encoding')).toBe(false);
          expect(response?.body.toString()).not.toContain('index.html<');
          expect(target.errors).toEqual([]);
        } finally {
          undo();
        }
      }),
    );
  });

  // As another user for as long as the server answers: root may read everything.
  describe('a file or folder without read permission', () => {
    const NOBODY = 65_534;

    async function statusAsNobody(site: SiteFolder, path: string, options: FileHandlerOptions = {}): Promise<number> {
      await using target = site.serve(options);
      await using client = await RawClient.connect(target.address);
      if (isRoot) process.seteuid?.(NOBODY); // of all threads
      try {
        await client.send(get(path));
        return (await client.response()).status;
      } finally {
        if (isRoot) process.seteuid?.(0);
        expect(target.errors).toEqual([]);
      }
    }

    test.each([
      ['a file', '/closed.txt', {}, 404],
      ['a file in a folder that may not be searched', '/closed/a.txt', {}, 404],
      ['the page of such a folder', '/closed/', {}, 404],
      ['a folder that may be searched but not read, listed', '/unreadable/', { listing: true }, 404],
      ['a file in it', '/unreadable/a.txt', {}, 200],
      ['a file beside it', '/open.txt', {}, 200],
      ['the page of a 404', '/missing', { notFoundPage: 'closed.txt' }, 404],
      ['the fallback', '/missing', { fallback: 'closed.txt' }, 404],
    ])('%s: %s with %j gets %i', async (_, path, options, status) => {
      using site = new SiteFolder({ 'open.txt': '', 'closed.txt': '', 'closed/a.txt': '', 'unreadable/a.txt': '' });
      chmodSync(site.parent, 0o755);
      for (const name of ['closed.txt', 'closed']) chmodSync(site.path(name), 0);
      chmodSync(site.path('unreadable'), 0o311);
      try {
        expect(await statusAsNobody(site, path, options)).toBe(status);
      } finally {
        for (const name of ['closed', 'unreadable']) chmodSync(site.path(name), 0o755);
      }
    });
  });

  test('/proc and /dev below a root are served by the same rules', async () => {
    using site = new SiteFolder({ 'proc/self/environ': 'mine', 'dev/null': 'mine' });
    await using target = site.serve();
    for (const path of ['/proc/self/environ', '/dev/null']) {
      expect(existsSync(path)).toBe(true);
      expect((await ask(target.address, get(path))).body.toString()).toBe('mine');
    }
  });
});
