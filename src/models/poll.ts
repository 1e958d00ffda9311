/**
 * Teaches poll (System V, 1986): select with a list in place of the bits, so that any number of descriptors fits. The whole
 * list still goes into the kernel at each call, and each member is examined: 9,000 idle connections are examined for each
 * one that is ready.
 */
import * as select from '../linux/select-and-poll.js';
import * as socket from '../linux/sockets.js';
import { openFolder, respond } from './respond.js';

interface Connection {
  received: Buffer;
  /** The rest of an answer that did not fit into the socket's buffer. */
  unsent: Buffer;
  closes: boolean;
}

const NOTHING = Buffer.alloc(0);

export function serve(folder: string, port: number): void {
  const root = openFolder(folder);
  const sk = socket.socket(socket.AF_INET, socket.SOCK_STREAM);
  socket.setsockopt(sk, socket.SOL_SOCKET, socket.SO_REUSEADDR, 1);
  socket.bind(sk, { address: '127.0.0.1', port });
  socket.listen(sk, socket.SOMAXCONN);
  socket.setblocking(sk, false);
  const connections = new Map<number, Connection>();
  const poll = new select.Poll();
  poll.register(sk, select.POLLIN);
  console.log('waiting for connections at', socket.getsockname(sk));

  for (;;) {
    for (const [fd, events] of poll.poll()) {
      if (fd === sk) {
        acceptOne();
        continue;
      }
      const conn = connections.get(fd) as Connection;
      try {
        if ((events & select.POLLOUT) !== 0) goOnSending(fd, conn);
        else receive(fd, conn);
      } catch {
        end(fd); // reset by the client
      }
    }
  }

  function acceptOne(): void {
    const conn = socket.accept(sk, socket.SOCK_NONBLOCK);
    if (conn === socket.WOULD_BLOCK) return;
    connections.set(conn.fd, { received: NOTHING, unsent: NOTHING, closes: false });
    poll.register(conn.fd, select.POLLIN);
  }

  function receive(fd: number, conn: Connection): void {
    const data = Buffer.allocUnsafe(1024);
    const n = socket.recv(fd, data);
    if (n === socket.WOULD_BLOCK) return;
    const answer = respond(Buffer.concat([conn.received, data.subarray(0, n)]), root);
    conn.received = answer.rest;
    conn.unsent = answer.bytes;
    conn.closes = answer.closes || n === 0;
    goOnSending(fd, conn);
  }

  function goOnSending(fd: number, conn: Connection): void {
    const n = conn.unsent.length === 0 ? 0 : socket.send(fd, conn.unsent);
    if (n !== socket.WOULD_BLOCK) conn.unsent = conn.unsent.subarray(n);
    if (conn.unsent.length > 0) poll.register(fd, select.POLLOUT);
    else if (conn.closes) end(fd);
    else poll.register(fd, select.POLLIN); // writes two words of the list: no system call, unlike epoll_ctl
  }

  function end(fd: number): void {
    poll.unregister(fd);
    connections.delete(fd);
    socket.close(fd);
  }
}
