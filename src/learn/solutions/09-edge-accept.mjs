import { EPOLLET, EPOLLIN, Epoll, sockets } from 'epoll-reactor';

export function serve(sk) {
  const epoll = new Epoll();
  epoll.register(sk, EPOLLIN | EPOLLET);
  for (;;) {
    for (const [fd] of epoll.poll()) {
      for (;;) {
        const conn = sockets.accept(fd, sockets.SOCK_NONBLOCK);
        if (conn === sockets.WOULD_BLOCK) break;
        sockets.send(conn.fd, Buffer.from('hello\n'));
      }
    }
  }
}
