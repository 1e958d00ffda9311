import { EPOLLIN, Epoll, sockets } from 'epoll-reactor';

const buffer = Buffer.alloc(1024);

export function serve(a, b) {
  const epoll = new Epoll();
  epoll.register(a, EPOLLIN);
  epoll.register(b, EPOLLIN);
  for (;;) {
    for (const [fd] of epoll.poll()) {
      const n = sockets.recv(fd, buffer);
      if (n === sockets.WOULD_BLOCK) continue;
      if (n === 0) return;
      sockets.send(fd, Buffer.from('.'));
    }
  }
}
