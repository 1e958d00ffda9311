import { serve } from 'epoll-reactor';
import { Hono } from 'hono';
import { streamSSE } from 'hono/streaming';

const app = new Hono();
app.get('/', (c) => c.text('hello'));
app.get('/users/:name', (c) => c.json({ name: c.req.param('name') }));
app.post('/echo', async (c) => c.json(await c.req.json()));
app.get('/events', (c) =>
  streamSSE(c, async (events) => {
    for (let id = 0; !events.aborted; id++) {
      await events.writeSSE({ id: `${id}`, data: new Date().toISOString() });
      await events.sleep(1000);
    }
    console.log('a client of /events has gone');
  }),
);
app.post('/upload', async (c) => {
  let bytes = 0;
  for await (const chunk of c.req.raw.body ?? []) bytes += chunk.length;
  return c.text(`${bytes} bytes`);
});
app.get('/broken', () => {
  throw new Error('broken');
});

const server = serve({
  fetch: app.fetch,
  port: process.env.PORT ?? 8080,
  limits: { requestBodyBytesMax: 100 * 1024 * 1024 },
});
process.once('SIGINT', () => server.close({ graceMs: 2000 }));
console.log(server.url);
