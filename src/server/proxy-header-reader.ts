/**
 * A connection of a load balancer, until its PROXY header is read. The bytes of the client follow the header, and may be TLS
 * or HTTP. So the reader takes only the header out of the kernel, and then passes the descriptor on.
 */
import { MORE_PROXY_BYTES, NO_PROXY_HEADER, PROXY_HEADER_BYTES_MAX, parseProxyHeader } from '../http/proxy-protocol.js';
import type { SocketAddress } from '../linux/socket-address.js';
import { getpeername } from '../linux/sockets.js';
import { constants, native } from '../native/addon.js';
import { isWouldBlock } from '../native/errno.js';
import type { PeerKey } from '../net/peer-counts.js';
import { type Expirable, NOT_WAITING } from '../reactor/deadlines.js';
import type { Reactor } from '../reactor/reactor.js';
import { EDGE_TRIGGERED, READ_CLOSED, READABLE, type ReadinessHandler } from '../reactor/readiness.js';
import { isTrusted, proxiedClient } from './client-address.js';
import { type HttpHost, IDLE_MS_MIN, type ServedConnection } from './http-host.js';

/** A part of a header stays in the kernel. With level-triggered events the kernel would report it in each turn. */
const INTEREST = READABLE | READ_CLOSED | EDGE_TRIGGERED;

const peeked = Buffer.alloc(PROXY_HEADER_BYTES_MAX);

export class ProxyHeaderReader implements ServedConnection, ReadinessHandler, Expirable {
  dueMs = 0;
  sortedMs = 0;
  heapIndex = NOT_WAITING;
  readonly peer: PeerKey;
  readonly #host: HttpHost;
  readonly #reactor: Reactor;
  readonly #fd: number;
  readonly #onClient: (client: SocketAddress) => void;
  #isOver = false;

  /**
   * @param fd        non-blocking; the reader owns it, and closes it even if this constructor throws
   * @param onClient  gets the descriptor, which it owns, and the client that the header names
   * @throws          SystemError ENOSPC (fs.epoll.max_user_watches) | ENOMEM
   */
  constructor(host: HttpHost, reactor: Reactor, fd: number, peer: PeerKey, onClient: (client: SocketAddress) => void) {
    this.peer = peer;
    this.#host = host;
    this.#reactor = reactor;
    this.#fd = fd;
    this.#onClient = onClient;
    try {
      reactor.register(fd, INTEREST, this);
    } catch (error) {
      native.close(fd);
      throw error;
    }
    reactor.setDeadline(this, host.limits.headDeadlineMs);
  }

  onReady(readiness: number): void {
    const n = native.recv(this.#fd, peeked, 0, peeked.length, constants.MSG_PEEK);
    if (isWouldBlock(n)) return;
    const header = n > 0 ? parseProxyHeader(peeked, n) : MORE_PROXY_BYTES;
    if (header === MORE_PROXY_BYTES) {
      if (n <= 0 || (readiness & READ_CLOSED) !== 0) this.destroy();
      return;
    }
    const balancer = this.#trustedPeer();
    if (balancer === undefined) {
      this.#reject('PROXY header from an untrusted peer');
    } else if (header === NO_PROXY_HEADER) {
      this.#reject('missing PROXY header');
    } else {
      native.recv(this.#fd, peeked, 0, header.length, 0);
      this.#isOver = true;
      this.#reactor.clearDeadline(this);
      this.#reactor.unregister(this.#fd);
      this.#onClient(proxiedClient(header, balancer));
    }
  }

  onDeadline(): void {
    this.destroy();
  }

  /** A load balancer that has just connected is sending its header. */
  shutDown(): void {
    this.#reactor.setDeadline(this, Math.min(IDLE_MS_MIN, this.#host.limits.headDeadlineMs));
  }

  destroy(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#reactor.clearDeadline(this);
    this.#reactor.dropBeforeClose(this.#fd);
    native.close(this.#fd);
    this.#host.onConnectionClose(this);
  }

  #trustedPeer(): SocketAddress | undefined {
    const { trustedProxies } = this.#host;
    if (trustedProxies === undefined) return undefined;
    try {
      const peer = getpeername(this.#fd);
      return isTrusted(peer, trustedProxies) ? peer : undefined;
    } catch {
      return undefined; // reset, and not yet reported
    }
  }

  /** "The receiver … MUST abort the connection." */
  #reject(reason: string): void {
    this.#host.counters.countRejection(400, reason);
    this.destroy();
  }
}
