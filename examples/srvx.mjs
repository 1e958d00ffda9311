import { setTimeout as sleep } from 'node:timers/promises';
import { serve } from 'epoll-reactor';
import { serve as prepare } from 'srvx/generic';

// srvx puts middleware, plugins and `error` around a handler. Its generic adapter does so without a server, which this package is.
const app = prepare({
  middleware: [
    async (request, next) => {
      const response = await next();
      response.headers.set('x-method', request.method);
      return response;
    },
  ],
  async fetch(request) {
    const { pathname } = new URL(request.url);
    switch (`${request.method} ${pathname.replace(/^\/users\/.*/, '/users')}`) {
      case 'GET /':
        return new Response('hello');
      case 'GET /users':
        return Response.json({ name: pathname.slice('/users/'.length) });
      case 'POST /echo':
        return Response.json(await request.json());
      case 'GET /events':
        return new Response(ticks(), { headers: { 'content-type': 'text/event-stream' } });
      case 'POST /upload': {
        let bytes = 0;
        for await (const chunk of request.body ?? []) bytes += chunk.length;
        return new Response(`${bytes} bytes`);
      }
      case 'GET /broken':
        throw new Error('broken');
      default:
        return new Response(`nothing at ${pathname}`, { status: 404 });
    }
  },
  error: () => new Response('sorry', { status: 500 }),
});

/** Server-Sent Events: one is made when the client has taken the one before. */
function ticks() {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      controller.enqueue(encoder.encode(`data: ${new Date().toISOString()}\n\n`));
      await sleep(1000);
    },
    cancel() {
      console.log('a client of /events has gone');
    },
  });
}

const server = serve({
  fetch: (request) => app.fetch(request),
  port: process.env.PORT ?? 8080,
  limits: { requestBodyBytesMax: 100 * 1024 * 1024 },
});
process.once('SIGINT', () => server.close({ graceMs: 2000 }));
console.log(server.url);
