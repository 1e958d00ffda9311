/** Starts a server for a fetch handler in one call: `serve({ fetch: (request) => new Response('hello'), port: 8080 })`. */

import { formatAddress, type SocketAddress } from '../linux/socket-address.js';
import { checkOptions } from '../options/check-options.js';
import { HttpServer } from '../server/http-server.js';
import { report } from '../server/safe-hook.js';
import { CLOSE_OPTIONS } from '../server/server-options.js';
import type { TlsOptions } from '../tls/tls-options.js';
import { BackgroundWork, reportLeftWork } from './background-work.js';
import { fetchHandler } from './fetch-handler.js';
import { addressesOf, checkServeOptions, type ServeOptions } from './serve-options.js';

function reportClosing(error: unknown): void {
  report('a server failed to close', error);
}

/** Options of FetchServer.close(). */
export interface FetchCloseOptions {
  /**
   * How long current responses, and then the work of waitUntil(), may go on, in milliseconds. Default 0: responses are cut,
   * and the work is not awaited.
   */
  readonly graceMs?: number;
}

/**
 * Serves with a fetch handler until close().
 * @throws  TypeError or RangeError for invalid options; SystemError EADDRINUSE | EACCES | EADDRNOTAVAIL
 */
export function serve(options: ServeOptions): FetchServer {
  checkServeOptions(options);
  return new FetchServer(options, addressesOf(options));
}

/** A server that serve() has started. */
export class FetchServer {
  /** Where it listens: with port 0, the port that the kernel chose. If there are two (`localhost`), the first one. */
  readonly address: SocketAddress;
  /** All addresses where it listens. With port 0 all have the same port. */
  readonly addresses: readonly SocketAddress[];
  readonly #server: HttpServer;
  readonly #work: BackgroundWork;
  readonly #scheme: 'http' | 'https';
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = (): void => void this.close().catch(reportClosing);

  /** @internal  With options that are checked. */
  constructor(options: ServeOptions, [first, ...others]: readonly SocketAddress[]) {
    const { fetch, error, realRequests, signal, port: _p, hostname: _h, unix: _u, ...serverOptions } = options;
    this.#work = new BackgroundWork(serverOptions.onHandlerError ?? reportLeftWork);
    const handler = fetchHandler(fetch, {
      waitUntil: (work) => this.#work.add(work),
      ...(error && { error }),
      ...(realRequests && { realRequests }),
    });
    this.#server = new HttpServer(handler, serverOptions);
    this.#scheme = options.tls === undefined ? 'http' : 'https';
    this.#signal = signal;
    try {
      this.address = this.#server.listen(first as SocketAddress);
      this.addresses = [this.address, ...others.map((other) => this.#server.listen(withPortOf(this.address, other)))];
    } catch (error) {
      void this.#server.close().catch(reportClosing);
      throw error;
    }
    if (signal?.aborted) this.#onAbort();
    else signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** undefined for a Unix domain socket. */
  get port(): number | undefined {
    return 'port' in this.address ? this.address.port : undefined;
  }

  /** In digits; undefined for a Unix domain socket. */
  get hostname(): string | undefined {
    return 'address' in this.address ? this.address.address : undefined;
  }

  /** Such as `http://127.0.0.1:9369/`; undefined for a Unix domain socket, which has none. */
  get url(): string | undefined {
    if (!('address' in this.address)) return undefined;
    return `${this.#scheme}://${formatAddress(this.address)}/`;
  }

  /** Replaces the certificates for new connections, for example after a renewal, as HttpServer.setTls() does. */
  setTls(options: TlsOptions): void {
    this.#server.setTls(options);
  }

  /** Connections that are open now. */
  get connectionCount(): number {
    return this.#server.connectionCount;
  }

  /**
   * Stops accepting, closes idle connections, gives current responses and work `graceMs` to end, then cuts them.
   * @returns  when no connection is left
   */
  async close(options: FetchCloseOptions = {}): Promise<void> {
    checkOptions(options, CLOSE_OPTIONS);
    const { graceMs = 0 } = options;
    this.#signal?.removeEventListener('abort', this.#onAbort);
    const endMs = performance.now() + graceMs;
    await this.#server.close({ graceMs });
    await this.#work.whenDone(endMs - performance.now());
  }

  /** The same as close(), for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

function withPortOf(first: SocketAddress, other: SocketAddress): SocketAddress {
  return 'port' in first && 'port' in other ? { ...other, port: first.port } : other;
}
