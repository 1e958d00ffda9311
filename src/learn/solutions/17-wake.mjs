import { Worker } from 'node:worker_threads';
import { EPOLLIN, Epoll, sockets, Waker } from 'epoll-reactor';

const THREAD = `
  const { flag, wakeFd } = require('node:worker_threads').workerData;
  for (let i = 0; i < 1e6; i++) Math.sqrt(i);
  Atomics.store(flag, 0, 1);
  require('epoll-reactor').Waker.wake(wakeFd);
`;

export function serve(fd) {
  const flag = new Int32Array(new SharedArrayBuffer(4));
  const epoll = new Epoll();
  epoll.register(fd, EPOLLIN);
  const waker = new Waker();
  epoll.register(waker.fileno(), EPOLLIN);
  new Worker(THREAD, { eval: true, workerData: { flag, wakeFd: waker.fileno() } });
  for (;;) {
    for (const [ready] of epoll.poll()) {
      if (ready === waker.fileno()) waker.read();
      else if (sockets.recv(fd, Buffer.alloc(1024)) === 0) return;
    }
    if (Atomics.exchange(flag, 0, 0) === 1) sockets.send(fd, Buffer.from('done\n'));
  }
}
