/**
 * Teaches a thread for each connection: the tutorial's first server. Each thread waits in recv for its own client, and no
 * client waits for another. A thread of Node is a whole JavaScript engine: some megabytes, and some ten milliseconds to start.
 */
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import * as socket from '../linux/sockets.js';
import { openFolder, respond } from './respond.js';

/** The input of a thread. Descriptors belong to the process: a number means the same in all its threads. */
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
    const conn = socket.accept(sk) as socket.Accepted; // blocks until a client connects
    const task: Task = { model: 'threads', conn: conn.fd, root };
    const thread = new Worker(new URL(import.meta.url), { workerData: task });
    // A thread that could not start (no memory for another engine) closes nothing, so this does.
    thread.on('error', () => socket.close(conn.fd));
    await new Promise(setImmediate); // lets Node remove threads that have ended
  }
}

/** Answers one client until the connection ends. */
function converse(conn: number, root: number): void {
  const data = Buffer.allocUnsafe(1024);
  let received: Buffer = Buffer.alloc(0);
  try {
    for (;;) {
      const n = socket.recv(conn, data); // this thread blocks, the others do not
      // The original closes here and goes on: the first line of an empty request is an IndexError, which ends the thread.
      if (n === 0) return;
      const answer = respond(Buffer.concat([received, data.subarray(0, n)]), root);
      received = answer.rest;
      for (let sent = 0; sent < answer.bytes.length; ) sent += socket.send(conn, answer.bytes.subarray(sent));
      if (answer.closes) return; // the original always closes: without a Content-Length nothing else marks the end
    }
  } catch {
    // reset by the client
  } finally {
    socket.close(conn);
  }
}

const task = workerData as Task | null;
if (!isMainThread && task?.model === 'threads') converse(task.conn, task.root);
