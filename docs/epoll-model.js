/**
 * Teaches epoll: the tutorial's last server. One thread waits for all connections at once, and the kernel reports which of
 * them are ready. Read it in two columns with the original: the same statements and branches in the same order. Comments tell
 * where a line differs, and "added" marks what the original lacks.
 *
 * The thread waits in epoll_wait, and meanwhile Node's timers, promises and signal handlers do not run.
 */
import * as select from '../src/linux/epoll.js';
import * as socket from '../src/linux/sockets.js';
import { openFolder, print, respond } from '../src/models/respond.js';

const NOTHING = Buffer.alloc(0);
const buffer = Buffer.alloc(1024);

export function serve(folder, port) {
  const root = openFolder(folder);
  const sk = socket.socket(socket.AF_INET, socket.SOCK_STREAM);
  // After a restart the port can be bound at once, although old connections are still in TIME_WAIT.
  socket.setsockopt(sk, socket.SOL_SOCKET, socket.SO_REUSEADDR, 1);
  socket.bind(sk, { address: '127.0.0.1', port }); // the original: 0.0.0.0, every interface
  socket.listen(sk, socket.SOMAXCONN); // the original: 5; when the queue is full the SYN is dropped, and resent a second later
  socket.setblocking(sk, false);
  const epl = new select.Epoll();
  const fdSocketDict = new Map();
  epl.register(sk, select.EPOLLIN);
  console.log('waiting for connections at', socket.getsockname(sk));

  while (true) {
    const fdEventList = epl.poll(); // blocks until an event comes
    for (const [fd, event] of fdEventList) {
      if (fd === sk) {
        // Non-blocking too. The original's are not: a client that does not read would stop its whole server in send.
        const conn = socket.accept(sk, socket.SOCK_NONBLOCK);
        if (conn === socket.WOULD_BLOCK) continue; // added: nothing to accept after all; readiness is only a hint
        epl.register(conn.fd, select.EPOLLIN);
        fdSocketDict.set(conn.fd, { ...conn, received: NOTHING, unsent: NOTHING, closes: false });
      } else if (event & select.EPOLLIN) {
        // Events are bits. The original compares with ==, and EPOLLIN | EPOLLHUP is not EPOLLIN: it neither reads nor closes
        // such a connection, which is reported again at once, for ever.
        const conn = fdSocketDict.get(fd);
        const data = receive(fd);
        if (data === undefined) continue; // added: nothing to receive after all
        if (data.length > 0) {
          recv(conn, conn.address, data);
        } else {
          epl.unregister(fd); // first. The original closes first: from Python 3.9 on unregister throws, and the server ends
          socket.close(fd);
          fdSocketDict.delete(fd);
        }
      } else {
        const conn = fdSocketDict.get(fd); // added: EPOLLOUT, there is room for more of a long answer
        send(conn);
        if (conn.unsent.length === 0) epl.modify(fd, select.EPOLLIN);
      }
    }
  }

  /** The original's recv(). Its lines from `recv_data` to `f.close()` are in respond.ts. */
  function recv(conn, addr, data) {
    const answer = respond(Buffer.concat([conn.received, data]), root);
    print(addr);
    conn.received = answer.rest;
    conn.unsent = answer.bytes; // header and body
    conn.closes = answer.closes;
    send(conn);
    if (conn.unsent.length > 0) epl.modify(conn.fd, select.EPOLLOUT); // added: wait for room, and not for more requests
  }
}

/** Returns the bytes that have come: none at the end of the connection, undefined if there is nothing to receive now. */
function receive(fd) {
  try {
    const n = socket.recv(fd, buffer);
    return n === socket.WOULD_BLOCK ? undefined : buffer.subarray(0, n);
  } catch {
    return NOTHING; // added: a reset by the client ends its connection. It ends the original's server.
  }
}

function send(conn) {
  try {
    const n = conn.unsent.length === 0 ? 0 : socket.send(conn.fd, conn.unsent);
    if (n !== socket.WOULD_BLOCK) conn.unsent = conn.unsent.subarray(n);
    // added: the client wants the connection closed. After shutdown its next event is EPOLLIN without data: the branch above.
    if (conn.closes && conn.unsent.length === 0) socket.shutdown(conn.fd, socket.SHUT_RDWR);
  } catch {
    conn.unsent = NOTHING; // added: the client has gone, and the next event is EPOLLIN, for the end of its connection
  }
}
