/** Each mistake that a person makes in a configuration costs them one line and a hint. Nothing is opened, nothing half-started. */
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { readConfig } from '../../src/daemon/read-config.js';
import { UserError } from '../../src/daemon/user-error.js';
import { Folder } from '../support/sockets.js';
import { run } from './command.js';

/** A file with this text, and what is said of it. */
async function said(name: string, text: string | Buffer, flags: Record<string, unknown> = {}): Promise<string> {
  using folder = new Folder();
  const path = join(folder.path, name);
  writeFileSync(path, text);
  return saidOf({ configFile: path, flags });
}

async function saidOf(sources: Partial<Parameters<typeof readConfig>[0]>): Promise<string> {
  try {
    await readConfig({ folder: undefined, configFile: undefined, flags: {}, environment: {}, ...sources });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    expect(error.hint).not.toBe('');
    expect(`${error.message}${error.hint}`).not.toContain('\n');
    return error.message.replaceAll(/\/tmp\/epoll-reactor-\w+\//g, '');
  }
  return 'nothing';
}

const TOML: readonly (readonly [what: string, text: string, line: RegExp])[] = [
  ['a key that there is not', 'prot = 80', /^er\.toml: prot: there is no such option; there are .*listen, .*workers/],
  ['a key in kebab-case', 'clean-urls = true', /\["clean-urls"\]: there is no such option; .*cleanUrls/],
  [
    'a number in quotes',
    'workers = "2"',
    /^er\.toml: workers: expected a whole number from 0 to 1024, or "auto", got "2"$/,
  ],
  ['too many workers', 'workers = 100000', /workers: expected a whole number .*, got 100000$/],
  ['half a worker', 'workers = 1.5', /workers: expected a whole number .*, got 1\.5$/],
  ['fewer than no workers', 'workers = -1', /workers: expected a whole number .*, got -1$/],
  ['a switch in quotes', 'listing = "yes"', /listing: expected true or false, got "yes"$/],
  ['a port alone', 'listen = 80', /listen: expected an address such as .*, got 80$/],
  ['a port in quotes alone', 'listen = "80"', /^80 is no address to listen on$/],
  ['an address without a port', 'listen = "127.0.0.1"', /^127\.0\.0\.1 is no address to listen on$/],
  ['a port that is too high', 'listen = "127.0.0.1:65536"', /^127\.0\.0\.1:65536 is no address to listen on$/],
  ['IPv6 without brackets', 'listen = "::1:80"', /^::1:80 is no address to listen on$/],
  ['a name in brackets', 'listen = "[localhost]:80"', /^\[localhost\]:80 is no address to listen on$/],
  [
    'a Unix socket by a relative path',
    'listen = "unix:site.sock"',
    /^unix:site\.sock: a path from the root is expected/,
  ],
  ['a Unix socket by a long path', `listen = "unix:/${'x'.repeat(108)}"`, /of at most 107 bytes$/],
  [
    'a mode of an Internet address',
    'listen = [{ address = "127.0.0.1:80", mode = "0660" }]',
    /^mode: 127\.0\.0\.1:80 has none$/,
  ],
  [
    'a mode that is a number',
    'listen = [{ address = "unix:/a", mode = 660 }]',
    /mode: expected digits such as "0660", got 660$/,
  ],
  [
    'a mode that is none',
    'listen = [{ address = "unix:/a", mode = "rw" }]',
    /mode: expected digits such as "0660", got "rw"$/,
  ],
  [
    'a table of listen with a key too many',
    'listen = [{ address = "unix:/a", ssl = true }]',
    /listen\[0\]\.ssl: there is no such option; there are address, /,
  ],
  ['a table of listen without an address', 'listen = [{ ipv6Only = true }]', /listen\[0\]\.address: is missing$/],
  ['the same address twice', 'listen = ["127.0.0.1:80", "127.0.0.1:80"]', /^listen: 127\.0\.0\.1:80 is there twice$/],
  [
    'PROXY headers that nobody may send',
    'listen = [{ address = "127.0.0.1:80", proxyProtocol = true }]',
    /^proxyProtocol: nobody is trusted to use it at 127\.0\.0\.1:80$/,
  ],
  [
    'a proxy by its name',
    'trustedProxies = ["balancer"]',
    /^trustedProxies: balancer is neither an address nor a network$/,
  ],
  ['a network of 33 bits', 'trustedProxies = ["10.0.0.0/33"]', /^trustedProxies: 10\.0\.0\.0\/33 is neither/],
  [
    'one proxy without a list',
    'trustedProxies = "10.0.0.1"',
    /trustedProxies: expected a list of addresses, got "10\.0\.0\.1"$/,
  ],
  ['sites and a root', 'root = "/a"\n[[sites]]\nroot = "/b"', /^root is said beside sites: of which site\?$/],
  [
    'sites and an option of one',
    'listing = true\n[[sites]]\nroot = "/b"',
    /^listing is said beside sites: of which site\?$/,
  ],
  ['a site without a root', '[[sites]]\nlisting = true', /sites\[0\]\.root: is missing$/],
  ['no site in sites', 'sites = []', /sites: expected at least one site, got a list$/],
  ['a rule without a path', '[[rules]]\ncacheControl = "no-cache"', /rules\[0\]\.path: is missing$/],
  [
    'a limit that there is not',
    '[limits]\nconnections = 5',
    /limits\.connections: there is no such option; there are requestLineBytesMax, /,
  ],
  [
    'a limit below what can be',
    '[limits]\nheadDeadlineMs = 0',
    /^limits\.headDeadlineMs: expected a whole number from 1 to Infinity, got 0$/,
  ],
  ['a limit that is no number', '[limits]\nheadDeadlineMs = nan', /limits\.headDeadlineMs: expected .*number.*NaN$/],
  ['a grace of a negative time', 'shutdownGraceMs = -1', /shutdownGraceMs: expected a whole number from 0/],
  ['a sandbox that there is not', 'sandbox = "strict"', /sandbox: expected off, on, required, got "strict"$/],
  [
    'a format that there is not',
    'accessLogFormat = "w3c"',
    /accessLogFormat: expected common, combined, json, got "w3c"$/,
  ],
  ['a level that there is not', 'logLevel = "verbose"', /logLevel: expected error, warn, info, debug, got "verbose"$/],
  [
    'an admin address that everybody reaches',
    'admin = "0.0.0.0:9370"',
    /^admin: 0\.0\.0\.0:9370 can be reached from elsewhere$/,
  ],
  ['no TOML', 'listen = [\n"a"\nworkers', /^er\.toml:\d+:\d+: no TOML: \S/],
  ['a key twice', 'workers = 1\nworkers = 2', /^er\.toml:2:1: no TOML: /],
  ['a text without its end', 'root = "/srv', /^er\.toml:1:\d+: no TOML: /],
];

describe('a file of TOML with', () => {
  test.each(TOML)('%s', async (_, text, line) => {
    expect(await said('er.toml', text)).toMatch(line);
  });

  test.each([
    ['nothing', ''],
    ['a byte order mark', '\ufeffworkers = 1'],
    ['lines that end as Windows ends them', 'workers = 1\r\nlisting = true\r\n'],
  ])('%s is good', async (_, text) => {
    expect(await said('er.toml', text)).toBe('nothing');
  });

  test('more bytes than any configuration has', async () => {
    expect(await said('er.toml', Buffer.alloc(4 * 1024 * 1024 + 1, '#'))).toMatch(/has more than 4194304 bytes$/);
  });
});

describe('a file of JSON with', () => {
  test.each([
    ['a comma too many', '{ "workers": 1, }', /^er\.json: no JSON: \S/],
    ['nothing', '', /^er\.json: no JSON: \S/],
    ['a list', '[]', /^er\.json: expected an object, got a list$/],
    ['null', 'null', /^er\.json: options: expected an object, got null$/],
    ['a key that there is not', '{ "workerCount": 1 }', /workerCount: there is no such option/],
  ])('%s', async (_, text, line) => {
    expect(await said('er.json', text)).toMatch(line);
  });
});

describe('the path of a configuration', () => {
  test('that leads nowhere', async () => {
    expect(await saidOf({ configFile: '/no/such.toml' })).toBe('there is no file /no/such.toml');
  });

  test('that leads to a folder', async () => {
    using folder = new Folder();
    mkdirSync(join(folder.path, 'er.toml'));
    expect(await saidOf({ configFile: join(folder.path, 'er.toml') })).toBe('er.toml is a folder');
  });
});

describe('flags and environment:', () => {
  test.each([
    [
      'a port beside --listen',
      { flags: { port: 80, listen: ['127.0.0.1:80'] } },
      /^--listen says host and port together$/,
    ],
    [
      'a switch that is neither',
      { environment: { EPOLL_REACTOR_LISTING: 'yes' } },
      /^EPOLL_REACTOR_LISTING: true or false is expected, got yes$/,
    ],
    [
      'a port that is none',
      { environment: { EPOLL_REACTOR_PORT: 'http' } },
      /^EPOLL_REACTOR_PORT: http: A port is a number/,
    ],
    [
      'a choice that there is not',
      { environment: { EPOLL_REACTOR_SANDBOX: 'yes' } },
      /^EPOLL_REACTOR_SANDBOX: one of off, on, required is expected, got yes$/,
    ],
    [
      'a limit without a number',
      { environment: { EPOLL_REACTOR_LIMITS: 'headDeadlineMs' } },
      /^EPOLL_REACTOR_LIMITS: headDeadlineMs: A name and a number/,
    ],
  ])('%s', async (_, sources, line) => {
    expect(await saidOf(sources)).toMatch(line);
  });

  test('a folder beside a file with sites', async () => {
    using folder = new Folder();
    const configFile = join(folder.path, 'er.toml');
    writeFileSync(configFile, '[[sites]]\nroot = "/srv"');
    expect(await saidOf({ configFile, folder: '/srv' })).toBe('a folder is said beside sites: of which site?');
  });
});

describe('the command, for a mistake in its configuration,', () => {
  test.each([
    [
      'a folder that is not there',
      'root = "/no/such/folder"',
      /^epoll-reactor: there is no folder \/no\/such\/folder$/,
    ],
    ['a root that is a file', 'root = "er.toml"', /er\.toml is not a folder$/],
    ['two sites for all hosts', '[[sites]]\nroot = "."\n[[sites]]\nroot = "."', /sites\[1\]\.hosts: /],
    [
      'a log in a folder that is not there',
      'accessLog = "no/such/access.log"',
      /no\/such\/access\.log cannot be written \(ENOENT\)$/,
    ],
    [
      'a user that is not there',
      'user = "nobody-of-this-name"',
      /^epoll-reactor: (?:there is no user nobody-of-this-name|user: only root)/,
    ],
  ])('%s: one line, a hint, exit code 1, and no socket', async (_, text, line) => {
    using folder = new Folder();
    const path = join(folder.path, 'er.toml');
    const socket = join(folder.path, 'site.sock');
    for (const workers of [0, 1]) {
      writeFileSync(path, `listen = "unix:${socket}"\nworkers = ${workers}\n${text}\n`);
      const { code, stdout, stderr } = await run(['--config', path]);
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr.split('\n')).toHaveLength(3);
      expect(stderr.split('\n')[0]).toMatch(line);
      expect(existsSync(socket)).toBe(false);
    }
  });

  test('does with --check what it would do at its start, and serves nothing', async () => {
    using folder = new Folder();
    const path = join(folder.path, 'er.toml');
    writeFileSync(path, 'root = "."');
    expect(await run(['--config', path, '--check'])).toEqual({
      code: 0,
      stdout: 'the configuration is good\n',
      stderr: '',
    });
    writeFileSync(path, 'root = "gone"');
    expect(await run(['--config', path, '--check'])).toMatchObject({ code: 1, stdout: '' });
    chmodSync(path, 0o644);
  });
});
