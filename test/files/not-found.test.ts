/** Paths outside the root, hidden names and special files all get the same 404. */
import { execFileSync } from 'node:child_process';
import { chmodSync, linkSync, mkdirSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { fileHandler } from '../../src/files/file-handler.js';
import { ask, get } from '../client/raw-client.js';
import { TestServer } from '../server/test-server.js';
import { SiteFolder } from './site-folder.js';

const NOT_FOUND = '404: there is no such file here\n';
const NO_INDEX = '404: there is no index.html here\n';

async function expectNotFound(site: SiteFolder, path: string): Promise<void> {
  await using target = site.serve();
  const { status, headers, body } = await ask(target.address, get(path));
  expect([path, status, body.toString()]).toEqual([path, 404, path.endsWith('/') ? NO_INDEX : NOT_FOUND]);
  expect([...headers.keys()]).toEqual(['date', 'content-type', 'content-length']);
  expect(target.errors).toEqual([]);
}

describe('a path outside the root:', () => {
  test.each([
    '/../secret',
    '/..%2fsecret',
    '/%2e%2e/secret',
    '/%2e%2e%2fsecret',
    '/.%2e/secret',
    '/a/../../secret',
    '/a/%2e%2e/%2e%2e/secret',
    '/../root/../secret',
    '/..',
    '/../',
    '/../root/index.html', // leads back in, but leaves on its way
    '//etc/passwd',
    '/%2fetc/passwd',
    '///etc/passwd',
    '/../../../../../../../../etc/passwd',
    '/..\\secret',
    '/..%5csecret',
    '/..;/secret',
    '/%252e%252e/secret',
    '/%c0%ae%c0%ae/secret',
    '/..%00/secret',
    'http://h/../secret',
    '/proc/self/environ',
  ])('%s is not found', async (path) => {
    using site = new SiteFolder({ 'index.html': 'top', 'a/b': '', '../secret': 'secret' });
    await expectNotFound(site, path);
  });

  test.each([
    ['a link to a file by its path', '/absolute'],
    ['a link to a file by ..', '/relative'],
    ['a link to a folder', '/folder/secret'],
    ['a folder that is a link', '/folder'],
    ['an index that is a link', '/a/'],
    ['a link to a link', '/twice'],
    ['a link into /proc', '/magic'],
  ])('%s is not found', async (_, path) => {
    using site = new SiteFolder({ 'a/b': '', '../secret': 'secret' });
    symlinkSync(`${site.parent}/secret`, site.path('absolute'));
    symlinkSync('../secret', site.path('relative'));
    symlinkSync('..', site.path('folder'));
    symlinkSync('../../secret', site.path('a/index.html'));
    symlinkSync('relative', site.path('twice'));
    symlinkSync('/proc/self/cwd/package.json', site.path('magic'));
    await expectNotFound(site, path);
  });

  test('the target of a link that stays inside is served', async () => {
    using site = new SiteFolder({ 'a/b.txt': 'inside' });
    symlinkSync('a/b.txt', site.path('link'));
    symlinkSync('../a', site.path('a/loop-free'));
    await using target = site.serve();
    expect((await ask(target.address, get('/link'))).body.toString()).toBe('inside');
    expect((await ask(target.address, get('/a/loop-free/b.txt'))).body.toString()).toBe('inside');
    expect((await ask(target.address, get('/a/../a/b.txt'))).body.toString()).toBe('inside');
  });

  test('a root that is a link is followed', async () => {
    using site = new SiteFolder({ 'a.txt': 'inside' });
    symlinkSync(site.root, `${site.parent}/link`);
    const handler = fileHandler(`${site.parent}/link`);
    await using target = new TestServer(handler);
    expect((await ask(target.address, get('/a.txt'))).body.toString()).toBe('inside');
    handler.close();
    expect((await ask(target.address, get('/a.txt'))).status).toBe(500);
  });
});

describe('a hidden name:', () => {
  test.each(['/.env', '/.git/config', '/.git/', '/.git', '/a/.env', '/%2eenv', '/.well-known/.env'])(
    '%s is not found',
    async (path) => {
      using site = new SiteFolder({ '.env': 's', '.git/config': 's', 'a/.env': 's', '.well-known/.env': 's' });
      await expectNotFound(site, path);
    },
  );

  test('.well-known is served', async () => {
    using site = new SiteFolder({ '.well-known/security.txt': 'contact' });
    await using target = site.serve();
    expect((await ask(target.address, get('/.well-known/security.txt'))).body.toString()).toBe('contact');
  });
});

describe('a path that cannot be a name:', () => {
  test.each([
    ['nothing there', '/missing'],
    ['a NUL', '/a.txt%00'],
    ['a percent sign alone', '/%'],
    ['digits that are none', '/%zz.txt'],
    ['bytes that are no UTF-8', '/%ff'],
    ['a file as a folder', '/a.txt/'],
    ['something below a file', '/a.txt/b'],
    ['a name that is too long', `/${'x'.repeat(256)}`],
    ['a path that is too long', `/${'x/'.repeat(2_100)}`],
    ['* of another method', '/*'],
    ['another case', '/A.TXT'],
  ])('%s is not found', async (_, path) => {
    using site = new SiteFolder({ 'a.txt': 'a' });
    await expectNotFound(site, path);
  });
});

describe('a path to a special file:', () => {
  test('a FIFO is not found, at once', async () => {
    using site = new SiteFolder();
    execFileSync('mkfifo', [site.path('fifo')]);
    await expectNotFound(site, '/fifo');
  });

  test('a socket is not found', async () => {
    using site = new SiteFolder();
    const server = createServer().listen(site.path('socket'));
    await new Promise((resolve) => server.once('listening', resolve));
    await expectNotFound(site, '/socket');
    await new Promise((resolve) => server.close(resolve));
  });

  test('a loop of links is not found', async () => {
    using site = new SiteFolder();
    symlinkSync('b', site.path('a'));
    symlinkSync('a', site.path('b'));
    await expectNotFound(site, '/a');
  });

  const isRoot = process.getuid?.() === 0;

  (isRoot ? test : test.skip)('a device is not found (made by root only)', async () => {
    using site = new SiteFolder();
    execFileSync('mknod', [site.path('null'), 'c', '1', '3']);
    await expectNotFound(site, '/null');
  });

  (isRoot ? test.skip : test)('a file that may not be read is not found (root may read all)', async () => {
    using site = new SiteFolder({ 'a.txt': 's', 'a/b.txt': 's' });
    chmodSync(site.path('a.txt'), 0);
    chmodSync(site.path('a'), 0);
    await expectNotFound(site, '/a.txt');
    await expectNotFound(site, '/a/b.txt');
    chmodSync(site.path('a'), 0o755);
  });

  test('a second hard link of a file is served', async () => {
    using site = new SiteFolder({ 'a.txt': 'a' });
    mkdirSync(site.path('b'));
    linkSync(site.path('a.txt'), site.path('b/c.txt'));
    await using target = site.serve();
    expect((await ask(target.address, get('/b/c.txt'))).body.toString()).toBe('a');
  });
});
