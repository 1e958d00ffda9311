import { EPOLLIN, EPOLLOUT, Epoll, sockets } from 'epoll-reactor';

const buffer = Buffer.alloc(1024);

export function serve(fd, body) {
  const epoll = new Epoll();
  epoll.register(fd, EPOLLIN);
  let unsent = Buffer.alloc(0);
  let hasEnded = false;
  for (;;) {
    for (const [, events] of epoll.poll()) {
      if (events & EPOLLOUT) {
        const n = sockets.send(fd, unsent);
        if (n !== sockets.WOULD_BLOCK) unsent = unsent.subarray(n);
      }
      if (events & EPOLLIN) {
        const n = sockets.recv(fd, buffer);
        hasEnded = n === 0;
        if (n > 0) unsent = body;
      }
      if (hasEnded && unsent.length === 0) {
        epoll.unregister(fd);
        sockets.close(fd);
        return;
      }
      epoll.modify(fd, (hasEnded ? 0 : EPOLLIN) | (unsent.length > 0 ? EPOLLOUT : 0));
    }
  }
}
