/** The arguments of an HttpServer, checked before the first request: otherwise a mistake would show only there. */
import { BlockList } from 'node:net';
import { DEFAULT_LIMITS, type Limits } from '../limits.js';
import type { ListenOptions } from '../net/listening-socket.js';
import { checkOptions, type Shape } from '../options/check-options.js';
import { impossibleOption, unknownOption, wrongOption } from '../options/option-errors.js';
import type { Reactor } from '../reactor/reactor.js';
import { TLS_OPTIONS, type TlsOptions } from '../tls/tls-options.js';
import type { ExchangeListener } from './exchange.js';

/** Options of an HttpServer. */
export interface HttpServerOptions {
  /**
   * The reactor to use: its owner calls attach() or run(). In run() promises and timers stand still, so a handler must answer
   * before it returns, and close() has no grace. Default: the server makes its own reactor and attaches it.
   */
  readonly reactor?: Reactor;
  /** Limits that differ from DEFAULT_LIMITS (limits.ts). */
  readonly limits?: Partial<Limits>;
  /**
   * Called when a handler threw, rejected, or ended without an answer. The client has got a 500, or half a response and the
   * end of the connection. Not called for an HttpError below 500, nor for ClientGoneError. Default: prints the error on
   * stderr.
   */
  readonly onHandlerError?: (error: unknown) => void;
  /** Serves HTTPS with these certificates. Default: plain HTTP. */
  readonly tls?: TlsOptions;
  /** Load balancers and proxies that are trusted to name their client: `request.clientAddress`. Default: none. */
  readonly trustedProxies?: BlockList;
  /**
   * Whether a streamed response goes on after the client shuts its writing half (FIN). A closed tab looks the same, so the
   * default is false: the stream is cancelled. A response that has not begun, or is sent whole, goes on in either case.
   */
  readonly allowHalfClose?: boolean;
  /** Called after each exchange, for logs and for numbers that `counters` does not have. Its errors go to onHandlerError. */
  readonly onResponse?: ExchangeListener;
}

/** Options of HttpServer.listen(). */
export interface HttpListenOptions extends ListenOptions {
  /** Connections begin with a PROXY header, and come from `trustedProxies` or a Unix socket; others are closed. Default: false. */
  readonly proxyProtocol?: boolean;
  /** Serves plain HTTP at this address, although the server has `tls`. Default: false. */
  readonly plainHttp?: boolean;
}

/** A socket that listens already. The server owns its descriptor. */
export interface HandedOver {
  /** As of systemd's socket activation (sd_listen_fds(3)). */
  readonly fd: number;
}

/** Options of HttpServer.close(). */
export interface CloseOptions {
  /** Time for responses under way, in milliseconds. Default 0: they are cut. */
  readonly graceMs?: number;
}

/** Each limit is a number; limitsOf() knows its range. */
const LIMITS = Object.fromEntries(Object.keys(DEFAULT_LIMITS).map((name) => [name, 'number' as const]));

export const HTTP_SERVER_OPTIONS: Shape<HttpServerOptions> = {
  reactor: 'object',
  limits: LIMITS,
  onHandlerError: 'function',
  tls: TLS_OPTIONS,
  trustedProxies: BlockList,
  allowHalfClose: 'boolean',
  onResponse: 'function',
};

const HTTP_LISTEN_OPTIONS: Shape<HttpListenOptions> = {
  reusePort: 'boolean',
  ipv6Only: 'boolean',
  mode: 'number',
  proxyProtocol: 'boolean',
  plainHttp: 'boolean',
};

export const CLOSE_OPTIONS: Shape<CloseOptions> = { graceMs: 'number' };

/** @throws  TypeError that says what was expected and what came */
export function checkHandler(handler: unknown): void {
  const expected = 'handler: expected a function (request, response), got';
  if (typeof handler === 'function') {
    if (handler.length <= 2) return;
    throw new TypeError(
      `${expected} a function with ${handler.length} parameters, as an app of Express is: connectHandler(app) runs it`,
    );
  }
  if (typeof handler !== 'object' || handler === null)
    throw wrongOption(['handler'], 'a function (request, response)', handler);
  const isApp = 'fetch' in handler && typeof handler.fetch === 'function';
  const hint = isApp ? 'an app: serve({ fetch: app.fetch }) runs it' : 'an object; options are the second argument';
  throw new TypeError(`${expected} ${hint}`);
}

/** @throws  TypeError for an address that has none of the three forms, and for unknown options */
export function checkListen(address: unknown, options: unknown): void {
  if (typeof address !== 'object' || address === null) {
    throw wrongOption(['address'], '{ address, port }, { path } or { fd }', address);
  }
  const names = 'fd' in address ? ['fd'] : 'path' in address ? ['path'] : ['address', 'port'];
  for (const name of Object.keys(address).filter((name) => !names.includes(name))) {
    const at = ['address', name];
    if (!Object.hasOwn(HTTP_LISTEN_OPTIONS, name)) throw unknownOption(at, names);
    throw impossibleOption(at, 'there is no such option; options are the second argument of listen()');
  }
  checkOptions(options, HTTP_LISTEN_OPTIONS);
}
