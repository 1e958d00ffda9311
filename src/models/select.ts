/**
 * Teaches select (4.2BSD, 1983), the first way to wait for many descriptors at once. The whole interest set goes into the
 * kernel as bits at each call, and comes back as bits; both sides examine each bit. A descriptor of 1,024 or more has none.
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
  const readers = new Set([sk]);
  const writers = new Set<number>();
  console.log('waiting for connections at', socket.getsockname(sk));

  for (;;) {
    const [readable, writable] = select.select([...readers], [...writers]);
    for (const fd of writable) attempt(fd, goOnSending);
    for (const fd of readable) {
      if (fd === sk) acceptOne();
      else attempt(fd, receive);
    }
  }

  function acceptOne(): void {
    const conn = socket.accept(sk, socket.SOCK_NONBLOCK);
    if (conn === socket.WOULD_BLOCK) return;
    // In C, FD_SET would write the bit beyond the end of the set. Here the connection is closed.
    if (conn.fd >= select.FD_SETSIZE) {
      socket.close(conn.fd);
      return;
    }
    connections.set(conn.fd, { received: NOTHING, unsent: NOTHING, closes: false });
    readers.add(conn.fd);
  }

  function attempt(fd: number, step: (fd: number, conn: Connection) => void): void {
    try {
      const conn = connections.get(fd);
      if (conn !== undefined) step(fd, conn);
    } catch {
      end(fd); // reset by the client
    }
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
    if (conn.unsent.length > 0) {
      readers.delete(fd);
      writers.add(fd);
    } else if (conn.closes) {
      end(fd);
    } else {
      writers.delete(fd);
      readers.add(fd);
    }
  }

  function end(fd: number): void {
    readers.delete(fd);
    writers.delete(fd);
    connections.delete(fd);
    socket.close(fd);
  }
}
