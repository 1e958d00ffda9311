/** The client of a connection: its peer, or the address that a trusted load balancer gives in a PROXY header. */
import type { BlockList } from 'node:net';
import { MORE_PROXY_BYTES, NO_PROXY_HEADER, parseProxyHeader } from '../http/proxy-protocol.js';
import type { SocketAddress } from '../linux/socket-address.js';
import type { Connection } from '../net/connection.js';
import { isTrusted, proxiedClient } from './client-address.js';

export class ConnectionClient {
  readonly #connection: Connection;
  readonly #proxies: BlockList | undefined;
  #peerAddress: SocketAddress | undefined;
  #proxiedAddress: SocketAddress | undefined;
  /** undefined: not looked up yet. */
  #isTrusted: boolean | undefined;

  /** @param proxies  trusted to give the address of their client */
  constructor(connection: Connection, proxies: BlockList | undefined) {
    this.#connection = connection;
    this.#proxies = proxies;
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

  /**
   * Reads the PROXY header with which a connection of a load balancer begins.
   * @returns  the length of the header; 0 if it is not complete; or the reason to close the connection: "the receiver … MUST
   *           abort the connection"
   */
  readProxyHeader(buffer: Buffer, length: number): number | string {
    const header = parseProxyHeader(buffer, length);
    if (header === MORE_PROXY_BYTES) return 0;
    const peer = this.peerAddress;
    const isFromProxy = peer !== undefined && this.#proxies !== undefined && isTrusted(peer, this.#proxies);
    if (!isFromProxy) return 'PROXY header from an untrusted peer';
    const client = proxiedClient(header, peer);
    if (header === NO_PROXY_HEADER || client === undefined) return 'missing PROXY header';
    this.#proxiedAddress = client;
    return header.length;
  }
}
