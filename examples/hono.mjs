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
  }),
);

const server = serve({ fetch: app.fetch, port: process.env.PORT ?? 8080 });
process.once('SIGINT', () => server.close({ graceMs: 2000 }));
console.log(server.url);
