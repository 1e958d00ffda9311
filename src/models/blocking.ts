/**
 * Teaches what a blocking call costs: one client at a time. While the server waits in recv for its client, all others wait
 * too. A browser that opens a second connection spins for ever.
 *
 * With --no-length this is the tutorial's third program, a receive loop on one connection: the browser spins because nothing
 * says where the answer ends, and the server waits in recv because the browser has nothing more to ask.
 */
import * as socket from '../linux/sockets.js';
import { openFolder, respond } from './respond.js';

export function serve(folder: string, port: number): void {
  const root = openFolder(folder);
  const sk = socket.socket(socket.AF_INET, socket.SOCK_STREAM);
  socket.setsockopt(sk, socket.SOL_SOCKET, socket.SO_REUSEADDR, 1);
  socket.bind(sk, { address: '127.0.0.1', port });
  socket.listen(sk, socket.SOMAXCONN);
  console.log('waiting for connections at', socket.getsockname(sk));
  for (;;) {
    const conn = socket.accept(sk) as socket.Accepted; // blocks until a client connects
    converse(conn.fd, root);
  }
}

/** Answers one client until the connection ends. */
function converse(conn: number, root: number): void {
  const data = Buffer.allocUnsafe(1024);
  let received: Buffer = Buffer.alloc(0);
  try {
    for (;;) {
      const n = socket.recv(conn, data); // blocks until this client sends: the others may starve
      if (n === 0) return;
      const answer = respond(Buffer.concat([received, data.subarray(0, n)]), root);
      received = answer.rest;
      for (let sent = 0; sent < answer.bytes.length; ) sent += socket.send(conn, answer.bytes.subarray(sent));
      if (answer.closes) return;
    }
  } catch {
    // Reset by the client. The original's exception ends a thread; here it would end the server.
  } finally {
    socket.close(conn);
  }
}
