/** Paths that try to leave the root, or to break the look-up: from the request to the response. */
import { expect, test } from '@jest/globals';
import type { FileHandlerOptions } from '../../src/files/file-options.js';
import { ask, get } from '../client/raw-client.js';
import { describeEachWayToOpen } from '../support/each-way-to-open.js';
import { SiteFolder } from './site-folder.js';

/** As long as a name can be (NAME_MAX). */
const LONG = 'x'.repeat(255);

function site(): SiteFolder {
  return new SiteFolder({
    'a.txt': 'inside',
    'a b+c.txt': 'inside',
    'a%2e.txt': 'inside',
    'back\\slash.txt': 'inside',
    '..\\secret': 'inside', // a name like any other: nothing here takes a backslash for a slash
    'a..b': 'inside',
    'folder/index.html': 'page',
    'folder/b.txt': 'inside',
    [LONG]: 'inside',
    '../secret': 'secret',
    '../root2/secret': 'secret',
  });
}

const FOUND: readonly [path: string, text: string][] = [
  ['/a.txt', 'inside'],
  ['/%61.txt', 'inside'],
  ['/a%2Etxt', 'inside'],
  ['/a%20b+c.txt', 'inside'],
  ['/a%252e.txt', 'inside'],
  ['/back%5Cslash.txt', 'inside'],
  ['/back%5cslash.txt', 'inside'],
  ['/a..b', 'inside'],
  ['/%61..%62', 'inside'],
  // Dots that stay inside are followed, in whatever way they are written.
  ['/./a.txt', 'inside'],
  ['/%2e/a.txt', 'inside'],
  ['/folder/../a.txt', 'inside'],
  ['/folder/%2e%2e/a.txt', 'inside'],
  ['/folder/.%2E/a.txt', 'inside'],
  ['/folder//b.txt', 'inside'],
  ['/folder/./b.txt', 'inside'],
  ['/folder/./', 'page'],
  [`/${LONG}`, 'inside'],
  [`/${'./'.repeat(2000)}a.txt`, 'inside'],
];

const NOT_FOUND: readonly string[] = [
  // Out, in every encoding.
  '/../secret',
  '/../',
  '/./../secret',
  '/folder/../../secret',
  '/folder/../../root/a.txt', // out, and in again
  '/../root/a.txt',
  '/../root2/secret',
  '/%2e%2e/secret',
  '/%2E%2E/secret',
  '/.%2e/secret',
  '/%2e./secret',
  '/..%2fsecret',
  '/..%2Fsecret',
  '/%2e%2e%2fsecret',
  '/folder/..%2f..%2fsecret',
  `/${'../'.repeat(40)}etc/passwd`,
  `/${'%2e%2e/'.repeat(40)}etc/passwd`,
  // An encoded slash is no slash.
  '/folder%2Fb.txt',
  '/folder%2f',
  '/folder%2F..%2Fa.txt',
  // To the top of the filesystem.
  '//etc/passwd',
  '/%2fetc/passwd',
  '/%2Fetc%2Fpasswd',
  '///etc/passwd',
  // Decoded twice, these would be dots and slashes.
  '/%252e%252e/secret',
  '/%252e%252e%252fsecret',
  '/..%252fsecret',
  '/..%255csecret/x',
  '/%25%32%65%25%32%65/secret',
  // Dots and slashes in more bytes than they need, which UTF-8 does not have (RFC 3629 §3).
  '/..%c0%afsecret',
  '/%c0%ae%c0%ae/secret',
  '/%c0%ae%c0%ae%c0%afsecret',
  '/..%e0%80%afsecret',
  '/..%f0%80%80%afsecret',
  '/..%c1%9csecret',
  // Characters that only look like dots and slashes.
  '/%ef%bc%8e%ef%bc%8e/secret',
  '/..%e2%88%95secret',
  '/..%u2216secret',
  '/%uff0e%uff0e/secret',
  // NUL ends a name in C, and not here.
  '/a.txt%00',
  '/a.txt%00.png',
  '/%00',
  '/../secret%00.txt',
  '/folder/%00/../b.txt',
  // No encoding.
  '/%',
  '/a.txt%',
  '/a.txt%2',
  '/a.txt%zz',
  '/%ff',
  '/%ed%a0%80',
  // Longer than a name, or a path, can be (NAME_MAX 255, PATH_MAX 4096).
  `/${LONG}x`,
  `/folder/${LONG}x`,
  `/${'%78'.repeat(256)}`,
  `/${'./'.repeat(2047)}a.txt`,
  `/${'folder/../'.repeat(410)}a.txt`,
  `/${'a'.repeat(4096)}`,
  `/${'a/'.repeat(2048)}`,
  // A file is no folder.
  '/a.txt/',
  '/a.txt/.',
  '/a.txt/..',
  '/a.txt/../a.txt',
  '/a.txt%2F',
  // The ways out of other systems.
  '/C:/secret',
  '/C%3A%5Csecret',
  '/a.txt::$DATA',
  '/..;/secret',
  '/....//secret',
  '/folder/..%09/secret',
  '/..%0d%0asecret',
  '/~root/',
  '/missing/../a.txt', // there is no folder to go back from
];

