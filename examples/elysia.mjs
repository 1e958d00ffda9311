import { setTimeout as sleep } from 'node:timers/promises';
import { Elysia, sse } from 'elysia';
import { serve } from 'epoll-reactor';

const app = new Elysia()
  .get('/', () => 'hello')
  .get('/users/:name', ({ params }) => ({ name: params.name }))
  .post('/echo', ({ body }) => body)
  .get('/events', async function* () {
    try {
      for (let id = 0; ; id++) {
        yield sse({ id, data: new Date().toISOString() });
        await sleep(1000);
      }
    } finally {
      console.log('a client of /events has gone');
    }
  })
  .post(
    '/upload',
    async ({ request }) => {
      let bytes = 0;
      for await (const chunk of request.body ?? []) bytes += chunk.length;
      return `${bytes} bytes`;
    },
    { parse: 'none' },
  )
  .get('/broken', () => {
    throw new Error('broken');
  });

const server = serve({
  fetch: app.fetch,
  port: process.env.PORT ?? 8080,
  limits: { requestBodyBytesMax: 100 * 1024 * 1024 },
});
process.once('SIGINT', () => server.close({ graceMs: 2000 }));
console.log(server.url);
