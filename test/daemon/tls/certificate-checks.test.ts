/** Mistakes in certificates and keys are one line with a hint, found before anything starts. */
import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readConfig } from '../../../src/daemon/config/read-config.js';
import { UserError } from '../../../src/daemon/config/user-error.js';
import { warningsOf } from '../../../src/daemon/tls/certificate-checks.js';
import { withCertificates } from '../../../src/daemon/tls/settings.js';
import { type KeyPair, selfSigned } from '../../../src/tls/self-signed.js';
import type { Ended } from '../../support/processes.js';
import { Folder } from '../../support/sockets.js';
import { run } from '../command.js';
import { testWhere } from '../programs.js';

const NOBODY = 65_534;
const DAY_MS = 24 * 60 * 60 * 1000;

const fixture = (name: string): string =>
  readFileSync(new URL(`../../fixtures/certificates/${name}`, import.meta.url), 'utf8');

const one = selfSigned({ names: ['one.test'], days: 90 });
const two = selfSigned({ names: ['two.test'], days: 90 });
const passphrase = { cipher: 'aes-128-cbc', passphrase: 'secret', format: 'pem' } as const;
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** One file can hold both. */
const both = ({ cert, key }: KeyPair): string => cert + key;

let folder: Folder;

beforeAll(() => {
  folder = new Folder();
  for (const [name, text] of Object.entries({
    'one.pem': one.cert,
    'one-key.pem': one.key,
    'one-again.pem': both(selfSigned({ names: ['one.test'], days: 90 })),
    'one-rsa.pem': both(selfSigned({ names: ['one.test'], days: 90, kind: 'rsa' })),
    'two.pem': both(two),
    'two-then-one.pem': two.cert + one.cert,
    'cut.pem': one.cert.replace(/\n.{64}\n/, '\n'),
    'der.pem': Buffer.from(one.cert.replaceAll(/-----.*/g, ''), 'base64').toString('latin1'),
    'encrypted.pem': privateKey.export({ type: 'pkcs8', ...passphrase }).toString(),
    'encrypted-sec1.pem': privateKey.export({ type: 'sec1', ...passphrase }).toString(),
    'large.pem': `${one.cert}${'#'.repeat(1024 * 1024)}`,
    'empty.pem': '',
    'weak.pem': fixture('weak.pem'),
  })) {
    writeFileSync(join(folder.path, name), text);
  }
  mkdirSync(join(folder.path, 'folder.pem'));
});

afterAll(() => folder[Symbol.dispose]());

/** @returns  the message for a file with this text */
async function said(text: string): Promise<string> {
  const configFile = join(folder.path, 'er.toml');
  writeFileSync(configFile, text);
  const config = await readConfig({ folder: undefined, configFile, flags: {}, environment: {} });
  try {
    withCertificates(config);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    expect(error.hint).not.toBe('');
    expect(`${error.message}${error.hint}`).not.toContain('\n');
    return error.message.replaceAll(`${folder.path}/`, '');
  }
  return 'nothing';
}

const pair = (cert: string, key: string): string => `tlsCert = "${cert}"\ntlsKey = "${key}"\n`;
const table = (file: string): string => `[[tls]]\ncert = "${file}"\nkey = "${file}"\n`;
const withCa = (file: string): string =>
  `${pair('one.pem', 'one-key.pem')}tlsClientCertificates = "request"\ntlsClientCa = "${file}"`;

