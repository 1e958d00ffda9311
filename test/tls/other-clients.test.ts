/** Clients that people use, and a scanner, against one server: Chromium, curl, sslscan. */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect } from '@jest/globals';
import { fileHandler } from '../../src/files/file-handler.js';
import { HttpServer } from '../../src/server/http-server.js';
import { selfSigned } from '../../src/tls/self-signed.js';
import { exists, testWhere } from '../daemon/programs.js';
import { launchChromium, testInBrowser, wrongsOf } from '../support/chromium.js';
import { Folder } from '../support/sockets.js';

const runFile = promisify(execFile);
const names = ['localhost', '127.0.0.1'];
const certificates = [selfSigned({ names, days: 1 }), selfSigned({ names, days: 1, kind: 'rsa' })] as const;

const folder = new Folder();
const ca = join(folder.path, 'ca.pem');
const handler = fileHandler('site');
let server: HttpServer;
let port: number;

beforeAll(() => {
  writeFileSync(ca, certificates[0].cert);
  server = new HttpServer(handler, { tls: { certificates } });
  ({ port } = server.listen({ address: '127.0.0.1', port: 0 }));
});

afterAll(async () => {
  await server.close();
  handler.close();
  folder[Symbol.dispose]();
});

testInBrowser('Chromium loads the sample site over HTTPS without an error', async () => {
  const browser = await launchChromium();
  try {
    const page = await browser.newPage({ ignoreHTTPSErrors: true });
    const wrongs = wrongsOf(page);
    const response = await page.goto(`https://localhost:${port}/`, { waitUntil: 'networkidle' });
    expect(await response?.securityDetails()).toMatchObject({ protocol: 'TLS 1.3', subjectName: 'localhost' });
    await page.locator('#run').click();
    await page.locator('#result', { hasText: 'Median' }).waitFor();
    expect(wrongs).toEqual([]);
  } finally {
    await browser.close();
  }
});

const testWithCurl = testWhere(exists('curl'), 'curl is not installed');
const curl = (...args: string[]): Promise<{ stdout: string }> =>
  runFile('curl', ['-sS', '-o', '/dev/null', '-w', '%{http_code} %{num_connects}', ...args]);

testWithCurl('curl verifies the certificate, and uses one connection for two requests', async () => {
  const { stdout } = await curl('--cacert', ca, `https://localhost:${port}/[1-2]`, '-o', '/dev/null');
  expect(stdout).toBe('404 1404 0');
});

testWithCurl.each([
  ['an unknown certificate', [], /self.signed certificate/],
  ['TLS 1.1', ['--tls-max', '1.1', '--ciphers', 'DEFAULT@SECLEVEL=0', '-k'], /alert protocol version/],
])('curl fails with %s', async (_what, args, message) => {
  await expect(curl(...args, `https://localhost:${port}/`)).rejects.toThrow(message);
});

testWhere(exists('sslscan'), 'sslscan is not installed')('sslscan finds nothing but what is thought safe', async () => {
  const { stdout } = await runFile('sslscan', ['--no-colour', '--no-check-certificate', `localhost:${port}`]);
  const enabled = [...stdout.matchAll(/^(\S+) +enabled$/gm)].map(([, version]) => version);
  expect(enabled).toEqual(['TLSv1.2', 'TLSv1.3']);
  const accepted = [...stdout.matchAll(/^(?:Preferred|Accepted) +TLSv1\.\d +\d+ bits +(\S+)/gm)].map(
    ([, name]) => name,
  );
  expect(accepted.length).toBeGreaterThan(3);
  for (const name of accepted) expect(name).toMatch(/^(?:TLS_|ECDHE-).*(?:GCM|POLY1305)/);
  expect(stdout).toContain('Session renegotiation not supported');
  expect(stdout.match(/not vulnerable to heartbleed/g)).toHaveLength(2);
  const groups = [...stdout.matchAll(/^TLSv1\.3 +\d+ bits +(\S+)/gm)].map(([, name]) => name);
  expect(groups).toEqual(expect.arrayContaining(['x25519', 'secp256r1']));
  expect(groups.filter((name) => name?.startsWith('ffdhe'))).toEqual([]);
});
