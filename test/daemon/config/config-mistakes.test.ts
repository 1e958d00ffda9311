/** A mistake in a configuration gives one line and a hint. Nothing is opened or half-started. */
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type Flags, readConfig } from '../../../src/daemon/config/read-config.js';
import { UserError } from '../../../src/daemon/config/user-error.js';
import { selfSigned } from '../../../src/tls/self-signed.js';
import { Folder } from '../../support/sockets.js';
import { run } from '../command.js';
import { testWhere } from '../programs.js';

const NOBODY = 65_534;

const { key: KEY } = selfSigned({ names: ['localhost'], days: 1 });
const KEY_BASE64 = KEY.replaceAll(/-----.*|\n/g, '');

/** The message for a file with this text. */
async function said(name: string, text: string | Buffer, flags: Flags = {}): Promise<string> {
  using folder = new Folder();
  const path = join(folder.path, name);
  writeFileSync(path, text);
  return await saidOf({ configFile: path, flags });
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
  ['a key that is like none', 'qqq = 80', /^er\.toml: qqq: there is no such option; there are .*listen, .*workers/],
  ['a key that is nearly one', 'prot = 80', /^er\.toml: prot: there is no such option; the nearest is port$/],
  ['a key in kebab-case', 'clean-urls = true', /clean-urls: there is no such option; the nearest is cleanUrls$/],
  [
    'a key without its unit',
    'shutdownGrace = 8',
    /shutdownGrace: there is no such option; the nearest is shutdownGraceMs$/,
  ],
  [
    'a unit in a value',
    'shutdownGraceMs = "8s"',
    /expected a whole number of milliseconds from 0 to 86400000, got "8s"$/,
  ],
  [
    'a number in quotes',
    'workers = "2"',
    /^er\.toml: workers: expected a whole number from 0 to 1024, or "auto", got "2"$/,
  ],
  ['too many workers', 'workers = 100000', /workers: expected a whole number .*, got 100000$/],
  ['half a worker', 'workers = 1.5', /workers: expected a whole number .*, got 1\.5$/],
  ['fewer than no workers', 'workers = -1', /workers: expected a whole number .*, got -1$/],
  ['a switch in quotes', 'listing = "yes"', /listing: expected true or false, got "yes"$/],
  ...['tlsCert = "/c"', 'tlsKey = "/k"', 'tls = [{ cert = "/c", key = "/k" }]'].map(
    (other) =>
      [
        `a certificate of its own beside ${other}`,
        `tlsSelfSigned = true\n${other}`,
        /^tlsSelfSigned: cannot stand beside tls(?:Cert|Key)?$/,
      ] as const,
  ),
  ['a redirect without HTTPS', 'redirectHttp = "127.0.0.1:80"', /^redirectHttp: there is no HTTPS to redirect to$/],
  [
    'a redirect at the address of HTTPS',
    'port = 443\nredirectHttp = "127.0.0.1:443"\ntls = [{ cert = "a", key = "b" }]',
    /^listen: 127\.0\.0\.1:443 is listed twice$/,
  ],
  ['a redirect at a port alone', 'redirectHttp = "80"', /^redirectHttp: 80 is not an address with a port$/],
  ['a port alone', 'listen = 80', /listen: expected an address such as .*, got 80$/],
  ['a port in quotes alone', 'listen = "80"', /^listen: 80 is not an address with a port$/],
  ['an address without a port', 'listen = "127.0.0.1"', /^listen: 127\.0\.0\.1 is not an address with a port$/],
  [
    'a port that is too high',
    'listen = "127.0.0.1:65536"',
    /^listen: 127\.0\.0\.1:65536 is not an address with a port$/,
  ],
  ['IPv6 without brackets', 'listen = "::1:80"', /^listen: ::1:80 is not an address with a port$/],
  ['a name in brackets', 'listen = "[localhost]:80"', /^listen: \[localhost\]:80 is not an address with a port$/],
  [
    'a Unix socket by a relative path',
    'listen = "unix:site.sock"',
    /^listen: unix:site\.sock is not an absolute path of at most 107 bytes$/,
  ],
  [
    'a Unix socket by a long path',
    `listen = "unix:/${'x'.repeat(108)}"`,
    /^listen: unix:\/x{54}… is not an absolute path of at most 107 bytes$/,
  ],
  [
    'a mode of an Internet address',
    'listen = [{ address = "127.0.0.1:80", mode = "0660" }]',
    /^listen: 127\.0\.0\.1:80 cannot have a mode$/,
  ],
  [
    'a mode that is a number',
    'listen = [{ address = "unix:/a", mode = 660 }]',
    /mode: expected digits in quotes such as "0660", got 660$/,
  ],
  [
    'a mode that is none',
    'listen = [{ address = "unix:/a", mode = "rw" }]',
    /mode: expected digits in quotes such as "0660", got "rw"$/,
  ],
  [
    'a table of listen with a key too many',
    'listen = [{ address = "unix:/a", ssl = true }]',
    /listen\[0\]\.ssl: there is no such option; there are address, /,
  ],
  ['a table of listen without an address', 'listen = [{ ipv6Only = true }]', /listen\[0\]\.address: is missing$/],
  ['no address at all', 'listen = []', /listen: expected at least one address, got a list$/],
  ['a URL for an address', 'listen = "http://127.0.0.1:80"', /^listen: http:\/\/127\.0\.0\.1:80 is not an address/],
  ['a port with a colon', 'listen = ":80"', /^listen: :80 is not an address with a port$/],
  ['a host that nobody knows', 'listen = "no.invalid:80"', /^the host no\.invalid is unknown$/],
  [
    'a port that is too high, alone',
    'port = 65536',
    /^er\.toml: port: expected a whole number from 0 to 65535, got 65536$/,
  ],
  ['a port beside listen', 'port = 80\nlisten = "127.0.0.1:80"', /^listen: cannot be combined with host and port$/],
  [
    'ipv6Only of an IPv4 address',
    'listen = [{ address = "0.0.0.0:80", ipv6Only = true }]',
    /^listen: 0\.0\.0\.0:80 is not an IPv6 address$/,
  ],
  [
    'an address within another one',
    'listen = ["0.0.0.0:80", "127.0.0.1:80"]',
    /^listen: 0\.0\.0\.0:80 and 127\.0\.0\.1:80 overlap$/,
  ],
  [
    'IPv4 beside an IPv6 that takes it',
    'listen = ["0.0.0.0:80", "[::]:80"]',
    /^listen: 0\.0\.0\.0:80 and \[::\]:80 overlap$/,
  ],
  [
    'an admin address that sites have',
    'port = 80\nadmin = "127.0.0.1:80"',
    /^listen: 127\.0\.0\.1:80 is listed twice$/,
  ],
  [
    'a Unix socket in a folder that is not there',
    'listen = "unix:/no/such/folder/site.sock"',
    /^the folder of \/no\/such\/folder\/site\.sock does not exist$/,
  ],
  ['a log in a folder that is not there', 'errorLog = "no/error.log"', /^the folder of no\/error\.log does not exist$/],
  ['an access log on stderr', 'accessLog = "stderr"', /accessLog: expected a path, "stdout" or "off", got "stderr"$/],
  ['an error log on stdout', 'errorLog = "stdout"', /errorLog: expected a path or "stderr", got "stdout"$/],
  ['no error log', 'errorLog = "off"', /errorLog: expected a path or "stderr", got "off"$/],
  ['an index that no file can be', 'index = "a\\u0000b"', /index: expected the name of a file, got /],
  ['a log that is a folder', 'accessLog = "."', /^the log \/tmp\/epoll-reactor-\w+ is a folder$/],
  [
    'a limit that is negative',
    '[limits]\nconnectionsMax = -1',
    /^limits\.connectionsMax: expected a whole number .*got -1$/,
  ],
  [
    'a limit with a fraction',
    '[limits]\nconnectionsMax = 1.5',
    /^limits\.connectionsMax: expected a whole number .*got 1\.5$/,
  ],
  [
    'a limit beyond what can be',
    '[limits]\nrequestHeadBytesMax = inf',
    /^limits\.requestHeadBytesMax: expected .* to 65535, got Infinity$/,
  ],
  [
    'a limit with its unit',
    '[limits]\nheadDeadlineMs = "5s"',
    /limits\.headDeadlineMs: expected a number of milliseconds, got "5s"$/,
  ],
  [
    'a network whose address goes on',
    'trustedProxies = ["10.0.0.5/8"]',
    /^trustedProxies: 10\.0\.0\.5\/8 is not a network: its address has bits set after the first 8$/,
  ],
  [
    'a network of IPv6 whose address goes on',
    'trustedProxies = ["fd00::1:0/64"]',
    /^trustedProxies: fd00::1:0\/64 is not a network: its address has bits set after the first 64$/,
  ],
  ['the same address twice', 'listen = ["127.0.0.1:80", "127.0.0.1:80"]', /^listen: 127\.0\.0\.1:80 is listed twice$/],
  [
    'PROXY headers that nobody may send',
    'listen = [{ address = "127.0.0.1:80", proxyProtocol = true }]',
    /^proxyProtocol: no proxy is trusted at 127\.0\.0\.1:80$/,
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
  ['sites and a root', 'root = "/a"\n[[sites]]\nroot = "/b"', /^root cannot stand beside sites$/],
  ['sites and an option of one', 'listing = true\n[[sites]]\nroot = "/b"', /^listing cannot stand beside sites$/],
  ['a site without a root', '[[sites]]\nlisting = true', /sites\[0\]\.root: is missing$/],
  ['no site in sites', 'sites = []', /sites: expected at least one site, got a list$/],
  ['a rule without a path', '[[rules]]\ncacheControl = "no-cache"', /rules\[0\]\.path: is missing$/],
  [
    'a limit that there is not',
    '[limits]\nconnections = 5',
    /limits\.connections: there is no such option; the nearest is connectionsMax$/,
  ],
  [
    'a limit below what can be',
    '[limits]\nheadDeadlineMs = 0',
    /^limits\.headDeadlineMs: expected a whole number from 1 to Infinity, got 0$/,
  ],
  ['a limit that is no number', '[limits]\nheadDeadlineMs = nan', /limits\.headDeadlineMs: expected .*number.*NaN$/],
  [
    'a grace of a negative time',
    'shutdownGraceMs = -1',
    /shutdownGraceMs: expected a whole number of milliseconds from 0/,
  ],
  ['a sandbox that there is not', 'sandbox = "strict"', /sandbox: expected one of off, on, required, got "strict"$/],
  [
    'a format that there is not',
    'accessLogFormat = "w3c"',
    /accessLogFormat: expected one of common, combined, json, got "w3c"$/,
  ],
  [
    'a level that there is not',
    'logLevel = "verbose"',
    /logLevel: expected one of error, warn, info, debug, got "verbose"$/,
  ],
  [
    'an admin address that everybody reaches',
    'admin = "0.0.0.0:9370"',
    /^admin: 0\.0\.0\.0:9370 can be reached from other machines$/,
  ],
  ['a certificate without a key', 'tlsCert = "/cert"', /^tlsCert: expected together with tlsKey$/],
  ['a key without a certificate', 'tlsKey = "/key"', /^tlsKey: expected together with tlsCert$/],
  [
    'a certificate in a table [[tls]], and another one in tlsCert',
    'tlsCert = "/cert"\n[[tls]]\ncert = "/c"\nkey = "/k"',
    /^tlsCert cannot stand beside tls$/,
  ],
  ['a certificate in a table [[tls]] without its key', '[[tls]]\ncert = "/c"', /tls\[0\]\.key: is missing$/],
  ['no certificate in tls', 'tls = []', /tls: expected at least one certificate, got a list$/],
  [
    'an old version of TLS',
    'tlsMinVersion = "TLSv1.1"',
    /tlsMinVersion: expected one of TLSv1\.2, TLSv1\.3, got "TLSv1\.1"$/,
  ],
  [
    'authorities for certificates of clients, without asking for certificates',
    'tlsCert = "/c"\ntlsKey = "/k"\ntlsClientCa = "/ca"',
    /^tlsClientCa: expected together with tlsClientCertificates$/,
  ],
  [
    'certificates of clients that cannot be checked',
    'tlsCert = "/c"\ntlsKey = "/k"\ntlsClientCertificates = "require"',
    /^tlsClientCertificates: expected together with tlsClientCa$/,
  ],
  [
    'certificates of clients without a certificate of the server',
    'tlsClientCa = "/ca"\ntlsClientCertificates = "require"',
    /^tlsClientCa: expected together with a certificate of the server$/,
  ],
  [
    'a key in place of its path',
    `tlsCert = "/c"\ntlsKey = """${KEY}"""`,
    /^er\.toml: tlsKey: expected the path of a file in PEM, got a string \(not shown\)$/,
  ],
  [
    'the base64 of a key in place of its path',
    `[[tls]]\ncert = "/c"\nkey = "${KEY_BASE64}"`,
    /^er\.toml: tls\[0\]\.key: expected the path of a file in PEM, got a string \(not shown\)$/,
  ],
  [
    'a key in place of the path of its certificate',
    `tlsCert = """${KEY}"""\ntlsKey = "/k"`,
    /^er\.toml: tlsCert: expected the path of a file in PEM, got a string \(not shown\)$/,
  ],
  [
    'a key in place of the list of certificates',
    `tls = """${KEY}"""`,
    /^er\.toml: tls: expected a list of tables with cert and key, got a string \(not shown\)$/,
  ],
  ['no TOML', 'listen = [\n"a"\nworkers', /^er\.toml:\d+:\d+: invalid TOML: \S/],
  ['a key twice', 'workers = 1\nworkers = 2', /^er\.toml:2:1: invalid TOML: /],
  ['a text without its end', 'root = "/srv', /^er\.toml:1:\d+: invalid TOML: /],
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
    ['a comma too many', '{\n  "workers": 1,\n}', /^er\.json:3:1: invalid JSON: \S/],
    ['a word without quotes', '{\n  "root": public,\n  "workers": 1\n}', /^er\.json\S*: invalid JSON: \S/],
    ['a bracket too few', '{\n  "workers": 1\n', /^er\.json\S*: invalid JSON: \S/],
    ['a comment', '{\n  // two\n  "workers": 2\n}', /^er\.json\S*: invalid JSON: \S/],
    ['nothing', '', /^er\.json: invalid JSON: \S/],
    ['a list', '[]', /^er\.json: expected an object, got a list$/],
    ['null', 'null', /^er\.json: options: expected an object, got null$/],
    ['a key that there is not', '{ "worker": 1 }', /worker: there is no such option; the nearest is workers$/],
  ])('%s', async (_, text, line) => {
    expect(await said('er.json', text)).toMatch(line);
  });
});

