/**
 * An HTTP/1.1 server on the reactor: listeners, connections, and one handler for their requests.
 *
 * This room joins net/ (bytes) and http/ (their meaning). HttpServer opens sockets and counts connections. HttpConnection
 * runs the exchanges of one connection. A handler sees HttpRequest, RequestBody and HttpResponse.
 */

import { AsyncResource } from 'node:async_hooks';
import { type Limits, limitsOf } from '../limits.js';
import type { InternetAddress, SocketAddress, UnixAddress } from '../linux/socket-address.js';
import { constants, native } from '../native/addon.js';
import { ByteChannel } from '../net/byte-channel.js';
import { Connection } from '../net/connection.js';
import { connectionsMaxDefault } from '../net/connections-max.js';
import { Listener } from '../net/listener.js';
import { adoptListeningSocket, openListeningSocket } from '../net/listening-socket.js';
import { PeerCounts, type PeerKey, peerKey } from '../net/peer-counts.js';
import { checkOptions } from '../options/check-options.js';
import { Reactor } from '../reactor/reactor.js';
import type { Certificate } from '../tls/certificate.js';
import { SecureContext } from '../tls/secure-context.js';
import { TLS_OPTIONS, type TlsOptions } from '../tls/tls-options.js';
import { ConnectionSecurity } from './connection-security.js';
import { ServerCounters } from './counters.js';
import { HttpConnection } from './http-connection.js';
import type { HttpHandler } from './http-handler.js';
import type { HttpHost, ServedConnection } from './http-host.js';
import { ProxyHeaderReader } from './proxy-header-reader.js';
import { attempt, report, safeHook } from './safe-hook.js';
import {
  CLOSE_OPTIONS,
  type CloseOptions,
  checkHandler,
  checkListen,
  type HandedOver,
  HTTP_SERVER_OPTIONS,
  type HttpListenOptions,
  type HttpServerOptions,
} from './server-options.js';

/** The longest time of setTimeout(): 24 days. */
export const TIMER_MS_MAX = 2 ** 31 - 1;

const TOO_MANY = Buffer.from('HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');

/** An HTTP/1.1 server on a reactor: listeners, connections, and one handler for their requests. */
export class HttpServer {
  /** Numbers since the server was made. */
  readonly counters = new ServerCounters();
  readonly #reactor: Reactor;
  readonly #ownsReactor: boolean;
  readonly #host: HttpHost;
  readonly #listeners = new Set<Listener>();
  readonly #connections = new Set<ServedConnection>();
  readonly #limits: Limits;
  readonly #peers: PeerCounts;
  /** undefined: plain HTTP. */
  #secure: SecureContext | undefined;
  #isClosing = false;
  /** Each resolves the promise of a close(). */
  readonly #onEmpty: (() => void)[] = [];

