import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { EPOLLIN, Epoll, READABLE, Reactor, sockets } from 'epoll-reactor';

const THREADS = 4;

if (isMainThread) {
  const open = new Int32Array(new SharedArrayBuffer(4 * THREADS)); // connections of each thread
  const workers = Array.from(open, (_, index) => {
    return new Worker(new URL(import.meta.url), { workerData: { open, index } });
  });
  const address = { address: '127.0.0.1', port: Number(process.env.PORT ?? 7007) };
  const listener = sockets.listeningSocket(address, sockets.SOMAXCONN, sockets.SOCK_STREAM | sockets.SOCK_NONBLOCK);
  const epoll = new Epoll();
  epoll.register(listener, EPOLLIN);
  console.log(sockets.getsockname(listener));

  for await (const _ of epoll) {
    const accepted = sockets.accept(listener, sockets.SOCK_NONBLOCK);
    if (accepted === sockets.WOULD_BLOCK) continue;
    const least = open.indexOf(Math.min(...open));
    Atomics.add(open, least, 1);
    workers[least].postMessage(accepted.fd); // a descriptor belongs to the process: its number is enough
  }
} else {
  const { open, index } = workerData;
  const reactor = new Reactor();
  reactor.attach();
  const buffer = Buffer.alloc(4096);
  const answer = Buffer.from(`${index}\n`);

  parentPort.on('message', (fd) => {
    reactor.register(fd, READABLE, () => {
      if (serve(fd)) return;
      reactor.unregister(fd);
      Atomics.sub(open, index, 1);
      sockets.close(fd);
    });
  });

  /** Answers whatever comes with the number of this thread. @returns whether the connection goes on */
  function serve(fd) {
    try {
      const n = sockets.recv(fd, buffer);
      return n === sockets.WOULD_BLOCK || (n > 0 && sockets.send(fd, answer) === answer.length);
    } catch {
      return false; // reset by the peer
    }
  }
}
