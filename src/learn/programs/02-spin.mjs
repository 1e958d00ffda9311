import { sockets } from 'epoll-reactor';

const buffer = Buffer.alloc(1024);

export function serve(fd) {
  for (;;) {
    const n = sockets.recv(fd, buffer);
    // TODO
    if (n === sockets.WOULD_BLOCK) continue;
    if (n === 0) return;
    sockets.send(fd, buffer.subarray(0, n));
  }
}
