/** The Unix socket of a session: each thread of the observed program is one connection (protocol.ts). */
import type { UnixAddress } from '../../linux/socket-address.js';
import { ByteChannel } from '../../net/byte-channel.js';
import { Connection } from '../../net/connection.js';
import { Listener } from '../../net/listener.js';
import { openListeningSocket } from '../../net/listening-socket.js';
import type { Protocol } from '../../net/protocol.js';
import type { Reactor } from '../../reactor/reactor.js';
import { type Command, type Hello, LINE_BYTES_MAX, type ObservedLine } from '../protocol.js';
import { LineSplitter } from './line-splitter.js';
import { parseObservedLine } from './observed-line.js';

/** Only the user who started the session connects. */
const MODE = 0o600;

/** A thread of the observed program, as the socket sees it. */
export interface ObservedThread {
  readonly hello: Hello;
  send(command: Command['do']): void;
}

export interface ThreadEvents {
  onLine(line: Exclude<ObservedLine, Hello>): void;
  onEnded(): void;
}

type OnThread = (thread: ObservedThread) => ThreadEvents;

export class ObserverSocket {
  readonly #listener: Listener;
  readonly #threads = new Set<ThreadConnection>();

  /** @throws  SystemError */
  constructor(reactor: Reactor, address: UnixAddress, onThread: OnThread) {
    this.#listener = new Listener(reactor, openListeningSocket(address, { mode: MODE }), {
      onConnection: (fd) => {
        new Connection(reactor, new ByteChannel(fd), (connection) => {
          const thread = new ThreadConnection(connection, onThread, () => this.#threads.delete(thread));
          this.#threads.add(thread);
          return thread;
        });
      },
    });
  }

  /** Closes all connections: the observed processes end themselves. */
  close(): void {
    this.#listener.close();
    for (const thread of this.#threads) thread.close();
  }
}

class ThreadConnection implements Protocol {
  readonly #connection: Connection;
  readonly #onThread: OnThread;
  readonly #onGone: () => void;
  readonly #lines = new LineSplitter(LINE_BYTES_MAX);
  /** undefined before Hello. */
  #events: ThreadEvents | undefined;

  constructor(connection: Connection, onThread: OnThread, onGone: () => void) {
    this.#connection = connection;
    this.#onThread = onThread;
    this.#onGone = onGone;
  }

  onBytes(buffer: Buffer, length: number): number {
    try {
      for (const line of this.#lines.push(buffer.subarray(0, length))) this.#onLine(parseObservedLine(line));
    } catch {
      this.close(); // its lines are invalid, so it is not trusted
    }
    return length;
  }

  onEnd(): void {
    this.close();
  }

  onClose(): void {
    this.#onGone();
    this.#events?.onEnded();
  }

  onPeerClosing(): void {}
  onFlushed(): void {}
  onDeadline(): void {}

  close(): void {
    this.#connection.destroy();
  }

  #onLine(line: ObservedLine): void {
    if (this.#connection.isClosed) return;
    if ('hello' in line) this.#begin(line);
    else if (this.#events === undefined) throw new TypeError('a line before Hello');
    else this.#events.onLine(line);
  }

  #begin(hello: Hello): void {
    if (this.#events !== undefined) throw new TypeError('a second Hello');
    const send = (command: Command['do']): void =>
      this.#connection.write(Buffer.from(`${JSON.stringify({ do: command } satisfies Command)}\n`));
    this.#events = this.#onThread({ hello, send });
  }
}
