import { serve } from 'epoll-reactor';
import { createEventStream, H3, readBody } from 'h3';

const app = new H3();
app.get('/', () => 'hello');
app.get('/users/:name', (event) => ({ name: event.context.params.name }));
app.post('/echo', (event) => readBody(event));
app.get('/events', (event) => {
  const events = createEventStream(event);
  const timer = setInterval(() => events.push(new Date().toISOString()), 1000);
  events.onClosed(() => {
    clearInterval(timer);
    console.log('a client of /events has gone');
  });
  void events.push(new Date().toISOString());
  return events.send();
});
app.post('/upload', async (event) => {
  let bytes = 0;
  for await (const chunk of event.req.body ?? []) bytes += chunk.length;
  return `${bytes} bytes`;
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
