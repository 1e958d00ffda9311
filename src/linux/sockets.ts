/**
 * The socket calls on plain descriptors, named after their man pages. Addresses are readable objects, and errors are thrown,
 * except EAGAIN, which is the result WOULD_BLOCK.
 *
 * The models use these functions. The server's connections call the addon directly, and test results by value.
 */
import { constants, native } from '../native/addon.js';
import { isNotReady } from '../native/errno.js';
import { checked, type SystemErrorContext } from '../native/system-error.js';
import { INT_MAX, wholeNumber } from './arguments.js';
import { WOULD_BLOCK } from './descriptors.js';
import { addressFamily, decodeAddress, encodeAddress, SOCKADDR_BYTES, type SocketAddress } from './socket-address.js';

export type { InternetAddress, SocketAddress, UnixAddress } from './socket-address.js';

export const {
  /** Domain: IPv4. (ip(7)) */
  AF_INET,
  /** Domain: IPv6. (ipv6(7)) */
  AF_INET6,
  /** Domain: sockets of this machine, with a path. (unix(7)) */
  AF_UNIX,
  /** Type: a stream of bytes. (tcp(7), unix(7)) */
  SOCK_STREAM,
  /** Flag of a type, and of accept(): calls on the socket return WOULD_BLOCK and do not wait. */
  SOCK_NONBLOCK,
  /** Flag of a type: a program that is started does not inherit the socket. Always added. */
  SOCK_CLOEXEC,
  /** Level of the options SO_*. (socket(7)) */
  SOL_SOCKET,
  /** 1: listen although connections of an earlier socket at this address are still ending (TIME_WAIT). */
  SO_REUSEADDR,
  /** 1: several sockets listen at one address, and the kernel spreads connections over them. */
  SO_REUSEPORT,
  /** The pending error, as a positive errno, 0 for none; reading it clears it. After connect(): how it went. */
  SO_ERROR,
  /** Level of the options TCP_*. (tcp(7)) */
  IPPROTO_TCP,
  /** 1: send small pieces at once, without waiting to fill a packet. */
  TCP_NODELAY,
  /** The largest backlog that the C library knows. */
  SOMAXCONN,
  /** shutdown(): no more is received. */
  SHUT_RD,
  /** shutdown(): no more is sent; the peer reads the end of the stream. */
  SHUT_WR,
  /** shutdown(): both. */
  SHUT_RDWR,
} = constants;

export { close, setblocking, WOULD_BLOCK } from './descriptors.js';

/**
 * Creates a socket. SOCK_CLOEXEC is always added, so that no program started later inherits it.
 * @throws  SystemError EMFILE | ENFILE | EAFNOSUPPORT …  (socket(2))
 */
export function socket(domain: number, type: number, protocol: number = 0): number {
  return checked(native.socket(domain, wholeNumber('type', type, 0, INT_MAX) | SOCK_CLOEXEC, protocol), 'socket');
}

/**
 * Gives a socket its address.
 * @throws  SystemError EADDRINUSE | EACCES (a port below 1024) | EADDRNOTAVAIL …  (bind(2))
 */
export function bind(fd: number, address: SocketAddress): void {
  checked(native.bind(fd, encodeAddress(address)), 'bind', context(address));
}

/**
 * Lets a socket take connections.
 * @param backlog  connections that may wait to be accepted; at most net.core.somaxconn
 * @throws         SystemError EADDRINUSE …  (listen(2))
 */
export function listen(fd: number, backlog: number): void {
  checked(native.listen(fd, backlog), 'listen');
}

const peer = new Uint8Array(SOCKADDR_BYTES);

/** A connection that accept() took. */
export interface Accepted {
  /** Its descriptor, which the caller closes. */
  readonly fd: number;
  /** The peer's. */
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

/**
 * Connects a socket to a peer.
 * @throws  SystemError ECONNREFUSED | EINPROGRESS (non-blocking: done when it is writable; SO_ERROR says how it went) …  (connect(2))
 */
export function connect(fd: number, address: SocketAddress): void {
  checked(native.connect(fd, encodeAddress(address)), 'connect', context(address));
}

/**
 * Receives into `buffer`.
 * @returns  bytes received; 0 at the end of the stream; WOULD_BLOCK if there are none yet
 * @throws   SystemError ECONNRESET …  (recv(2))
 */
export function recv(fd: number, buffer: Uint8Array): number {
  const n = native.recv(fd, buffer);
  return isNotReady(n) ? WOULD_BLOCK : checked(n, 'recv');
}

/**
 * Sends `bytes`. A peer that has gone is an error, and no SIGPIPE (MSG_NOSIGNAL).
 * @returns  bytes taken, which may be fewer than given; WOULD_BLOCK if the socket's buffer is full
 * @throws   SystemError EPIPE | ECONNRESET …  (send(2))
 */
export function send(fd: number, bytes: Uint8Array): number {
  const n = native.send(fd, bytes);
  return isNotReady(n) ? WOULD_BLOCK : checked(n, 'send');
}

/**
 * Ends one direction of a connection, or both; the descriptor stays open.
 * @param how  SHUT_RD, SHUT_WR or SHUT_RDWR
 * @throws     SystemError ENOTCONN …  (shutdown(2))
 */
export function shutdown(fd: number, how: number): void {
  checked(native.shutdown(fd, how), 'shutdown');
}

/**
 * Sets an option whose value is an int: `setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, 1)`.
 * @throws  SystemError ENOPROTOOPT …  (setsockopt(2))
 */
export function setsockopt(fd: number, level: number, name: number, value: number): void {
  checked(native.setsockopt(fd, level, name, value), 'setsockopt');
}

/** The value of an option that is an int. @throws  SystemError ENOPROTOOPT …  (getsockopt(2)) */
export function getsockopt(fd: number, level: number, name: number): number {
  return checked(native.getsockopt(fd, level, name), 'getsockopt');
}

/**
 * The address that a socket is bound to, with the port that the kernel chose for port 0.
 * @throws  SystemError EBADF | ENOTSOCK  (getsockname(2))
 */
export function getsockname(fd: number): SocketAddress {
  const bytes = new Uint8Array(SOCKADDR_BYTES);
  return decodeAddress(bytes, checked(native.getsockname(fd, bytes), 'getsockname'));
}

/** The address of the peer. @throws  SystemError ENOTCONN …  (getpeername(2)) */
export function getpeername(fd: number): SocketAddress {
  const bytes = new Uint8Array(SOCKADDR_BYTES);
  return decodeAddress(bytes, checked(native.getpeername(fd, bytes), 'getpeername'));
}

/**
 * Makes two sockets that are connected with each other, do not block, and are not inherited by programs. The caller closes both.
 * @throws  SystemError EMFILE | ENFILE  (socketpair(2), AF_UNIX)
 */
export function socketpair(type: number = SOCK_STREAM): [number, number] {
  const fds = new Int32Array(2);
  const flags = wholeNumber('type', type, 0, INT_MAX) | SOCK_NONBLOCK | SOCK_CLOEXEC;
  checked(native.socketpair(AF_UNIX, flags, 0, fds), 'socketpair');
  const [one = -1, other = -1] = fds;
  return [one, other];
}

/**
 * A socket that listens on an address: socket, SO_REUSEADDR, bind, listen. If one of the calls fails, the socket is closed.
 * @param backlog  as of listen()
 * @param type     SOCK_STREAM, with SOCK_NONBLOCK or without
 * @throws         as those calls; TypeError | RangeError for an invalid address
 */
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
