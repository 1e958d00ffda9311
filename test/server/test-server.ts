/** A server in the test's own process, on a port that the kernel chose, with what its handlers failed with. */

import type { Limits } from '../../src/limits.js';
import type { InternetAddress } from '../../src/linux/socket-address.js';
import { Reactor } from '../../src/reactor/reactor.js';
import type { HttpHandler } from '../../src/server/http-handler.js';
import { HttpServer } from '../../src/server/http-server.js';
import { transport } from '../client/transport.js';

export class TestServer {
  readonly errors: unknown[] = [];
  readonly reactor = new Reactor({ onError: (error) => this.errors.push(error) });
  readonly server: HttpServer;
  readonly address: InternetAddress;

  constructor(handler: HttpHandler, limits: Partial<Limits> = {}) {
    this.server = new HttpServer(handler, {
      ...transport.server,
      reactor: this.reactor,
      limits,
      onHandlerError: (error) => this.errors.push(error),
    });
    this.address = this.server.listen({ address: '127.0.0.1', port: 0 }) as InternetAddress;
    this.reactor.attach();
  }

  /** Handles all that has reached the kernel by now: what was sent over loopback, and resolved, has. */
  turns(): void {
    for (let i = 0; i < 1000; i++) if (this.reactor.turn(0) === 0) return;
    throw new Error('the server spins: something is ready in a thousand turns');
  }

  /** Resolves when no connection is open any more. */
  async untilEmpty(): Promise<void> {
    const giveUpMs = Date.now() + 30_000; // sooner than Jest does, which would leave this loop running
    while (this.server.connectionCount > 0) {
      if (Date.now() > giveUpMs) throw new Error(`${this.server.connectionCount} connections stay open`);
      await new Promise(setImmediate);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.close();
    this.reactor.close();
  }
}

/** Answers with the method, path and query of the request. */
export const echo: HttpHandler = (request, response) => {
  const query = request.query === '' ? '' : `?${request.query}`;
  response.send(200, { 'Content-Type': 'text/plain' }, `${request.method} ${request.path}${query}`);
};

/** A promise, with the means to settle it. */
export function deferred<T = void>(): {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (error: unknown) => void;
} {
  let resolve: (value: T) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
