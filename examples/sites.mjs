import { HttpServer, hashPassword, sitesHandler } from 'epoll-reactor';

const handler = sitesHandler([
  {
    root: 'site',
    rules: [
      { path: '/**', headers: { 'X-Content-Type-Options': 'nosniff' }, cacheControl: 'no-cache' },
      { path: '/**', hashedNames: true, cacheControl: 'public, max-age=31536000, immutable' },
      { path: '/*.css', cors: { origins: '*' } },
      { path: '/old/**', redirect: { to: '/$1', status: 301 } },
      { path: '/home', rewrite: '/index.html' },
      { path: '/private/**', auth: { realm: 'private', users: { alice: await hashPassword('secret') } } },
    ],
  },
  { root: 'docs', hosts: ['docs.localhost', '*.docs.localhost'], listing: true },
]);

const server = new HttpServer(handler);
const { address, port } = server.listen({ address: '127.0.0.1', port: 8080 });
console.log(`http://${address}:${port}/`);
process.once('SIGINT', () => server.close({ graceMs: 2000 }));
