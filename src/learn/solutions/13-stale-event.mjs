import { EPOLLIN, Epoll, sockets } from 'epoll-reactor';

const buffer = Buffer.alloc(1024);

export function serve(a, b, sk) {
  const epoll = new Epoll();
  for (const fd of [a, b]) epoll.register(fd, EPOLLIN);
  for (;;) {
    const fresh = new Set();
    for (const [fd] of epoll.poll()) {
      if (fresh.has(fd)) continue;
      const n = sockets.recv(fd, buffer);
      if (n === sockets.WOULD_BLOCK) continue;
      const text = buffer.toString('latin1', 0, n);
      if (fd === a && text === 'next') {
        epoll.unregister(b);
        sockets.close(b);
        const conn = sockets.accept(sk, sockets.SOCK_NONBLOCK);
        epoll.register(conn.fd, EPOLLIN);
        fresh.add(conn.fd);
      } else {
        sockets.send(fd, buffer.subarray(0, n));
      }
    }
  }
}
