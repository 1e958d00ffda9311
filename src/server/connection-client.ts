/** The client of a connection: its peer, or the address that a trusted load balancer gives in a PROXY header. */
import type { BlockList } from 'node:net';
import type { SocketAddress } from '../linux/socket-address.js';
import type { Connection } from '../net/connection.js';
import { isTrusted } from './client-address.js';

export class ConnectionClient {
  readonly #connection: Connection;
  readonly #proxies: BlockList | undefined;
  #peerAddress: SocketAddress | undefined;
  readonly #proxiedAddress: SocketAddress | undefined;
  /** undefined: not looked up yet. */
  #isTrusted: boolean | undefined;

  /**
   * @param proxies         trusted to give the address of their client
   * @param proxiedAddress  from a PROXY header
   */
  constructor(connection: Connection, proxies: BlockList | undefined, proxiedAddress?: SocketAddress) {
    this.#connection = connection;
    this.#proxies = proxies;
    this.#proxiedAddress = proxiedAddress;
  }

  /** The other end of the connection. Looked up once: it costs a system call. */
  get peerAddress(): SocketAddress | undefined {
    this.#peerAddress ??= this.#connection.peerAddress;
    return this.#peerAddress;
  }

  /** The client that the load balancer at the other end has named; without one, the peer. */
  get address(): SocketAddress | undefined {
    return this.#proxiedAddress ?? this.peerAddress;
  }

  /** The proxies, if the client is one of them: its requests may name their client. Looked up once: it takes a microsecond. */
  get trustedProxies(): BlockList | undefined {
    if (this.#proxies === undefined) return undefined;
    const { address } = this;
    this.#isTrusted ??= address !== undefined && isTrusted(address, this.#proxies);
    return this.#isTrusted ? this.#proxies : undefined;
  }
}
