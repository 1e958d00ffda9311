/** However many paths lead to a file, and however they are spelled, the cache has its content once. */
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import { FILE_INLINE_BYTES_MAX } from '../../src/files/content.js';
import type { FileHandlerOptions } from '../../src/files/file-options.js';
import { get, RawClient } from '../client/raw-client.js';
import { openDescriptors } from './open-descriptors.js';
import { SiteFolder } from './site-folder.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function bufferBytes(): number {
  collectGarbage();
  return process.memoryUsage().arrayBuffers;
}

/** Asks for each path with each header, and expects `body` for all. */
async function askForAll(
  client: RawClient,
  requests: readonly (readonly [path: string, header?: string])[],
  body: string,
): Promise<void> {
  for (const [path, header = ''] of requests) {
    await client.send(get(path, header));
    expect((await client.response()).body.toString() === body).toBe(true);
  }
}

const MISSING = Array.from({ length: 500 }, (_, i) => [`/missing/${i}`] as const);
/** Each letter of `index` is encoded in half of them. */
const SPELLINGS = Array.from({ length: 32 }, (_, bits) => {
  const name = [...'index'].map((c, i) => (((bits >> i) & 1) === 0 ? c : `%${c.charCodeAt(0).toString(16)}`));
  return [`/${name.join('')}.html`] as const;
});
const CODINGS = ['gzip', 'br, gzip', 'gzip, br', 'zstd, br;q=0.5', 'identity'].flatMap((codings) =>
  ['/', '/index.html', '/index'].map((path) => [path, `Accept-Encoding: ${codings}\r\n`] as const),
);

const CASES: readonly [string, readonly (readonly [string, string?])[], FileHandlerOptions][] = [
  ['500 paths that a fallback answers', MISSING, { fallback: 'index.html' }],
  ['32 spellings of one path', SPELLINGS, {}],
  ['what clients accept, where there is one form', CODINGS, { cleanUrls: true, precompressed: true }],
];

describe.each(CASES)('%s', (_, requests, options) => {
  test('keep one copy of a small file', async () => {
    const page = 'p'.repeat(FILE_INLINE_BYTES_MAX);
    using site = new SiteFolder({ 'index.html': page });
    await site.settled();
    await using target = site.serve(options);
    await using client = await RawClient.connect(target.address);
    await askForAll(client, requests.slice(0, 2), page);
    const before = bufferBytes();
    await askForAll(client, requests, page);
    // V8 frees what was only sent by a thread of its own.
    while (bufferBytes() - before >= 2 * page.length) await setImmediate();
  });

  test('keep one descriptor of a large file, and reopen the file when it has changed', async () => {
    const page = 'p'.repeat(FILE_INLINE_BYTES_MAX + 1);
    using site = new SiteFolder({ 'index.html': page });
    await using target = site.serve(options);
    await using client = await RawClient.connect(target.address);
    await askForAll(client, requests.slice(0, 2), page);
    const before = openDescriptors();
    await askForAll(client, requests, page);
    expect(openDescriptors()).toBe(before);
    site.write('index.html', page.replaceAll('p', 'q'));
    await askForAll(client, requests, page.replaceAll('p', 'q'));
    expect(openDescriptors()).toBe(before);
  });
});
