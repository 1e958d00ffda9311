import { closeSync, openSync } from 'node:fs';
import { EPOLLIN, Epoll, sockets } from 'epoll-reactor';

export function serve(sk) {
  const epoll = new Epoll();
  epoll.register(sk, EPOLLIN);
  let spare = openSync('/dev/null');
  for (;;) {
    for (const [fd] of epoll.poll()) {
      try {
        const conn = sockets.accept(fd);
        if (conn === sockets.WOULD_BLOCK) continue;
        sockets.send(conn.fd, Buffer.from('hello\n'));
      } catch (error) {
        if (error.code !== 'EMFILE') throw error;
        closeSync(spare);
        const refused = sockets.accept(fd);
        if (refused !== sockets.WOULD_BLOCK) sockets.close(refused.fd);
        spare = openSync('/dev/null');
      }
    }
  }
}
