/** node hello.mjs WHAT PORT [CERT KEY]: answers `hello`, in each of the ways to write a program with this package. */
import { readFileSync } from 'node:fs';
import { FastResponse, HttpServer, serve } from 'epoll-reactor';

const [what, port] = [process.argv[2] ?? '', Number(process.argv[3])];
const [cert, key] = process.argv.slice(4);
const tls =
  cert === undefined || key === undefined ? {} : { tls: { cert: readFileSync(cert), key: readFileSync(key) } };
const TEXT = { 'Content-Type': 'text/plain; charset=UTF-8' };
const hostname = '127.0.0.1';

async function honoApp() {
  const { Hono } = await import('hono');
  const app = new Hono();
  app.get('/', (c) => c.text('hello'));
  return app;
}

/** @type {Record<string, () => unknown>} */
const SERVERS = {
  handler: () =>
    new HttpServer((_, response) => response.send(200, TEXT, 'hello'), tls).listen({ address: hostname, port }),
  fetch: () => serve({ fetch: () => new Response('hello', { headers: TEXT }), hostname, port }),
  'fetch-fast': () => serve({ fetch: () => new FastResponse('hello', { headers: TEXT }), hostname, port }),
  hono: async () => serve({ fetch: (await honoApp()).fetch, hostname, port }),
  'hono-fast': async () => {
    // A program may choose this. @hono/node-server does it for its users; this package replaces no global.
    globalThis.Response = FastResponse;
    serve({ fetch: (await honoApp()).fetch, hostname, port });
  },
};

const server = SERVERS[what];
if (server === undefined) throw new Error(`expected one of ${Object.keys(SERVERS).join(', ')}, got ${what}`);
await server();
