/** A folder that is larger than the cache: all of it is served as it is on disk, within the bounds. */
import { renameSync, writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { WATCHES_MAX } from '../../src/files/folder-watch.js';
import { get, RawClient } from '../client/raw-client.js';
import { countWatches } from './inotify-watches.js';
import { OpenCount } from './open-count.js';
import { SiteFolder } from './site-folder.js';

const PIPELINED = 250;

/** Requests each path, and expects its name as its content. */
async function askForAll(client: RawClient, paths: readonly string[]): Promise<void> {
  for (let start = 0; start < paths.length; start += PIPELINED) {
    const some = paths.slice(start, start + PIPELINED);
    await client.send(some.map((path) => get(path)).join(''));
    const responses = await client.responses(some.length);
    expect(responses.map(({ body }) => body.toString())).toEqual(some);
  }
}

test('20,000 files in a folder are served within the bounds of watches and memory', async () => {
  using site = new SiteFolder();
  const paths = Array.from({ length: 20_000 }, (_, i) => `/${i}`);
  for (const path of paths) writeFileSync(site.path(path), path);
  await using target = site.serve();
  await using client = await RawClient.connect(target.address);
  const watchesBefore = countWatches();
  await askForAll(client, paths);
  await askForAll(client, paths.toReversed()); // the ones that were requested last, again
  const watches = countWatches() - watchesBefore;
  expect(watches).toBeGreaterThan(1_000);
  expect(watches).toBeLessThanOrEqual(WATCHES_MAX);
  // Beyond the bound, too, no old content is sent.
  for (const path of [paths[10], paths[10_000], paths[19_990]] as string[]) {
    await client.send(get(path).repeat(3));
    await client.responses(3);
    writeFileSync(site.path('next'), `${path} changed`);
    renameSync(site.path('next'), site.path(path));
    await client.send(get(path));
    expect((await client.response()).body.toString()).toBe(`${path} changed`);
  }
  // A path that is requested repeatedly is cached, in place of one that is not.
  await client.send(get('/15000').repeat(3));
  await client.responses(3);
  using opens = new OpenCount();
  await askForAll(client, ['/15000']);
  expect(opens.count).toBe(0);
  expect(target.errors).toEqual([]);
});

test('more folders than can be watched are served, and those without requests make room', async () => {
  using site = new SiteFolder();
  const paths = Array.from({ length: WATCHES_MAX }, (_, i) => `/${i}/a`);
  for (const path of paths) site.write(path, path);
  await using target = site.serve();
  await using client = await RawClient.connect(target.address);
  const watchesBefore = countWatches();
  await askForAll(client, paths);
  expect(countWatches() - watchesBefore).toBeLessThanOrEqual(WATCHES_MAX);
  const last = paths.at(-1) as string;
  await askForAll(client, [last, last, last]);
  using opens = new OpenCount();
  await askForAll(client, [last]);
  expect(opens.count).toBe(0);
  expect(countWatches() - watchesBefore).toBeLessThanOrEqual(WATCHES_MAX);
});
