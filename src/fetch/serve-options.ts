/** The options of serve(), checked before anything is opened; fetchHandler() checks `fetch`. */
import { isIP } from 'node:net';
import { hasIpv6 } from '../linux/has-ipv6.js';
import type { SocketAddress } from '../linux/socket-address.js';
import { checkOptions, type Shape } from '../options/check-options.js';
import { impossibleOption, wrongOption } from '../options/option-errors.js';
import { HTTP_SERVER_OPTIONS, type HttpServerOptions } from '../server/server-options.js';
import type { FetchFunction, FetchHandlerOptions } from './fetch-handler.js';

/** Options of serve(): a handler, where to listen, and the options of HttpServer. */
export interface ServeOptions extends HttpServerOptions, Omit<FetchHandlerOptions, 'waitUntil'> {
  /** Answers each request. */
  readonly fetch: FetchFunction;
  /** 0 lets the kernel choose. Also as a string of digits, such as an environment variable. Default: 9369. */
  readonly port?: number | string;
  /** An IP address, or `localhost`: 127.0.0.1 and, on a machine with IPv6, ::1. Default: 127.0.0.1. `0.0.0.0` and `::` mean all addresses. */
  readonly hostname?: string;
  /** The path of a Unix domain socket to listen on instead. */
  readonly unix?: string;
  /** Closes the server when it aborts, without grace. */
  readonly signal?: AbortSignal;
}

const SERVE_OPTIONS: Shape<ServeOptions> = {
  fetch: 'function',
  port: 'any',
  hostname: 'any',
  unix: 'any',
  signal: AbortSignal,
  error: 'function',
  realRequests: 'boolean',
  ...HTTP_SERVER_OPTIONS,
};

/** The port of the tutorial, and the command's default too. */
const DEFAULT_PORT = 9369;
const DEFAULT_HOSTNAME = '127.0.0.1';

/** @throws  TypeError naming the option, what was expected and what came */
export function checkServeOptions(options: unknown): void {
  if (typeof options !== 'object' || options === null) {
    throw wrongOption([], 'an object with a fetch function', options);
  }
  // An app is no list of options, and may have a method by the name of one: `error` of Elysia.
  const { name = 'Object' } = Object(options.constructor);
  if (name !== 'Object' && 'fetch' in options) {
    throw new TypeError(`options: expected an object such as { fetch: app.fetch }, got one of class ${name}`);
  }
  checkOptions(options, SERVE_OPTIONS);
}

/**
 * Where to listen: two addresses for localhost, on a machine with IPv6.
 * @throws  TypeError or RangeError, likewise
 */
export function addressesOf({ port, hostname, unix }: ServeOptions): readonly SocketAddress[] {
  if (unix === undefined) {
    const addresses = toAddresses(hostname ?? DEFAULT_HOSTNAME);
    return addresses.map((address) => ({ address, port: toPort(port ?? DEFAULT_PORT) }));
  }
  if (typeof unix !== 'string') throw wrongOption(['unix'], 'the path of a socket', unix);
  if (port !== undefined || hostname !== undefined) {
    throw impossibleOption(['unix'], 'expected without port and hostname, since a server listens on one or the other');
  }
  return [{ path: unix }];
}

function toPort(port: unknown): number {
  const isNumber = typeof port === 'number' || (typeof port === 'string' && /^\d+$/.test(port));
  if (!isNumber) throw wrongOption(['port'], 'a number or digits', port);
  const value = Number(port);
  if (!Number.isInteger(value) || value < 0 || value > 65_535) {
    throw new RangeError(`port: expected a whole number from 0 to 65535, got ${value}`);
  }
  return value;
}

function toAddresses(hostname: unknown): readonly string[] {
  if (typeof hostname !== 'string') throw wrongOption(['hostname'], 'a string', hostname);
  // The addresses of localhost by RFC 6761 §6.3, whatever /etc/hosts says.
  if (hostname === 'localhost') return hasIpv6() ? ['127.0.0.1', '::1'] : ['127.0.0.1'];
  const address = hostname.startsWith('[') && hostname.endsWith(']') ? hostname.slice(1, -1) : hostname;
  if (isIP(address) === 0) {
    // serve() listens when it returns, and a name cannot be looked up by then.
    throw wrongOption(['hostname'], 'an IP address or localhost', hostname);
  }
  return [address];
}
