/**
 * Teaches how epoll servers use all processors: one process per processor, each with its own listening socket on the same
 * port (SO_REUSEPORT). The kernel distributes the connections; the processes share nothing.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import * as select from '../linux/epoll.js';
import * as socket from '../linux/sockets.js';
import { openFolder, respond } from './respond.js';

interface Connection {
  received: Buffer;
  /** The rest of an answer that did not fit into the socket's buffer. */
  unsent: Buffer;
  closes: boolean;
}

const FILE = fileURLToPath(import.meta.url);
const NOTHING = Buffer.alloc(0);
const STDIN = 0;

export async function serve(folder: string, port: number): Promise<never> {
  openFolder(folder); // a missing folder is reported here, once, not by each process
  // So is a port in use: with SO_REUSEPORT, another server of this kind would share it silently.
  socket.close(socket.listeningSocket({ address: '127.0.0.1', port }, 1));
  const address = socket.getsockname(bound(port)) as socket.InternetAddress; // holds the port without listening
  for (let i = 0; i < availableParallelism(); i++) {
    const worker = spawn(process.execPath, [FILE, folder, `${address.port}`], { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(worker.stdout, 'data'); // it listens now
  }
  console.log('waiting for connections at', address);
  return new Promise(() => {}); // the processes do the rest
}

function bound(port: number): number {
  const sk = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK);
  socket.setsockopt(sk, socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); // a restart while old connections are in TIME_WAIT
  socket.setsockopt(sk, socket.SOL_SOCKET, socket.SO_REUSEPORT, 1);
  socket.bind(sk, { address: '127.0.0.1', port });
  return sk;
}

function work(folder: string, port: number): never {
  const root = openFolder(folder);
  const sk = bound(port);
  socket.listen(sk, socket.SOMAXCONN);
  const connections = new Map<number, Connection>();
  const epl = new select.Epoll();
  epl.register(sk, select.EPOLLIN);
  epl.register(STDIN, select.EPOLLIN); // a pipe from the parent: it hangs up when the parent ends, however it ends
  console.log('listening');

  for (;;) {
    for (const [fd, events] of epl.poll()) {
      if (fd === STDIN) process.exit();
      if (fd === sk) {
        const conn = socket.accept(sk, socket.SOCK_NONBLOCK);
        if (conn === socket.WOULD_BLOCK) continue;
        connections.set(conn.fd, { received: NOTHING, unsent: NOTHING, closes: false });
        epl.register(conn.fd, select.EPOLLIN);
        continue;
      }
      try {
        converse(fd, events, connections.get(fd) as Connection);
      } catch {
        end(fd); // reset by the client
      }
    }
  }

  function converse(fd: number, events: number, conn: Connection): void {
    if ((events & select.EPOLLOUT) === 0) {
      const n = socket.recv(fd, data);
      const answer = respond(Buffer.concat([conn.received, data.subarray(0, Math.max(0, n))]), root);
      conn.received = answer.rest;
      conn.unsent = answer.bytes;
      conn.closes = answer.closes || n === 0;
    }
    const n = conn.unsent.length === 0 ? 0 : socket.send(fd, conn.unsent);
    if (n !== socket.WOULD_BLOCK) conn.unsent = conn.unsent.subarray(n);
    if (conn.unsent.length > 0) epl.modify(fd, select.EPOLLOUT);
    else if (conn.closes) end(fd);
    else if ((events & select.EPOLLOUT) !== 0) epl.modify(fd, select.EPOLLIN);
  }

  function end(fd: number): void {
    epl.unregister(fd);
    connections.delete(fd);
    socket.close(fd);
  }
}

const data = Buffer.allocUnsafe(1024);

if (process.argv[1] === FILE) work(process.argv[2] as string, Number(process.argv[3]));
