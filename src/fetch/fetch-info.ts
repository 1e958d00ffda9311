/**
 * What a fetch handler is told beside the request: the second argument, in the words of Deno, of Bun, and of Hono's server
 * for Node, so that what was written for them finds what it looks for. Hono hands it on as `c.env`.
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

/** As much of a node:http IncomingMessage as says where its client is. */
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

  /** Where the client's end of the connection is; undefined once that is not known any more. */
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
   * @param request  not looked at: what is known is the client of this request
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

  /** Cloudflare, srvx: work that goes on after the response, and that closing the server waits for. */
  waitUntil(work: Promise<unknown>): void {
    this.#waitUntil(work);
  }

  // Cloudflare's, which Hono's type of an execution context asks for: `app.fetch(request, info, info)`. There is nothing
  // here to pass through to, and nobody who configures a handler from outside.
  passThroughOnException(): void {}
  get props(): Readonly<Record<string, never>> {
    return NO_PROPS;
  }
}
