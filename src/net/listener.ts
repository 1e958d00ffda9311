/** Accepts the connections of a listening socket, and pauses when descriptors run out. */

import { giveUpSpareDescriptors } from '../disk/spare-descriptors.js';
import { SOCKADDR_BYTES, type SocketAddress } from '../linux/socket-address.js';
import { close, getsockname, SOCK_NONBLOCK, SOMAXCONN } from '../linux/sockets.js';
import { constants, native } from '../native/addon.js';
import { isNotListening, isOutOfDescriptors, isWouldBlock } from '../native/errno.js';
import { checked } from '../native/system-error.js';
import { type Expirable, NOT_WAITING } from '../reactor/deadlines.js';
import type { Reactor } from '../reactor/reactor.js';
import { READABLE, type ReadinessHandler } from '../reactor/readiness.js';

/**
 * Connections accepted in one turn: a flood of new connections must not starve the open ones. nginx: one, or all with
 * multi_accept.
 */
export const ACCEPTS_PER_TURN = 64;

/**
 * How long accepting pauses when descriptors run out (EMFILE), unless a connection closes sooner. libuv keeps a spare
 * descriptor instead, with which it turns clients away; nginx: 500 ms (accept_mutex_delay).
 */
const ACCEPT_PAUSE_MS = 100;

const ACCEPT_FLAGS = SOCK_NONBLOCK | constants.SOCK_CLOEXEC;

export interface ListenerOptions {
  /**
   * Takes over the descriptor of a new connection, which is non-blocking.
   * @param peer  with needsPeer: the sockaddr of the other end, valid during the call only
   */
  readonly onConnection: (fd: number, peer: Uint8Array | null) => void;
  /** Whether one more connection may be accepted now; resume() is called when there is room again. Default: always. */
  readonly hasRoom?: () => boolean;
  /** Gives onConnection the peer's address. */
  readonly needsPeer?: boolean;
}

/** Shared by all listeners of the thread: one accepts at a time. */
const peerAddress = new Uint8Array(SOCKADDR_BYTES);

export class Listener implements ReadinessHandler, Expirable {
  dueMs = 0;
  sortedMs = 0;
  heapIndex = NOT_WAITING;
  readonly #reactor: Reactor;
  readonly #fd: number;
  readonly #options: ListenerOptions;
  #isPaused = false;
  #isClosed = false;

  /**
   * Accepts from now on.
   * @param fd  a socket that listens, non-blocking (listening-socket.ts); the listener owns it, and closes it even if
   *            this constructor throws
   * @throws    SystemError ENOSPC (fs.epoll.max_user_watches) | ENOMEM
   */
  constructor(reactor: Reactor, fd: number, options: ListenerOptions) {
    this.#reactor = reactor;
    this.#options = options;
    this.#fd = fd;
    try {
      reactor.register(this.#fd, READABLE, this);
    } catch (error) {
      close(this.#fd);
      throw error;
    }
  }

  /** Where it listens: with port 0, the port that the kernel chose. */
  get address(): SocketAddress {
    return getsockname(this.#fd);
  }

  /** Accepts all connections in the backlog: the kernel would reset them when the socket is closed. */
  acceptWaiting(): void {
    for (let accepted = 0; !this.#isPaused && accepted < SOMAXCONN; accepted += ACCEPTS_PER_TURN) {
      if (this.#acceptSome() <= 0) return;
    }
  }

  /**
   * @throws SystemError EINVAL: another process has shut the socket down. The listener has closed it, because it would
   * stay readable for ever.
   */
  onReady(): void {
    const n = this.#acceptSome();
    if (n >= 0) return;
    this.close();
    checked(n, 'accept4');
  }

  /** @returns  1 if more may wait, 0 if not, -errno if the socket does not listen any more */
  #acceptSome(): number {
    const { onConnection, hasRoom, needsPeer } = this.#options;
    const peer = needsPeer === true ? peerAddress : null;
    for (let i = 0; i < ACCEPTS_PER_TURN && !this.#isClosed; i++) {
      if (hasRoom?.() === false) {
        this.#pause();
        return 0;
      }
      const fd = native.accept4(this.#fd, peer, ACCEPT_FLAGS);
      if (fd >= 0) {
        onConnection(fd, peer);
        continue;
      }
      if (isWouldBlock(fd)) return 0;
      if (isNotListening(fd)) return fd;
      if (isOutOfDescriptors(fd)) {
        if (giveUpSpareDescriptors()) continue;
        this.#pause();
        this.#reactor.setDeadline(this, ACCEPT_PAUSE_MS);
        return 0;
      }
      // All other errors belong to the connection that was next in line (ECONNABORTED, EPROTO, ENETDOWN …). It is gone:
      // the next one is tried (accept(2), "Error handling").
    }
    return 1;
  }

  /**
   * New connections wait in the backlog. Without a free descriptor a connection can be neither accepted nor refused,
   * and the socket stays readable: the loop would spin. So the listener pauses until a connection of this server closes
   * (resume), or for a moment, in which a descriptor may become free elsewhere in the process (the deadline).
   */
  #pause(): void {
    this.#isPaused = true;
    this.#reactor.modify(this.#fd, 0);
  }

  onDeadline(): void {
    this.resume();
  }

  /** A connection has closed, or a descriptor may be free. */
  resume(): void {
    if (!this.#isPaused || this.#isClosed || this.#options.hasRoom?.() === false) return;
    this.#isPaused = false;
    this.#reactor.clearDeadline(this);
    this.#reactor.modify(this.#fd, READABLE);
  }

  /** The kernel resets connections that were not accepted. The file of a Unix socket stays. Idempotent. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#reactor.clearDeadline(this);
    if (!this.#reactor.isClosed) this.#reactor.unregister(this.#fd);
    close(this.#fd);
  }
}
