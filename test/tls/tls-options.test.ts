/** The options of TLS: a wrong one throws when a server is made, or in setTls(), which then leaves the server as it was. */
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { serve } from '../../src/fetch/serve.js';
import { HttpServer } from '../../src/server/http-server.js';
import { selfSigned } from '../../src/tls/self-signed.js';
import type { TlsOptions } from '../../src/tls/tls-options.js';
import { ask, get } from '../client/raw-client.js';

const DAY_MS = 24 * 60 * 60 * 1000;

const one = selfSigned({ names: ['test'], days: 1 });
const renewed = selfSigned({ names: ['test'], days: 2 });
const other = selfSigned({ names: ['other.test'], days: 1 });
const encrypted = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-128-cbc', passphrase: 'secret' },
}).privateKey;

let server: HttpServer;
let port: number;

beforeAll(() => {
  server = new HttpServer((_, response) => response.send(200), { tls: one });
  port = server.listen({ address: '127.0.0.1', port: 0 }).port;
});

afterAll(() => server.close());

describe('options are refused with', () => {
  test.each<[message: string, options: unknown]>([
    ['tls.cert: expected a text in PEM, or its bytes, got undefined', {}],
    ['tls: expected an object, got null', null],
    ['tls: expected an object, got a list', [one]],
    ['tls.key: expected a text in PEM, or its bytes, got undefined', { cert: one.cert }],
    ['tls.cert: expected a text in PEM, or its bytes, got ""', { ...one, cert: '' }],
    ['tls.key: expected a text in PEM, or its bytes, got a number (not shown)', { ...one, key: 5 }],
    ['tls.cert: expected a certificate in PEM', { ...one, cert: 'one.pem' }],
    ['tls.cert: expected a certificate in PEM', { ...one, cert: one.key }],
    ['tls.key: ', { ...one, key: one.cert }],
    ['tls.key: key values mismatch', { cert: one.cert, key: other.key }],
    ['tls.key: expected a key without a passphrase', { cert: one.cert, key: encrypted }],
    ['tls.ca: there is no such option; there are cert, key, certificates', { ...one, ca: one.cert }],
    ['tls.minVersions: there is no such option; the nearest is minVersion', { ...one, minVersions: 'TLSv1.3' }],
    ['tls.minVersion: expected TLSv1.2 or TLSv1.3, got "TLSv1.1"', { ...one, minVersion: 'TLSv1.1' }],
    ['tls.certificates: expected an array of { cert, key }, got a list', { certificates: [] }],
    ['tls.certificates: expected an array of { cert, key }, got an object', { certificates: one }],
    ['tls.certificates[0]: expected an object, got "one.pem"', { certificates: ['one.pem'] }],
    ['tls.certificates[1].name: there is no such option; ', { certificates: [one, { ...other, name: 'x' }] }],
    ['tls.certificates[1].key: key values mismatch', { certificates: [one, { cert: other.cert, key: one.key }] }],
    ['tls.certificates: expected without cert and key, which are a certificate too', { ...one, certificates: [other] }],
    ['tls: two certificates have a key of ec and the same names: test', { certificates: [one, one] }],
    ['tls.clientCa: expected together with clientCertificates', { ...one, clientCertificates: 'require' }],
    ['tls.clientCa: expected together with clientCertificates', { ...one, clientCa: one.cert }],
    [
      'tls.clientCertificates: expected request or require',
      { ...one, clientCertificates: 'always', clientCa: one.cert },
    ],
    ['tls.clientCa: no start line', { ...one, clientCertificates: 'require', clientCa: 'none' }],
  ])('%s', (message, options) => {
    const tls = options as TlsOptions;
    const refusal = expect.objectContaining({ message: expect.stringContaining(message) });
    expect(() => server.setTls(tls)).toThrow(refusal);
    if (tls !== null) expect(() => serve({ fetch: () => new Response(), port: 0, tls })).toThrow(refusal);
  });
});

test('expired certificates are accepted: clients refuse them, and setTls() can replace them', async () => {
  const expired = selfSigned({ names: ['test'], days: 1, fromMs: Date.now() - 2 * DAY_MS });
  await using served = new HttpServer((_, response) => response.send(200), { tls: expired });
  expect(served.listen({ address: '127.0.0.1', port: 0 }).port).toBeGreaterThan(0);
});

describe('setTls()', () => {
  const target = (): { address: string; port: number; tls: object } => {
    return { address: '127.0.0.1', port, tls: { rejectUnauthorized: true, ca: one.cert, servername: 'test' } };
  };

  test('that throws leaves the old certificate in use', async () => {
    expect(() => server.setTls({ cert: other.cert, key: one.key })).toThrow('tls.key: key values mismatch');
    expect((await ask(target(), get('/'))).status).toBe(200); // the client accepts no other certificate
  });

  test('leaves open connections as they are, and clients resume older sessions', async () => {
    const open = (session?: Buffer): TLSSocket =>
      connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...(session && { session }) });
    const first = open();
    const [session] = (await once(first, 'session')) as [Buffer];
    server.setTls(renewed);
    const second = open(session);
    await once(second, 'secureConnect');
    expect(second.isSessionReused()).toBe(true);
    for (const socket of [first, second]) {
      socket.write(get('/'));
      expect(String(await once(socket, 'data'))).toMatch(/^HTTP\/1.1 200 /);
      socket.destroy();
    }
    server.setTls(one);
  });

  test('on a server of plain HTTP throws', async () => {
    await using plain = new HttpServer((_, response) => response.send(200));
    expect(() => plain.setTls(one)).toThrow('setTls() was called on a server of plain HTTP');
  });

  test('while clients connect and send requests makes none of them fail', async () => {
    const both = { address: '127.0.0.1', port, tls: { rejectUnauthorized: false } };
    const statuses: number[] = [];
    let left = 200;
    const client = async (): Promise<void> => {
      while (left-- > 0) {
        if (left % 5 === 0) server.setTls(left % 2 === 0 ? one : renewed);
        statuses.push((await ask(both, get('/'))).status);
      }
    };
    await Promise.all(Array.from({ length: 8 }, client));
    expect(statuses).toEqual(Array(200).fill(200));
    expect([...server.counters.handshakes].filter(([end]) => end.startsWith('failed'))).toEqual([]);
  });
});
