import { EPOLLOUT, Epoll, sockets } from 'epoll-reactor';

export function serve(fd, body) {
  const epoll = new Epoll();
  epoll.register(fd, EPOLLOUT);
  let unsent = body;
  while (unsent.length > 0) {
    const n = sockets.send(fd, unsent);
    if (n === sockets.WOULD_BLOCK) epoll.poll();
    else unsent = unsent.subarray(n);
  }
  epoll.unregister(fd);
  sockets.close(fd);
}
