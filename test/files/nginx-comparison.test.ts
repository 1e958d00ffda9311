/**
 * The same requests and the same folder, to nginx and to this server. Where they differ, the difference is listed with the
 * section that decides (nginx/differences.ts), and docs/differences.md tells it; one that is not listed fails, and so does
 * one that is listed and is none any more. `WRITE_DIFFERENCES=1` writes the page.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Target } from '../client/raw-client.js';
import { testWhere, works } from '../daemon/programs.js';
import type { TestServer } from '../server/test-server.js';
import { answerOf, differencesBetween, tagOf } from './nginx/answer.js';
import { DIFFERENCES } from './nginx/differences.js';
import { differencesPage } from './nginx/differences-page.js';
import { NginxProcess } from './nginx/nginx-process.js';
import { MODIFIED_SECONDS, ROWS, type Row } from './nginx/rows.js';
import { SiteFolder } from './site-folder.js';

const PAGE = new URL('../../docs/differences.md', import.meta.url);

function comparedSite(): SiteFolder {
  const files: Record<string, string | Uint8Array> = {
    'index.html': '<h1>page</h1>',
    'page.html': '<h1>another</h1>',
    'a.txt': 'abcdefghijklmnopqrstuvwxyz',
    'empty.txt': '',
    'large.bin': Buffer.alloc(300_000, '0123456789'),
    'text.txt': 'text '.repeat(200),
    'text.txt.gz': gzipSync('text '.repeat(200)),
    'only.txt.gz': gzipSync('only'),
    'folder/index.html': 'folder',
    'folder/b.txt': 'b',
    'folder/.hidden': 'hidden',
    'folder/.well-known/x.txt': 'x',
    'folder x/index.html': 'folder x',
    'no-page/c.txt': 'c',
    'empty/x/y': '',
    '.env': 'env',
    '.git/config': 'config',
    '.well-known/x.txt': 'x',
    '../secret': 'secret',
    '../beside/b.txt': 'secret',
    ['x'.repeat(255)]: 'long',
  };
  for (const name of [
    'data',
    'style.css',
    'app.js',
    'data.json',
    'image.svg',
    'photo.png',
    'unknown.none',
    'UPPER.TXT',
  ]) {
    files[name] = name;
  }
  for (const name of ['a b.txt', 'a+b.txt', '100%.txt', 'a#b?.txt', 'ü.txt', 'back\\slash.txt', 'a&b=c.txt'])
    files[name] = name;
  const site = new SiteFolder(files);
  for (const name of Object.keys(files)) utimesSync(site.path(name), MODIFIED_SECONDS, MODIFIED_SECONDS);
  const links: Record<string, string> = {
    link: 'a.txt',
    'link-to-folder': 'folder',
    'link-to-link': 'link',
    dangling: 'nothing',
    loop: 'loop',
    outside: '../secret',
    'outside-folder': '../beside',
    absolute: site.path('a.txt'),
    'to-proc': '/proc/self/environ',
  };
  for (const [name, target] of Object.entries(links)) symlinkSync(target, site.path(name));
  execFileSync('mkfifo', [site.path('fifo')]);
  // nginx gives up root's rights if it has them; here it runs as the user of the tests.
  execFileSync('chmod', ['-R', 'a+rX', site.parent]);
  return site;
}

const EVERYWHERE = DIFFERENCES.flatMap(({ everywhere }) => everywhere ?? []);
const seen = new Set<string>();

/** Another version may differ in other rows. */
const isThere = works('sh', '-c', 'nginx -v 2>&1 | grep -q "nginx/1[.]22[.]"');
const testWithNginx = testWhere(isThere, 'nginx 1.22 is not installed');

let nginx: NginxProcess;
let site: SiteFolder;
let plain: TestServer;
let precompressed: TestServer;

beforeAll(async () => {
  if (!isThere) return;
  site = comparedSite();
  await site.settled();
  nginx = await NginxProcess.start(site.root);
  plain = site.serve();
  precompressed = site.serve({ precompressed: true });
});

afterAll(async () => {
  if (nginx === undefined) return;
  await nginx.stop();
  await plain[Symbol.asyncDispose]();
  await precompressed[Symbol.asyncDispose]();
  site[Symbol.dispose]();
});

async function ask(target: Target, { request, isPrecompressed }: Row): ReturnType<typeof answerOf> {
  const etag = isPrecompressed
    ? await tagOf(target, '/text.txt', 'Accept-Encoding: gzip\r\n')
    : await tagOf(target, '/a.txt');
  return answerOf(target, request, etag);
}

testWithNginx.each(ROWS.map((row) => [row.name, row] as const))('%s', async (name, row) => {
  const ours = row.isPrecompressed ? precompressed.address : plain.address;
  const answer = await ask(ours, row);
  expect(await ask(ours, row)).toEqual(answer); // also when it is kept
  const differences = differencesBetween(
    await ask(row.isPrecompressed ? nginx.precompressed : nginx.plain, row),
    answer,
  );
  for (const difference of differences) seen.add(difference);
  const listed = DIFFERENCES.flatMap(({ rows }) => rows[name] ?? []);
  expect(differences.filter((difference) => !EVERYWHERE.includes(difference))).toEqual(listed);
});

testWithNginx('what differs everywhere is seen', () => {
  expect(EVERYWHERE.filter((difference) => !seen.has(difference))).toEqual([]);
});

test('every row that is listed to differ is there, and listed once', () => {
  const names = ROWS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  const listed = DIFFERENCES.flatMap(({ rows }) => Object.keys(rows));
  expect(listed.filter((name) => !names.includes(name))).toEqual([]);
  expect(new Set(listed).size).toBe(listed.length);
});

test('docs/differences.md describes each listed difference', () => {
  if (process.env['WRITE_DIFFERENCES']) writeFileSync(PAGE, differencesPage(DIFFERENCES, ROWS.length));
  expect(readFileSync(PAGE, 'utf8')).toBe(differencesPage(DIFFERENCES, ROWS.length));
});