  /**
   * A server that does not listen yet.
   * @throws  TypeError for a handler that is no function, and for options that are unknown or of another type; RangeError for a limit;
   *          SystemError EMFILE | ENFILE | ENOMEM for a reactor of its own; Error with OpenSSL's reason, or ERR_TLS_UNAVAILABLE, for `tls`
   */
  constructor(handler: HttpHandler, options: HttpServerOptions = {}) {
    checkHandler(handler);
    checkOptions(options, HTTP_SERVER_OPTIONS);
    const { onResponse } = options;
    const onHandlerError = safeHook(options.onHandlerError ?? ((error) => report('a handler failed', error)));
    this.#limits = limitsOf({
      ...options.limits,
      connectionsMax: options.limits?.connectionsMax ?? connectionsMaxDefault(),
    });
    this.#peers = new PeerCounts(this.#limits.connectionsPerAddressMax);
    this.#secure = options.tls && new SecureContext(options.tls);
    this.#ownsReactor = options.reactor === undefined;
    this.#reactor = options.reactor ?? new Reactor({ onError: (error) => this.#host.onHandlerError(error) });
    this.#host = {
      handler,
      limits: this.#limits,
      scope:
        handler.runsNoUserCode === true && options.onResponse === undefined
          ? undefined
          : new AsyncResource('HTTPSERVER', { requireManualDestroy: true }),
      parsers: [],
      counters: this.counters,
      allowHalfClose: options.allowHalfClose ?? false,
      // A listener that throws must not interrupt the response.
      onResponse: onResponse && ((exchange) => attempt(() => onResponse(exchange), onHandlerError)),
      trustedProxies: options.trustedProxies,
      onHandlerError,
      onConnectionClose: (connection) => this.#onConnectionClose(connection),
    };
  }

  /**
   * Replaces the certificates and settings for new connections. Open connections keep theirs.
   * @throws  as the constructor does; then the old ones stay in use
   */
  setTls(options: TlsOptions): void {
    checkOptions(options, TLS_OPTIONS, ['tls']);
    if (this.#secure === undefined) throw new Error('setTls() was called on a server of plain HTTP');
    this.#secure = new SecureContext(options, this.#secure.tickets);
  }

  /** @internal  The certificates for new connections; none for plain HTTP. */
  get certificates(): readonly Certificate[] {
    return this.#secure?.certificates ?? [];
  }

  /** Connections that are open now. */
  get connectionCount(): number {
    return this.#connections.size;
  }

  /**
   * Listens on an address, or on a socket that listens already; may be called for several.
   * @returns  the address, with the port that the kernel chose in place of port 0
   * @throws   SystemError EADDRINUSE | EACCES | EADDRNOTAVAIL …; TypeError for a descriptor that does not listen, for an address of another
   *           form and for unknown options
   */
  listen(address: InternetAddress, options?: HttpListenOptions): InternetAddress;
  listen(address: UnixAddress, options?: HttpListenOptions): UnixAddress;
  listen(address: SocketAddress | HandedOver, options?: HttpListenOptions): SocketAddress;
  listen(address: SocketAddress | HandedOver, options: HttpListenOptions = {}): SocketAddress {
    checkListen(address, options);
    if (this.#isClosing) throw new Error('listen() was called on a server that is closed');
    const fd = 'fd' in address ? adoptListeningSocket(address.fd) : openListeningSocket(address, options);
    const listener = new Listener(this.#reactor, fd, {
      onConnection: (fd, peer) => this.#onConnection(fd, peer, options),
      hasRoom: () => this.#connections.size < this.#limits.connectionsMax,
      needsPeer: Number.isFinite(this.#limits.connectionsPerAddressMax),
    });
    this.#listeners.add(listener);
    if (this.#ownsReactor) this.#reactor.attach();
    return listener.address;
  }

  /**
   * Stops accepting, closes idle connections, lets responses under way be sent for `graceMs`, then cuts them.
   * @returns  when no connection is left
   */
  async close(options: CloseOptions = {}): Promise<void> {
    checkOptions(options, CLOSE_OPTIONS);
    const { graceMs = 0 } = options;
    if (!this.#isClosing) {
      this.#isClosing = true;
      for (const listener of this.#listeners) {
        if (graceMs > 0) listener.acceptWaiting();
        listener.close();
      }
      if (graceMs > 0) for (const connection of this.#connections) connection.shutDown();
    }
    if (graceMs > 0 && this.#connections.size > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.min(graceMs, TIMER_MS_MAX));
        this.#onEmpty.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
    this.#reactor.flush(); // responses of this turn
    for (const connection of this.#connections) {
      // A failure, such as of a file that cannot be closed, must not leave the other connections open.
      attempt(() => connection.destroy(), this.#host.onHandlerError);
    }
    if (this.#ownsReactor) this.#reactor.close();
  }

  /** The same as close(), for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #onConnection(
    fd: number,
    sockaddr: Uint8Array | null,
    { proxyProtocol = false, plainHttp = false }: HttpListenOptions,
  ): void {
    const peer = sockaddr === null ? undefined : peerKey(sockaddr);
    const context = plainHttp ? undefined : this.#secure;
    this.counters.connections++;
    if (!this.#peers.admit(peer)) {
      this.counters.connectionsRefused++;
      // One attempt, without a Connection: a peer that has too many connections must not cost more, such as a handshake.
      if (context === undefined) native.send(fd, TOO_MANY, 0, TOO_MANY.length, constants.MSG_NOSIGNAL);
      native.close(fd);
      return;
    }
    try {
      if (proxyProtocol) this.#readProxyHeader(fd, peer, context);
      else this.#serve(fd, peer, context, undefined);
    } catch (error) {
      // The connection could not be registered, and is closed. The listener continues.
      this.#peers.release(peer);
      this.#host.onHandlerError(error);
    }
  }

  #readProxyHeader(fd: number, peer: PeerKey, context: SecureContext | undefined): void {
    const reader = new ProxyHeaderReader(this.#host, this.#reactor, fd, peer, (client) => {
      try {
        this.#connections.delete(reader);
        this.#serve(fd, peer, context, client);
      } catch (error) {
        this.#onConnectionClose(reader);
        this.#host.onHandlerError(error);
      }
    });
    this.#connections.add(reader);
  }

  /**
   * @param context         undefined: plain HTTP
   * @param proxiedAddress  the client that a load balancer has named
   */
  #serve(
    fd: number,
    peer: PeerKey,
    context: SecureContext | undefined,
    proxiedAddress: SocketAddress | undefined,
  ): void {
    const security = context && new ConnectionSecurity(fd, context, this.counters);
    const createProtocol = (connection: Connection): HttpConnection => {
      const protocol = new HttpConnection(this.#host, connection, peer, proxiedAddress, security);
      this.#connections.add(protocol);
      // close() was called between the accept and the PROXY header.
      if (proxiedAddress !== undefined && this.#isClosing) protocol.shutDown();
      return protocol;
    };
    new Connection(this.#reactor, security?.channel ?? new ByteChannel(fd), createProtocol, this.#limits);
  }

  #onConnectionClose(connection: ServedConnection): void {
    this.#connections.delete(connection);
    this.#peers.release(connection.peer);
    for (const listener of this.#listeners) listener.resume();
    if (this.#connections.size === 0) for (const tell of this.#onEmpty.splice(0)) tell();
  }
}
