/**
 * Teaches completion beside readiness: the program does not ask which descriptor is ready. It submits operations, and the kernel reports
 * their results. No descriptor is non-blocking, and no call returns EAGAIN. In return a buffer belongs to the kernel until its operation
 * is done. io_uring shares memory with the kernel by mmap; epoll does not.
 */
import * as uring from '../linux/ring.js';
import * as socket from '../linux/sockets.js';
import { openFolder, respond } from './respond.js';

interface Connection {
  received: Buffer;
  /** The rest of an answer that did not fit into the buffer, or of which the socket took only a part. */
  unsent: Buffer;
  closes: boolean;
  /** The buffer that recv has filled, and send empties. A silent client has none. */
  buffer: number;
}

const NOTHING = Buffer.alloc(0);
const ENTRIES = 1024;
/** A client that does not read its answer keeps one. */
const BUFFERS = 1024;
const BUFFER_BYTES = 4096;

export function serve(folder: string, port: number): void {
  const root = openFolder(folder);
  const sk = socket.socket(socket.AF_INET, socket.SOCK_STREAM);
  socket.setsockopt(sk, socket.SOL_SOCKET, socket.SO_REUSEADDR, 1);
  socket.bind(sk, { address: '127.0.0.1', port });
  socket.listen(sk, socket.SOMAXCONN);
  const connections = new Map<number, Connection>();
  const ring = new uring.Ring(ENTRIES, BUFFERS, BUFFER_BYTES);
  ring.submitAccept(sk);
  console.log('waiting for connections at', socket.getsockname(sk));

  for (;;) {
    for (const [operation, fd, result, buffer] of ring.wait()) {
      if (operation === uring.ACCEPT) accepted(uring.checked(result, 'accept'));
      else if (operation === uring.RECV) received(fd, result, buffer);
      else if (operation === uring.SEND) sent(fd, result);
    }
  }

  function accepted(fd: number): void {
    connections.set(fd, { received: NOTHING, unsent: NOTHING, closes: false, buffer: uring.NO_BUFFER });
    ring.submitRecv(fd);
    ring.submitAccept(sk); // each operation is done once
  }

  function received(fd: number, n: number, buffer: number): void {
    const conn = connections.get(fd) as Connection;
    conn.buffer = buffer;
    if (n <= 0) {
      end(fd, conn); // the end of the stream, or an error: reset by the client
      return;
    }
    const answer = respond(Buffer.concat([conn.received, ring.bytes(buffer).subarray(0, n)]), root);
    conn.received = answer.rest;
    conn.unsent = answer.bytes;
    conn.closes = answer.closes;
    goOn(fd, conn);
  }

  function sent(fd: number, n: number): void {
    const conn = connections.get(fd) as Connection;
    if (n < 0) {
      end(fd, conn);
      return;
    }
    conn.unsent = conn.unsent.subarray(n); // a send may be short here, too
    goOn(fd, conn);
  }

  /** Submits the next operation. A connection has one at a time, so its buffer has one owner at a time. */
  function goOn(fd: number, conn: Connection): void {
    if (conn.unsent.length > 0) {
      ring.submitSend(fd, conn.buffer, conn.unsent.copy(ring.bytes(conn.buffer)));
    } else if (conn.closes) {
      end(fd, conn);
    } else {
      giveBack(conn);
      ring.submitRecv(fd);
    }
  }

  function end(fd: number, conn: Connection): void {
    giveBack(conn);
    connections.delete(fd);
    ring.submitClose(fd);
  }

  function giveBack(conn: Connection): void {
    if (conn.buffer !== uring.NO_BUFFER) ring.provide(conn.buffer);
    conn.buffer = uring.NO_BUFFER;
  }
}
