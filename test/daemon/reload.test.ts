/**
 * SIGHUP: the file is read again. A valid configuration is served from then on. A mistake in it is one line on stderr, and
 * nothing changes.
 */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { SocketAddress } from '../../src/linux/socket-address.js';
import { ask, get, RawClient } from '../client/raw-client.js';
import { SiteFolder } from '../files/site-folder.js';
import { CommandProcess } from './command.js';
import { ReloadedCommand } from './reloaded-command.js';
import { until, workersOf } from './supervised.js';

async function body(address: SocketAddress, path = '/'): Promise<string> {
  return (await ask(address, get(path))).body.toString();
}

function toml(root: string, more = ''): string {
  return `port = 0\nworkers = 2\nroot = "${root}"\n${more}`;
}

describe('SIGHUP with a wrong configuration', () => {
  test('changes nothing, and logs a line each time', async () => {
    using site = new SiteFolder({ 'index.html': 'as before' });
    await using reloaded = await ReloadedCommand.serve(() => toml(site.root));
    const workers = workersOf(reloaded.command);
    for (const [change, line] of [
      [(path: string) => writeFileSync(path, 'workerz = 2'), /er\.toml: workerz: there is no such option; the nearest/],
      [(path: string) => writeFileSync(path, 'workers = '), /er\.toml:1:\d+: invalid TOML: /],
      [(path: string) => writeFileSync(path, toml('/no/such/folder')), /there is no folder \/no\/such\/folder \(/],
      [(path: string) => writeFileSync(path, toml(site.root, '[[rules]]\npath = "x"')), /rules\[0\]\.path: expected/],
      [(path: string) => writeFileSync(path, 'workers = 0'), /workers: 0 needs a restart \(/],
      [(path: string) => rmSync(path), /there is no file .*er\.toml \(/],
    ] as const) {
      const said = await reloaded.fail(change);
      expect(said).toMatch(/^epoll-reactor: the configuration before stays in force: .*\n$/);
      expect(said).toMatch(line);
      expect(workersOf(reloaded.command)).toEqual(workers);
      expect(await body(reloaded.address)).toBe('as before');
    }
  });

  test('changes nothing if one of several new addresses is taken', async () => {
    using site = new SiteFolder({ 'index.html': 'as before' });
    await using other = await CommandProcess.serve();
    const taken = other.address.port;
    await using reloaded = await ReloadedCommand.serve(() => toml(site.root));
    const socket = join(reloaded.folder.path, 'new.sock');
    const said = await reloaded.fail((path) =>
      writeFileSync(path, `listen = ["unix:${socket}", "127.0.0.1:${taken}"]\nworkers = 2\nroot = "${site.root}"`),
    );
    expect(said).toMatch(new RegExp(`stays in force: 127\\.0\\.0\\.1:${taken} is taken by another program \\(.*\n$`));
    expect(await body(reloaded.address)).toBe('as before');
    expect(existsSync(socket)).toBe(false);
  });
});

describe('SIGHUP serves', () => {
  test('another root, other rules and more sites', async () => {
    using one = new SiteFolder({ 'index.html': 'one', 'a.css': '' });
    using two = new SiteFolder({ 'index.html': 'two', 'a.css': '' });
    await using reloaded = await ReloadedCommand.serve(() => toml(one.root));
    expect(await body(reloaded.address)).toBe('one');
    await reloaded.reload(toml(two.root, '[[rules]]\npath = "/*.css"\ncacheControl = "no-cache"\n'));
    expect(await body(reloaded.address)).toBe('two');
    expect((await ask(reloaded.address, get('/a.css'))).headers.get('cache-control')).toBe('no-cache');
    const sites = `[[sites]]\nroot = "${one.root}"\n[[sites]]\nroot = "${two.root}"\nhosts = ["two.test"]\n`;
    await reloaded.reload(`port = 0\nworkers = 2\n${sites}`);
    const ofTwo = 'GET / HTTP/1.1\r\nHost: two.test\r\n\r\n';
    expect(await body(reloaded.address)).toBe('one');
    expect((await ask(reloaded.address, ofTwo)).body.toString()).toBe('two');
  });

  test('with more and with fewer workers', async () => {
    using site = new SiteFolder({ 'index.html': 'served' });
    await using reloaded = await ReloadedCommand.serve(() => toml(site.root));
    for (const workers of [4, 1, 3]) {
      await reloaded.reload(`port = 0\nworkers = ${workers}\nroot = "${site.root}"`);
      expect(workersOf(reloaded.command)).toHaveLength(workers);
      // More connections than sockets: a socket that no process accepts from would keep some of them.
      const bodies = await Promise.all(Array.from({ length: 40 }, () => body(reloaded.address)));
      expect(new Set(bodies)).toEqual(new Set(['served']));
    }
  });

  test('at new addresses, no longer at old ones, and removes the files of old Unix sockets', async () => {
    using site = new SiteFolder({ 'index.html': 'served' });
    await using reloaded = await ReloadedCommand.serve(
      (folder) => `listen = ["127.0.0.1:0", "unix:${folder}/one.sock"]\nworkers = 1\nroot = "${site.root}"`,
    );
    const [one, two] = ['one.sock', 'two.sock'].map((name) => join(reloaded.folder.path, name)) as [string, string];
    const { address } = reloaded;
    expect(await body({ path: one })).toBe('served');
    await reloaded.reload(`listen = ["127.0.0.1:0", "unix:${two}"]\nworkers = 1\nroot = "${site.root}"`);
    expect(await body({ path: two })).toBe('served');
    expect(await body(address)).toBe('served'); // with port 0, the one that it has
    await until('the file of the other is gone', () => !existsSync(one));
    await reloaded.reload(`listen = "unix:${two}"\nworkers = 1\nroot = "${site.root}"`);
    expect(await body({ path: two })).toBe('served');
    await expect(RawClient.connect(address)).rejects.toThrow('ECONNREFUSED');
  });

  test('with new limits and logs', async () => {
    using site = new SiteFolder({ 'index.html': 'served' });
    await using reloaded = await ReloadedCommand.serve(() => toml(site.root));
    const log = join(reloaded.folder.path, 'access.log');
    await reloaded.reload(toml(site.root, `accessLog = "access.log"\n[limits]\nrequestLineBytesMax = 100\n`));
    expect((await ask(reloaded.address, get(`/${'x'.repeat(100)}`))).status).toBe(414);
    expect(existsSync(log)).toBe(true);
  });
});
