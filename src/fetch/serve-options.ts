/** The options of serve(), checked before anything is opened. */
import { isIP } from 'node:net';
import { hasIpv6 } from '../linux/has-ipv6.js';
import type { SocketAddress } from '../linux/socket-address.js';

/** The options that are checked here. */
export interface UncheckedOptions {
  readonly fetch: unknown;
  readonly error?: unknown;
  readonly realRequests?: unknown;
  readonly allowHalfClose?: unknown;
  readonly signal?: unknown;
  readonly onHandlerError?: unknown;
  readonly port?: unknown;
  readonly hostname?: unknown;
  readonly unix?: unknown;
}

/** The default of `epoll-reactor`, too: the port of the tutorial. */
const DEFAULT_PORT = 9369;
const DEFAULT_HOSTNAME = '127.0.0.1';

/** @throws  TypeError naming the option, what was expected and what came */
export function checkOptions(options: UncheckedOptions): void {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`options: expected an object with a fetch function, got ${describe(options)}`);
  }
  const { fetch, error, realRequests, allowHalfClose, signal, onHandlerError } = options;
  if (typeof fetch !== 'function') throw new TypeError(`fetch: expected a function, got ${describe(fetch)}`);
  checkOptional('error', error, 'function');
  checkOptional('onHandlerError', onHandlerError, 'function');
  checkOptional('realRequests', realRequests, 'boolean');
  checkOptional('allowHalfClose', allowHalfClose, 'boolean');
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new TypeError(`signal: expected an AbortSignal, got ${describe(signal)}`);
  }
}

/**
 * Where to listen: two addresses for localhost, on a machine with IPv6.
 * @throws  TypeError or RangeError, likewise
 */
export function addressesOf({ port, hostname, unix }: UncheckedOptions): readonly SocketAddress[] {
  if (unix === undefined) {
    const addresses = toAddresses(hostname ?? DEFAULT_HOSTNAME);
    return addresses.map((address) => ({ address, port: toPort(port ?? DEFAULT_PORT) }));
  }
  if (typeof unix !== 'string') throw new TypeError(`unix: expected the path of a socket, got ${describe(unix)}`);
  if (port !== undefined || hostname !== undefined) {
    throw new TypeError('unix: expected without port and hostname, since a server listens on one or the other');
  }
  return [{ path: unix }];
}

function toPort(port: unknown): number {
  const isNumber = typeof port === 'number' || (typeof port === 'string' && /^\d+$/.test(port));
  if (!isNumber) throw new TypeError(`port: expected a number or digits, got ${describe(port)}`);
  const value = Number(port);
  if (!Number.isInteger(value) || value < 0 || value > 65_535) {
    throw new RangeError(`port: expected a whole number from 0 to 65535, got ${value}`);
  }
  return value;
}

function toAddresses(hostname: unknown): readonly string[] {
  if (typeof hostname !== 'string') throw new TypeError(`hostname: expected a string, got ${describe(hostname)}`);
  // Its addresses by RFC 6761 §6.3, whatever /etc/hosts says.
  if (hostname === 'localhost') return hasIpv6() ? ['127.0.0.1', '::1'] : ['127.0.0.1'];
  const address = hostname.startsWith('[') && hostname.endsWith(']') ? hostname.slice(1, -1) : hostname;
  if (isIP(address) === 0) {
    // serve() listens when it returns; looking up a name takes longer.
    throw new TypeError(`hostname: expected an IP address or localhost, got ${describe(hostname)}`);
  }
  return [address];
}

function checkOptional(name: string, value: unknown, type: 'function' | 'boolean'): void {
  if (value !== undefined && typeof value !== type) {
    throw new TypeError(`${name}: expected a ${type}, got ${describe(value)}`);
  }
}

function describe(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : value === null ? 'null' : typeof value;
}
