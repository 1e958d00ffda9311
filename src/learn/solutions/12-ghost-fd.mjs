import { EPOLLIN, Epoll, sockets } from 'epoll-reactor';

const buffer = Buffer.alloc(1024);

export function serve(fd) {
  const epoll = new Epoll();
  epoll.register(fd, EPOLLIN);
  for (;;) {
    for (const [ready] of epoll.poll()) {
      const n = sockets.recv(ready, buffer);
      sockets.send(ready, buffer.subarray(0, n));
      epoll.unregister(ready);
      sockets.close(ready);
    }
  }
}
