/** When the process has no descriptor left, a request gets a 500, and no file that was opened for it stays open. */
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { expect } from '@jest/globals';
import type { FileHandlerOptions } from '../../src/files/file-options.js';
import { get, RawClient } from '../client/raw-client.js';
import { exists, testWhere } from '../daemon/programs.js';
import { describeEachWayToOpen } from '../support/each-way-to-open.js';
import { closingAll } from './open-descriptors.js';
import { SiteFolder } from './site-folder.js';

/** More than any request needs at once. */
const ENOUGH = 8;

/** Does something while this process may open `free` descriptors more. */
async function withFreeDescriptors(free: number, act: () => Promise<void>): Promise<void> {
  const [, soft = '', hard = ''] =
    /^Max open files\s+(\d+)\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
  const setSoftLimit = (limit: string): void => {
    execFileSync('prlimit', ['--pid', `${process.pid}`, `--nofile=${limit}:${hard}`]);
  };
  const highest = openSync('/dev/null', 'r');
  const fillers: number[] = [highest];
  setSoftLimit(`${highest + 50}`);
  try {
    try {
      for (;;) fillers.push(openSync('/dev/null', 'r'));
    } catch {
      // No descriptor is left.
    }
    for (let i = 0; i < free; i++) closeSync(fillers.pop() as number);
    await act();
  } finally {
    for (const fd of fillers) closeSync(fd);
    setSoftLimit(soft);
  }
}

const ROWS: [string, FileHandlerOptions, string][] = [
  ['a file', {}, '/a.txt'],
  ['a file that has compressed forms', { precompressed: true }, '/a.txt'],
  ['a page behind a clean URL', { cleanUrls: true }, '/clean'],
  ['the page of a folder', {}, '/page/'],
  ['the fallback', { fallback: 'a.txt' }, '/missing'],
  ['a listing', { listing: true }, '/folder/'],
];

describeEachWayToOpen(() => {
  testWhere(exists('prlimit'), 'prlimit is not installed').each(ROWS)(
    '%s is not found to be missing, but answered 500 or as ever: %j, %s',
    async (_, options, path) => {
      const statuses: number[] = [];
      for (let free = 0; free <= ENOUGH; free++) {
        await closingAll(async () => {
          using site = new SiteFolder({ 'clean.html': '', 'page/index.html': '', 'folder/b': '', 'warm-up': '' });
          for (const name of ['a.txt', 'a.txt.br', 'a.txt.zst', 'a.txt.gz']) site.write(name, name);
          await using target = site.serve(options);
          await using client = await RawClient.connect(target.address);
          await client.send(get('/warm-up')); // what needs descriptors of its own, and not one for each request, has them
          await client.response();
          await withFreeDescriptors(free, async () => {
            await client.send(get(path, 'Accept-Encoding: br, gzip, zstd\r\n'));
            statuses.push((await client.response()).status);
          });
          // As soon as there are some, it goes on.
          await client.send(get(path));
          expect((await client.response()).status).toBe(200);
        });
      }
      expect([statuses[0], statuses.at(-1)]).toEqual([500, 200]);
      expect(statuses.filter((status) => status !== 500 && status !== 200)).toEqual([]);
    },
  );
});
