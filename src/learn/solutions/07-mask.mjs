import { EPOLLIN, Epoll, sockets } from 'epoll-reactor';

const buffer = Buffer.alloc(1024);

export function serve(fd) {
  const epoll = new Epoll();
  epoll.register(fd, EPOLLIN);
  for (;;) {
    for (const [ready] of epoll.poll()) {
      let n = 0;
      try {
        n = sockets.recv(ready, buffer);
        if (n > 0) sockets.send(ready, buffer.subarray(0, n));
      } catch {
        n = 0; // reset by the client
      }
      if (n === 0) {
        epoll.unregister(ready);
        sockets.close(ready);
      }
    }
  }
}
