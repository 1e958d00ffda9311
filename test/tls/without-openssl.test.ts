/**
 * A Node that does not export OpenSSL's functions: plain HTTP works, TLS ends with one line. It is simulated by a copy of the
 * addon that asks for a function that does not exist.
 */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { selfSigned } from '../../src/tls/self-signed.js';
import { run } from '../daemon/command.js';
import { Folder } from '../support/sockets.js';

const pair = selfSigned({ names: ['localhost'], days: 1 });
const unavailable =
  /^TLS needs a Node that exports OpenSSL 3, as the releases of nodejs\.org do; Node v\S+ does not: \S+ undefined symbol: SSL_reaq$/;

let folder: Folder;
let addon: string;

beforeAll(() => {
  folder = new Folder();
  addon = join(folder.path, 'epoll_reactor.node');
  symlinkSync(join(process.cwd(), 'build/Release/epoll_reactor.node'), addon);
  const tls = readFileSync('build/Release/tls/epoll_reactor_tls.node');
  tls.write('SSL_reaq', tls.indexOf('\0SSL_read\0') + 1);
  mkdirSync(join(folder.path, 'tls'));
  writeFileSync(join(folder.path, 'tls/epoll_reactor_tls.node'), tls);
});

afterAll(() => folder[Symbol.dispose]());

test('where OpenSSL is missing, serve() serves plain HTTP and refuses TLS with ERR_TLS_UNAVAILABLE', async () => {
  process.env['EPOLL_REACTOR_ADDON'] = addon; // read when the package is loaded
  const { serve } = await import('../../src/index.js');
  const fetchHello = (): Response => new Response('hello');
  await using server = serve({ fetch: fetchHello, port: 0 });
  expect(await (await fetch(`${server.url}`)).text()).toBe('hello');
  expect(() => serve({ fetch: fetchHello, port: 0, tls: pair })).toThrow(
    expect.objectContaining({ code: 'ERR_TLS_UNAVAILABLE', message: expect.stringMatching(unavailable) as unknown }),
  );
});

test('where OpenSSL is missing, the command says so in one line, with a hint', async () => {
  writeFileSync(join(folder.path, 'cert.pem'), pair.cert);
  writeFileSync(join(folder.path, 'key.pem'), pair.key);
  const args = ['--tls-cert', join(folder.path, 'cert.pem'), '--tls-key', join(folder.path, 'key.pem'), '--port', '0'];
  const { code, stdout, stderr } = await run(args, { env: { EPOLL_REACTOR_ADDON: addon } });
  const [line = '', ...rest] = stderr.split('\n');
  expect([code, stdout, ...rest]).toEqual([1, '', '  install Node from nodejs.org, or leave out tls', '']);
  expect(line.replace(/^epoll-reactor: /, '')).toMatch(unavailable);
});
