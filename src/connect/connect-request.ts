/** A request in the form of node:http's IncomingMessage. */
import { Readable } from 'node:stream';
import type { HttpRequest } from '../server/http-request.js';
import type { HttpResponse } from '../server/http-response.js';
import { ConnectSocket } from './connect-socket.js';

/** Fields with one value, of which IncomingMessage.headers has the first line. */
const SINGLE: ReadonlySet<string> = new Set([
  'age',
  'authorization',
  'content-length',
  'content-type',
  'etag',
  'expires',
  'from',
  'host',
  'if-modified-since',
  'if-unmodified-since',
  'last-modified',
  'location',
  'max-forwards',
  'proxy-authorization',
  'referer',
  'retry-after',
  'server',
  'user-agent',
]);

/** Names in lower case. Lines of one name are joined, but for Set-Cookie. */
export type ConnectHeaders = Record<string, string | string[] | undefined>;

/**
 * The stream of a request's body, with what its head says. The client is held back while the body is not read.
 *
 * Events: those of a Readable; `aborted` when the client resets the connection or ends its half of it; `close` when the response
 * was sent or cannot be.
 */
export class ConnectRequest extends Readable {
  method: string;
  /** Path and query, as sent. */
  url: string;
  readonly httpVersionMajor = 1;
  readonly httpVersionMinor: number;
  readonly socket: ConnectSocket;
  /** The whole body was read. */
  complete = false;
  aborted = false;
  readonly #source: HttpRequest;
  #headers: ConnectHeaders | undefined;
  #chunks: AsyncIterator<Buffer> | undefined;

  /** @internal */
  constructor(source: HttpRequest, target: HttpResponse) {
    // As in node:http, a request that was read is closed with its response, and not at its end.
    super({ autoDestroy: false });
    const { method, path, query, minorVersion } = source;
    this.#source = source;
    this.method = method;
    this.url = query === '' ? path : `${path}?${query}`;
    this.httpVersionMinor = minorVersion;
    this.socket = new ConnectSocket(source, target);
    source.whenAborted(() => this.#abort());
  }

  get httpVersion(): string {
    return `1.${this.httpVersionMinor}`;
  }

  get headers(): ConnectHeaders {
    this.#headers ??= joined(this.#source.headers());
    return this.#headers;
  }

  set headers(headers: ConnectHeaders) {
    this.#headers = headers;
  }

  /** Names and values in turn, as sent. */
  get rawHeaders(): string[] {
    return [...this.#source.headers()].flat();
  }

  /** The same as `socket`. */
  get connection(): ConnectSocket {
    return this.socket;
  }

  /** @internal */
  override _read(): void {
    if (!this.#source.hasBody) {
      this.#end();
      return;
    }
    this.#chunks ??= this.#source.body[Symbol.asyncIterator]();
    this.#chunks.next().then(
      ({ done, value }) => {
        if (done === true) this.#end();
        else this.push(value);
      },
      (error: Error) => this.destroy(error),
    );
  }

  /** @internal */
  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#chunks?.return?.().catch(() => {}); // not awaited: during a read it settles only when the client sends more
    // As in node:http: a body that breaks off must not end a process that does not listen for errors of requests.
    callback(this.listenerCount('error') === 0 ? null : error);
  }

  #end(): void {
    this.complete = true;
    this.push(null);
  }

  /** The rest of the body, and the response, may still be wanted: a client that only shuts its writing half looks the same. */
  #abort(): void {
    if (this.destroyed) return;
    this.aborted = true;
    this.emit('aborted');
    if (this.complete || !this.#source.hasBody) this.destroy();
  }
}

function joined(fields: Iterable<readonly [name: string, value: string]>): ConnectHeaders {
  const headers: ConnectHeaders = {};
  for (const [sentName, value] of fields) {
    const name = sentName.toLowerCase();
    const known = Object.hasOwn(headers, name) ? headers[name] : undefined;
    if (name === 'set-cookie') headers[name] = Array.isArray(known) ? [...known, value] : [value];
    else if (known === undefined) headers[name] = value;
    else if (!SINGLE.has(name)) headers[name] = `${String(known)}${name === 'cookie' ? '; ' : ', '}${value}`;
  }
  return headers;
}
