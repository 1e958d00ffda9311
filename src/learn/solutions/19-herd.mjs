import { Worker } from 'node:worker_threads';

const THREAD = `
  const { EPOLLEXCLUSIVE, EPOLLIN, Epoll, sockets } = require('epoll-reactor');
  const { sk } = require('node:worker_threads').workerData;
  const epoll = new Epoll();
  epoll.register(sk, EPOLLIN | EPOLLEXCLUSIVE);
  for (;;) {
    for (const [fd] of epoll.poll()) {
      const conn = sockets.accept(fd);
      if (conn !== sockets.WOULD_BLOCK) sockets.send(conn.fd, Buffer.from('hello\\n'));
    }
  }
`;

export async function serve(sk) {
  for (let i = 0; i < 4; i++) new Worker(THREAD, { eval: true, workerData: { sk } });
  await new Promise(() => {});
}
