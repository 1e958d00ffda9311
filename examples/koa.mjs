import { PassThrough } from 'node:stream';
import { json } from 'node:stream/consumers';
import { connectHandler, HttpServer } from 'epoll-reactor';
import Koa from 'koa';

const app = new Koa();
app.use(async (ctx) => {
  switch (`${ctx.method} ${ctx.path.replace(/^\/users\/.*/, '/users')}`) {
    case 'GET /':
      ctx.body = 'hello';
      break;
    case 'GET /users':
      ctx.body = { name: ctx.path.slice('/users/'.length) };
      break;
    case 'POST /echo':
      ctx.body = await json(ctx.req);
      break;
    case 'GET /events': {
      const events = new PassThrough();
      const tick = () => events.write(`data: ${new Date().toISOString()}\n\n`);
      ctx.type = 'text/event-stream';
      ctx.body = events;
      tick();
      const timer = setInterval(tick, 1000);
      ctx.res.on('close', () => {
        clearInterval(timer);
        console.log('a client of /events has gone');
      });
      break;
    }
    case 'POST /upload': {
      let bytes = 0;
      for await (const chunk of ctx.req) bytes += chunk.length;
      ctx.body = `${bytes} bytes`;
      break;
    }
    case 'GET /broken':
      throw new Error('broken');
  }
});

const server = new HttpServer(connectHandler(app.callback()), { limits: { requestBodyBytesMax: 100 * 1024 * 1024 } });
const { address, port } = server.listen({ address: '127.0.0.1', port: Number(process.env.PORT ?? 8080) });
process.once('SIGINT', () => server.close({ graceMs: 2000 }));
console.log(`http://${address}:${port}/`);