const OPTIONS: readonly FileHandlerOptions[] = [
  {},
  { followSymlinks: false },
  { listing: true, cleanUrls: true, precompressed: true, dotFiles: true },
];

function shown(path: string): string {
  return path.length > 60 ? `${path.slice(0, 30)}… (${path.length} bytes)` : path;
}

describeEachWayToOpen(() => {
  test.each(FOUND.map(([path, text]) => [shown(path), path, text]))('%s is found', async (_, path, text) => {
    using folder = site();
    for (const options of OPTIONS) {
      await using target = folder.serve(options);
      const { status, body } = await ask(target.address, get(path));
      expect([status, body.toString()]).toEqual([200, text]);
      expect(target.errors).toEqual([]);
    }
  });

  test.each(NOT_FOUND.map((path) => [shown(path), path]))('%s is not found', async (_, path) => {
    using folder = site();
    for (const options of OPTIONS) {
      await using target = folder.serve(options);
      const { status, body } = await ask(target.address, get(path));
      expect([status, body.toString()]).toEqual([404, expect.not.stringContaining('secret')]);
      expect(target.errors).toEqual([]);
    }
  });

  test('a file 200 folders deep is found, also through 200 times ..', async () => {
    const deep = 'd/'.repeat(200);
    using folder = new SiteFolder({ [`${deep}f`]: 'inside', f: 'top' });
    await using target = folder.serve();
    expect((await ask(target.address, get(`/${deep}f`))).body.toString()).toBe('inside');
    expect((await ask(target.address, get(`/${deep}${'../'.repeat(200)}f`))).body.toString()).toBe('top');
    expect((await ask(target.address, get(`/${deep}${'../'.repeat(201)}f`))).status).toBe(404);
  });

  // A backslash is a character of a name, which begins with a dot here.
  test.each(['/..%5Csecret', '/..%5csecret'])('%s is a dot name, and not found', async (path) => {
    using folder = site();
    for (const [dotFiles, status] of [
      [false, 404],
      [true, 200],
    ] as const) {
      await using target = folder.serve({ dotFiles });
      const response = await ask(target.address, get(path));
      expect([response.status, response.body.toString()]).toEqual([status, expect.not.stringContaining('secret')]);
    }
  });

  // Controls and bytes beyond ASCII are no part of a target (RFC 9112 §3.2).
  test.each(['/a\0.txt', '/..\0/secret', '/\xc0\xae\xc0\xae/secret', '/a.txt\x7f', '/a\t.txt'])(
    '%j is refused before anything is looked up',
    async (path) => {
      using folder = site();
      await using target = folder.serve();
      expect((await ask(target.address, get(path))).status).toBe(400);
    },
  );

  test.each([
    { index: '../secret' },
    { fallback: '../secret' },
    { notFoundPage: '../secret' },
    { fallback: '/etc/passwd' },
  ])('a name in an option stays below the folder, or is not found: %j', async (options) => {
    using folder = site();
    await using target = folder.serve(options);
    for (const path of ['/', '/missing']) {
      const { status, body } = await ask(target.address, get(path));
      expect([status, body.toString()]).toEqual([404, expect.not.stringMatching(/^secret|root:/)]);
    }
  });
});
