/** A request and its response, for logs and numbers. */
import type { SocketAddress } from '../linux/socket-address.js';
import type { ConnectionClient } from './connection-client.js';
import type { HttpRequest } from './http-request.js';
import type { HttpResponse } from './http-response.js';

/**
 * Called once for each exchange: when the whole response is queued, or the connection has ended before that. A connection
 * that ends before its first request is read has no exchange.
 */
export type ExchangeListener = (exchange: Exchange) => void;

/** A request and its response, as onResponse gets them. */
export class Exchange {
  /** Readable during the call only. undefined: its head was refused. */
  readonly request: HttpRequest | undefined;
  /** Its `status` is 0 if the connection ended before a response was begun. */
  readonly response: HttpResponse;
  /** From the end of the request's head, in milliseconds. */
  readonly durationMs: number;
  readonly #client: ConnectionClient;

  /** @internal */
  constructor(response: HttpResponse, request: HttpRequest | undefined, durationMs: number, client: ConnectionClient) {
    this.response = response;
    this.request = request;
    this.durationMs = durationMs;
    this.#client = client;
  }

  /** The client. Also known if the head of the request was refused. */
  get clientAddress(): SocketAddress | undefined {
    return this.request === undefined ? this.#client.address : this.request.clientAddress;
  }
}
