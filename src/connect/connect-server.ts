/** A server in the form of node:http's Server, for frameworks that open and close it themselves. */
import { EventEmitter } from 'node:events';
import type { Server } from 'node:http';
import { hasIpv6 } from '../linux/has-ipv6.js';
import type { SocketAddress } from '../linux/socket-address.js';
import { HttpServer } from '../server/http-server.js';
import type { HttpServerOptions } from '../server/server-options.js';
import { type ConnectListener, connectHandler } from './connect-handler.js';

/** As net.Server takes it; more properties are ignored. */
export interface ConnectListenOptions {
  /** Also as text, such as the variable PORT. Default: 0, for which the kernel chooses one. */
  readonly port?: number | string | undefined;
  /** An IP address or `localhost`. Default: all addresses. */
  readonly host?: string | undefined;
  /** The path of a Unix socket, in place of host and port. */
  readonly path?: string | undefined;
}

/** What net.Server.address() returns. */
export interface ConnectAddress {
  /** In digits. */
  readonly address: string;
  /** The family of the address. A socket on `::` accepts IPv4 connections, too. */
  readonly family: 'IPv4' | 'IPv6';
  /** With port 0, the one that the kernel chose. */
  readonly port: number;
}

/**
 * A server in the form of node:http's, for a listener: `serverFactory: (listener) => connectServer(listener)` runs an app of Fastify,
 * `connectServer(app).listen(8080)` one of Express. docs/frameworks.md says which members of the type it has.
 * @param listener  gets each request, as of connectHandler()
 * @param options   the options of its HttpServer, such as `limits`
 * @throws          TypeError or RangeError for invalid options
 */
export function connectServer(listener: ConnectListener, options: HttpServerOptions = {}): Server {
  return new ConnectServer(listener, options) as unknown as Server; // frameworks ask for the whole type, and use a part of it
}

/** Events: `listening`; `error`, when it cannot listen; `close`, when the last connection is closed. */
export class ConnectServer extends EventEmitter {
  readonly #server: HttpServer;
  #address: SocketAddress | undefined;

  constructor(listener: ConnectListener, options: HttpServerOptions = {}) {
    super();
    this.#server = new HttpServer(connectHandler(listener), options);
  }

  /** Between listen() and close(). */
  get listening(): boolean {
    return this.#address !== undefined;
  }

  /** Listens now, and emits `listening` or `error` a moment later. */
  listen(options?: ConnectListenOptions, onListening?: () => void): this;
  listen(port: number | string, onListening?: () => void): this;
  listen(port: number | string, host: string, onListening?: () => void): this;
  /** The backlog is ignored. */
  listen(port: number | string, host: string, backlog: number, onListening?: () => void): this;
  listen(path: string, onListening?: () => void): this;
  listen(where: ConnectListenOptions | number | string = {}, ...others: readonly unknown[]): this {
    const onListening = others.find((value) => typeof value === 'function') as (() => void) | undefined;
    if (onListening !== undefined) this.once('listening', onListening);
    const [host] = others;
    try {
      this.#address = this.#server.listen(addressOf(where, typeof host === 'string' ? host : undefined));
      process.nextTick(() => this.emit('listening'));
    } catch (error) {
      process.nextTick(() => this.emit('error', error));
    }
    return this;
  }

  /** The path of a Unix socket; null before listen(). */
  address(): ConnectAddress | string | null {
    if (this.#address === undefined) return null;
    if ('path' in this.#address) return this.#address.path;
    const { address, port } = this.#address;
    return { address, family: address.includes(':') ? 'IPv6' : 'IPv4', port };
  }

  /** Stops accepting, closes idle connections, and waits until responses under way are sent. */
  close(onClose?: () => void): this {
    if (onClose !== undefined) this.once('close', onClose);
    this.#address = undefined;
    this.#server.close({ graceMs: Number.POSITIVE_INFINITY }).then(
      () => this.emit('close'),
      (error: unknown) => this.emit('error', error),
    );
    return this;
  }

  /** Nothing to do: close() does it. Fastify calls it before. */
  closeIdleConnections(): void {}

  /** Closes the server, and cuts responses that are under way. */
  closeAllConnections(): void {
    this.#server.close().catch((error: unknown) => this.emit('error', error));
  }
}

/** A text is a port if it is a number, as in net.Server. A host that would have to be looked up is refused by HttpServer.listen(). */
function addressOf(where: ConnectListenOptions | number | string, secondHost: string | undefined): SocketAddress {
  if (typeof where === 'string' && !(Number(where) >= 0)) return { path: where };
  const { port = 0, host = secondHost, path } = typeof where === 'object' ? where : { port: where };
  if (path !== undefined) return { path };
  const address = host === 'localhost' ? '127.0.0.1' : (host ?? (hasIpv6() ? '::' : '0.0.0.0'));
  return { address, port: Number(port) };
}
