/** Plain HTTP beside HTTPS, as `redirectHttp` serves it: redirects, the challenges of ACME, and no header for HTTPS alone. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { withRedirects } from '../../../src/daemon/workers/https-redirect.js';
import type { SocketAddress } from '../../../src/linux/socket-address.js';
import type { HttpHandler } from '../../../src/server/http-handler.js';
import { HttpServer } from '../../../src/server/http-server.js';
import type { SiteOptions } from '../../../src/sites/site-options.js';
import { sitesHandler } from '../../../src/sites/sites-handler.js';
import { selfSigned } from '../../../src/tls/self-signed.js';
import { ask, type Target } from '../../client/raw-client.js';
import type { WireResponse } from '../../client/wire-response.js';
import { SiteFolder } from '../../files/site-folder.js';
import { internet, LOOPBACK } from '../../support/sockets.js';

const PAIR = selfSigned({ names: ['a.test', 'b.test', '127.0.0.1'], days: 1 });
const HSTS = 'max-age=63072000';
const TOKEN = '/.well-known/acme-challenge/token';

/** A server that speaks HTTPS at one address, and redirects at another. */
class RedirectingServer {
  readonly #server: HttpServer;
  readonly #close: () => void;
  readonly http: Target;
  readonly https: Target;

  constructor(sites: readonly SiteOptions[], https: readonly SocketAddress[]) {
    const handler = withRedirects(sitesHandler(sites), { sites, module: undefined }, https);
    this.#close = handler.close;
    this.#server = new HttpServer(handler, { tls: PAIR });
    this.http = internet(this.#server.listen(LOOPBACK, { plainHttp: true }));
    const tls = { servername: 'a.test', rejectUnauthorized: false };
    this.https = { ...internet(this.#server.listen(LOOPBACK)), tls };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.close();
    this.#close();
  }
}

describe('an address that redirects to HTTPS', () => {
  let folder: SiteFolder;
  let server: RedirectingServer;

  beforeAll(() => {
    folder = new SiteFolder({ 'index.html': 'secret', [TOKEN.slice(1)]: 'token.thumbprint' });
    const rules = [
      { path: '/**', headers: { 'Strict-Transport-Security': HSTS }, redirect: { to: '/elsewhere' } },
      { path: '/index.html', redirect: false },
    ] as const;
    const site = { root: folder.root, hosts: ['a.test', '127.0.0.1', '[::1]'], rules, single: true };
    server = new RedirectingServer([site], [{ address: '0.0.0.0', port: 8443 }]);
  });

  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  const send = (line: string, host: string, version = '1.1'): Promise<WireResponse> =>
    ask(server.http, `${line} HTTP/${version}\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);

  test.each([
    ['GET /', 'a.test', 301, 'https://a.test:8443/'],
    ['HEAD /a%20b/?c=d&e', 'a.test', 301, 'https://a.test:8443/a%20b/?c=d&e'],
    ['POST /form', 'a.test', 308, 'https://a.test:8443/form'],
    ['DELETE /x', 'a.test', 308, 'https://a.test:8443/x'],
    ['OPTIONS *', 'a.test', 308, 'https://a.test:8443'],
    ['GET //evil.test/x', 'a.test', 301, 'https://a.test:8443//evil.test/x'],
    ['GET /..%2f%0d%0aSet-Cookie:x', 'a.test', 301, 'https://a.test:8443/..%2f%0d%0aSet-Cookie:x'],
    ['GET http://a.test/y', 'b.test', 301, 'https://a.test:8443/y'],
    ['GET /', 'A.test:80', 301, 'https://A.test:8443/'],
    ['GET /', '127.0.0.1:8080', 301, 'https://127.0.0.1:8443/'],
    ['GET /', '[::1]:8080', 301, 'https://[::1]:8443/'],
    ['GET /.well-known/acme-challenge/', 'a.test', 301, 'https://a.test:8443/.well-known/acme-challenge/'],
    [`GET ${TOKEN}/../../../index.html`, 'a.test', 301, `https://a.test:8443${TOKEN}/../../../index.html`],
  ])('answers %s of %s with %i and %s', async (line, host, status, location) => {
    const response = await send(line, host);
    expect([response.status, response.headers.get('location')]).toEqual([status, location]);
  });

  test.each([
    ['GET /', 'evil.test', 421],
    [`GET ${TOKEN}`, 'evil.test', 421],
    ['GET /', 'a.test\\evil', 400],
    ['GET /', 'a.test/evil', 400],
    ['GET /', 'me@a.test', 400],
    ['POST /.well-known/acme-challenge/token', 'a.test', 405],
    ['GET /.well-known/acme-challenge/missing', 'a.test', 404],
  ])('redirects neither %s of %s nor serves it: %i', async (line, host, status) => {
    const response = await send(line, host);
    expect([response.status, response.headers.get('location')]).toEqual([status, undefined]);
    expect(response.body.toString()).not.toContain('secret');
  });

  test('serves the challenges of ACME from the folder, past the rules of the site', async () => {
    const { status, body } = await send(`GET ${TOKEN}`, 'a.test');
    expect([status, body.toString()]).toEqual([200, 'token.thumbprint']);
  });

  test.each(['/', '/index.html', TOKEN, '/missing'])(
    'sends Strict-Transport-Security for %s over TLS alone (RFC 6797 §7.2)',
    async (path) => {
      const request = `GET ${path} HTTP/1.1\r\nHost: a.test\r\n\r\n`;
      const secure = await ask(server.https, request);
      const plain = await ask(server.http, request);
      expect(secure.headers.get('strict-transport-security')).toBe(HSTS);
      expect(plain.headers.has('strict-transport-security')).toBe(false);
    },
  );
});

test('a module answers the challenges of ACME itself: it has no folder', async () => {
  const served = Object.assign(((_request, response) => response.send(200, {}, 'by the module')) as HttpHandler, {
    cacheCounts: () => ({ hits: 0, misses: 0 }),
    answersFor: () => true,
    close: () => {},
  });
  const config = { sites: [], module: '/app.mjs' };
  await using server = new HttpServer(withRedirects(served, config, []), { tls: PAIR });
  const http = internet(server.listen(LOOPBACK, { plainHttp: true }));
  const challenge = await ask(http, `GET ${TOKEN} HTTP/1.1\r\nHost: a.test\r\n\r\n`);
  expect([challenge.status, challenge.body.toString()]).toEqual([200, 'by the module']);
  expect((await ask(http, 'GET / HTTP/1.1\r\nHost: a.test\r\n\r\n')).status).toBe(301);
});

describe('the port of a redirect', () => {
  test.each<[what: string, https: readonly SocketAddress[], location: string]>([
    [
      'is left out where HTTPS has its own',
      [
        { address: '::', port: 8443 },
        { address: '::', port: 443 },
      ],
      'https://a.test/',
    ],
    [
      'is that of the first address',
      [
        { address: '::', port: 8443 },
        { address: '::', port: 9443 },
      ],
      'https://a.test:8443/',
    ],
    ['is left out where HTTPS has only Unix sockets', [{ path: '/run/x.sock' }], 'https://a.test/'],
  ])('%s', async (_what, https, location) => {
    using folder = new SiteFolder();
    await using server = new RedirectingServer([{ root: folder.root }], https);
    const response = await ask(server.http, 'GET / HTTP/1.1\r\nHost: a.test\r\n\r\n');
    expect(response.headers.get('location')).toBe(location);
  });

  test('a request of HTTP/1.0 without Host cannot be redirected', async () => {
    using folder = new SiteFolder();
    await using server = new RedirectingServer([{ root: folder.root }], []);
    const response = await ask(server.http, 'GET / HTTP/1.0\r\n\r\n');
    expect([response.status, response.body.toString()]).toEqual([
      400,
      '400: a request without Host cannot be redirected to HTTPS\n',
    ]);
  });
});
