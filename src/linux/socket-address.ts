/** Converts addresses between their text and the bytes of the kernel's sockaddr. */
import { constants, native } from '../native/addon.js';
import { hostAndPort } from '../native/host-and-port.js';
import { kindOf, wholeNumber } from './arguments.js';

const { AF_INET, AF_INET6, AF_UNIX } = constants;

/** An Internet address. (ip(7), ipv6(7)) */
export interface InternetAddress {
  /** In digits, such as `127.0.0.1` or `::1`, and not a name. */
  readonly address: string;
  /** 0 to 65,535; 0 lets the kernel choose. */
  readonly port: number;
}

/** The address of a Unix domain socket. (unix(7)) */
export interface UnixAddress {
  /** At most 107 bytes. The file stays when the socket is closed. Empty for a peer without a name. */
  readonly path: string;
}

/** An address to listen on, to connect to, or of a peer. */
export type SocketAddress = InternetAddress | UnixAddress;

/** Room for any sockaddr: sizeof(struct sockaddr_storage). */
export const SOCKADDR_BYTES = 128;

const PORT_MAX = 2 ** 16 - 1;

const SOCKADDR_IN_BYTES = 16;
const SOCKADDR_IN6_BYTES = 28;
/** sizeof(sockaddr_un.sun_path), less the NUL that ends it. */
const UNIX_PATH_BYTES_MAX = 107;

/** The family of an address: AF_INET, AF_INET6 or AF_UNIX. */
export function addressFamily(address: SocketAddress): number {
  if ('path' in address) return AF_UNIX;
  if (typeof address.address !== 'string') {
    throw new TypeError(`address: expected an IPv4 or IPv6 address in digits, got ${kindOf(address.address)}`);
  }
  return address.address.includes(':') ? AF_INET6 : AF_INET;
}

/**
 * The bytes of a sockaddr_in, sockaddr_in6 or sockaddr_un (ip(7), ipv6(7), unix(7)).
 * @throws  TypeError | RangeError for an invalid address
 */
export function encodeAddress(address: SocketAddress): Uint8Array {
  return 'path' in address ? encodeUnix(address.path) : encodeInternet(address);
}

function encodeInternet(address: InternetAddress): Uint8Array {
  const port = wholeNumber('port', address.port, 0, PORT_MAX);
  const family = addressFamily(address);
  const bytes = new Uint8Array(family === AF_INET ? SOCKADDR_IN_BYTES : SOCKADDR_IN6_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, family, true);
  view.setUint16(2, port);
  if (native.inet_pton(family, address.address, bytes.subarray(family === AF_INET ? 4 : 8)) !== 1) {
    throw new RangeError(`address: expected an IPv4 or IPv6 address in digits, got '${address.address}'`);
  }
  return bytes;
}

function encodeUnix(path: string): Uint8Array {
  if (typeof path !== 'string') throw new TypeError(`path: expected a string, got ${kindOf(path)}`);
  const text = new TextEncoder().encode(path);
  if (text.length === 0 || text.length > UNIX_PATH_BYTES_MAX || text.includes(0)) {
    throw new RangeError(`path: expected 1 to ${UNIX_PATH_BYTES_MAX} bytes without NUL, got '${path}'`);
  }
  const bytes = new Uint8Array(2 + text.length + 1);
  new DataView(bytes.buffer).setUint16(0, AF_UNIX, true);
  bytes.set(text, 2);
  return bytes;
}

/**
 * Reads a sockaddr that the kernel filled.
 * @param bytes   at least `length` of them
 * @param length  as the kernel returned it: a Unix socket without a name has two bytes
 * @returns       a Unix socket without a name has the path ''
 */
export function decodeAddress(bytes: Uint8Array, length: number = bytes.length): SocketAddress {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const family = view.getUint16(0, true);
  if (family === AF_UNIX) {
    const end = bytes.indexOf(0, 2);
    return { path: new TextDecoder().decode(bytes.subarray(2, end < 2 || end > length ? length : end)) };
  }
  const digits = family === AF_INET ? bytes.subarray(4, 8) : bytes.subarray(8, 24);
  return { address: native.inet_ntop(family, digits), port: view.getUint16(2) };
}

/** The address as text: `127.0.0.1:9369`, `[::1]:9369`, `unix:/run/site.sock`. No two addresses have the same. */
export function formatAddress(address: SocketAddress): string {
  return 'path' in address ? `unix:${address.path}` : hostAndPort(address.address, address.port);
}
