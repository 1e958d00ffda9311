import { sockets } from 'epoll-reactor';

const buffer = Buffer.alloc(1024);

export function serve(fd) {
  for (;;) {
    const n = sockets.recv(fd, buffer);
    if (n === 0) return;
    // TODO
    const request = buffer.toString('latin1', 0, n);
    const path = request.split(' ')[1];
    sockets.send(fd, Buffer.from(`${path}\n`));
  }
}
