import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { HttpError, HttpServer } from 'epoll-reactor';

const TEXT = { 'Content-Type': 'text/plain; charset=utf-8' };

const server = new HttpServer(
  async (request, response) => {
    switch (`${request.method} ${request.path}`) {
      case 'POST /sum': {
        const numbers = await request.json({ maxBytes: 10_000 }); // not JSON: 400; larger: 413
        if (!Array.isArray(numbers)) throw new HttpError(422, 'an array of numbers is expected');
        response.send(200, TEXT, `${numbers.reduce((sum, n) => sum + n, 0)}\n`);
        break;
      }
      case 'PUT /upload': {
        const file = createWriteStream('/dev/null');
        let bytes = 0;
        for await (const chunk of request.body) {
          bytes += chunk.length;
          if (!file.write(chunk)) await once(file, 'drain'); // a slow disk holds the client back
        }
        response.send(200, TEXT, `${bytes} bytes\n`);
        break;
      }
      case 'GET /events': {
        response.start(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
        // false: the client has gone. A client that reads slowly is waited for.
        while (await response.write(`data: ${new Date().toISOString()}\n\n`)) await sleep(1000);
        break;
      }
      default:
        throw new HttpError(404, `nothing at ${request.path}`);
    }
  },
  { limits: { requestBodyBytesMax: 100 * 1024 * 1024 } },
);

const { address, port } = server.listen({ address: '127.0.0.1', port: 8080 });
console.log(`http://${address}:${port}/`);
process.once('SIGINT', () => server.close({ graceMs: 2000 }));
