/** Symbolic links are followed below the root, or not at all, by option; and never out of it, whichever option names them. */
import { mkdirSync, symlinkSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { FileHandlerOptions } from '../../src/files/file-options.js';
import { ask, get, RawClient } from '../client/raw-client.js';
import { describeEachWayToOpen } from '../support/each-way-to-open.js';
import { Swapper } from '../support/folder-swapper.js';
import { SiteFolder } from './site-folder.js';

function linkedSite(): SiteFolder {
  const site = new SiteFolder({
    'a.txt': 'inside',
    'folder/b.txt': 'b',
    'folder/index.html': 'page',
    'folder/deep/c.txt': 'c',
    '../secret': 'secret',
    '../beside/index.html': 'secret',
    '../root2/a.txt': 'secret', // its path begins with that of the root
    '.env': 'secret',
  });
  const links: Record<string, string> = {
    'to-file': 'a.txt',
    'to-file.html': 'a.txt',
    'to-folder': 'folder',
    'to-deep': 'folder/deep',
    'folder/up': '../a.txt',
    'folder/to-top': '..',
    'to-link': 'to-file',
    dotted: './folder/../a.txt',
    'out-and-in': '../root/a.txt',
    'absolute-inside': site.path('a.txt'),
    'absolute-outside': `${site.parent}/secret`,
    outside: '../secret',
    'outside-folder': '../beside',
    sibling: '../root2/a.txt',
    'outside-twice': 'outside',
    etc: '/etc',
    top: '/',
    self: 'self',
    'loop-a': 'loop-b',
    'loop-b': 'loop-a',
    dangling: 'nothing',
    'to-proc': '/proc/self/environ',
    'to-env': '.env',
    '.dot-link': 'a.txt',
  };
  for (const [name, target] of Object.entries(links)) symlinkSync(target, site.path(name));
  // Forty are what the kernel follows (path_resolution(7)).
  symlinkSync('a.txt', site.path('chain-1'));
  for (let i = 2; i <= 50; i++) symlinkSync(`chain-${i - 1}`, site.path(`chain-${i}`));
  return site;
}

async function answer(site: SiteFolder, options: FileHandlerOptions, path: string): Promise<[number, string]> {
  await using target = site.serve(options);
  const { status, headers, body } = await ask(target.address, get(path));
  expect(target.errors).toEqual([]);
  return [status, headers.get('location') ?? body.toString()];
}

const INSIDE: readonly [path: string, status: number, text: string][] = [
  ['/to-file', 200, 'inside'],
  ['/to-folder', 301, '/to-folder/'],
  ['/to-folder/', 200, 'page'],
  ['/to-folder/b.txt', 200, 'b'],
  ['/to-folder/deep/c.txt', 200, 'c'],
  ['/to-deep/c.txt', 200, 'c'],
  ['/folder/up', 200, 'inside'],
  ['/folder/to-top/a.txt', 200, 'inside'],
  ['/folder/to-top/folder/to-top/to-folder/b.txt', 200, 'b'],
  ['/to-link', 200, 'inside'],
  ['/dotted', 200, 'inside'],
  ['/chain-10', 200, 'inside'],
  ['/chain-40', 200, 'inside'],
  ['/to-deep/../b.txt', 200, 'b'], // as the kernel reads `..`: the folder above the link's target
];

const NOWHERE: readonly string[] = [
  '/out-and-in',
  '/absolute-inside',
  '/absolute-outside',
  '/outside',
  '/outside-folder',
  '/outside-folder/',
  '/outside-folder/index.html',
  '/sibling',
  '/outside-twice',
  '/etc',
  '/etc/',
  '/etc/passwd',
  '/top/etc/passwd',
  '/folder/to-top/../secret',
  '/to-folder/../../secret',
  '/self',
  '/self/a',
  '/loop-a',
  '/loop-a/',
  '/dangling',
  '/dangling/',
  '/to-proc',
  '/chain-41',
  '/chain-50',
  '/.dot-link',
];

describeEachWayToOpen(() => {
  describe('a link that stays inside', () => {
    test.each(INSIDE)('is followed: %s gets %i %j', async (path, status, text) => {
      using site = linkedSite();
      expect(await answer(site, {}, path)).toEqual([status, text]);
    });

    // A user who may write into the folder makes the links: a link may publish a file whose own name is hidden.
    test('may lead to a dot name', async () => {
      using site = linkedSite();
      expect(await answer(site, {}, '/to-env')).toEqual([200, 'secret']);
      expect(await answer(site, { dotFiles: true }, '/.dot-link')).toEqual([200, 'inside']);
    });

    test('has the tag of its file', async () => {
      using site = linkedSite();
      await site.settled();
      await using target = site.serve();
      const [link, file] = [await ask(target.address, get('/to-file')), await ask(target.address, get('/a.txt'))];
      expect(link.headers.get('etag')).toBe(file.headers.get('etag'));
    });
  });

  describe('a link that leads nowhere, in a circle or outside is not found', () => {
    test.each(NOWHERE)('%s', async (path) => {
      using site = linkedSite();
      for (const options of [{}, { listing: true, cleanUrls: true, precompressed: true }]) {
        expect((await answer(site, options, path))[0]).toBe(404);
      }
    });

    test.each([
      ['index', { index: 'outside' }, '/'],
      ['fallback', { fallback: 'outside' }, '/missing'],
      ['fallback beneath a link', { fallback: 'outside-folder/index.html' }, '/missing'],
      ['notFoundPage', { notFoundPage: 'outside' }, '/missing'],
    ])('as %s', async (_, options, path) => {
      using site = linkedSite();
      const [status, text] = await answer(site, options, path);
      expect(status).toBe(404);
      expect(text).not.toContain('secret');
    });
  });

  describe('with followSymlinks: false', () => {
    test.each([...INSIDE.map(([path]) => path), ...NOWHERE, '/to-env'])('%s is not found', async (path) => {
      using site = linkedSite();
      expect((await answer(site, { followSymlinks: false }, path))[0]).toBe(404);
    });

    test('files and folders are served, and so is a root that is a link', async () => {
      using site = linkedSite();
      const options = { followSymlinks: false };
      expect(await answer(site, options, '/a.txt')).toEqual([200, 'inside']);
      expect(await answer(site, options, '/folder')).toEqual([301, '/folder/']);
      expect(await answer(site, options, '/folder/deep/../b.txt')).toEqual([200, 'b']);
      using other = new SiteFolder();
      symlinkSync(site.root, other.path('link'));
      const { fileHandler } = await import('../../src/files/file-handler.js');
      const { TestServer } = await import('../server/test-server.js');
      const handler = fileHandler(other.path('link'), options);
      await using target = new TestServer(handler);
      expect((await ask(target.address, get('/a.txt'))).body.toString()).toBe('inside');
      handler.close();
    });

    test('no index, fallback, page of a 404, clean URL or compressed file is a link', async () => {
      using site = linkedSite();
      symlinkSync('a.txt', site.path('a.txt.gz'));
      const base = { followSymlinks: false };
      expect((await answer(site, { ...base, index: 'to-file' }, '/'))[0]).toBe(404);
      expect((await answer(site, { ...base, fallback: 'to-file' }, '/missing'))[0]).toBe(404);
      expect((await answer(site, { ...base, notFoundPage: 'to-file' }, '/missing'))[1]).not.toBe('inside');
      expect((await answer(site, { ...base, cleanUrls: true }, '/to-file'))[0]).toBe(404);
      await using target = site.serve({ ...base, precompressed: true });
      const { headers } = await ask(target.address, get('/a.txt', 'Accept-Encoding: gzip\r\n'));
      expect(headers.has('content-encoding')).toBe(false);
    });
  });

  test('a folder that becomes a link to outside during requests never leads outside', async () => {
    using site = new SiteFolder({ 'place/a.txt': 'inside', '../beside/a.txt': 'secret' });
    mkdirSync(`${site.parent}/swap`);
    symlinkSync('../beside', `${site.parent}/swap/link`);
    await using target = site.serve({ listing: true });
    await using client = await RawClient.connect(target.address);
    await using swapper = await Swapper.start(site.path('place'), `${site.parent}/swap`);
    const answers = new Map<string, number>();
    for (let round = 0; round < 40; round++) {
      await client.send(get('/place/a.txt').repeat(30) + get('/place/../place/a.txt').repeat(10));
      for (const { status, body } of await client.responses(40)) {
        const text = `${status} ${status === 200 ? body.toString() : ''}`;
        answers.set(text, (answers.get(text) ?? 0) + 1);
      }
    }
    expect(await swapper.stop()).toBeGreaterThan(100);
    expect([...answers.keys()].sort()).toEqual(['200 inside', '404 ']);
    expect(target.errors).toEqual([]);
  });
});
