/**
 * The tutorial's first server: a thread for each connection. Each waits in recv for its own client, and keeps nobody else
 * waiting. A thread of Node is a whole JavaScript engine: some megabytes, some ten milliseconds to start.
 */
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import * as socket from '../linux/sockets.js';
import { openFolder, respond } from './respond.js';

/** What a thread is given. Descriptors belong to the process: their numbers mean the same in all its threads. */
interface Task {
  readonly model: 'threads';
  readonly conn: number;
  readonly root: number;
}

export async function serve(folder: string, port: number): Promise<never> {
  const root = openFolder(folder);
  const sk = socket.socket(socket.AF_INET, socket.SOCK_STREAM);
  socket.setsockopt(sk, socket.SOL_SOCKET, socket.SO_REUSEADDR, 1);
  socket.bind(sk, { address: '127.0.0.1', port });
  socket.listen(sk, socket.SOMAXCONN);
  console.log('waiting for connections at', socket.getsockname(sk));
  for (;;) {
    const conn = socket.accept(sk) as socket.Accepted; // stands still until somebody connects
    const task: Task = { model: 'threads', conn: conn.fd, root };
    const thread = new Worker(new URL(import.meta.url), { workerData: task });
    // A thread that could not be started (no memory for another engine) closes nothing: it is done here.
    thread.on('error', () => socket.close(conn.fd));
    await new Promise(setImmediate); // lets Node clear away the threads that have ended
  }
}

/** Answers one client until it goes, or breaks off. */
function converse(conn: number, root: number): void {
  const data = Buffer.allocUnsafe(1024);
  let received: Buffer = Buffer.alloc(0);
  try {
    for (;;) {
      const n = socket.recv(conn, data); // this thread stands still, the others do not
      // The original closes here and goes on, to the first line of nothing: IndexError ends the thread.
      if (n === 0) return;
      const answer = respond(Buffer.concat([received, data.subarray(0, n)]), root);
      received = answer.rest;
      for (let sent = 0; sent < answer.bytes.length; ) sent += socket.send(conn, answer.bytes.subarray(sent));
      if (answer.closes) return; // the original closes after each answer: without a Content-Length nothing else tells its end
    }
  } catch {
    // reset by the client
  } finally {
    socket.close(conn);
  }
}

const task = workerData as Task | null;
if (!isMainThread && task?.model === 'threads') converse(task.conn, task.root);
