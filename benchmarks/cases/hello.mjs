/** A program that answers hello: the cost of each way to write a handler. */
import { createSite } from '../harness/site.mjs';
import { CPU_PER_REQUEST } from '../report/figures.mjs';
import { requestCase } from './request-case.mjs';

/** Also a file, for contenders that serve files. */
const site = () => ({ ...createSite(Buffer.from('hello')), path: '/' });

export const HELLO_CASES = [
  requestCase({
    name: 'hello',
    title: 'hello from a handler, 64 keep-alive connections',
    site,
    contenders: [
      ...['floor', 'fast handler', 'fetch handler', 'fetch handler (FastResponse)'],
      ...['Bun fetch', 'Deno fetch', 'node:http', 'Fastify'],
    ],
    bounds: [
      { figure: CPU_PER_REQUEST, of: 'fast handler', over: ['Bun fetch'], atMost: 0.85 },
      { figure: CPU_PER_REQUEST, of: 'fetch handler', over: ['Bun fetch'], atMost: 1 },
      { figure: CPU_PER_REQUEST, of: 'fetch handler (FastResponse)', over: ['Bun fetch'], atMost: 1 },
    ],
  }),
  requestCase({
    name: 'hono',
    title: 'hello from Hono, 64 keep-alive connections',
    site,
    contenders: [
      ...['Hono on epoll-reactor', 'Hono on epoll-reactor (FastResponse)'],
      ...['Hono on @hono/node-server', 'Hono on @hono/node-server (no globals)', 'Hono on Bun', 'Hono on Deno'],
    ],
    bounds: ['Hono on epoll-reactor', 'Hono on epoll-reactor (FastResponse)'].map((of) => ({
      ...{ figure: CPU_PER_REQUEST, of, atMost: 0.6 },
      over: ['Hono on @hono/node-server'],
    })),
  }),
];
