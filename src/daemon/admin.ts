/**
 * Health and metrics, for who watches this process. It listens on this machine only, and answers nothing else.
 *
 *     /healthz  200 as long as it answers
 *     /readyz   200 while it serves, 503 while it shuts down, or where a worker is missing or stuck
 *     /metrics  in the text form of Prometheus
 */
import type { Reactor } from '../reactor/reactor.js';
import type { HttpHandler } from '../server/http-connection.js';
import { HttpServer } from '../server/http-server.js';
import type { SocketAddress } from '../socket-address.js';

export interface Watched {
  readonly isReady: () => boolean;
  readonly metrics: () => Promise<string>;
}

const TEXT = { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' };
/** https://prometheus.io/docs/instrumenting/exposition_formats/ */
const METRICS = { ...TEXT, 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' };

/** Listens from now on. @throws SystemError EADDRINUSE … */
export function openAdmin(address: SocketAddress, watched: Watched, reactor?: Reactor): HttpServer {
  const server = new HttpServer(adminHandler(watched), { ...(reactor && { reactor }) });
  try {
    server.listen(address, { mode: 0o660 });
    return server;
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
        return isReady() ? response.send(200, TEXT, 'ready\n') : response.send(503, TEXT, 'not ready\n');
      case '/metrics':
        return response.send(200, METRICS, await metrics());
      default:
        return response.send(404, TEXT, '404: there are /healthz, /readyz and /metrics\n');
    }
  };
}
