/** Where an option was said: a flag counts before the environment, that before the file, that before the defaults. */
import { readdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { Config } from '../../../src/daemon/config/config.js';
import type { OptionText } from '../../../src/daemon/config/option-value.js';
import { environmentNameOf, flagOf, OPTIONS, ROOT } from '../../../src/daemon/config/options.js';
import { type ConfigSources, readConfig } from '../../../src/daemon/config/read-config.js';
import type { SocketAddress } from '../../../src/linux/socket-address.js';
import { Folder } from '../../support/sockets.js';
import { run } from '../command.js';

const isRoot = process.getuid?.() === 0; // only root can choose another user

/** The options in each place, the nearest last, and their result. */
interface Row {
  readonly key: string;
  /** As TOML. */
  readonly file: string;
  readonly environment: string;
  readonly flag: OptionText;
  /** A value of the configuration. */
  readonly of: (config: Config) => unknown;
  readonly byDefault: unknown;
  readonly byFile: unknown;
  readonly byEnvironment: unknown;
  readonly byFlag: unknown;
}

const site = (key: string) => (config: Config) => (config.sites[0] as unknown as Record<string, unknown>)[key];
const own = (key: keyof Config) => (config: Config) => config[key];
const at = (address: string, port: number) => [{ address: { address, port } }];

const redirectsAt = (...addresses: readonly SocketAddress[]) =>
  addresses.map((address) => ({ address, redirectsToHttps: true }));

function name(key: string, of: Row['of'], byDefault: unknown, values: readonly [string, string, string]): Row {
  const [file, environment, flag] = values;
  const by = { byDefault, byFile: file, byEnvironment: environment, byFlag: flag };
  return { key, file: `${key} = "${file}"`, environment, flag, of, ...by };
}

function number(key: string, of: Row['of'], byDefault: unknown, values: readonly [number, number, number]): Row {
  const [file, environment, flag] = values;
  const by = { byDefault, byFile: file, byEnvironment: environment, byFlag: flag };
  return { key, file: `${key} = ${file}`, environment: `${environment}`, flag: `${flag}`, of, ...by };
}

/** A switch that a flag can only turn on is turned off by the environment. */
function toggle(key: string, byFlag = true): Row {
  const by = { byDefault: undefined, byFile: byFlag, byEnvironment: !byFlag, byFlag };
  return { key, file: `${key} = ${byFlag}`, environment: `${!byFlag}`, flag: byFlag, of: site(key), ...by };
}

const ROWS: readonly Row[] = [
  {
    ...name('host', own('listen'), at('127.0.0.1', 9369), ['127.0.0.2', '127.0.0.3', '::1']),
    byFile: at('127.0.0.2', 9369),
    byEnvironment: at('127.0.0.3', 9369),
    byFlag: at('::1', 9369),
  },
  {
    ...number('port', own('listen'), at('127.0.0.1', 9369), [1, 2, 0]),
    byFile: at('127.0.0.1', 1),
    byEnvironment: at('127.0.0.1', 2),
    byFlag: at('127.0.0.1', 0),
  },
  {
    key: 'listen',
    file: 'listen = [{ address = "[::]:1", ipv6Only = true }]',
    environment: '127.0.0.1:2, unix:/tmp/2.sock',
    flag: ['127.0.0.1:3', '[::1]:4'],
    of: own('listen'),
    byDefault: at('127.0.0.1', 9369),
    byFile: [{ address: { address: '::', port: 1 }, ipv6Only: true }],
    byEnvironment: [...at('127.0.0.1', 2), { address: { path: '/tmp/2.sock' } }],
    byFlag: [...at('127.0.0.1', 3), ...at('::1', 4)],
  },
  {
    key: 'trustedProxies',
    file: 'trustedProxies = ["10.0.0.1"]',
    environment: '10.0.0.2, fd00::/8',
    flag: ['0.0.0.0/0'],
    of: ({ trustedProxies }) => trustedProxies.map(({ text }) => text),
    byDefault: [],
    byFile: ['10.0.0.1'],
    byEnvironment: ['10.0.0.2', 'fd00::/8'],
    byFlag: ['0.0.0.0/0'],
  },
  {
    ...name('tlsCert', ({ tls }) => tls[0]?.cert, undefined, ['/1', '/2', '/3']),
    file: 'tlsCert = "/1"\ntlsKey = "/key"',
  },
  {
    ...name('tlsKey', ({ tls }) => tls[0]?.key, undefined, ['/1', '/2', '/3']),
    file: 'tlsCert = "/cert"\ntlsKey = "/1"',
  },
  name('tlsMinVersion', own('tlsMinVersion'), 'TLSv1.2', ['TLSv1.3', 'TLSv1.2', 'TLSv1.3']),
  {
    ...name('tlsClientCertificates', own('tlsClientCertificates'), 'off', ['request', 'off', 'require']),
    file: 'tlsCert = "/c"\ntlsKey = "/k"\ntlsClientCa = "/ca"\ntlsClientCertificates = "request"',
  },
  {
    ...name('tlsClientCa', own('tlsClientCa'), undefined, ['/1', '/2', '/3']),
    file: 'tlsCert = "/c"\ntlsKey = "/k"\ntlsClientCa = "/1"\ntlsClientCertificates = "request"',
  },
  { ...toggle('tlsSelfSigned'), of: own('tlsSelfSigned'), byDefault: false },
  {
    key: 'redirectHttp',
    file: 'redirectHttp = "127.0.0.1:1"\ntlsCert = "/c"\ntlsKey = "/k"',
    environment: '127.0.0.1:2, unix:/tmp/2.sock',
    flag: ['127.0.0.1:3'],
    of: ({ listen }) => listen.slice(1),
    byDefault: [],
    byFile: redirectsAt({ address: '127.0.0.1', port: 1 }),
    byEnvironment: redirectsAt({ address: '127.0.0.1', port: 2 }, { path: '/tmp/2.sock' }),
    byFlag: redirectsAt({ address: '127.0.0.1', port: 3 }),
  },
  name('index', site('index'), undefined, ['1.html', '2.html', '404']),
  toggle('cleanUrls'),
  name('fallback', site('fallback'), undefined, ['1.html', '2.html', '3.html']),
  name('notFoundPage', site('notFoundPage'), undefined, ['1.html', '2.html', '3.html']),
  toggle('single'),
  toggle('listing'),
  toggle('dotFiles'),
  toggle('followSymlinks', false),
  toggle('precompressed'),
  toggle('compress'),
  {
    ...toggle('cors'),
    of: ({ sites }) => sites[0]?.rules,
    byFile: [{ path: '/**', cors: { origins: '*' } }],
    byEnvironment: undefined,
    byFlag: [{ path: '/**', cors: { origins: '*' } }],
  },
  {
    ...number('maxAge', ({ sites }) => sites[0]?.rules, undefined, [1, 2, 0]),
    byFile: [{ path: '/**', cacheControl: 'max-age=1' }],
    byEnvironment: [{ path: '/**', cacheControl: 'max-age=2' }],
    byFlag: [{ path: '/**', cacheControl: 'max-age=0' }],
  },
  {
    ...number('workers', own('workers'), 0, [1, 2, 3]),
    flag: 'auto',
    byFlag: availableParallelism(),
  },
  ...(!isRoot
    ? []
    : [
        name('user', ({ privileges }) => privileges?.user, undefined, ['1', '2', '3']),
        name('group', ({ privileges }) => privileges?.group, undefined, ['1', '2', '3']),
      ]),
  name('sandbox', own('sandbox'), 'on', ['off', 'on', 'required']),
  number('shutdownGraceMs', own('shutdownGraceMs'), 8000, [1, 2, 0]),
  {
    key: 'limits',
    file: 'limits = { connectionsMax = 1, requestHeadersMax = 1, headDeadlineMs = 1 }',
    environment: 'connectionsMax=2, requestHeadersMax=2',
    flag: ['connectionsMax=3', 'bodyDeadlineMs=inf'],
    of: own('limits'),
    byDefault: {},
    byFile: { connectionsMax: 1, requestHeadersMax: 1, headDeadlineMs: 1 },
    byEnvironment: { connectionsMax: 2, requestHeadersMax: 2, headDeadlineMs: 1 },
    byFlag: { connectionsMax: 3, requestHeadersMax: 2, headDeadlineMs: 1, bodyDeadlineMs: Number.POSITIVE_INFINITY },
  },
  name('accessLog', own('accessLog'), 'off', ['/dev/null', 'stdout', '/dev/full']),
  name('accessLogFormat', own('accessLogFormat'), 'combined', ['common', 'json', 'combined']),
  name('errorLog', own('errorLog'), 'stderr', ['/dev/null', '/dev/full', 'stderr']),
  name('logLevel', own('logLevel'), 'info', ['error', 'warn', 'debug']),
  ...['open', 'quiet', 'verbose'].map((key) => ({
    ...toggle(key),
    of: own(key as keyof Config),
    byDefault: false,
  })),
  {
    key: 'admin',
    file: 'admin = "127.0.0.1:1"',
    environment: '[::1]:2, 127.0.0.1:2',
    flag: ['unix:/tmp/3.sock'],
    of: own('admin'),
    byDefault: [],
    byFile: [{ address: '127.0.0.1', port: 1 }],
    byEnvironment: [
      { address: '::1', port: 2 },
      { address: '127.0.0.1', port: 2 },
    ],
    byFlag: [{ path: '/tmp/3.sock' }],
  },
];

test('every option has a row here', () => {
  const skipped = ['watch', ...(isRoot ? [] : ['user', 'group'])]; // it needs a module: module.test.ts
  expect([...ROWS.map(({ key }) => key), ...skipped].sort()).toEqual(OPTIONS.map(({ key }) => key).sort());
});

function read(sources: Partial<ConfigSources>): Promise<Config> {
  return readConfig({ folder: undefined, configFile: undefined, flags: {}, environment: {}, ...sources });
}

class ConfigFolder extends Folder {
  write(text: string): string {
    const path = join(this.path, 'er.toml');
    writeFileSync(path, text);
    return path;
  }
}

describe.each(ROWS.map((row) => [row.key, row] as const))('%s', (key, row) => {
  const option = OPTIONS.find((each) => each.key === key);
  if (option === undefined) throw new Error(`there is no option ${key}`);
  const environment = { [environmentNameOf(option)]: row.environment };
  const flags = { [key]: row.flag };

  test('counts from the nearest source that says it', async () => {
    using folder = new ConfigFolder();
    const configFile = folder.write(row.file);
    expect(row.of(await read({}))).toEqual(row.byDefault);
    expect(row.of(await read({ configFile }))).toEqual(row.byFile);
    expect(row.of(await read({ configFile, environment }))).toEqual(row.byEnvironment);
    expect(row.of(await read({ configFile, environment, flags }))).toEqual(row.byFlag);
    if (row.key !== 'limits') expect(row.of(await read({ configFile, flags }))).toEqual(row.byFlag);
  });
});

describe('where to listen', () => {
  test('host and port may be said in different places', async () => {
    using folder = new ConfigFolder();
    const configFile = folder.write('port = 80');
    const { listen } = await read({ configFile, environment: { EPOLL_REACTOR_HOST: '::' }, flags: {} });
    expect(listen).toEqual(at('::', 80));
  });

  test('a name stands for all its addresses, in --host, listen and admin, each once', async () => {
    const both = async () => [{ address: '127.0.0.7' }, { address: '127.0.0.8' }, { address: '127.0.0.7' }];
    const addresses = [...at('127.0.0.7', 80), ...at('127.0.0.8', 80)];
    expect((await read({ flags: { host: 'pair', port: '80' }, lookup: both })).listen).toEqual(addresses);
    expect((await read({ flags: { listen: ['pair:80'] }, lookup: both })).listen).toEqual(addresses);
    const { admin } = await read({ flags: { admin: ['pair:81'] }, lookup: both });
    expect(admin).toEqual([
      { address: '127.0.0.7', port: 81 },
      { address: '127.0.0.8', port: 81 },
    ]);
  });

  test('a name with an address that other machines can reach is refused for admin', async () => {
    const lookup = async () => [{ address: '127.0.0.1' }, { address: '192.0.2.1' }];
    await expect(read({ flags: { admin: ['pair:81'] }, lookup })).rejects.toThrow(
      /pair:81 can be reached from other machines/,
    );
  });

  test.each<[string, Partial<ConfigSources>, unknown]>([
    ['a port stands before the addresses of the file', { flags: { port: '1' } }, at('127.0.0.1', 1)],
    [
      'an address stands before a port of the environment',
      { flags: { listen: ['127.0.0.1:1'] }, environment: { EPOLL_REACTOR_PORT: '2' } },
      at('127.0.0.1', 1),
    ],
    [
      'a port stands before addresses of the environment',
      { flags: { port: '1' }, environment: { EPOLL_REACTOR_LISTEN: '127.0.0.1:2' } },
      at('127.0.0.1', 1),
    ],
  ])('%s', async (_, sources, expected) => {
    using folder = new ConfigFolder();
    expect((await read({ configFile: folder.write('listen = "[::]:3"'), ...sources })).listen).toEqual(expected);
  });
});

describe('PORT and HOST', () => {
  const environment = { PORT: '8080', HOST: '0.0.0.0' };

  test('set the address if no option does, each also alone', async () => {
    expect((await read({ environment })).listen).toEqual(at('0.0.0.0', 8080));
    expect((await read({ environment: { PORT: '8080' } })).listen).toEqual(at('127.0.0.1', 8080));
    expect((await read({ environment, flags: { host: '::1' } })).listen).toEqual(at('::1', 8080));
    expect((await read({ environment: { ...environment, EPOLL_REACTOR_PORT: '1' } })).listen).toEqual(at('0.0.0.0', 1));
    expect((await read({ environment: { PORT: '', HOST: '' } })).listen).toEqual(at('127.0.0.1', 9369));
  });

  test('count less than a file, so that a HOST of the shell moves no service', async () => {
    using folder = new ConfigFolder();
    expect((await read({ environment, configFile: folder.write('listen = "[::]:3"') })).listen).toEqual(at('::', 3));
    const configFile = folder.write('port = 3\nhost = "127.0.0.9"');
    expect((await read({ environment, configFile })).listen).toEqual(at('127.0.0.9', 3));
  });

  test('are not read if an option sets the address: a program may use the names for something else', async () => {
    const others = { PORT: 'tcp://10.0.0.11:80', HOST: 'x86_64-conda-linux-gnu' };
    expect((await read({ environment: others, flags: { listen: ['[::]:3'] } })).listen).toEqual(at('::', 3));
    expect((await read({ environment: others, flags: { port: '3', host: '::1' } })).listen).toEqual(at('::1', 3));
  });

  test('are checked like options', async () => {
    await expect(read({ environment: { PORT: 'http' } })).rejects.toThrow(
      /^PORT: expected a whole number from 0 to 65535/,
    );
    const lookup = async () => [];
    await expect(read({ environment: { HOST: 'no.invalid' }, lookup })).rejects.toThrow(
      /the host no\.invalid is unknown/,
    );
  });
});

describe('cors and maxAge', () => {
  test('make the first rule of each site, and its own rules override it', async () => {
    using folder = new ConfigFolder();
    const text =
      '[[sites]]\nroot = "."\n[[sites]]\nroot = "."\nhosts = ["b"]\nrules = [{ path = "/x", cacheControl = "no-store" }]';
    const { sites } = await read({ configFile: folder.write(text), flags: { cors: true, maxAge: '60' } });
    const first = { path: '/**', cors: { origins: '*' }, cacheControl: 'max-age=60' };
    expect(sites.map(({ rules }) => rules)).toEqual([[first], [first, { path: '/x', cacheControl: 'no-store' }]]);
  });
});

describe('the environment', () => {
  test('may have the variables that Kubernetes sets for a service called epoll-reactor or epoll-reactor-admin: they are ignored', async () => {
    const environment = {
      EPOLL_REACTOR_PORT: 'tcp://10.0.0.11:80',
      EPOLL_REACTOR_PORT_80_TCP: 'tcp://10.0.0.11:80',
      EPOLL_REACTOR_PORT_80_TCP_ADDR: '10.0.0.11',
      EPOLL_REACTOR_PORT_80_TCP_PORT: '80',
      EPOLL_REACTOR_PORT_80_TCP_PROTO: 'tcp',
      EPOLL_REACTOR_SERVICE_HOST: '10.0.0.11',
      EPOLL_REACTOR_SERVICE_PORT: '80',
      EPOLL_REACTOR_SERVICE_PORT_HTTP: '80',
      EPOLL_REACTOR_ADMIN_PORT: 'tcp://10.0.0.12:80',
      EPOLL_REACTOR_ADMIN_SERVICE_HOST: '10.0.0.12',
    };
    expect(await read({ environment })).toEqual(await read({}));
  });

  test('may have other names, empty ones, and those for who works on the program', async () => {
    const environment = {
      EPOLL_REACTOR_BUILD_OF_SOMEBODY: '5',
      EPOLL_REACTOR_WORKERS: '',
      EPOLL_REACTOR_TRACE: '1',
      EPOLL_REACTOR_ADDON: '/x',
    };
    expect(await read({ environment })).toEqual(await read({}));
  });

  test('names the configuration file, unless a flag does', async () => {
    using folder = new ConfigFolder();
    const EPOLL_REACTOR_CONFIG = folder.write('workers = 5');
    expect((await read({ environment: { EPOLL_REACTOR_CONFIG } })).workers).toBe(5);
    using other = new ConfigFolder();
    const configFile = other.write('workers = 6');
    expect((await read({ environment: { EPOLL_REACTOR_CONFIG }, configFile })).workers).toBe(6);
  });

  test('says which folder to serve, unless the command does', async () => {
    const environment = { [environmentNameOf(ROOT)]: '/usr' };
    expect((await read({ environment })).sites).toEqual([{ root: '/usr' }]);
    expect((await read({ environment, folder: '/srv' })).sites).toEqual([{ root: '/srv' }]);
  });
});

describe('a relative path', () => {
  test('in a file is relative to the folder of the file', async () => {
    using folder = new ConfigFolder();
    const text = 'accessLog = "a.log"\nerrorLog = "./e.log"\n';
    const one = await read({ configFile: folder.write(`${text}root = "../www"`) });
    expect([one.accessLog, one.errorLog]).toEqual([join(folder.path, 'a.log'), join(folder.path, 'e.log')]);
    expect(one.sites).toEqual([{ root: join(folder.path, '../www') }]);
    const two = await read({ configFile: folder.write('[[sites]]\nroot = "a"\n[[sites]]\nroot = "b"\nhosts = ["b"]') });
    expect(two.sites.map(({ root }) => root)).toEqual([join(folder.path, 'a'), join(folder.path, 'b')]);
    const { tls } = await read({ configFile: folder.write('[[tls]]\ncert = "a.pem"\nkey = "keys/a.pem"') });
    expect(tls).toEqual([{ cert: join(folder.path, 'a.pem'), key: join(folder.path, 'keys/a.pem') }]);
  });

  test('elsewhere is relative to the working folder of the command', async () => {
    const config = await read({ folder: 'site', flags: { accessLog: 'a.log' } });
    expect([config.sites[0]?.root, config.accessLog]).toEqual([
      join(process.cwd(), 'site'),
      join(process.cwd(), 'a.log'),
    ]);
  });
});

test.each([
  ['in the cache folder of the user', { XDG_CACHE_HOME: '/var/cache/me', HOME: '/home/me' }, '/var/cache/me'],
  ['in the home of the user, if no cache folder is named', { HOME: '/home/me' }, '/home/me/.cache'],
  ['in the home, if the cache folder is relative', { XDG_CACHE_HOME: 'cache', HOME: '/home/me' }, '/home/me/.cache'],
])('a certificate of its own is kept %s', async (_where, environment, folder) => {
  const { tls } = await read({ flags: { tlsSelfSigned: true }, environment });
  const file = `${folder}/epoll-reactor/self-signed.pem`;
  expect(tls).toEqual([{ cert: file, key: file }]);
});

describe('--print-config', () => {
  const text = `
listen = ["127.0.0.1:0", { address = "[::]:9400", ipv6Only = true }, { address = "unix:/tmp/x.sock", mode = "0660", proxyProtocol = true }]
workers = "auto"
sandbox = "off"
shutdownGraceMs = 1
trustedProxies = ["10.0.0.0/8"]
accessLog = "stdout"
accessLogFormat = "json"
errorLog = "error.log"
logLevel = "debug"
admin = "[::1]:9370"
redirectHttp = ["127.0.0.1:0", { address = "unix:/tmp/y.sock", mode = "0600" }]
tlsMinVersion = "TLSv1.3"
tlsClientCertificates = "require"
tlsClientCa = "ca.pem"
[[tls]]
cert = "one.pem"
key = "one-key.pem"
[[tls]]
cert = "/two.pem"
key = "/two-key.pem"
[limits]
connectionsMax = inf
headDeadlineMs = 5000
[[sites]]
root = "."
compress = true
[[sites.rules]]
path = ["/a/**", "/b"]
headers = { X-A = "1", X-B = false }
cors = { origins = "*" }
[[sites]]
root = "/tmp"
hosts = ["*.example.org"]
listing = true
`;

  test('prints a file that comes to the same', async () => {
    using folder = new ConfigFolder();
    const configFile = folder.write(text);
    const { stdout, stderr, code } = await run(['--config', configFile, '--print-config']);
    expect([code, stderr]).toEqual([0, '']);
    const before = await read({ configFile });
    expect(before.sites).toHaveLength(2);
    expect(await read({ configFile: folder.write(stdout) })).toEqual(before);
  });

  test('prints a certificate of its own as an option, and neither it nor --check makes its files', async () => {
    using folder = new ConfigFolder();
    const { stdout } = await run(['--tls-self-signed', '--print-config'], { env: { XDG_CACHE_HOME: folder.path } });
    expect(stdout).toContain('tlsSelfSigned = true');
    expect(stdout).not.toContain(folder.path);
    await run(['--tls-self-signed', '--check'], { env: { XDG_CACHE_HOME: folder.path } });
    expect(readdirSync(folder.path)).toEqual([]);
  });

  test('prints the result of flags and defaults without a file', async () => {
    using folder = new ConfigFolder();
    const { stdout } = await run([
      '/usr',
      '--port',
      '1',
      '--no-follow-symlinks',
      '--limit',
      'connectionsMax=5',
      '--cors',
      '--print-config',
    ]);
    expect(await read({ configFile: folder.write(stdout) })).toEqual(
      await read({
        folder: '/usr',
        flags: { port: '1', followSymlinks: false, limits: ['connectionsMax=5'], cors: true },
      }),
    );
  });
});

test('--help fits a terminal of 80 columns, and names every flag', async () => {
  const { stdout, code } = await run(['--help']);
  expect(code).toBe(0);
  expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  for (const option of OPTIONS)
    expect(stdout).toContain(` ${option.short ? `-${option.short}, ` : ' '}${flagOf(option)} `);
});
