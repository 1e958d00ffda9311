/** bun bun.mjs WHAT FOLDER PORT [CERT KEY]: a server as Bun's documentation writes it. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const { Bun } = /** @type {any} */ (globalThis);
const [what = '', folder = '', port, cert, key] = process.argv.slice(2);
// The longest idle time that Bun accepts, because the other contenders keep idle connections too.
const address = { hostname: '127.0.0.1', port: Number(port), idleTimeout: 255 };

/** @type {Record<string, () => Promise<object> | object>} */
const OPTIONS = {
  /** https://bun.com/docs/runtime/http/routing: static responses, which need no JavaScript per request. */
  static: async () => {
    /** @type {Record<string, Response>} */
    const routes = {};
    for (const name of readdirSync(folder)) {
      const file = Bun.file(join(folder, name));
      routes[`/${name}`] = new Response(await file.bytes(), { headers: { 'Content-Type': file.type } });
    }
    return { routes, fetch: () => new Response('not found', { status: 404 }) };
  },
  /** https://bun.com/docs/runtime/http/server: a file, opened for each request. */
  file: () => ({
    fetch: (/** @type {Request} */ request) => new Response(Bun.file(join(folder, new URL(request.url).pathname))),
  }),
  fetch: () => ({ fetch: () => new Response('hello') }),
  hono: async () => {
    const { Hono } = await import('hono');
    return { fetch: new Hono().get('/', (c) => c.text('hello')).fetch };
  },
};

const tls = cert === undefined ? {} : { tls: { cert: Bun.file(cert), key: Bun.file(key) } };

Bun.serve({ ...(await OPTIONS[what]?.()), ...address, ...tls });
