/** What the server and the connections that it serves need from each other. */
import type { BlockList } from 'node:net';
import type { RequestParser } from '../http/request-parser.js';
import type { Limits } from '../limits.js';
import type { PeerKey } from '../net/peer-counts.js';
import type { ServerCounters } from './counters.js';
import type { ExchangeListener } from './exchange.js';
import type { HandlerHost } from './http-handler.js';

export interface HttpHost extends HandlerHost {
  readonly limits: Limits;
  /** Parsers that are between two heads. */
  readonly parsers: RequestParser[];
  readonly counters: ServerCounters;
  /** Proxies that are trusted to name their client. */
  readonly trustedProxies: BlockList | undefined;
  /** A streamed response goes on when the client has shut its writing half. */
  readonly allowHalfClose: boolean;
  /** It does not throw. */
  readonly onResponse: ExchangeListener | undefined;
  /** A handler threw, rejected, or ended without an answer. */
  onHandlerError(error: unknown): void;
  onConnectionClose(connection: ServedConnection): void;
}

export interface ServedConnection {
  /** Its peer is counted by it. */
  readonly peer: PeerKey;
  /** Ends it when it has nothing under way. */
  shutDown(): void;
  /** Ends it now. */
  destroy(): void;
}
