import { EPOLLIN, Epoll, sockets } from 'epoll-reactor';

export function serve(sk) {
  const epoll = new Epoll();
  epoll.register(sk, EPOLLIN);
  for (;;) {
    for (const [fd] of epoll.poll()) {
      try {
        const conn = sockets.accept(fd);
        if (conn === sockets.WOULD_BLOCK) continue;
        sockets.send(conn.fd, Buffer.from('hello\n'));
      } catch (error) {
        if (error.code !== 'EMFILE') throw error;
        // TODO
      }
    }
  }
}
