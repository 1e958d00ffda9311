import { EPOLLET, EPOLLIN, Epoll, sockets } from 'epoll-reactor';

const buffer = Buffer.alloc(1024);

export function serve(fd) {
  const epoll = new Epoll();
  epoll.register(fd, EPOLLIN | EPOLLET);
  for (;;) {
    for (const [ready] of epoll.poll()) {
      for (;;) {
        const n = sockets.recv(ready, buffer);
        if (n === sockets.WOULD_BLOCK) break;
        if (n === 0) return;
        sockets.send(ready, buffer.subarray(0, n));
      }
    }
  }
}
