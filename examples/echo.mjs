import { EPOLLIN, Epoll, sockets } from 'epoll-reactor';

const listener = sockets.listeningSocket({ address: '127.0.0.1', port: 7007 }, sockets.SOMAXCONN);
sockets.setblocking(listener, false);
const epoll = new Epoll();
epoll.register(listener, EPOLLIN);
const buffer = Buffer.alloc(4096);

for (;;) {
  for (const [fd] of epoll.poll()) {
    if (fd === listener) {
      const peer = sockets.accept(listener, sockets.SOCK_NONBLOCK);
      if (peer !== sockets.WOULD_BLOCK) epoll.register(peer.fd, EPOLLIN);
    } else if (!echo(fd)) {
      epoll.unregister(fd); // before close, while the number still means this connection
      sockets.close(fd);
    }
  }
}

/** @returns whether the connection goes on: not at its end, nor for a client that does not read what it sent */
function echo(fd) {
  try {
    const n = sockets.recv(fd, buffer);
    return n === sockets.WOULD_BLOCK || (n > 0 && sockets.send(fd, buffer.subarray(0, n)) === n);
  } catch {
    return false; // reset by the peer
  }
}
