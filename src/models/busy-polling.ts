/**
 * Teaches what non-blocking sockets give and what they cost without a wait: one thread tries each socket in turn, and after
 * EAGAIN the next. No client blocks another; but the processor is always busy, also when nothing happens. (The tutorial's
 * third program has such a loop, `try: recv`, `except: pass`, for one connection alone: that is blocking, with --no-length.)
 */
import * as socket from '../linux/sockets.js';
import { openFolder, respond } from './respond.js';

interface Connection {
  readonly fd: number;
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
  const connections = new Set<Connection>();
  console.log('waiting for connections at', socket.getsockname(sk));

  for (;;) {
    const conn = socket.accept(sk, socket.SOCK_NONBLOCK);
    if (conn !== socket.WOULD_BLOCK) {
      connections.add({ fd: conn.fd, received: NOTHING, unsent: NOTHING, closes: false });
    }
    for (const conn of connections) {
      try {
        // The original catches every exception here, and so hides its own mistakes too.
        if (conn.unsent.length > 0 ? send(conn) : receive(conn)) continue;
      } catch {
        // reset by the client
      }
      connections.delete(conn);
      socket.close(conn.fd);
    }
  }

  /** @returns  false if the connection must be closed */
  function receive(conn: Connection): boolean {
    const n = socket.recv(conn.fd, data);
    if (n === socket.WOULD_BLOCK) return true; // nothing yet: nearly always
    if (n === 0) return false;
    const answer = respond(Buffer.concat([conn.received, data.subarray(0, n)]), root);
    conn.received = answer.rest;
    conn.unsent = answer.bytes;
    conn.closes = answer.closes;
    return answer.bytes.length === 0 ? !answer.closes : send(conn);
  }
}

const data = Buffer.allocUnsafe(1024);

/** @returns  false if the connection must be closed */
function send(conn: Connection): boolean {
  const n = socket.send(conn.fd, conn.unsent);
  if (n !== socket.WOULD_BLOCK) conn.unsent = conn.unsent.subarray(n);
  return conn.unsent.length > 0 || !conn.closes;
}
