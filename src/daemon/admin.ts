/**
 * Health and metrics of this server. It listens on this machine only, and answers nothing else.
 *
 *     /healthz  200 as long as it answers
 *     /readyz   200 while it serves, 503 while it shuts down, or if a worker is missing or stuck
 *     /metrics  in the text form of Prometheus
 */

import type { SocketAddress } from '../linux/socket-address.js';
import { formatAddress } from '../linux/socket-address.js';
import { native } from '../native/addon.js';
import { openListeningSocket } from '../net/listening-socket.js';
import type { Reactor } from '../reactor/reactor.js';
import type { HttpHandler } from '../server/http-handler.js';
import { HttpServer } from '../server/http-server.js';
import { DEFAULTS } from './config/options.js';
import type { HandedSocket } from './workers/listen-fds.js';
import { removeSocketFile } from './workers/listening-sockets.js';

/** One address of the admin server. */
export interface Admin {
  /** Its socket, for a successor of this process. */
  readonly socket: HandedSocket;
  /** Closes when the responses under way are sent. The file of a Unix socket stays. */
  close(): Promise<void>;
  /** Removes the file of a Unix socket that no successor uses. */
  removeFile(): void;
}

export interface Watched {
  readonly isReady: () => boolean | Promise<boolean>;
  readonly metrics: () => Promise<string>;
}

/** The prefix by which a successor of this process recognises the socket: no address begins so. */
const NAME = 'admin ';

export function nameOfAdmin(address: SocketAddress): string {
  return NAME + formatAddress(address);
}

/** An address to serve at, and its socket if that was handed over. */
export interface AdminAddress {
  readonly address: SocketAddress;
  readonly fd?: number | undefined;
}

/** Separates the sockets handed over for the sites from those for admin; closes admin sockets that are no longer used. */
export function withoutAdmin(
  handed: readonly HandedSocket[],
  addresses: readonly SocketAddress[],
): { readonly sockets: readonly HandedSocket[]; readonly admin: readonly AdminAddress[] } {
  const sockets = handed.filter(({ name }) => !name.startsWith(NAME));
  const admin = addresses.map((address): AdminAddress => {
    return { address, fd: handed.find(({ name }) => name === nameOfAdmin(address))?.fd };
  });
  for (const { fd, name } of handed) {
    if (name.startsWith(NAME) && !admin.some((each) => each.fd === fd)) native.close(fd);
  }
  return { sockets, admin };
}

const TEXT = { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' };
/** https://prometheus.io/docs/instrumenting/exposition_formats/ */
const METRICS = { ...TEXT, 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' };

/**
 * Listens from now on.
 * @returns  the listening descriptor, which it keeps, and the functions that close it
 * @throws   SystemError EADDRINUSE …
 */
export function openAdmin(to: AdminAddress, watched: Watched, reactor?: Reactor): Admin {
  const fd = to.fd ?? openListeningSocket(to.address, { mode: 0o660 });
  const server = new HttpServer(adminHandler(watched), { ...(reactor && { reactor }) });
  try {
    const address = server.listen({ fd });
    return {
      socket: { fd, name: nameOfAdmin(to.address) },
      close: () => server.close({ graceMs: DEFAULTS.shutdownGraceMs }),
      removeFile: () => removeSocketFile(address),
    };
  } catch (error) {
    void server.close();
    throw error;
  }
}

function adminHandler({ isReady, metrics }: Watched): HttpHandler {
  return async (request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return response.send(405, { ...TEXT, Allow: 'GET, HEAD' }, '405: GET and HEAD are answered here\n');
    }
    switch (request.path) {
      case '/healthz':
        return response.send(200, TEXT, 'ok\n');
      case '/readyz':
        return (await isReady()) ? response.send(200, TEXT, 'ready\n') : response.send(503, TEXT, 'not ready\n');
      case '/metrics':
        return response.send(200, METRICS, await metrics());
      default:
        return response.send(404, TEXT, '404: there are /healthz, /readyz and /metrics\n');
    }
  };
}
