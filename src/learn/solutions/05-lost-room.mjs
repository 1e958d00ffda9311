import { EPOLLIN, EPOLLOUT, Epoll, sockets } from 'epoll-reactor';

export function serve(fd, body) {
  const epoll = new Epoll();
  epoll.register(fd, EPOLLIN);
  let unsent = body;
  send();
  if (unsent.length > 0) epoll.modify(fd, EPOLLIN | EPOLLOUT);
  for (;;) {
    for (const [, events] of epoll.poll()) {
      if (events & EPOLLOUT) {
        send();
        if (unsent.length === 0) epoll.modify(fd, EPOLLIN);
      }
      if (events & EPOLLIN && sockets.recv(fd, Buffer.alloc(1024)) === 0) return;
    }
  }

  function send() {
    const n = sockets.send(fd, unsent);
    if (n !== sockets.WOULD_BLOCK) unsent = unsent.subarray(n);
  }
}
