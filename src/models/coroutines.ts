/**
 * Teaches what a coroutine is: the tutorial's second server. The code is that of a thread; but where it would block it is
 * parked, and the scheduler resumes it when epoll reports its descriptor ready. gevent hides this in `monkey.patch_all()`.
 */
import { EPOLLIN, EPOLLONESHOT, EPOLLOUT, Epoll } from '../linux/epoll.js';
import * as socket from '../linux/sockets.js';
import { openFolder, respond } from './respond.js';

const STEPS_MAX = 100; // of promises, to the next ready(); ours take 4
/** Runs coroutines, and waits in epoll when all of them are parked. */
export class Scheduler {
  readonly #epoll = new Epoll();
  readonly #parked = new Map<number, () => void>(); // by descriptor: resumes the coroutine that waits for it, or did last
  #running = 0; // coroutines that are not parked
  #error: unknown;

  /** Starts a coroutine, as gevent.spawn does. If it fails, run() fails: a hidden error would be worse. */
  spawn(coroutine: () => Promise<void>): void {
    this.#running++;
    coroutine()
      .catch((error: unknown) => {
        this.#error = error;
      })
      .finally(() => this.#running--);
  }

  /** Parks the calling coroutine until the descriptor is ready. */
  async ready(fd: number, events: number): Promise<void> {
    // One shot: a coroutine that runs must not be resumed.
    if (this.#parked.has(fd)) this.#epoll.modify(fd, events | EPOLLONESHOT);
    else this.#epoll.register(fd, events | EPOLLONESHOT);
    this.#running--;
    await new Promise<void>((resume) => this.#parked.set(fd, resume));
  }

  close(fd: number): void {
    if (this.#parked.delete(fd)) this.#epoll.unregister(fd);
    socket.close(fd);
  }

  async run(): Promise<never> {
    for (;;) {
      // Lets each run to its next ready(). Node's loop stands still, so a timer or a file would never resume one.
      for (let steps = 0; this.#running > 0; steps++) {
        if (steps === STEPS_MAX) throw new Error('a coroutine awaits something that is not ready()');
        await null;
      }
      if (this.#error !== undefined) throw this.#error;
      for (const [fd] of this.#epoll.poll()) {
        this.#running++;
        this.#parked.get(fd)?.();
      }
    }
  }
}

export async function serve(folder: string, port: number): Promise<never> {
  const root = openFolder(folder);
  const sk = socket.socket(socket.AF_INET, socket.SOCK_STREAM);
  socket.setsockopt(sk, socket.SOL_SOCKET, socket.SO_REUSEADDR, 1);
  socket.bind(sk, { address: '127.0.0.1', port });
  socket.listen(sk, socket.SOMAXCONN);
  socket.setblocking(sk, false);
  const gevent = new Scheduler();
  console.log('waiting for connections at', socket.getsockname(sk));
  gevent.spawn(async () => {
    for (;;) {
      await gevent.ready(sk, EPOLLIN);
      const conn = socket.accept(sk, socket.SOCK_NONBLOCK);
      if (conn !== socket.WOULD_BLOCK) gevent.spawn(() => converse(gevent, conn.fd, root));
    }
  });
  return gevent.run();
}

/** Answers one client until the connection ends: the lines of a thread, with `await` where a thread would block. */
async function converse(gevent: Scheduler, conn: number, root: number): Promise<void> {
  const data = Buffer.allocUnsafe(1024);
  let received: Buffer = Buffer.alloc(0);
  try {
    for (;;) {
      await gevent.ready(conn, EPOLLIN);
      const n = socket.recv(conn, data);
      if (n === 0) return;
      if (n === socket.WOULD_BLOCK) continue;
      const answer = respond(Buffer.concat([received, data.subarray(0, n)]), root);
      received = answer.rest;
      for (let sent = 0; sent < answer.bytes.length; ) {
        const m = socket.send(conn, answer.bytes.subarray(sent));
        if (m === socket.WOULD_BLOCK) await gevent.ready(conn, EPOLLOUT);
        else sent += m;
      }
      if (answer.closes) return;
    }
  } catch {
    // reset by the client
  } finally {
    gevent.close(conn);
  }
}
