/** The command serves HTTPS: with certificates of files, from one process or from workers in a required sandbox. */
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type KeyPair, selfSigned } from '../../../src/tls/self-signed.js';
import { ask, get, RawClient, type Target } from '../../client/raw-client.js';
import { SiteFolder } from '../../files/site-folder.js';
import { pattern } from '../../fixtures/pattern.mjs';
import { Folder } from '../../support/sockets.js';
import { CommandProcess } from '../command.js';
import { testWhere } from '../programs.js';
import { ReloadedCommand } from '../reloaded-command.js';
import { SteadyClients } from '../steady-clients.js';
import { until, workersOf } from '../supervised.js';

const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;
/** More than one piece of a disk thread, and more than the buffers of a socket. */
const LARGE = pattern(10 * 1024 * 1024);

/** Clients of these tests name this host. */
const HOST = 'test';

const CHALLENGE = '.well-known/acme-challenge/token';

const one = selfSigned({ names: ['one.test', HOST], days: 90 });
const two = selfSigned({ names: ['two.test'], days: 90 });
/** Each has its own subject, or clients would not find it beside the old one. */
const renewed = selfSigned({ names: ['renewed.test', 'one.test', HOST], days: 10 });
const expiring = selfSigned({ names: ['expiring.test', 'one.test', HOST], days: 1 });
const ofClient = selfSigned({ names: ['client.test'], days: 90 });

let site: SiteFolder;

beforeAll(() => {
  site = new SiteFolder({ 'index.html': 'served', 'large.bin': LARGE, [CHALLENGE]: 'token.thumbprint' });
  chmodSync(dirname(site.root), 0o755); // another user serves
});

afterAll(() => site[Symbol.dispose]());

/** Writes the files, which only this user can read. @returns the table of a configuration */
function table(folder: string, name: string, { cert, key }: KeyPair): string {
  writeFileSync(join(folder, `${name}.pem`), cert, { mode: 0o600 });
  writeFileSync(join(folder, `${name}-key.pem`), key, { mode: 0o600 });
  return `[[tls]]\ncert = "${name}.pem"\nkey = "${name}-key.pem"\n`;
}

/** A client that trusts these certificates. */
function client(target: Target, servername: string, options: ConnectionOptions = {}): Promise<RawClient> {
  const ca = [one, two, renewed, expiring].map(({ cert }) => cert);
  return RawClient.connect({ ...target, tls: { servername, ca, ...options } });
}

/** The certificate that the server sends. */
async function certificateOf(target: Target, servername: string): Promise<string | undefined> {
  await using connected = await client(target, servername);
  return (connected.socket as TLSSocket).getPeerX509Certificate()?.fingerprint256;
}

const fingerprint = ({ cert }: KeyPair): string => new X509Certificate(cert).fingerprint256;

/** At the address of plain HTTP. */
async function testRedirect({ stdout, address }: CommandProcess): Promise<void> {
  expect(stdout).toMatch(/ at {2}https:\/\/127\.0\.0\.1:\d+\/\n/);
  const [, port] = / redirecting {2}http:\/\/127\.0\.0\.1:(\d+)\/\n/.exec(stdout) ?? [];
  const plain = { address: '127.0.0.1', port: Number(port) };
  const { status, headers } = await ask(plain, 'GET /a HTTP/1.1\r\nHost: one.test\r\n\r\n');
  expect([status, headers.get('location')]).toEqual([301, `https://one.test:${address.port}/a`]);
  const challenge = await ask(plain, `GET /${CHALLENGE} HTTP/1.1\r\nHost: one.test\r\n\r\n`);
  expect([challenge.status, challenge.body.toString()]).toEqual([200, 'token.thumbprint']);
}

async function bodyOf(target: Target, path = '/', options: ConnectionOptions = {}): Promise<Buffer> {
  await using connected = await client(target, 'one.test', options);
  await connected.send(get(path));
  return (await connected.response()).body;
}

