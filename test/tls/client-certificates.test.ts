/** Certificates of clients: `clientCertificates` and `clientCa`, and what handlers see of them. */
import { X509Certificate } from 'node:crypto';
import type { ConnectionOptions } from 'node:tls';
import { describe, expect, test } from '@jest/globals';
import type { RequestTls } from '../../src/server/connection-security.js';
import { type KeyPair, selfSigned } from '../../src/tls/self-signed.js';
import { get, RawClient, type Target } from '../client/raw-client.js';
import { LimitedServer, until } from '../server/limited-server.js';

const DAY_MS = 24 * 60 * 60 * 1000;

const server = selfSigned({ names: ['test'], days: 1 });
const valid = selfSigned({ names: ['client.test'], days: 1 });
const expired = selfSigned({ names: ['client.test'], days: 1, fromMs: Date.now() - 2 * DAY_MS });
const foreign = selfSigned({ names: ['client.test'], days: 1 });
/** A certificate that is signed with its own key is also its own authority. */
const clientCa = valid.cert + expired.cert;

class CertificateServer extends LimitedServer {
  readonly seen: (RequestTls | undefined)[] = [];

  constructor(clientCertificates: 'request' | 'require') {
    super(
      ({ tls }, response) => {
        this.seen.push(tls);
        response.send(200);
      },
      {},
      undefined,
      { tls: { ...server, clientCertificates, clientCa } },
    );
  }

  target(client: KeyPair | undefined, options: ConnectionOptions = {}): Target {
    return { ...this.address, tls: { rejectUnauthorized: false, ...client, ...options } };
  }
}

const VERSIONS = ['TLSv1.2', 'TLSv1.3'] as const;

describe.each(VERSIONS)('with %s', (version) => {
  test.each([
    ['require', 'no certificate', undefined, 'peer did not return a certificate'],
    ['require', 'an expired certificate', expired, 'certificate verify failed'],
    ['require', 'a certificate of another authority', foreign, 'certificate verify failed'],
    ['request', 'an expired certificate', expired, 'certificate verify failed'],
    ['request', 'a certificate of another authority', foreign, 'certificate verify failed'],
  ] as const)('%s: a client with %s is refused in the handshake', async (mode, _, client, reason) => {
    await using target = new CertificateServer(mode);
    // With TLS 1.3 the client has done its part, and learns of the failure afterwards.
    const refused = RawClient.connect(target.target(client, { maxVersion: version })).then(async (each) => {
      const bytes = await each.untilEnd();
      await each.close();
      if (bytes.length === 0) throw each.error ?? new Error('closed');
    });
    await expect(refused).rejects.toThrow();
    await until(() => target.server.connectionCount === 0, 'the server has closed the connection');
    expect([...target.server.counters.handshakes]).toEqual([[`failed ${reason}`, 1]]);
    expect([target.seen, target.errors]).toEqual([[], []]);
  });

  test.each(['request', 'require'] as const)('%s: a handler has the certificate of the client', async (mode) => {
    await using target = new CertificateServer(mode);
    await using client = await RawClient.connect(target.target(valid, { maxVersion: version }));
    await client.send(get('/') + get('/'));
    await client.responses(2);
    const [first, second] = target.seen.map((tls) => tls?.clientCertificate);
    expect(first?.subject).toBe('CN=client.test');
    expect(first?.fingerprint256).toBe(new X509Certificate(valid.cert).fingerprint256);
    expect(second).toBe(first); // read once for each connection
  });
});

test('request: a client without a certificate is served, and has none', async () => {
  await using target = new CertificateServer('request');
  await using client = await RawClient.connect(target.target(undefined));
  await client.send(get('/'));
  expect((await client.response()).status).toBe(200);
  expect(target.seen.map((tls) => [tls?.protocol, tls?.clientCertificate])).toEqual([['TLSv1.3', undefined]]);
});
