import { EPOLLIN, Epoll, sockets, Timer } from 'epoll-reactor';

const byte = Buffer.alloc(1);

export function serve(fd) {
  const epoll = new Epoll();
  epoll.register(fd, EPOLLIN);
  const timer = new Timer();
  timer.set(10);
  epoll.register(timer.fileno(), EPOLLIN);
  for (;;) {
    for (const [ready] of epoll.poll()) {
      if (ready === timer.fileno()) {
        timer.read();
        sockets.send(fd, Buffer.from('tick\n'));
      } else if (sockets.recv(ready, byte) === 0) {
        return;
      }
    }
  }
}
