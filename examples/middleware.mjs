import { createServer } from 'node:http';
import { fileMiddleware } from 'epoll-reactor';

const files = fileMiddleware('docs', { index: 'files.md' });

const server = createServer((request, response) => {
  files(request, response, (error) => {
    response.statusCode = error === undefined ? 404 : 500;
    response.end('not here\n');
  });
});
server.listen(Number(process.env.PORT ?? 8080), '127.0.0.1', () => {
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  console.log(`http://127.0.0.1:${port}/`);
});
process.once('SIGINT', () => server.close());
