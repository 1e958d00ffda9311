/** ARCHITECTURE.md lists the files that a request for a cached file passes. V8 counts the functions that such a request calls. */
import { readFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { expect, test } from '@jest/globals';
import { exchange, get } from '../client/raw-client.js';
import { SiteFolder } from '../files/site-folder.js';

const page = readFileSync(new URL('../../ARCHITECTURE.md', import.meta.url), 'utf8');
const [, list = ''] = /passes these files, in this order:\n\n(.*?)\n\n/s.exec(page) ?? [];
const named = [...list.matchAll(/`([\w-]+\/[\w-]+\.ts)`/g)].map(([, path]) => path as string);

/** The files of src of which a function is called meanwhile, such as `net/connection.ts`. */
async function filesCalledBy(act: () => Promise<unknown>): Promise<Set<string>> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  await act();
  const { result } = await session.post('Profiler.takePreciseCoverage');
  session.disconnect();
  const called = result.filter(({ functions }) => functions.some(({ ranges: [range] }) => (range?.count ?? 0) > 0));
  return new Set(called.map(({ url }) => url.split('/src/')[1] as string));
}

test('a GET of a cached file calls a function of each file that ARCHITECTURE.md lists, and none of a disk look-up', async () => {
  using site = new SiteFolder({ 'a.txt': 'hello' });
  await site.settled();
  await using server = site.serve();
  const { address } = server;
  const request = get('/a.txt');
  for (let i = 0; i < 3; i++) expect(await exchange(address, request)).toContain('hello');
  const called = await filesCalledBy(() => exchange(address, request));
  expect(named.length).toBeGreaterThan(15);
  expect(named.filter((path) => !called.has(path))).toEqual([]);
  expect(called).not.toContain('files/lookup.ts');
});