describe('a server with', () => {
  test.each([
    ['a certificate that is not there', pair('no.pem', 'one-key.pem'), 'there is no file no.pem'],
    ['a key that is not there', pair('one.pem', 'no.pem'), 'there is no file no.pem'],
    ['a folder for a certificate', pair('folder.pem', 'one-key.pem'), 'folder.pem is a folder'],
    ['a file without a certificate', pair('one-key.pem', 'one-key.pem'), 'one-key.pem has no certificate in PEM'],
    ['an empty file', pair('empty.pem', 'one-key.pem'), 'empty.pem has no certificate in PEM'],
    ['a certificate in DER', pair('der.pem', 'one-key.pem'), 'der.pem has no certificate in PEM'],
    ['a certificate with a line less', pair('cut.pem', 'one-key.pem'), 'cut.pem: certificate 1 is broken'],
    ['a file that is too large', pair('large.pem', 'one-key.pem'), 'large.pem has more than 1048576 bytes'],
    ['a file without a key', pair('one.pem', 'one.pem'), 'one.pem has no private key in PEM'],
    [
      'the key of another certificate',
      pair('two.pem', 'one-key.pem'),
      'one-key.pem is not the key of the certificate in two.pem',
    ],
    [
      'the key of a later certificate of the file',
      pair('two-then-one.pem', 'one-key.pem'),
      'one-key.pem is not the key of the certificate in two-then-one.pem',
    ],
    ['a key with a passphrase', pair('one.pem', 'encrypted.pem'), 'the key in encrypted.pem has a passphrase'],
    [
      'a key with a passphrase in the older form',
      pair('one.pem', 'encrypted-sec1.pem'),
      'the key in encrypted-sec1.pem has a passphrase',
    ],
    [
      'a key that is too short for OpenSSL',
      table('two.pem') + table('weak.pem'),
      'OpenSSL refuses weak.pem (cert: ee key too small)',
    ],
    [
      'two certificates of the same names and kind',
      `[[tls]]\ncert = "one.pem"\nkey = "one-key.pem"\n${table('one-again.pem')}`,
      'tls: two certificates have a key of ec and the same names: one.test',
    ],
    ['a file of clients without a certificate', withCa('one-key.pem'), 'one-key.pem has no certificate in PEM'],
    ['a certificate and its key in one file', pair('two.pem', 'two.pem'), 'nothing'],
    [
      'certificates of the same names and two kinds',
      `[[tls]]\ncert = "one.pem"\nkey = "one-key.pem"\n${table('one-rsa.pem')}`,
      'nothing',
    ],
    ['certificates of clients', withCa('two.pem'), 'nothing'],
  ])('%s', async (_title, text, expected) => {
    expect(await said(text)).toBe(expected);
  });
});

describe('a warning', () => {
  const nowMs = Date.now();

  test.each([
    ['of a certificate that ends in 13 days', 13.5, /^c\.pem expires on \d{4}-\d\d-\d\d$/, false],
    ['of a certificate that has ended', -0.5, /^c\.pem expired on \d{4}-\d\d-\d\d$/, true],
  ])('%s', (_title, days, message, isExpired) => {
    const { cert } = selfSigned({ names: ['c.test'], days: 30, fromMs: nowMs + (days - 30) * DAY_MS });
    expect(warningsOf('c.pem', cert, nowMs)).toEqual([
      { message: expect.stringMatching(message), hint: expect.any(String), isExpired },
    ]);
  });

  test('reports a chain without the certificate that has signed the first one', () => {
    expect(warningsOf('c.pem', fixture('leaf.pem'), nowMs)).toEqual([
      {
        message: expect.stringMatching(/^c\.pem lacks the certificate that has signed/),
        hint: expect.any(String),
        isExpired: false,
      },
    ]);
  });

  test('is not given for a complete chain, nor for a self-signed certificate that does not expire soon', () => {
    expect(warningsOf('c.pem', fixture('leaf.pem') + fixture('issuer-of-leaf.pem'), nowMs)).toEqual([]);
    expect(warningsOf('c.pem', one.cert, nowMs)).toEqual([]);
  });
});

describe('--check', () => {
  /** Checks a certificate that ends in so many days. */
  const check = (name: string, days: number): Promise<Ended> => {
    const path = join(folder.path, name);
    const fromMs = Date.now() + (days - 30) * DAY_MS;
    writeFileSync(path, both(selfSigned({ names: ['c.test'], days: 30, fromMs })));
    return run(['--check', '--tls-cert', path, '--tls-key', path]);
  };

  test('warns of a certificate that expires soon, and refuses an expired one', async () => {
    const [soon, ended] = await Promise.all([check('soon.pem', 5), check('ended.pem', -1)]);
    expect(soon).toMatchObject({
      code: 0,
      stdout: 'the configuration is valid\n',
      stderr: expect.stringMatching(/^epoll-reactor: warning: .*soon\.pem expires on .*\n {2}renew it.*\n$/),
    });
    expect(ended).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^epoll-reactor: .*ended\.pem expired on .*\n {2}renew it.*\n$/),
    });
  });

  testWhere(process.getuid?.() === 0, 'only root can run as another user')(
    'says that a key cannot be read',
    async () => {
      chmodSync(folder.path, 0o755);
      chmodSync(join(folder.path, 'one-key.pem'), 0o600);
      const files = ['--tls-cert', join(folder.path, 'one.pem'), '--tls-key', join(folder.path, 'one-key.pem')];
      expect(await run(['--check', ...files], { uid: NOBODY })).toMatchObject({
        code: 1,
        stdout: '',
        stderr: expect.stringMatching(/^epoll-reactor: .*one-key\.pem cannot be read \(EACCES\)\n {2}check its .*\n$/),
      });
    },
  );
});
