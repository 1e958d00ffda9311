/**
 * Teaches epoll: the tutorial's last server. One thread waits for all connections at once, and the kernel reports which of
 * them are ready. Read it beside the original, which has the same order; a comment marks each line that is corrected.
 *
 * The thread waits in epoll_wait, and meanwhile Node's timers, promises and signal handlers do not run.
 */
import * as select from '../linux/epoll.js';
import * as socket from '../linux/sockets.js';
import { openFolder, respond } from './respond.js';

/** The entry of the original's `fd_socket_dict`, with what the original forgets. */
interface Connection {
  /** Half a request. The original assumes that one recv returns a whole one. */
  received: Buffer;
  /** The rest of an answer. The original assumes that one send is enough, though it may take less than it is given. */
  unsent: Buffer;
  closes: boolean;
}

const NOTHING = Buffer.alloc(0);

export function serve(folder: string, port: number): void {
  const root = openFolder(folder);
  const sk = socket.socket(socket.AF_INET, socket.SOCK_STREAM);

  // After a restart the port can be bound at once, although old connections are still in TIME_WAIT.
  socket.setsockopt(sk, socket.SOL_SOCKET, socket.SO_REUSEADDR, 1);

  socket.bind(sk, { address: '127.0.0.1', port }); // the original: 0.0.0.0, every interface
  socket.listen(sk, socket.SOMAXCONN); // the original: 5; when the queue is full the SYN is dropped, and resent a second later

  socket.setblocking(sk, false);

  const epl = new select.Epoll();
  const connections = new Map<number, Connection>();

  epl.register(sk, select.EPOLLIN);
  console.log('waiting for connections at', socket.getsockname(sk));

  for (;;) {
    // Blocks until an event comes. Each event is a pair: a descriptor, and what it is ready for.
    for (const [fd, events] of epl.poll()) {
      if (fd === sk) {
        // Non-blocking too. The original's are not: a client that does not read would stop its whole server in send.
        const conn = socket.accept(sk, socket.SOCK_NONBLOCK);
        if (conn === socket.WOULD_BLOCK) continue; // a spurious event: readiness is only a hint
        epl.register(conn.fd, select.EPOLLIN);
        connections.set(conn.fd, { received: NOTHING, unsent: NOTHING, closes: false });
        continue;
      }
      const conn = connections.get(fd) as Connection;
      try {
        // Events are a mask: several bits may be set. The original compares with ==, and EPOLLIN | EPOLLHUP is not
        // EPOLLIN: it neither reads nor closes such a connection, which is reported again at once, for ever.
        if ((events & select.EPOLLOUT) !== 0) goOnSending(fd, conn);
        else receive(fd, conn);
      } catch {
        end(fd); // reset by the client: one connection ends, not the server
      }
    }
  }

  function receive(fd: number, conn: Connection): void {
    const data = Buffer.allocUnsafe(1024);
    const n = socket.recv(fd, data);
    if (n === socket.WOULD_BLOCK) return;
    if (n === 0) {
      end(fd);
      return;
    }
    const answer = respond(Buffer.concat([conn.received, data.subarray(0, n)]), root);
    conn.received = answer.rest;
    conn.closes = answer.closes;
    conn.unsent = answer.bytes;
    send(fd, conn);
    // While a part is unsent, wait for room in the send buffer, and not for more requests.
    if (conn.unsent.length > 0) epl.modify(fd, select.EPOLLOUT);
    else if (conn.closes) end(fd);
  }

  function goOnSending(fd: number, conn: Connection): void {
    send(fd, conn);
    if (conn.unsent.length > 0) return;
    if (conn.closes) end(fd);
    else epl.modify(fd, select.EPOLLIN);
  }

  function end(fd: number): void {
    epl.unregister(fd); // before close. The original does it after close: from Python 3.9 on it throws, and the server ends
    connections.delete(fd);
    socket.close(fd);
  }
}

function send(fd: number, conn: Connection): void {
  if (conn.unsent.length === 0) return;
  const n = socket.send(fd, conn.unsent);
  if (n !== socket.WOULD_BLOCK) conn.unsent = conn.unsent.subarray(n);
}
