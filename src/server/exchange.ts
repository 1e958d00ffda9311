/** A request and its response, for who keeps a log of them or counts. */
import type { SocketAddress } from '../linux/socket-address.js';
import type { ConnectionClient } from './connection-client.js';
import type { HttpRequest } from './http-request.js';
import type { HttpResponse } from './http-response.js';

/**
 * Is told of each exchange, once: when all of the response was given, or the connection has ended before. What was given need
 * not have left yet. Of a connection that is closed before any request of it is read, nothing is told.
 */
export type ExchangeListener = (exchange: Exchange) => void;

export class Exchange {
  /** To be read during the call only. undefined: it could not be understood. */
  readonly request: HttpRequest | undefined;
  /** What was given. Its `status` is 0 where the connection has ended before there was any. */
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

  /** For whom it was sent: of a request that could not be understood, too. */
  get clientAddress(): SocketAddress | undefined {
    return this.request === undefined ? this.#client.address : this.request.clientAddress;
  }
}
