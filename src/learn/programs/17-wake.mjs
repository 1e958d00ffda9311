import { Worker } from 'node:worker_threads';
import { EPOLLIN, Epoll, sockets } from 'epoll-reactor';

const THREAD = `
  const { flag } = require('node:worker_threads').workerData;
  for (let i = 0; i < 1e6; i++) Math.sqrt(i);
  Atomics.store(flag, 0, 1);
`;

export function serve(fd) {
  const flag = new Int32Array(new SharedArrayBuffer(4));
  const epoll = new Epoll();
  epoll.register(fd, EPOLLIN);
  // TODO
  new Worker(THREAD, { eval: true, workerData: { flag } });
  for (;;) {
    for (const [ready] of epoll.poll()) {
      if (ready === fd && sockets.recv(fd, Buffer.alloc(1024)) === 0) return;
    }
    if (Atomics.exchange(flag, 0, 0) === 1) sockets.send(fd, Buffer.from('done\n'));
  }
}
