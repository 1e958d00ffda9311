/**
 * Teaches how to bound the number of threads: all wait in accept on the same listening socket, and the kernel gives each new
 * connection to one of them. Cheaper than a thread for each client; but eight clients keep all others out.
 */
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import * as socket from '../linux/sockets.js';
import { openFolder, respond } from './respond.js';

const THREADS = 8;

/** The input of a thread. Descriptors belong to the process: a number means the same in all its threads. */
interface Task {
  readonly model: 'thread-pool';
  readonly sk: number;
  readonly root: number;
}

export async function serve(folder: string, port: number): Promise<never> {
  const root = openFolder(folder);
  const sk = socket.socket(socket.AF_INET, socket.SOCK_STREAM);
  socket.setsockopt(sk, socket.SOL_SOCKET, socket.SO_REUSEADDR, 1);
  socket.bind(sk, { address: '127.0.0.1', port });
  socket.listen(sk, socket.SOMAXCONN);
  const task: Task = { model: 'thread-pool', sk, root };
  for (let i = 0; i < THREADS; i++) new Worker(new URL(import.meta.url), { workerData: task });
  console.log('waiting for connections at', socket.getsockname(sk));
  return new Promise(() => {}); // the threads do the rest
}

function work({ sk, root }: Task): never {
  for (;;) {
    const conn = socket.accept(sk) as socket.Accepted; // all threads block here; one of them wakes
    converse(conn.fd, root);
  }
}

/** Answers one client until the connection ends. */
function converse(conn: number, root: number): void {
  const data = Buffer.allocUnsafe(1024);
  let received: Buffer = Buffer.alloc(0);
  try {
    for (;;) {
      const n = socket.recv(conn, data); // this thread blocks, the others do not
      if (n === 0) return;
      const answer = respond(Buffer.concat([received, data.subarray(0, n)]), root);
      received = answer.rest;
      for (let sent = 0; sent < answer.bytes.length; ) sent += socket.send(conn, answer.bytes.subarray(sent));
      if (answer.closes) return;
    }
  } catch {
    // reset by the client
  } finally {
    socket.close(conn);
  }
}

const task = workerData as Task | null;
if (!isMainThread && task?.model === 'thread-pool') work(task);
