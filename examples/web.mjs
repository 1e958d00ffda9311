import { setTimeout as sleep } from 'node:timers/promises';
import { FastResponse, serve } from 'epoll-reactor';

const server = serve({
  port: process.env.PORT ?? 8080,
  async fetch(request, info) {
    const { pathname, searchParams } = new URL(request.url);
    switch (`${request.method} ${pathname}`) {
      case 'GET /':
        return new Response(`hello, ${searchParams.get('name') ?? 'world'}\n`);
      case 'GET /fast': // the same for the client, at less cost
        return new FastResponse(`hello, ${searchParams.get('name') ?? 'world'}\n`);
      case 'POST /sum': {
        const numbers = /** @type {number[]} */ (await request.json());
        info.waitUntil(sleep(100).then(() => console.log('added up', numbers.length))); // close() waits for it
        return Response.json({ sum: numbers.reduce((sum, n) => sum + n, 0) });
      }
      case 'GET /events':
        return new Response(ticks(), {
          headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' },
        });
      default:
        return new Response(`nothing at ${pathname}\n`, { status: 404 });
    }
  },
  error(error) {
    if (error instanceof SyntaxError) return new Response('not JSON\n', { status: 400 });
    console.error(error);
    return new Response('sorry\n', { status: 500 });
  },
});

/** Server-Sent Events: one is made when the client has taken the one before, and none when it has gone. */
function ticks() {
  const encoder = new TextEncoder();
  let id = 0;
  return new ReadableStream({
    async pull(controller) {
      if (id > 0) await sleep(1000);
      controller.enqueue(encoder.encode(`id: ${id++}\ndata: ${new Date().toISOString()}\n\n`));
    },
  });
}

process.once('SIGINT', () => server.close({ graceMs: 2000 }));
console.log(server.url);
