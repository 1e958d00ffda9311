import { EPOLLIN, Epoll, sockets } from 'epoll-reactor';

const buffer = Buffer.alloc(1024);

export function serve(fd) {
  const epoll = new Epoll();
  epoll.register(fd, EPOLLIN);
  for (;;) {
    for (const [, events] of epoll.poll()) {
      // TODO
      if (events === EPOLLIN) {
        const n = sockets.recv(fd, buffer);
        sockets.send(fd, buffer.subarray(0, n));
      }
    }
  }
}
