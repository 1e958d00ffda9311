import { spawn } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { descriptors, EPOLLIN, Epoll } from 'epoll-reactor';

const { fd, path } = descriptors.pty();
const terminal = openSync(path, constants.O_RDWR | constants.O_NOCTTY);
spawn('sh', ['-c', 'test -t 0 && read name && echo "hello, $name"'], { stdio: [terminal, terminal, terminal] });
closeSync(terminal); // the program has the last copy: when it ends, the terminal hangs up

descriptors.write(fd, Buffer.from('Ada\n')); // typed; the terminal echoes it

const epoll = new Epoll();
epoll.register(fd, EPOLLIN);
const buffer = Buffer.alloc(4096);

for await (const [, events] of epoll) {
  if ((events & EPOLLIN) === 0) break; // EPOLLHUP
  process.stdout.write(buffer.toString('utf8', 0, descriptors.read(fd, buffer)));
}
epoll.close();
descriptors.close(fd);
