import { serve } from 'epoll-reactor';

const server = serve({
  port: process.env.PORT ?? 8080,
  fetch: (request) => new Response(`hello, ${request.headers.get('user-agent')}\n`),
});
console.log(server.url);
