import { sockets } from 'epoll-reactor';

const buffer = Buffer.alloc(1024);

export function serve(fd) {
  let received = '';
  for (;;) {
    const n = sockets.recv(fd, buffer);
    if (n === 0) return;
    received += buffer.toString('latin1', 0, n);
    for (;;) {
      const end = received.indexOf('\r\n\r\n');
      if (end === -1) break;
      const path = received.slice(0, end).split(' ')[1];
      received = received.slice(end + 4);
      sockets.send(fd, Buffer.from(`${path}\n`));
    }
  }
}