test('a file of JSON may have a byte order mark', async () => {
  expect(await said('er.json', '\ufeff{ "workers": 1 }')).toBe('nothing');
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
      { flags: { port: '80', listen: ['127.0.0.1:80'] } },
      /^listen: cannot be combined with host and port$/,
    ],
    [
      'a switch that is neither',
      { environment: { EPOLL_REACTOR_LISTING: 'yes' } },
      /^EPOLL_REACTOR_LISTING: expected true or false, got "yes"$/,
    ],
    [
      'a port that is none',
      { environment: { EPOLL_REACTOR_PORT: 'http' } },
      /^EPOLL_REACTOR_PORT: expected a whole number from 0 to 65535, got "http"$/,
    ],
    [
      'a choice that there is not',
      { environment: { EPOLL_REACTOR_SANDBOX: 'yes' } },
      /^EPOLL_REACTOR_SANDBOX: expected one of off, on, required, got "yes"$/,
    ],
    [
      'a value that the file could not have either',
      { flags: { shutdownGraceMs: '99999999999' } },
      /^--shutdown-grace-ms: expected a whole number of milliseconds from 0 to 86400000, got 99999999999$/,
    ],
    [
      'a limit by a name of JavaScript',
      { flags: { limits: ['__proto__=5'] } },
      /^--limit\.__proto__: there is no such option; /,
    ],
    ['too many workers', { flags: { workers: '9999' } }, /^--workers: expected a whole number .*, got 9999$/],
    [
      'a level that there is not',
      { flags: { logLevel: 'loud' } },
      /^--log-level: expected one of error, warn, .*"loud"$/,
    ],
    [
      'a limit that there is not',
      { flags: { limits: ['connectionMax=5'] } },
      /^--limit\.connectionMax: there is no such option; the nearest is connectionsMax$/,
    ],
    [
      'a name that is nearly one',
      { environment: { EPOLL_REACTOR_WORKER: '2' } },
      /^EPOLL_REACTOR_WORKER: there is no such option; the nearest is EPOLL_REACTOR_WORKERS$/,
    ],
    [
      'an address that is none',
      { environment: { EPOLL_REACTOR_LISTEN: '127.0.0.1:80, http://127.0.0.1' } },
      /^listen: http:\/\/127\.0\.0\.1 is not an address with a port$/,
    ],
    [
      'a key in place of its path',
      { environment: { EPOLL_REACTOR_TLS_CERT: '/c', EPOLL_REACTOR_TLS_KEY: KEY } },
      /^EPOLL_REACTOR_TLS_KEY: expected the path of a file in PEM, got a string \(not shown\)$/,
    ],
    [
      'a file that is not there',
      { environment: { EPOLL_REACTOR_CONFIG: '/no/such.toml' } },
      /^there is no file \/no\/such\.toml$/,
    ],
    [
      'a limit without a number',
      { environment: { EPOLL_REACTOR_LIMITS: 'headDeadlineMs' } },
      /^EPOLL_REACTOR_LIMITS: expected a name and a number such as connectionsMax=10000, got "headDeadlineMs"$/,
    ],
  ])('%s', async (_, sources, line) => {
    expect(await saidOf(sources)).toMatch(line);
  });

  test('a folder beside a file with sites', async () => {
    using folder = new Folder();
    const configFile = join(folder.path, 'er.toml');
    writeFileSync(configFile, '[[sites]]\nroot = "/srv"');
    expect(await saidOf({ configFile, folder: '/srv' })).toBe('root cannot stand beside sites');
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
      /the folder of .*no\/such\/access\.log does not exist$/,
    ],
    [
      'a user that is not there',
      'user = "nobody-of-this-name"',
      /^epoll-reactor: (?:there is no user nobody-of-this-name)/,
    ],
  ])('%s: one line, a hint, exit code 1, no socket, and no log', async (_, text, line) => {
    using folder = new Folder();
    const path = join(folder.path, 'er.toml');
    const socket = join(folder.path, 'site.sock');
    const log = join(folder.path, 'error.log');
    for (const workers of [0, 1]) {
      writeFileSync(path, `listen = "unix:${socket}"\nworkers = ${workers}\nerrorLog = "error.log"\n${text}\n`);
      const { code, stdout, stderr } = await run(['--config', path]);
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr.split('\n')).toHaveLength(3);
      expect(stderr.split('\n')[0]).toMatch(line);
      expect([existsSync(socket), existsSync(log)]).toEqual([false, false]);
    }
  });

  testWhere(process.getuid?.() === 0, 'only root can run it as another user')(
    'in a file or a log that its user may not touch',
    async () => {
      using folder = new Folder();
      chmodSync(folder.path, 0o755);
      const path = join(folder.path, 'er.toml');
      writeFileSync(path, 'port = 0\naccessLog = "access.log"');
      const log = await run(['--config', path], { uid: NOBODY });
      expect(log).toMatchObject({ code: 1, stdout: '' });
      expect(log.stderr).toMatch(
        /^epoll-reactor: the log .*access\.log cannot be written by this user\n {2}.*ls -ld .*\n$/,
      );
      writeFileSync(path, 'port = 0\nuser = "root"');
      const user = await run(['--config', path], { uid: NOBODY });
      expect(user.stderr).toMatch(/^epoll-reactor: only root can become user root\n {2}start it as root.*\n$/);
      chmodSync(path, 0o600);
      const file = await run(['--config', path], { uid: NOBODY });
      expect(file).toMatchObject({ code: 1, stdout: '' });
      expect(file.stderr).toMatch(/^epoll-reactor: .*er\.toml cannot be read \(EACCES\)\n {2}.*ls -l .*\n$/);
    },
  );

  test('reports with --check the same as at a start, and does not serve', async () => {
    using folder = new Folder();
    const path = join(folder.path, 'er.toml');
    writeFileSync(path, 'root = "."');
    expect(await run(['--config', path, '--check'])).toEqual({
      code: 0,
      stdout: 'the configuration is valid\n',
      stderr: '',
    });
    writeFileSync(path, 'root = "gone"');
    expect(await run(['--config', path, '--check'])).toMatchObject({ code: 1, stdout: '' });
    chmodSync(path, 0o644);
  });
});
