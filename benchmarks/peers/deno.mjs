/** deno run deno.mjs WHAT FOLDER PORT: a server as Deno's documentation writes it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const { Deno } = /** @type {any} */ (globalThis);
const [what = '', folder = '', port] = Deno.args;

/** @type {Record<string, () => ((request: Request) => Response | Promise<Response>) | Promise<(request: Request) => Response | Promise<Response>>>} */
const HANDLERS = {
  constant: () => {
    const body = readFileSync(join(folder, /** @type {string} */ (readdirSync(folder)[0])));
    const init = { headers: { 'Content-Type': 'text/html; charset=utf-8' } };
    return () => new Response(body, init);
  },
  fetch: () => () => new Response('hello'),
  hono: async () => {
    // Deno looks for packages only where the nearest package.json names them.
    const { Hono } = await import('../../node_modules/hono/dist/index.js');
    const app = new Hono().get('/', (/** @type {import('hono').Context} */ c) => c.text('hello'));
    return (request) => app.fetch(request);
  },
};

const handler = await HANDLERS[what]?.();
Deno.serve({ hostname: '127.0.0.1', port: Number(port), onListen: () => {} }, handler);
