/** The interfaces between the server and its connections. */
import type { BlockList } from 'node:net';
import type { RequestParser } from '../http/request-parser.js';
import type { Limits } from '../limits.js';
import type { PeerKey } from '../net/peer-counts.js';
import type { ServerCounters } from './counters.js';
import type { ExchangeListener } from './exchange.js';
import type { HandlerHost } from './http-handler.js';

/**
 * A server that shuts down closes a connection only when it has been idle for so long: before that its client may be sending
 * a request. nginx: keepalive_min_timeout.
 */
export const IDLE_MS_MIN = 1_000;

export interface HttpHost extends HandlerHost {
  readonly limits: Limits;
  /** Spare parsers: none is in the middle of a head. */
  readonly parsers: RequestParser[];
  readonly counters: ServerCounters;
  /** Proxies that are trusted to name their client. */
  readonly trustedProxies: BlockList | undefined;
  /** A streamed response goes on when the client has shut its writing half. */
  readonly allowHalfClose: boolean;
  /** It must not throw. */
  readonly onResponse: ExchangeListener | undefined;
  /** A handler threw, rejected, or ended without an answer. */
  onHandlerError(error: unknown): void;
  onConnectionClose(connection: ServedConnection): void;
}

export interface ServedConnection {
  /** The key by which its peer is counted. */
  readonly peer: PeerKey;
  /** Ends it when its current request is answered. */
  shutDown(): void;
  /** Ends it now. */
  destroy(): void;
}
