/**
 * The second argument of a fetch handler. It has the properties that Deno, Bun and Hono's server for Node give, so code that was
 * written for them finds them. Hono hands it on as `c.env`.
 */

import type { SocketAddress } from '../linux/socket-address.js';
import type { HttpRequest } from '../server/http-request.js';
import type { WaitUntil } from './fetch-request.js';

/** Deno.NetAddr, Deno.UnixAddr. */
export type RemoteAddr =
  | { readonly transport: 'tcp'; readonly hostname: string; readonly port: number }
  | { readonly transport: 'unix'; readonly path: string };

/** What Bun's server.requestIP() returns. */
export interface RequestIP {
  readonly address: string;
  readonly family: 'IPv4' | 'IPv6';
  readonly port: number;
}

/** The part of a node:http IncomingMessage that says where its client is. */
export interface IncomingSocket {
  readonly socket: {
    readonly remoteAddress: string | undefined;
    readonly remotePort: number | undefined;
    readonly remoteFamily: 'IPv4' | 'IPv6' | undefined;
  };
}

const NO_PROPS = Object.freeze({});

export class FetchInfo {
  readonly #source: HttpRequest;
  readonly #waitUntil: WaitUntil;

  /** @internal */
  constructor(source: HttpRequest, waitUntil: WaitUntil) {
    this.#source = source;
    this.#waitUntil = waitUntil;
  }

  /** The address of the client; undefined once it is not known any more. */
  get remoteAddress(): SocketAddress | undefined {
    return this.#source.remoteAddress;
  }

  /** Deno: the same. */
  get remoteAddr(): RemoteAddr {
    const remote = this.#source.remoteAddress;
    if (remote === undefined) return { transport: 'tcp', hostname: '', port: 0 };
    if ('path' in remote) return { transport: 'unix', path: remote.path };
    return { transport: 'tcp', hostname: remote.address, port: remote.port };
  }

  /**
   * Bun: the same.
   * @param request  ignored: only the client of this request is known
   * @returns        null for a Unix domain socket
   */
  requestIP(_request?: Request): RequestIP | null {
    const remote = this.#source.remoteAddress;
    if (remote === undefined || 'path' in remote) return null;
    const { address, port } = remote;
    return { address, family: address.includes(':') ? 'IPv6' : 'IPv4', port };
  }

  /** @hono/node-server: the same, for its getConnInfo(). */
  get incoming(): IncomingSocket {
    const { address, port, family } = this.requestIP() ?? {};
    return { socket: { remoteAddress: address, remotePort: port, remoteFamily: family } };
  }

  /** Cloudflare, srvx: takes work that goes on after the response. Closing the server waits for it. */
  waitUntil(work: Promise<unknown>): void {
    this.#waitUntil(work);
  }

  // Cloudflare's. Hono's type of an execution context has them: `app.fetch(request, info, info)`. Here they do nothing.
  passThroughOnException(): void {}
  get props(): Readonly<Record<string, never>> {
    return NO_PROPS;
  }
}
