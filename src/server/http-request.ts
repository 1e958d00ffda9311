/**
 * A request, as a handler sees it. Its properties are read from the bytes of the head when the handler asks for them, and not
 * before.
 */
import { ClientGoneError, HttpError } from '../http/http-error.js';
import type { RequestHead } from '../http/request-head.js';
import type { SocketAddress } from '../linux/socket-address.js';
import type { Reactor } from '../reactor/reactor.js';
import { forwardedClient } from './client-address.js';
import type { ConnectionClient } from './connection-client.js';
import type { RequestTls } from './connection-security.js';
import { guardedController } from './guarded-controller.js';
import type { BodyOptions, RequestBody } from './request-body.js';
import { attempt, unattended } from './safe-hook.js';

/** The connection that a request came on. */
export interface RequestOrigin {
  readonly reactor: Reactor;
  readonly client: ConnectionClient;
  readonly tls: RequestTls | undefined;
  /** The client has gone, or has at least ended its half of the connection. */
  readonly isPeerGone: boolean;
  /** Takes the error of a listener of the signal. */
  reportError(error: unknown): void;
}

const EMPTY = Buffer.alloc(0);
const utf8 = new TextDecoder();

/**
 * A request, as a handler sees it. Its properties are read from the bytes of the head when the handler asks for them. After a
 * handler has answered and returned, reading throws an Error.
 */
export class HttpRequest {
  /** As sent: `GET`, `HEAD`, … */
  readonly method: string;
  /** 0 or 1: the minor version of HTTP/1. */
  readonly minorVersion: number;
  /** undefined: the handler has returned, and the bytes may belong to another request. */
  #head: RequestHead | undefined;
  readonly #origin: RequestOrigin;
  readonly #body: RequestBody | undefined;
  #abortController: AbortController | undefined;
  #onAbort: (() => void) | undefined;

  /** @internal  @param head  of its parser, until detach() */
  constructor(head: RequestHead, origin: RequestOrigin, body: RequestBody | undefined) {
    this.method = head.method;
    this.minorVersion = head.minorVersion;
    this.#head = head;
    this.#origin = origin;
    this.#body = body;
  }

  /** As sent, such as `GET /a%20b?c HTTP/1.1`. A character is a byte. */
  get requestLine(): string {
    return this.#validHead().requestLine;
  }

  /** The path as sent, percent-encoded, without the query: `/a%20b`. */
  get path(): string {
    return this.#validHead().path;
  }

  /** The query as sent, without its `?`; empty if there is none. */
  get query(): string {
    return this.#validHead().query;
  }

  /** Host and port by which the client names this server, such as `example.org:8080`; empty if an HTTP/1.0 request names none. */
  get authority(): string {
    return this.#validHead().authority;
  }

  /**
   * The value of a header; undefined if it was not sent. Several lines of one name are joined by `, ` (RFC 9110 §5.3), lines
   * of Cookie by `; ` (RFC 6265 §4.2.1, RFC 9113 §8.2.3).
   * @param name  in any case
   */
  header(name: string): string | undefined {
    return this.#validHead().header(name);
  }

  /** All headers in the order in which they were sent: names as sent, one pair for each line. */
  *headers(): IterableIterator<[name: string, value: string]> {
    for (let i = 0; i < this.#validHead().headerCount; i++) yield this.#validHead().fieldAt(i);
  }

  /** The request has conditions (If-Match …) or asks for ranges (Range) (RFC 9110 §13.1, §14.2). */
  get isConditional(): boolean {
    return this.#validHead().isConditional;
  }

  /** The request has a body, which may not have arrived yet. */
  get hasBody(): boolean {
    return this.#body !== undefined;
  }

  /** Reading the body has begun. */
  get bodyUsed(): boolean {
    return this.#body?.isUsed ?? false;
  }

  /**
   * The body in chunks as they come: `for await (const chunk of request.body)`. The client is held back while the body of the
   * `for` loop works. If the loop is left early, the rest is discarded.
   * @throws  while reading: TypeError for a second time; HttpError 400 for a body that breaks off or is malformed, 408 for
   *          one that comes too slowly, 413 for one above the limit; ClientGoneError
   */
  get body(): AsyncIterable<Buffer> {
    return this.#body ?? NO_BODY;
  }

  /** The whole body. @throws as `body` does; HttpError 413 beyond `maxBytes` */
  bytes(options?: BodyOptions): Promise<Buffer> {
    return this.#body === undefined ? Promise.resolve(EMPTY) : unattended(this.#body.bytes(options));
  }

  /** The whole body as UTF-8 text, without a byte order mark. @throws as bytes() */
  text(options?: BodyOptions): Promise<string> {
    return unattended(this.bytes(options).then((bytes) => utf8.decode(bytes)));
  }

  /** The whole body as JSON. @throws as bytes(); HttpError 400 if it is not JSON */
  json(options?: BodyOptions): Promise<unknown> {
    return unattended(this.text(options).then(parseJson));
  }

  /**
   * Aborts when the client resets the connection or ends its half of it. A closed tab ends its half, and so does a client
   * that has sent everything and still reads: a later answer is sent nevertheless.
   */
  get signal(): AbortSignal {
    this.#abortController ??= guardedController((error) => this.#origin.reportError(error));
    if (this.#origin.isPeerGone) this.abort();
    return this.#abortController.signal;
  }

  /** The address from which the peer connects; undefined if it has gone, or if the socket has no names. */
  get remoteAddress(): SocketAddress | undefined {
    return this.#origin.client.peerAddress;
  }

  /** The address of the client: that of the peer, or the one that a trusted proxy names (HttpServerOptions.trustedProxies). */
  get clientAddress(): SocketAddress | undefined {
    const { address: client, trustedProxies } = this.#origin.client;
    if (client === undefined || trustedProxies === undefined) return client;
    return forwardedClient(client, trustedProxies, this.header('forwarded'), this.header('x-forwarded-for'));
  }

  /** The TLS of the connection; undefined for plain HTTP. */
  get tls(): RequestTls | undefined {
    return this.#origin.tls;
  }

  /** The reactor of this connection: a handler can register its own descriptors there. */
  get reactor(): Reactor {
    return this.#origin.reactor;
  }

  /** @internal  Calls `onAbort` when `signal` aborts, at once if it has: a signal costs 17 µs, mostly to collect it (Node 20). */
  whenAborted(onAbort: () => void): void {
    this.#onAbort = onAbort;
    if (this.#origin.isPeerGone) this.abort();
  }

  /** @internal  The client has gone. */
  abort(): void {
    if (this.#abortController?.signal.aborted === false) this.#abortController.abort(new ClientGoneError());
    const onAbort = this.#onAbort;
    this.#onAbort = undefined;
    if (onAbort !== undefined) attempt(onAbort, (error) => this.#origin.reportError(error));
  }

  /** @internal  The handler goes on after the turn: the request copies its head. */
  detach(): void {
    this.#head = this.#validHead().copy();
  }

  /** @internal  The handler has answered and returned. */
  release(): void {
    this.#head = undefined;
  }

  #validHead(): RequestHead {
    if (this.#head === undefined) {
      throw new Error('a request was read after its handler had answered and returned: read before, or be async');
    }
    return this.#head;
  }
}

const NO_BODY: AsyncIterable<Buffer> = { async *[Symbol.asyncIterator]() {} };

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new HttpError(400, 'invalid JSON in request body', { cause });
  }
}
