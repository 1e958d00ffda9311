/** A TestServer whose clients are held to other limits than the default ones, and what the tests of bodies send it. */
import type { Limits } from '../../src/limits.js';
import type { InternetAddress } from '../../src/linux/socket-address.js';
import { Reactor } from '../../src/reactor/reactor.js';
import type { HttpHandler } from '../../src/server/http-handler.js';
import { HttpServer } from '../../src/server/http-server.js';
import type { HttpServerOptions } from '../../src/server/server-options.js';
import { transport } from '../client/transport.js';

const LOCAL = { address: '127.0.0.1', port: 0 };

export class LimitedServer {
  readonly errors: unknown[] = [];
  readonly reactor = new Reactor({ onError: (error) => this.errors.push(error) });
  readonly server: HttpServer;
  readonly address: InternetAddress;

  constructor(
    handler: HttpHandler,
    limits: Partial<Limits> = {},
    at: InternetAddress = LOCAL,
    options: HttpServerOptions = {},
  ) {
    this.server = new HttpServer(handler, {
      ...transport.server,
      reactor: this.reactor,
      limits,
      onHandlerError: (error) => this.errors.push(error),
      ...options,
    });
    this.address = this.server.listen(at);
    this.reactor.attach();
  }

  /** Handles all that has reached the kernel by now. */
  turns(): void {
    for (let i = 0; i < 1000; i++) if (this.reactor.turn(0) === 0) return;
    throw new Error('the server spins: something is ready in a thousand turns');
  }

  /** Handles all that has come, and what handlers go on to do because of it, until nothing more happens by itself. */
  async settle(): Promise<void> {
    for (let i = 0; i < 5; i++) {
      this.turns();
      await new Promise(setImmediate);
    }
  }

  /** Resolves when no connection is open any more. */
  async untilEmpty(): Promise<void> {
    await until(() => this.server.connectionCount === 0, 'all connections are closed');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.close();
    this.reactor.close();
  }
}

/** Resolves when something has come true, while both loops go on. Gives up sooner than Jest, and says of what. */
export async function until(isTrue: () => boolean, what: string): Promise<void> {
  const giveUpS = process.hrtime()[0] + 30; // not performance.now(), which some tests freeze
  while (!isTrue()) {
    if (process.hrtime()[0] > giveUpS) throw new Error(`never: ${what}`);
    await new Promise(setImmediate);
  }
}

/** POST with a Content-Length. */
export function post(path: string, body: string, headers = ''): string {
  return `${postHead(path, body.length, headers)}${body}`;
}

export function postHead(path: string, length: number, headers = ''): string {
  return `POST ${path} HTTP/1.1\r\nHost: test\r\n${headers}Content-Length: ${length}\r\n\r\n`;
}

export function chunkedHead(path: string, headers = ''): string {
  return `POST ${path} HTTP/1.1\r\nHost: test\r\n${headers}Transfer-Encoding: chunked\r\n\r\n`;
}

/** POST in chunks: one for each string. */
export function postChunks(path: string, chunks: readonly string[], headers = ''): string {
  return `${chunkedHead(path, headers)}${chunks.map(chunk).join('')}0\r\n\r\n`;
}

export function chunk(data: string): string {
  return `${data.length.toString(16)}\r\n${data}\r\n`;
}
