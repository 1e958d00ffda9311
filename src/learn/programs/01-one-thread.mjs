import { sockets } from 'epoll-reactor';

const buffer = Buffer.alloc(1024);

export function serve(a, b) {
  for (;;) {
    // TODO
    for (const fd of [a, b]) {
      const n = sockets.recv(fd, buffer);
      if (n === 0) return;
      sockets.send(fd, buffer.subarray(0, n));
    }
  }
}
