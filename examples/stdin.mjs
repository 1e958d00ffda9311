import { readSync } from 'node:fs';
import { EPOLLIN, Epoll } from 'epoll-reactor';

const epoll = new Epoll();
epoll.register(0, EPOLLIN); // stdin: a terminal, a pipe or a socket
const buffer = Buffer.alloc(4096);

for (let n = -1; n !== 0; ) {
  const ready = epoll.poll(2000); // milliseconds
  if (ready.length === 0) console.log('nothing for two seconds');
  for (const [fd] of ready) {
    n = readSync(fd, buffer); // 0 at the end: Ctrl-D in a terminal
    console.log(`${n} bytes from descriptor ${fd}`);
  }
}
