import { EPOLLIN, Epoll, sockets } from 'epoll-reactor';

const byte = Buffer.alloc(1);

export function serve(fd) {
  const epoll = new Epoll();
  epoll.register(fd, EPOLLIN);
  for (;;) {
    // TODO
    const events = epoll.poll(10);
    if (events.length === 0) sockets.send(fd, Buffer.from('tick\n'));
    for (const [ready] of events) {
      if (sockets.recv(ready, byte) === 0) return;
    }
  }
}
