import { EPOLLIN, EPOLLOUT, Epoll, sockets } from 'epoll-reactor';

const buffer = Buffer.alloc(1024);

export function serve(fd, body) {
  const epoll = new Epoll();
  epoll.register(fd, EPOLLIN);
  let unsent = Buffer.alloc(0);
  for (;;) {
    for (const [, events] of epoll.poll()) {
      if (events & EPOLLOUT) {
        const n = sockets.send(fd, unsent);
        if (n !== sockets.WOULD_BLOCK) unsent = unsent.subarray(n);
        if (unsent.length === 0) epoll.modify(fd, EPOLLIN);
      }
      if (events & EPOLLIN) {
        const n = sockets.recv(fd, buffer);
        if (n === 0) {
          // TODO
          sockets.close(fd);
          return;
        }
        if (n > 0) unsent = body;
        epoll.modify(fd, EPOLLIN | EPOLLOUT);
      }
    }
  }
}
