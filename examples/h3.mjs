import { serve } from 'epoll-reactor';
import { H3, readBody } from 'h3';

const app = new H3();
app.get('/', () => 'hello');
app.get('/users/:name', (event) => ({ name: event.context.params.name }));
app.post('/echo', (event) => readBody(event));

const server = serve({ fetch: app.fetch, port: process.env.PORT ?? 8080 });
process.once('SIGINT', () => server.close({ graceMs: 2000 }));
console.log(server.url);
