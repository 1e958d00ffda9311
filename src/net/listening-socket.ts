/** Sockets that listen: opened here, or handed over by the process that started this one (systemd, a supervisor). */
import { chmodSync, lstatSync, unlinkSync } from 'node:fs';
import { addressFamily, type SocketAddress } from '../linux/socket-address.js';
import * as sockets from '../linux/sockets.js';
import { constants, native } from '../native/addon.js';
import { SystemError } from '../native/system-error.js';

/** How a socket listens. */
export interface ListenOptions {
  /** Several sockets may listen on the address, each with its own backlog. The kernel distributes connections among them. */
  readonly reusePort?: boolean;
  /** For `::`: leaves IPv4 to other sockets. Default: it takes both. */
  readonly ipv6Only?: boolean;
  /** The mode of a Unix socket's file: it decides which users may connect. Default: 0o777 without the bits of the umask. */
  readonly mode?: number;
}

/**
 * Keep-alive probes of TCP: the kernel asks whether the peer of a silent connection is still there. A peer that lost
 * its power or its network sends nothing, and a peer that closed while a handler is at work looks as if it still read.
 */
const PEER_PROBE_IDLE_SECONDS = 60;
const PEER_PROBE_INTERVAL_SECONDS = 15;
const PEER_PROBES_MAX = 4;

const TCP_OPTIONS = [
  // A response is written whole: waiting for more bytes to fill a packet (Nagle) would only delay its end.
  [constants.TCP_NODELAY, 1],
  [constants.TCP_KEEPIDLE, PEER_PROBE_IDLE_SECONDS],
  [constants.TCP_KEEPINTVL, PEER_PROBE_INTERVAL_SECONDS],
  [constants.TCP_KEEPCNT, PEER_PROBES_MAX],
] as const;

/**
 * @returns  a descriptor, non-blocking and close-on-exec
 * @throws   SystemError EADDRINUSE | EACCES | EADDRNOTAVAIL …
 */
export function openListeningSocket(address: SocketAddress, options: ListenOptions = {}): number {
  const family = addressFamily(address);
  const fd = sockets.socket(family, sockets.SOCK_STREAM | sockets.SOCK_NONBLOCK);
  try {
    if ('path' in address) {
      bindPath(fd, address.path);
      if (options.mode !== undefined) chmodSync(address.path, options.mode); // no client can connect before listen()
    } else {
      sockets.setsockopt(fd, sockets.SOL_SOCKET, sockets.SO_REUSEADDR, 1);
      if (options.reusePort === true) sockets.setsockopt(fd, sockets.SOL_SOCKET, sockets.SO_REUSEPORT, 1);
      // Set always: the system's default (net.ipv6.bindv6only) varies.
      if (family === sockets.AF_INET6) {
        sockets.setsockopt(fd, constants.IPPROTO_IPV6, constants.IPV6_V6ONLY, options.ipv6Only === true ? 1 : 0);
      }
      sockets.bind(fd, address);
    }
    sockets.listen(fd, sockets.SOMAXCONN);
    prepare(fd);
    return fd;
  } catch (error) {
    native.close(fd);
    throw error;
  }
}

/**
 * Takes over a socket that listens already.
 * @throws  TypeError for any other descriptor, which stays open
 */
export function adoptListeningSocket(fd: number): number {
  if (native.getsockopt(fd, constants.SOL_SOCKET, constants.SO_ACCEPTCONN) !== 1) {
    throw new TypeError(`fd: expected a socket that listens, got descriptor ${fd}, which is none`);
  }
  sockets.setblocking(fd, false);
  native.fcntl(fd, constants.F_SETFD, constants.FD_CLOEXEC);
  prepare(fd);
  return fd;
}

/** Accepted sockets inherit these options. The options of TCP fail on a Unix socket, which does not need them. */
function prepare(fd: number): void {
  native.setsockopt(fd, constants.SOL_SOCKET, constants.SO_KEEPALIVE, 1);
  for (const [option, value] of TCP_OPTIONS) native.setsockopt(fd, constants.IPPROTO_TCP, option, value);
}

/** The file of a Unix socket outlives its process. One that no process listens on is replaced. */
function bindPath(fd: number, path: string): void {
  try {
    sockets.bind(fd, { path });
  } catch (error) {
    if (!(error instanceof SystemError && error.code === 'EADDRINUSE' && isStale(path))) throw error;
    unlinkSync(path);
    sockets.bind(fd, { path });
  }
}

/**
 * Whether it is the file of a Unix socket on which no process listens. Only ECONNREFUSED means that: if the backlog is full (EAGAIN), one
 * does.
 */
export function isStale(path: string): boolean {
  if (!lstatSync(path, { throwIfNoEntry: false })?.isSocket()) return false;
  const fd = sockets.socket(sockets.AF_UNIX, sockets.SOCK_STREAM | sockets.SOCK_NONBLOCK);
  try {
    sockets.connect(fd, { path });
    return false;
  } catch (error) {
    return error instanceof SystemError && error.code === 'ECONNREFUSED';
  } finally {
    native.close(fd);
  }
}
