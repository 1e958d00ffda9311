import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectServer } from 'epoll-reactor';
import Fastify from 'fastify';

const limits = { requestBodyBytesMax: 100 * 1024 * 1024 };
const app = Fastify({ serverFactory: (listener) => connectServer(listener, { limits }) });
app.get('/', async () => 'hello');
app.get('/users/:name', async (request) => request.params);
app.post('/echo', async (request) => request.body);
app.get('/events', (_request, reply) => reply.type('text/event-stream').send(Readable.from(ticks())));
app.addContentTypeParser('application/octet-stream', (_request, _payload, done) => done(null));
app.post('/upload', async (request) => {
  let bytes = 0;
  for await (const chunk of request.raw) bytes += chunk.length;
  return `${bytes} bytes`;
});
app.get('/broken', async () => {
  throw new Error('broken');
});

/** Server-Sent Events: one is made when the client has taken the one before. */
async function* ticks() {
  try {
    for (;;) {
      yield `data: ${new Date().toISOString()}\n\n`;
      await sleep(1000);
    }
  } finally {
    console.log('a client of /events has gone');
  }
}

const url = await app.listen({ port: Number(process.env.PORT ?? 8080), host: '127.0.0.1' });
process.once('SIGINT', () => app.close());
console.log(`${url}/`);
