import { spawn } from 'node:child_process';
import { descriptors, EPOLLIN, Epoll, Timer } from 'epoll-reactor';

const { readFd, writeFd } = descriptors.pipe();
descriptors.setblocking(writeFd, true); // programs expect it of their output
spawn('sh', ['-c', 'for i in 1 2 3; do echo line $i; sleep 0.1; done'], { stdio: ['ignore', writeFd, 'inherit'] });
descriptors.close(writeFd); // the program has the last copy: when it ends, the pipe ends

const timer = new Timer();
timer.set(10_000);

const epoll = new Epoll();
epoll.register(readFd, EPOLLIN);
epoll.register(timer.fileno(), EPOLLIN);
const buffer = Buffer.alloc(4096);

for await (const [fd] of epoll) {
  if (fd === timer.fileno()) throw new Error('the program takes more than 10 seconds');
  const n = descriptors.read(readFd, buffer);
  if (n === 0) break;
  process.stdout.write(buffer.toString('utf8', 0, n));
}
for (const owned of [epoll, timer]) owned.close();
descriptors.close(readFd);
