/** Files of a folder, requested as clients request them. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OBSERVED, OURS } from '../contenders/epoll-reactor.mjs';
import { Cannot } from '../harness/cannot.mjs';
import { ask, getFile, getRequest } from '../harness/response-check.mjs';
import { scratchFolder } from '../harness/scratch.mjs';
import { createSite, fileContent } from '../harness/site.mjs';
import * as figures from '../report/figures.mjs';
import { requestCase } from './request-case.mjs';

/** @import { Bound, Figure } from '../types.js' */

const { CPU_PER_GIGABYTE, CPU_PER_REQUEST, GIGABYTES_PER_SECOND, MEMORY, OF_LOAD, P99, REQUESTS_PER_SECOND } = figures;
const KIB = 1024;
const MIB = 1024 * KIB;
const FILES = 1_000;
const RANGE_BYTES = 512;

/** @type {(figure: Figure, over: readonly string[], atMost: number) => Bound} */
const atMost = (figure, over, limit) => ({ figure, of: OURS, over, atMost: limit });

/** The fields that Chromium sends beside Host, with two cookies: 700 bytes of head. */
const BROWSER_FIELDS = `Connection: keep-alive
sec-ch-ua: "Chromium";v="142", "Not_A Brand";v="99"
sec-ch-ua-mobile: ?0
sec-ch-ua-platform: "Linux"
Upgrade-Insecure-Requests: 1
User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36
Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8
Sec-Fetch-Site: same-origin
Sec-Fetch-Mode: navigate
Sec-Fetch-User: ?1
Sec-Fetch-Dest: document
Referer: http://localhost/
Accept-Encoding: gzip, deflate, br, zstd
Accept-Language: en-US,en;q=0.9
Cookie: session=0123456789abcdef0123456789abcdef; theme=light
`.replaceAll('\n', '\r\n');

export const FILE_CASES = [
  requestCase({
    name: 'hot-file',
    title: 'A file of 1 KiB, 64 keep-alive connections',
    contenders: [
      ...['floor', OURS, OBSERVED, 'nginx', 'lighttpd', 'Bun static route', 'Bun file', 'Deno', 'node:http', 'sirv'],
      ...['uWebSockets.js', 'python threads', 'python gevent', 'python epoll'],
    ],
    bounds: [
      atMost(CPU_PER_REQUEST, ['floor'], 1.1),
      atMost(CPU_PER_REQUEST, ['nginx'], 0.65),
      atMost(CPU_PER_REQUEST, ['Bun static route'], 1),
      atMost(CPU_PER_REQUEST, ['node:http'], 0.45),
      atMost(CPU_PER_REQUEST, ['sirv'], 0.08),
      atMost(P99, ['nginx'], 1),
    ],
  }),
  requestCase({
    name: 'pipelined',
    title: 'The same file, 16 requests pipelined',
    depth: 16,
    contenders: ['floor', OURS, 'nginx', 'lighttpd', 'Bun static route', 'Bun file', 'node:http'],
    figures: [CPU_PER_REQUEST, REQUESTS_PER_SECOND, MEMORY], // no latencies: wrk's are those of 16 requests together
    bounds: [atMost(CPU_PER_REQUEST, ['Bun static route'], 0.9)],
  }),
  requestCase({
    name: '100k',
    title: 'A file of 100 KiB, 64 keep-alive connections',
    site: () => createSite(fileContent(100 * KIB)),
    contenders: [OURS, 'nginx', 'lighttpd', 'Bun static route', 'Bun file', 'node:http', 'sirv'],
    figures: [...OF_LOAD, GIGABYTES_PER_SECOND],
  }),
  requestCase({
    name: '10m',
    title: 'A file of 10 MiB, 8 connections',
    site: () => createSite(fileContent(10 * MIB)),
    connections: 8, // 8 in flight already exceed the cache of any processor, as 64 would
    contenders: [OURS, 'nginx', 'lighttpd', 'Bun file', 'sirv'],
    figures: [CPU_PER_GIGABYTE, GIGABYTES_PER_SECOND, MEMORY],
    bounds: [atMost(CPU_PER_GIGABYTE, ['nginx', 'Bun file'], 1)],
  }),
  requestCase({
    name: '1000-files',
    title: '1,000 files of 1 KiB, one after the other',
    site: () => {
      const folder = scratchFolder();
      for (let i = 0; i < FILES; i++) writeFileSync(join(folder, fileOf(i).path), fileOf(i).body);
      return { folder, ...fileOf(0) };
    },
    exchanges: () => Array.from({ length: FILES }, (_, i) => getFile(fileOf(i))),
    contenders: [OURS, 'nginx', 'lighttpd', 'Bun static route', 'Bun file', 'sirv'],
    bounds: [atMost(CPU_PER_REQUEST, ['nginx'], 0.75)],
  }),
  requestCase({
    name: 'not-modified',
    title: 'A file of 1 KiB that the client has (304)',
    exchanges: async (server, { path }) => {
      const { head } = await ask(server, getRequest(path));
      const tag = /^etag: *(.+?)\r$/im.exec(head)?.[1];
      if (tag === undefined) throw new Cannot('sends no ETag');
      return [{ request: getRequest(path, `If-None-Match: ${tag}\r\n`), status: 304, body: Buffer.alloc(0) }];
    },
    contenders: [OURS, 'nginx', 'lighttpd', 'Bun static route', 'Bun file', 'sirv'],
    bounds: [atMost(CPU_PER_REQUEST, ['nginx'], 0.75)],
  }),
  requestCase({
    name: 'range',
    title: 'The second half of a file of 1 KiB (206)',
    exchanges: (_, { path, body }) => {
      const request = getRequest(path, `Range: bytes=${RANGE_BYTES}-${body.length - 1}\r\n`);
      return [{ request, status: 206, body: body.subarray(RANGE_BYTES) }];
    },
    contenders: [OURS, 'nginx', 'lighttpd', 'Bun file', 'sirv'],
  }),
  requestCase({
    name: 'new-connections',
    title: 'A file of 1 KiB, a new connection for each request',
    closes: true,
    exchanges: (_, { path, body }) => [getFile({ path, body }, 'Connection: close\r\n')],
    contenders: ['closing floor', OURS, 'nginx', 'lighttpd', 'Bun static route', 'Bun file', 'node:http'],
  }),
  requestCase({
    name: 'browser',
    title: 'A file of 1 KiB, requested with the head that a browser sends',
    exchanges: (_, { path, body }) => [getFile({ path, body }, BROWSER_FIELDS)],
    contenders: ['floor', OURS, 'nginx', 'lighttpd', 'Bun static route', 'Bun file', 'node:http'],
  }),
];

/** @param {number} i */
function fileOf(i) {
  return { path: `/file-${`${i}`.padStart(4, '0')}.html`, body: fileContent(KIB, i) };
}