describe('workers that serve HTTPS', () => {
  let reloaded: ReloadedCommand;
  let unixSocket: string;

  const config = (folder: string, certificate: KeyPair): string =>
    [
      `listen = ["127.0.0.1:0", { address = "unix:${unixSocket}", proxyProtocol = true }]\nworkers = 2\nsandbox = "required"\naccessLog = "stdout"`,
      isRoot ? `user = "${NOBODY}"\ngroup = "${NOBODY}"` : '',
      `redirectHttp = "127.0.0.1:0"\nroot = "${site.root}"`,
      table(folder, 'one', certificate) + table(folder, 'two', two),
    ].join('\n');

  beforeAll(async () => {
    reloaded = await ReloadedCommand.serve((folder) => {
      unixSocket = join(folder, 'site.sock');
      return config(folder, one);
    });
  });

  afterAll(() => reloaded[Symbol.asyncDispose]());

  test('send the certificate of the name that a client asks for, or else the first one', async () => {
    const names = ['one.test', 'two.test'];
    const sent = await Promise.all(names.map((name) => certificateOf(reloaded.address, name)));
    expect(sent).toEqual([fingerprint(one), fingerprint(two)]);
  });

  test('serve files in a required sandbox, also large ones from the disk', async () => {
    expect((await bodyOf(reloaded.address)).toString()).toBe('served');
    expect((await bodyOf(reloaded.address, '/large.bin')).equals(LARGE)).toBe(true);
  });

  test('serve a load balancer at a Unix socket: its PROXY header comes before the handshake', async () => {
    const preface = 'PROXY TCP4 192.0.2.1 192.0.2.2 40000 443\r\n';
    expect((await bodyOf({ path: unixSocket, preface })).toString()).toBe('served');
    await until('the client is logged', () => reloaded.command.stdout.includes('192.0.2.1 - - ['));
  });

  test('redirect plain HTTP at its own address, and serve the challenges of ACME there', () =>
    testRedirect(reloaded.command));

  testWhere(isRoot, 'only root can become another user')('need not be root, who alone can read their keys', () => {
    const users = workersOf(reloaded.command).map((pid) => readFileSync(`/proc/${pid}/status`, 'utf8'));
    expect(users.map((status) => /^Uid:\t(\d+)/m.exec(status)?.[1])).toEqual([`${NOBODY}`, `${NOBODY}`]);
  });

  test.each(['TLSv1.2', 'TLSv1.3'] as const)("resume each other's sessions of %s", async (version) => {
    const session = await sessionOf(reloaded.address, version);
    expect(await resumed(reloaded.address, 12, { session, maxVersion: version })).toBe(12);
  });

  test('replace a certificate at SIGHUP: no request fails, clients resume sessions, and a line warns that it expires soon', async () => {
    const target = { ...reloaded.address, tls: { servername: 'one.test', ca: [one.cert, renewed.cert] } };
    const session = await sessionOf(reloaded.address, 'TLSv1.3');
    await using clients = new SteadyClients(target as Target, 4, '/', 'served');
    await clients.untilAnswered(100);
    await reloaded.reload(config(reloaded.folder.path, renewed));
    await clients.untilAnswered(100);
    expect(await certificateOf(reloaded.address, 'one.test')).toBe(fingerprint(renewed));
    expect(await resumed(reloaded.address, 4, { session })).toBe(4);
    await clients.stop();
    expect(clients.failures).toEqual([]);
    expect(reloaded.command.stderr).toMatch(/^epoll-reactor: .*one\.pem expires on /m);
  });

  test('keep their certificate if the new one is broken at a reload, and a line says so', async () => {
    const before = await certificateOf(reloaded.address, 'one.test');
    const said = await reloaded.fail(() => table(reloaded.folder.path, 'one', { cert: renewed.cert, key: one.key }));
    expect(said).toMatch(
      /^epoll-reactor: the configuration before stays in force: .*one-key\.pem is not the key .*\n$/,
    );
    expect(await certificateOf(reloaded.address, 'one.test')).toBe(before);
  });

  test('print no key, nor does their supervisor', () => {
    const said = reloaded.command.stdout + reloaded.command.stderr;
    const lines = [one, two, renewed].flatMap(({ key }) =>
      key.split('\n').filter((line) => /^[\w+/=]{10,}$/.test(line)),
    );
    expect(lines.length).toBeGreaterThan(5);
    expect(lines.filter((line) => said.includes(line))).toEqual([]);
  });
});

/** A session that a server gives a client. */
async function sessionOf(target: Target, version: 'TLSv1.2' | 'TLSv1.3'): Promise<Buffer> {
  await using connected = await client(target, 'one.test', { maxVersion: version });
  const socket = connected.socket as TLSSocket;
  const [session] = version === 'TLSv1.2' ? [socket.getSession()] : await once(socket, 'session');
  return session as Buffer;
}

/** @returns  how many of so many connections resumed the session: each worker has some of them */
async function resumed(target: Target, count: number, options: ConnectionOptions): Promise<number> {
  const connections = Array.from({ length: count }, async () => {
    await using connected = await client(target, 'one.test', options);
    return (connected.socket as TLSSocket).isSessionReused();
  });
  return (await Promise.all(connections)).filter(Boolean).length;
}

test('one process serves HTTPS in a required sandbox, redirects plain HTTP, and requires certificates of clients', async () => {
  using folder = new Folder();
  table(folder.path, 'one', expiring);
  table(folder.path, 'client', ofClient);
  const file = (name: string): string => join(folder.path, name);
  await using command = await CommandProcess.serve([
    site.root,
    ...['--sandbox', 'required', '--tls-cert', file('one.pem'), '--tls-key', file('one-key.pem')],
    ...[
      '--redirect-http',
      '127.0.0.1:0',
      '--tls-client-certificates',
      'require',
      '--tls-client-ca',
      file('client.pem'),
    ],
  ]);
  expect((await bodyOf(command.address, '/', ofClient)).toString()).toBe('served');
  expect(command.stderr).toMatch(/^epoll-reactor: .*one\.pem expires on /m);
  await testRedirect(command);
  await using refused = await client(command.address, 'one.test');
  await refused.send(get('/'));
  expect((await refused.untilEnd()).toString()).toBe('');
  expect(refused.error?.code).toBe('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED');
});
