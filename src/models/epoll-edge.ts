/**
 * Teaches edge-triggered epoll: the kernel reports that something new has come, not that something is still there. So accept,
 * recv and send are repeated until they would block (drained). A program that stops sooner does not hear again of what it has
 * left, until more comes. In return a connection is registered once, for both directions, and never modified.
 */
import * as select from '../linux/epoll.js';
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
  const epl = new select.Epoll();
  epl.register(sk, select.EPOLLIN | select.EPOLLET);
  console.log('waiting for connections at', socket.getsockname(sk));

  for (;;) {
    for (const [fd] of epl.poll()) {
      if (fd === sk) {
        acceptAll();
        continue;
      }
      const conn = connections.get(fd) as Connection;
      try {
        if (converse(fd, conn)) continue;
      } catch {
        // reset by the client
      }
      epl.unregister(fd);
      connections.delete(fd);
      socket.close(fd);
    }
  }

  /** Ten connections that came at once may be one event: after one accept, nine would wait until an eleventh comes. */
  function acceptAll(): void {
    for (;;) {
      const conn = socket.accept(sk, socket.SOCK_NONBLOCK);
      if (conn === socket.WOULD_BLOCK) return;
      connections.set(conn.fd, { received: NOTHING, unsent: NOTHING, closes: false });
      epl.register(conn.fd, select.EPOLLIN | select.EPOLLOUT | select.EPOLLET);
    }
  }

  /**
   * Receives and sends until both would block.
   * @returns  false if the connection must be closed
   */
  function converse(fd: number, conn: Connection): boolean {
    for (;;) {
      if (conn.unsent.length > 0) {
        const n = socket.send(fd, conn.unsent);
        if (n === socket.WOULD_BLOCK) return true; // an event comes when there is room; then this goes on reading
        conn.unsent = conn.unsent.subarray(n);
        continue;
      }
      if (conn.closes) return false;
      const n = socket.recv(fd, data);
      if (n === socket.WOULD_BLOCK) return true; // drained: the next byte is the next event
      if (n === 0) return false;
      const answer = respond(Buffer.concat([conn.received, data.subarray(0, n)]), root);
      conn.received = answer.rest;
      conn.unsent = answer.bytes;
      conn.closes = answer.closes;
    }
  }
}

const data = Buffer.allocUnsafe(1024);
