/**
 * When the process has no descriptor left, a request gets a 500, and no file that was opened for it stays open. The server is a
 * process of its own: in that of Jest, an object of an earlier test may become garbage meanwhile, and its descriptor free.
 */
import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import type { FileHandlerOptions } from '../../src/files/file-options.js';
import type { InternetAddress } from '../../src/linux/socket-address.js';
import { get, RawClient } from '../client/raw-client.js';
import { exists, testWhere } from '../daemon/programs.js';
import { countDescriptors } from '../support/process-info.js';
import { SiteFolder } from './site-folder.js';

const FIXTURE = fileURLToPath(new URL('../fixtures/full-file-server.mjs', import.meta.url));
const LIMIT = 64;
/** More than any request needs at once. */
const ENOUGH = 8;

const ROWS: [string, FileHandlerOptions, string][] = [
  ['a file', {}, '/a.txt'],
  ['a file that has compressed forms', { precompressed: true }, '/a.txt'],
  ['a page behind a clean URL', { cleanUrls: true }, '/clean'],
  ['the page of a folder', {}, '/page/'],
  ['the fallback', { fallback: 'a.txt' }, '/missing'],
  ['a listing', { listing: true }, '/folder/'],
];

describe.each(['openat2', 'walk'])('names opened by %s', (way) => {
  let child: ChildProcess;
  let ended: Promise<unknown[]>;
  let client: RawClient;

  async function reply(): Promise<{ address: InternetAddress }> {
    const [message] = await Promise.race([once(child, 'message'), ended]);
    if (typeof message !== 'object') throw new Error(`the server ended with ${message}`);
    return message;
  }

  function tell(message: object): Promise<unknown> {
    child.send(message);
    return reply();
  }

  async function statusOf(request: string): Promise<number> {
    await client.send(request);
    return (await client.response()).status;
  }

  beforeAll(async () => {
    child = fork(FIXTURE, [way]);
    ended = once(child, 'exit');
    client = await RawClient.connect((await reply()).address);
    execFileSync('prlimit', [`--pid=${child.pid}`, `--nofile=${LIMIT}:${LIMIT}`]);
  });

  afterAll(async () => {
    await client.close();
    child.kill();
    await ended;
  });

  testWhere(exists('prlimit'), 'prlimit is not installed').each(ROWS)(
    '%s is not found to be missing, but answered 500 or as ever: %j, %s',
    async (_, options, path) => {
      using site = new SiteFolder({ 'clean.html': '', 'page/index.html': '', 'folder/b': '', 'warm-up': '' });
      for (const name of ['a.txt', 'a.txt.br', 'a.txt.zst', 'a.txt.gz']) site.write(name, name);
      const before = countDescriptors(child.pid as number);
      const statuses: number[] = [];
      for (let free = 0; free <= ENOUGH; free++) {
        await tell({ root: site.root, options });
        await statusOf(get('/warm-up')); // what needs descriptors of its own, and not one for each request, has them
        await tell({ free });
        statuses.push(await statusOf(get(path, 'Accept-Encoding: br, gzip, zstd\r\n')));
        await tell({ release: true });
        // As soon as there are some, it goes on.
        expect(await statusOf(get(path))).toBe(200);
        await tell({ close: true });
        expect(countDescriptors(child.pid as number)).toBe(before);
      }
      expect([statuses[0], statuses.at(-1)]).toEqual([500, 200]);
      expect(statuses.filter((status) => status !== 500 && status !== 200)).toEqual([]);
    },
  );
});
