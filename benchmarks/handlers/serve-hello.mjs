/** node serve-hello.mjs WHO PORT: one of the servers that answer `hello`, each as its own documentation writes it. */
const [who, port] = [process.argv[2], Number(process.argv[3])];
const TEXT = { 'Content-Type': 'text/plain; charset=UTF-8' };
const hostname = '127.0.0.1';

/** @returns {Promise<{ fetch(request: Request): Response | Promise<Response> }>} */
async function honoApp() {
  const { Hono } = await import('hono');
  const app = new Hono();
  app.get('/', (c) => c.text('hello'));
  return app;
}

/** @type {Record<string, () => Promise<unknown>>} */
const SERVERS = {
  handler: async () => {
    const { HttpServer } = await import('epoll-reactor');
    new HttpServer((_, response) => response.send(200, TEXT, 'hello')).listen({ address: hostname, port });
  },
  fetch: async () => {
    const { serve } = await import('epoll-reactor');
    serve({ fetch: () => new Response('hello', { headers: TEXT }), hostname, port });
  },
  'fetch-fast': async () => {
    const { FastResponse, serve } = await import('epoll-reactor');
    serve({ fetch: () => new FastResponse('hello', { headers: TEXT }), hostname, port });
  },
  hono: async () => {
    const { serve } = await import('epoll-reactor');
    serve({ fetch: (await honoApp()).fetch, hostname, port });
  },
  'hono-fast': async () => {
    const { FastResponse, serve } = await import('epoll-reactor');
    // The program's own choice: the package replaces no global.
    globalThis.Response = FastResponse;
    serve({ fetch: (await honoApp()).fetch, hostname, port });
  },
  'hono-node-server': async () => {
    // Replaces globalThis.Request and globalThis.Response by light ones, unless it is told not to.
    const { serve } = await import('@hono/node-server');
    serve({ fetch: (await honoApp()).fetch, hostname, port });
  },
  'hono-node-server-plain': async () => {
    const { serve } = await import('@hono/node-server');
    serve({ fetch: (await honoApp()).fetch, hostname, port, overrideGlobalObjects: false });
  },
  'node-http': async () => {
    const { createServer } = await import('node:http');
    const headers = { ...TEXT, 'Content-Length': 5 }; // else it is chunked, behind writeHead()
    createServer((_, response) => response.writeHead(200, headers).end('hello')).listen(port, hostname);
  },
};

const server = SERVERS[who ?? ''];
if (server === undefined) throw new Error(`expected one of ${Object.keys(SERVERS).join(', ')}, got ${who}`);
await server();
