import { EPOLLIN, EPOLLOUT, Epoll, sockets } from 'epoll-reactor';

const buffer = Buffer.alloc(64 * 1024);

export function serve(fd) {
  const epoll = new Epoll();
  epoll.register(fd, EPOLLIN);
  const queue = [];
  for (;;) {
    for (const [, events] of epoll.poll()) {
      if (events & EPOLLIN) {
        const n = sockets.recv(fd, buffer);
        if (n === 0) return;
        queue.push(Buffer.from(buffer.subarray(0, n)));
      }
      while (queue.length > 0) {
        const n = sockets.send(fd, queue[0]);
        if (n === sockets.WOULD_BLOCK) break;
        if (n === queue[0].length) queue.shift();
        else queue[0] = queue[0].subarray(n);
      }
      const held = queue.reduce((sum, { length }) => sum + length, 0);
      epoll.modify(fd, (held < 128 * 1024 ? EPOLLIN : 0) | (queue.length > 0 ? EPOLLOUT : 0));
    }
  }
}
