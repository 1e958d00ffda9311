/**
 * The second argument of a fetch handler. It has the properties of Deno, Bun and Hono's server for Node, so code that was
 * written for them works. Hono passes it on as `c.env`.
 */

import type { SocketAddress } from '../linux/socket-address.js';
import type { RequestTls } from '../server/connection-security.js';
import type { HttpRequest } from '../server/http-request.js';
import type { WaitUntil } from './fetch-request.js';

/** Deno.NetAddr, Deno.UnixAddr. */
export type RemoteAddr =
  | {
      /** An Internet address. */
      readonly transport: 'tcp';
      /** In digits; empty if it is not known. */
      readonly hostname: string;
      /** The client's; 0 if it is not known. */
      readonly port: number;
    }
  | {
      /** A Unix domain socket. */
      readonly transport: 'unix';
      /** The client's; usually empty. */
      readonly path: string;
    };

/** The result of Bun's server.requestIP(). */
export interface RequestIP {
  /** In digits. */
  readonly address: string;
  /** The family of the address. */
  readonly family: 'IPv4' | 'IPv6';
  /** The client's; 0 if it is not known. */
  readonly port: number;
}

/** The part of a node:http IncomingMessage that has the address of its client. */
export interface IncomingSocket {
  /** All are undefined for a Unix domain socket, and if the client is not known any more. */
  readonly socket: {
    /** In digits. */
    readonly remoteAddress: string | undefined;
    /** The client's port. */
    readonly remotePort: number | undefined;
    /** The family of the address. */
    readonly remoteFamily: 'IPv4' | 'IPv6' | undefined;
  };
}

const NO_PROPS = Object.freeze({});

/** The second argument of a fetch handler: the client's address in the form of each platform, TLS, and waitUntil(). */
export class FetchInfo {
  readonly #source: HttpRequest;
  readonly #waitUntil: WaitUntil;

  /** @internal */
  constructor(source: HttpRequest, waitUntil: WaitUntil) {
    this.#source = source;
    this.#waitUntil = waitUntil;
  }

  /** The address of the client; undefined if it is not known any more. */
  get remoteAddress(): SocketAddress | undefined {
    return this.#source.remoteAddress;
  }

  /** Deno's form of it. */
  get remoteAddr(): RemoteAddr {
    const remote = this.#source.remoteAddress;
    if (remote === undefined) return { transport: 'tcp', hostname: '', port: 0 };
    if ('path' in remote) return { transport: 'unix', path: remote.path };
    return { transport: 'tcp', hostname: remote.address, port: remote.port };
  }

  /**
   * Bun's form of it.
   * @param _request  ignored: only the client of this request is known
   * @returns         null for a Unix domain socket
   */
  requestIP(_request?: Request): RequestIP | null {
    const remote = this.#source.remoteAddress;
    if (remote === undefined || 'path' in remote) return null;
    const { address, port } = remote;
    return { address, family: address.includes(':') ? 'IPv6' : 'IPv4', port };
  }

  /** The form of @hono/node-server, for its getConnInfo(). */
  get incoming(): IncomingSocket {
    const { address, port, family } = this.requestIP() ?? {};
    return { socket: { remoteAddress: address, remotePort: port, remoteFamily: family } };
  }

  /** The TLS of the connection; undefined for plain HTTP. */
  get tls(): RequestTls | undefined {
    return this.#source.tls;
  }

  /** Cloudflare, srvx: takes work that goes on after the response. Closing the server waits for it. */
  waitUntil(work: Promise<unknown>): void {
    this.#waitUntil(work);
  }

  // Hono's type of an execution context requires the next two members: `app.fetch(request, info, info)`.

  /** Cloudflare: does nothing here. */
  passThroughOnException(): void {}

  /** Cloudflare: always empty here. */
  get props(): Readonly<Record<string, never>> {
    return NO_PROPS;
  }
}
