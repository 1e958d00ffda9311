/** The socket of a request, as far as programs for `node:http` look at it: where the client is, and whether it is still there. */
import type { X509Certificate } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { HttpRequest } from '../server/http-request.js';
import type { HttpResponse } from '../server/http-response.js';

/** One for each request, also on a connection that goes on. No bytes pass through it. */
export class ConnectSocket extends EventEmitter {
  readonly #request: HttpRequest;
  readonly #response: HttpResponse;
  #isDestroyed = false;

  /** @internal */
  constructor(request: HttpRequest, response: HttpResponse) {
    super();
    this.#request = request;
    this.#response = response;
  }

  /** Whether the request came to this server over TLS. TLS that ends at a proxy does not count. */
  get encrypted(): boolean {
    return this.#request.tls !== undefined;
  }

  /** The certificate of the client, which the server has checked. */
  getPeerX509Certificate(): X509Certificate | undefined {
    return this.#request.tls?.clientCertificate;
  }

  /** An IP address; undefined for a Unix socket. */
  get remoteAddress(): string | undefined {
    const remote = this.#request.remoteAddress;
    return remote !== undefined && 'address' in remote ? remote.address : undefined;
  }

  get remotePort(): number | undefined {
    const remote = this.#request.remoteAddress;
    return remote !== undefined && 'port' in remote ? remote.port : undefined;
  }

  get remoteFamily(): 'IPv4' | 'IPv6' | undefined {
    return this.remoteAddress === undefined ? undefined : this.remoteAddress.includes(':') ? 'IPv6' : 'IPv4';
  }

  get destroyed(): boolean {
    return this.#isDestroyed;
  }

  get readable(): boolean {
    return !this.#isDestroyed;
  }

  get writable(): boolean {
    return !this.#isDestroyed;
  }

  /** Cuts the connection. */
  destroy(): this {
    this.#response.destroy();
    return this;
  }

  /** @internal  The client has gone. */
  close(): void {
    if (this.#isDestroyed) return;
    this.#isDestroyed = true;
    this.emit('close');
  }
}
