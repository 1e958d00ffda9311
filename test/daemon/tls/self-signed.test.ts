/** `--tls-self-signed`: the files of the certificate, and the programs that trust it as the start message says. */
import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { UserError } from '../../../src/daemon/config/user-error.js';
import { keepSelfSigned } from '../../../src/daemon/tls/self-signed-files.js';
import type { SocketAddress } from '../../../src/linux/socket-address.js';
import { launchChromium, wrongsOf } from '../../support/chromium.js';
import { Folder } from '../../support/sockets.js';
import { CommandProcess } from '../command.js';
import { exists, testWhere } from '../programs.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const NOBODY = 65_534;
const KEY = /-----BEGIN PRIVATE KEY-----.*/s;

/** A cache folder, and the certificate in it. */
class Cache extends Folder {
  readonly folder = join(this.path, 'a/cache/epoll-reactor');
  readonly pem = join(this.folder, 'self-signed.pem');
  readonly crt = join(this.folder, 'self-signed.crt');

  keep(nowMs = Date.now(), hosts: readonly string[] = [], address: SocketAddress = { path: '/tmp/x.sock' }): void {
    const config = { tls: [{ cert: this.pem, key: this.pem }], listen: [{ address }], sites: [{ root: '/', hosts }] };
    keepSelfSigned(config, nowMs);
  }

  /** Of the server's file. */
  get text(): string {
    return readFileSync(this.pem, 'latin1');
  }

  get names(): readonly string[] {
    const entries = new X509Certificate(this.text).subjectAltName?.split(', ') ?? [];
    return entries.map((entry) => entry.replace(/^[^:]+:/, ''));
  }

  get hasBothAlike(): boolean {
    return readFileSync(this.crt, 'latin1') === new X509Certificate(this.text).toString();
  }
}

const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

describe('the certificate that the command makes', () => {
  const OWN = ['localhost', hostname().toLowerCase(), '127.0.0.1', '0:0:0:0:0:0:0:1'];

  test('is kept in a folder of the user alone, with its key', () => {
    using cache = new Cache();
    cache.keep();
    expect([modeOf(cache.folder), modeOf(cache.pem)]).toEqual(['700', '600']);
    expect(readdirSync(cache.folder)).toEqual(['self-signed.crt', 'self-signed.pem']);
    expect(cache.text).toMatch(KEY);
    expect(cache.hasBothAlike).toBe(true);
  });

  test('has the names of this machine, the address of listen, and the hosts of the sites', () => {
    using cache = new Cache();
    cache.keep(undefined, ['Shop.test', '*.shop.test', '[2001:DB8::1]', 'no host'], { address: '192.0.2.1', port: 1 });
    const more = ['192.0.2.1', 'shop.test', '*.shop.test', '2001:DB8:0:0:0:0:0:1'];
    expect(cache.names).toEqual([...new Set([...OWN, ...more])]);
  });

  test('stays the same at the next start', () => {
    using cache = new Cache();
    cache.keep();
    const before = cache.text;
    cache.keep();
    cache.keep(Date.now() + 334 * DAY_MS);
    expect(cache.text).toBe(before);
  });

  test.each([
    ['30 days before its end', 336],
    ['if it begins later, because the clock was wrong', -1],
  ])('is renewed %s', (_when, days) => {
    using cache = new Cache();
    cache.keep();
    const before = cache.text;
    cache.keep(Date.now() + days * DAY_MS);
    expect(cache.text).not.toBe(before);
    expect(cache.hasBothAlike).toBe(true);
  });

  test('is renewed for a new name, and keeps the names of other servers', () => {
    using cache = new Cache();
    cache.keep(undefined, ['one.test']);
    cache.keep(undefined, ['two.test']);
    expect(cache.names).toEqual([...new Set([...OWN, 'two.test', 'one.test'])]);
    const both = cache.text;
    cache.keep(undefined, ['one.test']);
    expect(cache.text).toBe(both);
  });

  test('has at most 100 names, and keeps the newest', () => {
    using cache = new Cache();
    const hosts = (prefix: string, length: number) => Array.from({ length }, (_, i) => `${prefix}-${i}.test`);
    cache.keep(undefined, hosts('old', 90));
    cache.keep(undefined, hosts('new', 50));
    expect(cache.names).toHaveLength(100);
    expect(cache.names).toEqual(expect.arrayContaining(hosts('new', 50)));
  });

  test.each<[what: string, damage: (cache: Cache, other: Cache) => string]>([
    ['half a file', ({ text }) => text.slice(0, 300)],
    ['a certificate without its key', ({ text }) => text.replace(KEY, '')],
    ['a certificate with the key of another', ({ text }, other) => text.replace(KEY, KEY.exec(other.text)?.[0] ?? '')],
  ])('is made anew in place of %s', (_what, damage) => {
    using cache = new Cache();
    using other = new Cache();
    cache.keep();
    other.keep();
    const damaged = damage(cache, other);
    writeFileSync(cache.pem, damaged);
    cache.keep();
    const repaired = cache.text;
    expect(repaired).not.toBe(damaged);
    cache.keep();
    expect(cache.text).toBe(repaired);
  });

  test('is written again for programs if their file is old', () => {
    using cache = new Cache();
    cache.keep();
    writeFileSync(cache.crt, 'old');
    cache.keep();
    expect(cache.hasBothAlike).toBe(true);
  });

  test('removes the rights of other users from its folder', () => {
    using cache = new Cache();
    mkdirSync(cache.folder, { recursive: true });
    chmodSync(cache.folder, 0o777);
    cache.keep();
    expect(modeOf(cache.folder)).toBe('700');
  });

  test.each<[what: string, make: (cache: Cache) => void, message: RegExp]>([
    ['a symbolic link', ({ folder, path }) => symlinkSync(path, folder), /is not a folder of this user/],
    ['a file', ({ folder }) => writeFileSync(folder, ''), /self-signed\.pem cannot be written \(EEXIST\)/],
  ])('is not kept in %s', (_what, make, message) => {
    using cache = new Cache();
    mkdirSync(join(cache.folder, '..'), { recursive: true });
    make(cache);
    expect(() => cache.keep()).toThrow(UserError);
    expect(() => cache.keep()).toThrow(message);
  });

  testWhere(process.getuid?.() === 0, 'only root can give a folder away')(
    'is not kept in a folder of another user',
    () => {
      using cache = new Cache();
      mkdirSync(cache.folder, { recursive: true });
      chownSync(cache.folder, NOBODY, NOBODY);
      expect(() => cache.keep()).toThrow(/is not a folder of this user/);
    },
  );
});

