/** node node.mjs WHAT FOLDER PORT [CERT KEY]: a server on node:http or node:https, as its documentation writes it for production. */
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { join } from 'node:path';

const [what = '', folder = ''] = process.argv.slice(2);
const port = Number(process.argv[4]);
const [cert, key] = process.argv.slice(5);
const hostname = '127.0.0.1';
// Node's 5 s are too short for the case with many idle connections.
const KEEP_ALIVE_MS = 75_000;

/** @type {Record<string, () => Promise<unknown> | unknown>} */
const SERVERS = {
  http: () => {
    const body = readFileSync(join(folder, /** @type {string} */ (readdirSync(folder)[0])));
    const headers = { 'Content-Type': 'text/html; charset=utf-8', 'Content-Length': body.length };
    return listen((_, response) => response.writeHead(200, headers).end(body));
  },
  /** dev: false: it reads the folder once, at the start. */
  sirv: async () => {
    const { default: sirv } = await import('sirv');
    const serve = sirv(folder, { dev: false, etag: true, maxAge: 0 });
    return listen((request, response) => serve(request, response));
  },
  fastify: async () => {
    const { default: fastify } = await import('fastify');
    const app = fastify({ keepAliveTimeout: KEEP_ALIVE_MS }); // no logger is set, so it writes no log
    app.get('/', (_, reply) => reply.send('hello'));
    return app.listen({ port, host: hostname });
  },
  /** The package replaces globalThis.Request and globalThis.Response by light ones, unless the option forbids it. */
  hono: () => honoServer({}),
  'hono-plain': () => honoServer({ overrideGlobalObjects: false }),
};

/** @param {import('node:http').RequestListener} listener */
function listen(listener) {
  const options = { keepAliveTimeout: KEEP_ALIVE_MS };
  if (cert === undefined || key === undefined) return createServer(options, listener).listen(port, hostname);
  // The cipher that the other contenders are set to: see harness/certificate.mjs.
  const tls = { cert: readFileSync(cert), key: readFileSync(key), ciphers: 'TLS_AES_128_GCM_SHA256' };
  return createSecureServer({ ...options, ...tls }, listener).listen(port, hostname);
}

/** @param {{ overrideGlobalObjects?: boolean }} options */
async function honoServer(options) {
  const [{ Hono }, { serve }] = await Promise.all([import('hono'), import('@hono/node-server')]);
  const app = new Hono().get('/', (c) => c.text('hello'));
  return serve({ ...options, fetch: app.fetch, hostname, port });
}

await SERVERS[what]?.();
