/** HTTPS: what encryption adds to a request, and what a new connection costs. TLS 1.3, ECDSA on P-256. */
import { OURS_SECURE } from '../contenders/epoll-reactor.mjs';
import { outputOf } from '../harness/children.mjs';
import { compile } from '../harness/compile.mjs';
import { withServer } from '../harness/contender.mjs';
import { cpuMicros, memoryBytes } from '../harness/process-tree.mjs';
import { writeRequests } from '../harness/request-load.mjs';
import { getRequest } from '../harness/response-check.mjs';
import { createSite, fileContent } from '../harness/site.mjs';
import * as figures from '../report/figures.mjs';
import { idleCase } from './idle.mjs';
import { requestCase } from './request-case.mjs';

/** @import { Bound, Case, Figure, Server } from '../types.js' */

const { BYTES_PER_IDLE, CPU_PER_CONNECTION, CPU_PER_GIGABYTE, CPU_PER_HANDSHAKE, CPU_PER_REQUEST } = figures;
const { GIGABYTES_PER_SECOND, HANDSHAKES_PER_SECOND, MEMORY } = figures;
const KIB = 1024;
const MIB = 1024 * KIB;
const HELLO = 'fast handler (https)';
const HELLO_CONTENDERS = [HELLO, 'fast handler', 'nginx return (https)', 'node:https', 'Bun fetch (https)'];

/** A connection takes 10 to 60 KiB in a server, and 40 KiB in the program that holds the clients' ends. */
const IDLE_CONNECTIONS_MAX = 1_000;

const helloSite = () => ({ ...createSite(Buffer.from('hello')), path: '/' });

/** @type {(figure: Figure, of: string, over: string, atMost: number) => Bound} */
const atMost = (figure, of, over, limit) => ({ figure, of, over: [over], atMost: limit });

/** @type {Case} */
const handshakes = {
  name: 'https-handshakes',
  title: 'A full TLS handshake for each connection, alone and with one request',
  contenders: HELLO_CONTENDERS.filter((name) => name !== 'fast handler'),
  figures: [CPU_PER_CONNECTION, CPU_PER_HANDSHAKE, HANDSHAKES_PER_SECOND, MEMORY],
  bounds: [
    atMost(CPU_PER_CONNECTION, HELLO, 'node:https', 0.65),
    atMost(CPU_PER_HANDSHAKE, HELLO, 'nginx return (https)', 1.2),
  ],
  prepare: ({ warmupMs, windowMs }) => {
    const site = helloSite();
    const request = writeRequests([getRequest(site.path, 'Connection: close\r\n')]);
    const client = compile(
      new URL('../harness/handshakes.c', import.meta.url),
      '-Wno-unused-result',
      '-lssl',
      '-lcrypto',
    );
    return (contender) =>
      withServer(contender, site, async (server) => {
        await connectFor(client, server, warmupMs, request);
        const whole = await connectFor(client, server, windowMs, request);
        const bare = await connectFor(client, server, windowMs);
        return {
          cpuMicrosPerConnection: whole.cpuMicros,
          cpuMicrosPerHandshake: bare.cpuMicros,
          handshakesPerSecond: bare.perSecond,
          ...memoryBytes(server.pids()),
        };
      });
  },
};

export const HTTPS_CASES = [
  requestCase({
    name: 'https-hello',
    title: 'hello over HTTPS, 64 keep-alive connections',
    site: helloSite,
    contenders: HELLO_CONTENDERS,
    bounds: [
      atMost(CPU_PER_REQUEST, HELLO, 'nginx return (https)', 1.05),
      atMost(CPU_PER_REQUEST, HELLO, 'node:https', 0.5),
    ],
  }),
  requestCase({
    name: 'https-8k',
    title: 'A file of 8 KiB over HTTPS, 64 keep-alive connections',
    site: () => createSite(fileContent(8 * KIB)),
    contenders: [OURS_SECURE, 'epoll-reactor', 'nginx (https)', 'node:https', 'Bun file (https)'],
    bounds: [atMost(CPU_PER_REQUEST, OURS_SECURE, 'nginx (https)', 0.9)],
  }),
  requestCase({
    name: 'https-10m',
    title: 'A file of 10 MiB over HTTPS, 8 connections',
    site: () => createSite(fileContent(10 * MIB)),
    connections: 8,
    contenders: [OURS_SECURE, 'epoll-reactor', 'nginx (https)', 'Bun file (https)'],
    figures: [CPU_PER_GIGABYTE, GIGABYTES_PER_SECOND, MEMORY],
    bounds: [atMost(CPU_PER_GIGABYTE, OURS_SECURE, 'nginx (https)', 0.9)],
  }),
  handshakes,
  idleCase({
    name: 'https-idle',
    title: 'The 1 KiB file over HTTPS, beside 1,000 idle connections',
    contenders: [OURS_SECURE, 'nginx (https)', 'node:https'],
    bounds: [{ figure: BYTES_PER_IDLE, of: OURS_SECURE, atMost: 16 * KIB }],
    connectionsMax: IDLE_CONNECTIONS_MAX,
  }),
];

/** @param {string} client @param {Server} server @param {number} milliseconds @param {string} [request] */
async function connectFor(client, server, milliseconds, request) {
  const before = cpuMicros(server.pids());
  const args = [`${server.port}`, `${milliseconds}`, ...(request === undefined ? [] : [request])];
  const { handshakes: count, micros } = await outputOf('handshakes', [client, ...args]);
  server.requireAlive();
  return { cpuMicros: (cpuMicros(server.pids()) - before) / count, perSecond: (count / micros) * 1e6 };
}
