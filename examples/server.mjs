import { setTimeout as sleep } from 'node:timers/promises';
import { fileHandler, HttpServer } from 'epoll-reactor';

const files = fileHandler('docs');

const server = new HttpServer(async (request, response) => {
  if (request.path === '/hello') {
    response.send(200, { 'Content-Type': 'text/plain' }, `hello, ${request.header('user-agent')}\n`);
  } else if (request.path === '/later') {
    await sleep(1000); // Node's timers, promises and signals go on: the reactor is attached to Node's own loop
    response.send(200, { 'Content-Type': 'text/plain' }, 'a second later\n');
  } else {
    return files(request, response);
  }
});

const { address, port } = server.listen({ address: '127.0.0.1', port: 8080 });
console.log(`http://${address}:${port}/`);
process.once('SIGINT', () => server.close({ graceMs: 2000 }));