describe('a command with --tls-self-signed', () => {
  const run = promisify(execFile);
  let cache: Folder;
  let command: CommandProcess;

  beforeAll(async () => {
    cache = new Folder();
    const args = ['--tls-self-signed', '--sandbox', 'required'];
    command = await CommandProcess.serve(args, { env: { XDG_CACHE_HOME: cache.path } });
  });

  afterAll(async () => {
    await command[Symbol.asyncDispose]();
    cache[Symbol.dispose]();
  });

  /** What the start message says behind a label. */
  const said = (label: string): string => new RegExp(`^ *${label} {2}(.*)$`, 'm').exec(command.stdout)?.[1] ?? '';

  const urlAt = (host: string): string => `https://${host}:${command.address.port}/`;

  test.each(['127.0.0.1', 'localhost'])('is trusted by curl as the start message says, at %s', async (host) => {
    const { stdout } = await run('sh', ['-c', `${said('trusted by')} --silent --show-error ${urlAt(host)}`]);
    expect(stdout).toContain('<title>');
  });

  test('is trusted by Node as the start message says', async () => {
    const script = `fetch('${urlAt('127.0.0.1')}').then((response) => console.log(response.status))`;
    const { stdout } = await run('sh', ['-c', `${said('Node.js')} "$0" -e "$1"`, process.execPath, script]);
    expect(stdout).toBe('200\n');
  });

  testWhere(exists('certutil') && existsSync('/usr/bin/chromium'), 'there is no certutil, or no Chromium')(
    'is trusted by Chromium as the start message says',
    async () => {
      using home = new Folder();
      const store = join(home.path, '.pki/nssdb');
      mkdirSync(store, { recursive: true });
      await run('certutil', ['-d', `sql:${store}`, '-N', '--empty-password']);
      await run('sh', ['-c', said('Chromium')], { env: { ...process.env, HOME: home.path } });
      const browser = await launchChromium(home.path);
      try {
        const page = await browser.newPage();
        const wrongs = wrongsOf(page);
        await page.goto(urlAt('localhost'), { waitUntil: 'networkidle' });
        expect(await page.title()).toBe('epoll-reactor: sample site');
        expect(await page.evaluate('isSecureContext')).toBe(true);
        expect(wrongs).toEqual([]);
      } finally {
        await browser.close();
      }
    },
  );
});
