import { EPOLLIN, Epoll, sockets } from 'epoll-reactor';

const buffer = Buffer.alloc(1024);

export function serve(fd) {
  const epoll = new Epoll();
  epoll.register(fd, EPOLLIN);
  for (;;) {
    const n = sockets.recv(fd, buffer);
    if (n === sockets.WOULD_BLOCK) {
      epoll.poll();
      continue;
    }
    if (n === 0) return;
    sockets.send(fd, buffer.subarray(0, n));
  }
}
