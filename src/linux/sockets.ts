/**
 * The socket calls, named after their man pages, on plain descriptors: with readable addresses, and with errors that are thrown.
 * Only EAGAIN is a result: WOULD_BLOCK.
 *
 * The models use them. The server's connections call the addon themselves, and test results by value.
 */
import { constants, native } from '../native/addon.js';
import { isNotReady } from '../native/errno.js';
import { checked, type SystemErrorContext } from '../native/system-error.js';
import { INT_MAX, wholeNumber } from './arguments.js';
import { addressFamily, decodeAddress, encodeAddress, SOCKADDR_BYTES, type SocketAddress } from './socket-address.js';

export type { InternetAddress, SocketAddress, UnixAddress } from './socket-address.js';

export const { AF_INET, AF_INET6, AF_UNIX, SOCK_STREAM, SOCK_NONBLOCK, SOCK_CLOEXEC } = constants;
export const { SOL_SOCKET, SO_REUSEADDR, SO_REUSEPORT, SO_ERROR, IPPROTO_TCP, TCP_NODELAY } = constants;
export const { SOMAXCONN, SHUT_RD, SHUT_WR, SHUT_RDWR } = constants;

/** Returned by a call on a non-blocking descriptor that would have to wait (EAGAIN). */
export const WOULD_BLOCK = -1;

/**
 * Creates a socket. SOCK_CLOEXEC is always added, so that no program started later inherits it.
 * @throws  SystemError EMFILE | ENFILE | EAFNOSUPPORT …  (socket(2))
 */
export function socket(domain: number, type: number, protocol: number = 0): number {
  return checked(native.socket(domain, wholeNumber('type', type, 0, INT_MAX) | SOCK_CLOEXEC, protocol), 'socket');
}

/** @throws  SystemError EADDRINUSE | EACCES (a port below 1024) | EADDRNOTAVAIL …  (bind(2)) */
export function bind(fd: number, address: SocketAddress): void {
  checked(native.bind(fd, encodeAddress(address)), 'bind', context(address));
}

/**
 * @param backlog  connections that may wait to be accepted; at most net.core.somaxconn
 * @throws         SystemError EADDRINUSE …  (listen(2))
 */
export function listen(fd: number, backlog: number): void {
  checked(native.listen(fd, backlog), 'listen');
}

const peer = new Uint8Array(SOCKADDR_BYTES);

export interface Accepted {
  readonly fd: number;
  readonly address: SocketAddress;
}

/**
 * Takes the next connection.
 * @param flags  SOCK_NONBLOCK for a non-blocking one (it is not inherited from the listening socket); SOCK_CLOEXEC is added
 * @returns      WOULD_BLOCK if none waits
 * @throws       SystemError EMFILE | ENFILE | ECONNABORTED …  (accept4(2))
 */
export function accept(fd: number, flags: number = 0): Accepted | typeof WOULD_BLOCK {
  const n = native.accept4(fd, peer, wholeNumber('flags', flags, 0, INT_MAX) | SOCK_CLOEXEC);
  if (isNotReady(n)) return WOULD_BLOCK;
  return { fd: checked(n, 'accept4'), address: decodeAddress(peer) };
}

/** @throws  SystemError ECONNREFUSED | EINPROGRESS (non-blocking: done when it is writable) …  (connect(2)) */
export function connect(fd: number, address: SocketAddress): void {
  checked(native.connect(fd, encodeAddress(address)), 'connect', context(address));
}

/**
 * @returns  bytes received; 0 at the end of the stream; WOULD_BLOCK if there are none yet
 * @throws   SystemError ECONNRESET …  (recv(2))
 */
export function recv(fd: number, buffer: Uint8Array): number {
  const n = native.recv(fd, buffer);
  return isNotReady(n) ? WOULD_BLOCK : checked(n, 'recv');
}

/**
 * @returns  bytes taken, which may be fewer than given; WOULD_BLOCK if the socket's buffer is full
 * @throws   SystemError EPIPE | ECONNRESET …  (send(2))
 */
export function send(fd: number, bytes: Uint8Array): number {
  const n = native.send(fd, bytes);
  return isNotReady(n) ? WOULD_BLOCK : checked(n, 'send');
}

/** @throws  SystemError ENOTCONN …  (shutdown(2)) */
export function shutdown(fd: number, how: number): void {
  checked(native.shutdown(fd, how), 'shutdown');
}

/** @throws  SystemError ENOPROTOOPT …  (setsockopt(2)) */
export function setsockopt(fd: number, level: number, name: number, value: number): void {
  checked(native.setsockopt(fd, level, name, value), 'setsockopt');
}

/** @throws  SystemError ENOPROTOOPT …  (getsockopt(2)) */
export function getsockopt(fd: number, level: number, name: number): number {
  return checked(native.getsockopt(fd, level, name), 'getsockopt');
}

/** The address that a socket is bound to, with the port that the kernel chose for port 0. */
export function getsockname(fd: number): SocketAddress {
  const bytes = new Uint8Array(SOCKADDR_BYTES);
  return decodeAddress(bytes, checked(native.getsockname(fd, bytes), 'getsockname'));
}

/** @throws  SystemError ENOTCONN …  (getpeername(2)) */
export function getpeername(fd: number): SocketAddress {
  const bytes = new Uint8Array(SOCKADDR_BYTES);
  return decodeAddress(bytes, checked(native.getpeername(fd, bytes), 'getpeername'));
}

/** Switches a descriptor between blocking and non-blocking. (fcntl(2), O_NONBLOCK) */
export function setblocking(fd: number, blocking: boolean): void {
  const flags = checked(native.fcntl(fd, constants.F_GETFL, 0), 'fcntl');
  const wanted = blocking ? flags & ~constants.O_NONBLOCK : flags | constants.O_NONBLOCK;
  checked(native.fcntl(fd, constants.F_SETFL, wanted), 'fcntl');
}

/** @throws  SystemError EBADF  (close(2)) */
export function close(fd: number): void {
  checked(native.close(fd), 'close');
}

/** A socket that listens on an address: socket, SO_REUSEADDR, bind, listen; closed again if one of them fails. */
export function listeningSocket(address: SocketAddress, backlog: number, type: number = SOCK_STREAM): number {
  const fd = socket(addressFamily(address), type);
  try {
    if (!('path' in address)) setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    bind(fd, address);
    listen(fd, backlog);
    return fd;
  } catch (error) {
    native.close(fd);
    throw error;
  }
}

function context(address: SocketAddress): SystemErrorContext {
  return 'path' in address ? { path: address.path } : { address: address.address, port: address.port };
}
