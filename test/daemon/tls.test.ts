/** The command serves HTTPS: with certificates of files, from one process or from workers in a required sandbox. */
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PeerCertificate, TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type KeyPair, selfSigned } from '../../src/tls/self-signed.js';
import { ask as askPlain, RawClient, type Target } from '../client/raw-client.js';
import type { WireResponse } from '../client/wire-response.js';
import { SiteFolder } from '../files/site-folder.js';
import { Folder } from '../support/sockets.js';
import { CommandProcess } from './command.js';

const one = selfSigned({ names: ['one.test'], days: 90 });
const two = selfSigned({ names: ['two.test'], days: 90 });

const CHALLENGE = '.well-known/acme-challenge/token';

/** A site, and files of certificates. */
class TlsFolder extends Folder {
  readonly site = new SiteFolder({ 'index.html': 'served', [CHALLENGE]: 'token.thumbprint' });

  /** @returns  the table of a configuration */
  certificate(name: string, { cert, key }: KeyPair): string {
    writeFileSync(join(this.path, `${name}.pem`), cert);
    writeFileSync(join(this.path, `${name}-key.pem`), key);
    chmodSync(join(this.path, `${name}-key.pem`), 0o600);
    return `[[tls]]\ncert = "${name}.pem"\nkey = "${name}-key.pem"\n`;
  }

  config(text: string): string {
    const path = join(this.path, 'er.toml');
    writeFileSync(path, `port = 0\nroot = "${this.site.root}"\n${text}`);
    return path;
  }

  override [Symbol.dispose](): void {
    super[Symbol.dispose]();
    this.site[Symbol.dispose]();
  }
}

/** The certificate that the server sends for this name, and its response. */
async function ask(target: Target, servername: string, { cert }: KeyPair): Promise<readonly [string, WireResponse]> {
  await using client = await RawClient.connect({ ...target, tls: { servername, ca: cert } });
  const { subject }: PeerCertificate = (client.socket as TLSSocket).getPeerCertificate();
  await client.send(`GET / HTTP/1.1\r\nHost: ${servername}\r\n\r\n`);
  return [`${subject.CN}`, await client.response()];
}

describe.each([
  ['one process', 'workers = 0\nsandbox = "required"\n'],
  ['workers in a required sandbox', 'workers = 2\nsandbox = "required"\n'],
])('the command, as %s,', (_title, how) => {
  let folder: TlsFolder;
  let command: CommandProcess;

  beforeAll(async () => {
    folder = new TlsFolder();
    const tables = folder.certificate('one', one) + folder.certificate('two', two);
    command = await CommandProcess.serve(['--config', folder.config(`${how}redirectHttp = "127.0.0.1:0"\n${tables}`)]);
  });

  afterAll(async () => {
    await command[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  test('sends the certificate of the name that a client asks for, and serves', async () => {
    for (const [name, pair] of [
      ['one.test', one],
      ['two.test', two],
    ] as const) {
      const [subject, { status, body }] = await ask(command.address, name, pair);
      expect([subject, status, body.toString()]).toEqual([name, 200, 'served']);
    }
  });

  test('redirects plain HTTP at its own address, and serves the challenges of ACME there', async () => {
    const [, port] = / redirecting {2}http:\/\/127\.0\.0\.1:(\d+)\/\n/.exec(command.stdout) ?? [];
    const plain = { address: '127.0.0.1', port: Number(port) };
    expect(command.stdout).toMatch(/ at {2}https:\/\/127\.0\.0\.1:\d+\/\n/);
    const redirect = await askPlain(plain, 'GET /a HTTP/1.1\r\nHost: one.test\r\n\r\n');
    expect([redirect.status, redirect.headers.get('location')]).toEqual([
      301,
      `https://one.test:${command.address.port}/a`,
    ]);
    const challenge = await askPlain(plain, `GET /${CHALLENGE} HTTP/1.1\r\nHost: one.test\r\n\r\n`);
    expect([challenge.status, challenge.body.toString()]).toEqual([200, 'token.thumbprint']);
  });
});
