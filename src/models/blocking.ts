/**
 * The server before the first one of the tutorial: one client at a time. While it waits in recv for the one that it has,
 * all others wait too, and so a browser that opens a second connection spins for ever.
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
    const conn = socket.accept(sk) as socket.Accepted; // stands still until somebody connects
    converse(conn.fd, root);
  }
}

/** Answers one client until it goes, or breaks off. */
function converse(conn: number, root: number): void {
  const data = Buffer.allocUnsafe(1024);
  let received: Buffer = Buffer.alloc(0);
  try {
    for (;;) {
      const n = socket.recv(conn, data); // stands still until this client says something: the others may starve
      if (n === 0) return;
      const answer = respond(Buffer.concat([received, data.subarray(0, n)]), root);
      received = answer.rest;
      for (let sent = 0; sent < answer.bytes.length; ) sent += socket.send(conn, answer.bytes.subarray(sent));
      if (answer.closes) return;
    }
  } catch {
    // Reset by the client. The original's exception ends the thread; here it would end the server.
  } finally {
    socket.close(conn);
  }
}
