import { EPOLLIN, EPOLLOUT, Epoll, sockets } from 'epoll-reactor';

const address = { address: '127.0.0.1', port: Number(process.env.PORT ?? 7007) };
const listener = sockets.listeningSocket(address, sockets.SOMAXCONN);
sockets.setblocking(listener, false);
const epoll = new Epoll();
epoll.register(listener, EPOLLIN);
const buffer = Buffer.alloc(64 * 1024);
const unsent = new Map(); // by descriptor: bytes that its client has not taken yet
console.log(sockets.getsockname(listener));

for (;;) {
  for (const [fd] of epoll.poll()) {
    if (fd === listener) {
      const peer = sockets.accept(listener, sockets.SOCK_NONBLOCK);
      if (peer !== sockets.WOULD_BLOCK) epoll.register(peer.fd, EPOLLIN);
    } else if (!echo(fd)) {
      unsent.delete(fd);
      epoll.unregister(fd); // before close, while the number still means this connection
      sockets.close(fd);
    }
  }
}

/** @returns whether the connection goes on */
function echo(fd) {
  try {
    const bytes = unsent.get(fd) ?? receive(fd);
    if (bytes === sockets.WOULD_BLOCK) return true;
    if (bytes.length === 0) return false; // the client has sent all
    const n = sockets.send(fd, bytes);
    const sent = n === sockets.WOULD_BLOCK ? 0 : n;
    if (sent < bytes.length) {
      unsent.set(fd, Buffer.from(bytes.subarray(sent))); // a copy: the buffer serves all connections
      epoll.modify(fd, EPOLLOUT); // read no more from this client until it has read the rest
    } else if (unsent.delete(fd)) {
      epoll.modify(fd, EPOLLIN);
    }
    return true;
  } catch {
    return false; // reset by the client
  }
}

function receive(fd) {
  const n = sockets.recv(fd, buffer);
  return n === sockets.WOULD_BLOCK ? n : buffer.subarray(0, n);
}
