/**
 * The tutorial's second server: coroutines. Straight-line code, as in a thread of one's own; but where it would wait it is
 * parked, and the scheduler resumes it when epoll says that its descriptor is ready. What gevent does behind the scenes
 * (`monkey.patch_all()`) stands here in sight: `await` is where another coroutine may run.
 */
import { EPOLLIN, EPOLLONESHOT, EPOLLOUT, Epoll } from '../linux/epoll.js';
import * as socket from '../linux/sockets.js';
import { openFolder, respond } from './respond.js';

/** Runs coroutines, and waits when all of them do. */
class Scheduler {
  readonly #epoll = new Epoll();
  /** How to resume who waits, or waited last, for a descriptor. */
  readonly #parked = new Map<number, () => void>();
  /** Coroutines that are not parked. */
  #running = 0;
  #error: unknown;

  /** Starts a coroutine; gevent.spawn. What it fails with ends run(): an error that nobody hears of is worse. */
  spawn(coroutine: () => Promise<void>): void {
    this.#running++;
    coroutine()
      .catch((error: unknown) => {
        this.#error = error;
      })
      .finally(() => this.#running--);
  }

  /** Parks the coroutine that calls it until the descriptor is ready. */
  async ready(fd: number, events: number): Promise<void> {
    // One shot: a coroutine that is running is not to be resumed.
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
      while (this.#running > 0) await null; // lets each go on to its next wait
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

/** Answers one client until it goes: the same lines as in a thread, with `await` where that would stand still. */
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
