import { connectHandler, HttpServer } from 'epoll-reactor';
import express from 'express';

const app = express();
app.get('/', (_request, response) => {
  response.send('hello');
});
app.get('/users/:name', (request, response) => {
  response.json({ name: request.params.name });
});
app.post('/echo', express.json(), (request, response) => {
  response.json(request.body);
});
app.get('/events', (_request, response) => {
  const tick = () => response.write(`data: ${new Date().toISOString()}\n\n`);
  response.setHeader('content-type', 'text/event-stream');
  tick();
  const timer = setInterval(tick, 1000);
  response.on('close', () => {
    clearInterval(timer);
    console.log('a client of /events has gone');
  });
});
app.post('/upload', async (request, response) => {
  let bytes = 0;
  for await (const chunk of request) bytes += chunk.length;
  response.send(`${bytes} bytes`);
});
app.get('/broken', () => {
  throw new Error('broken');
});

const server = new HttpServer(connectHandler(app), { limits: { requestBodyBytesMax: 100 * 1024 * 1024 } });
const { address, port } = server.listen({ address: '127.0.0.1', port: Number(process.env.PORT ?? 8080) });
process.once('SIGINT', () => server.close({ graceMs: 2000 }));
console.log(`http://${address}:${port}/`);
