/**
 * A response. The handler sends it whole, by send() or sendFile(), or in pieces, by start(), write() and end().
 *
 *   UNSENT     send() → SENT; start() → STREAMING
 *   STREAMING  end() → SENT
 *   SENT
 *
 * The state changes only when nothing can fail any more: after invalid headers the handler may answer again, or the server
 * answers 500. A second answer is reported to onHandlerError. It does not throw, because it may come from a promise or a
 * timer for which no handler waits, and an error there would end the process.
 */

import { httpDate } from '../http/http-date.js';
import { withDefaults } from '../http/response/default-headers.js';
import type { HeadTemplate } from '../http/response/head-template.js';
import { repeatedHead } from '../http/response/repeated-head.js';
import { headEnd, type ResponseHeaders, responseHead } from '../http/response/response-head.js';
import { isBodyless } from '../http/response/status.js';
import type { Connection } from '../net/connection.js';
import type { FilePart } from '../net/write-queue.js';
import { byteLength, checkChunk, closeFiles, JOINED_BODY_BYTES_MAX, joined, totalLength } from './body-parts.js';
import type { PreparedResponse } from './prepared-response.js';
import { ResponseStream } from './response-stream.js';
import { attempt } from './safe-hook.js';

export type { FilePart };

/** The exchange that a response belongs to. */
export interface ResponseOwner {
  /**
   * The line of the Connection header with its line end, or ''.
   * @param endsByClose  the body ends with the connection
   */
  connectionLine(endsByClose: boolean): string;
  /** The whole response is queued. Called once. */
  onSent(response: HttpResponse): void;
  /** The response is not sent, or not completely. */
  isUnderWay(response: HttpResponse): boolean;
  /** The handler has failed: the client gets a 500, or the connection is cut if the response was begun. */
  fail(response: HttpResponse, error: unknown): void;
  /** An error that cannot be sent to the client. */
  reportError(error: unknown): void;
}

/** Options of HttpResponse.start(). */
export interface StreamOptions {
  /** The length of the body in bytes. Without it the body is chunked or, for HTTP/1.0, ends with the connection. */
  readonly length?: number;
}

const UNSENT = 0;
const STREAMING = 1;
const SENT = 2;

const NOTHING = Buffer.alloc(0);
const GONE = Promise.resolve(false);

/** A response. The handler sends it whole, by send() or sendFile(), or in pieces, by start(), write() and end(). */
export class HttpResponse {
  readonly #connection: Connection;
  /** @internal */
  readonly owner: ResponseOwner;
  /** The request was HEAD: the response has the same head and no body (RFC 9110 §9.3.2). */
  readonly #isHead: boolean;
  readonly #isHttp10: boolean;
  /** Called when the connection ends before the whole response is queued. For a handler that waits for another source meanwhile. */
  onGone: (() => void) | undefined;
  /**
   * Headers that every answer gets, the server's own errors too, unless the answer has a header of that name; Vary is joined.
   * A prepared response is sent as it is only if this is the object that it was prepared with.
   */
  defaultHeaders: ResponseHeaders | undefined;
  #state = UNSENT;
  #status = 0;
  #bodyBytes = 0;
  #stream: ResponseStream | undefined;

  /** @internal */
  constructor(connection: Connection, owner: ResponseOwner, isHead: boolean, isHttp10: boolean) {
    this.#connection = connection;
    this.owner = owner;
    this.#isHead = isHead;
    this.#isHttp10 = isHttp10;
  }

  /** The status that was sent; 0 before that. */
  get status(): number {
    return this.#status;
  }

  /** Bytes of the body that the handler has given so far, sent or queued. */
  get bodyBytes(): number {
    return this.#stream?.bodyBytes ?? this.#bodyBytes;
  }

  /** A response was sent or begun, or the connection is closed. */
  get isSent(): boolean {
    return this.#state !== UNSENT || this.#connection.isClosed;
  }

  /** start() was called, and end() was not. */
  get isStreaming(): boolean {
    return this.#state === STREAMING;
  }

  /**
   * Sends the response. Date, Content-Length and Connection are added.
   * @param status   three digits
   * @param headers  names and values
   * @param body     text is sent as UTF-8; bytes are kept by reference and must not change afterwards
   * @throws         TypeError or RangeError for what cannot be sent. Then nothing is sent, and another answer is possible
   */
  send(status: number, headers: ResponseHeaders = {}, body: string | Uint8Array = ''): void {
    const isPlain = this.#state === UNSENT && this.defaultHeaders === undefined;
    const template = isPlain ? repeatedHead(status, headers) : undefined;
    if (template === undefined) this.#sendOnce(status, headers, body);
    else this.sendTemplate(template, body);
  }

  /** @internal  send() with a head that is reused. */
  sendTemplate(template: HeadTemplate, body: string | Uint8Array): void {
    checkChunk('body', body);
    if (this.defaultHeaders !== undefined) this.#sendOnce(template.status, template.headers, body);
    else if (!this.isSecondAnswer()) this.#sendWith(template, body);
  }

  /** @internal  Sends a prepared response. This is the fastest way to answer. */
  sendPrepared(prepared: PreparedResponse): void {
    const { status, headers, body } = prepared;
    if (this.#state !== UNSENT || prepared.defaultHeaders !== this.defaultHeaders) {
      this.send(status, headers, body);
    } else if (this.#isHead || this.owner.connectionLine(false) !== '') {
      this.#sendWith(prepared.template, body);
    } else {
      const message = prepared.message(this.#connection.reactor.wallClockMs);
      this.#setSent(status, body.length);
      this.#connection.write(message);
      this.owner.onSent(this);
    }
  }

  /**
   * Sends a part of an open file as the body: from the kernel's page cache, without copying it into this process
   * (sendfile(2)).
   * @param file  is closed when it is sent, or if it cannot be sent
   * @throws      as send()
   */
  sendFile(status: number, headers: ResponseHeaders, file: FilePart): void {
    this.sendParts(status, headers, [file]);
  }

  /**
   * Sends bytes and parts of files as the body, in this order.
   * @param parts  bytes are kept by reference; files are closed when they are sent, or if they cannot be sent
   * @throws       as send()
   */
  sendParts(status: number, headers: ResponseHeaders, parts: readonly (Uint8Array | FilePart)[]): void {
    let bytes: Buffer | undefined;
    let bodyBytes = 0;
    const sendsBody = !this.#isHead && !isBodyless(status);
    try {
      const head = this.#head(status, headers, false, () => {
        bodyBytes = totalLength(parts);
        return bodyBytes;
      });
      if (head !== undefined) bytes = Buffer.from(head, 'latin1');
    } finally {
      if (bytes === undefined || !sendsBody) closeFiles(parts, (error) => this.owner.reportError(error));
    }
    if (bytes === undefined) return;
    this.#setSent(status, sendsBody ? bodyBytes : 0);
    this.#connection.writeAll(sendsBody ? [bytes, ...parts] : [bytes]);
    this.owner.onSent(this);
  }

  /**
   * Begins a response whose body is written in pieces. Its head is sent with the first piece, or before the next turn. If
   * this response is being streamed already, the connection is cut: the pieces of two bodies would be mixed.
   * @throws  as send()
   */
  start(status: number, headers: ResponseHeaders = {}, { length }: StreamOptions = {}): void {
    if (length !== undefined && !(Number.isSafeInteger(length) && length >= 0)) {
      throw new RangeError(`length: expected a whole number of bytes, got ${String(length)}`);
    }
    if (this.#state === STREAMING) this.destroy();
    const isChunked = length === undefined && !this.#isHttp10;
    const head = this.#head(status, headers, isChunked, () => length);
    if (head === undefined) return;
    const omitsBody = this.#isHead || isBodyless(status);
    this.#status = status;
    this.#state = STREAMING;
    if (length === undefined && !isChunked && !omitsBody) this.#connection.endsBody();
    this.#stream = new ResponseStream(this.#connection, head, { isChunked, length, omitsBody });
    queueMicrotask(() => this.#flushHead());
  }

  /**
   * Writes a piece of the body. Await the promise before the next piece: it resolves when the client has taken enough,
   * usually at once.
   * @param chunk  text is sent as UTF-8; bytes are kept by reference and must not change afterwards
   * @returns      false if the client has gone or the response was ended: no more can be written. It never rejects
   * @throws       Error if no response was begun; RangeError if the body would be longer than announced
   */
  write(chunk: string | Uint8Array): Promise<boolean> {
    checkChunk('chunk', chunk);
    return this.#openStream('write')?.write(chunk) ?? GONE;
  }

  /**
   * Ends a response that was begun, with or without a last piece.
   * @throws  as write(); Error if the body is shorter than announced: then the connection is cut
   */
  end(chunk: string | Uint8Array = NOTHING): void {
    checkChunk('chunk', chunk);
    const stream = this.#openStream('end');
    if (stream === undefined) return;
    stream.end(chunk);
    this.#state = SENT;
    this.owner.onSent(this);
  }

  /** Cuts the connection, so that the client sees that the response is incomplete. */
  destroy(): void {
    this.#connection.destroy();
  }

  /** @internal  The client reads again. */
  onWritable(): void {
    this.#stream?.wake();
  }

  /** @internal */
  onClosed(): void {
    this.#stream?.wake();
    attempt(
      () => this.onGone?.(),
      (error) => this.owner.reportError(error),
    );
  }

  /** @internal  Whether an answer was given before. If so, it is reported. */
  isSecondAnswer(): boolean {
    if (this.#state === UNSENT) return false;
    this.owner.reportError(new Error('a response was sent already'));
    return true;
  }

  /**
   * @param measure  the length of the body; undefined: not known. Called after the headers are read, because reading them may
   *                 run code that changes the body
   * @returns        undefined if this would be a second answer
   * @throws         as send()
   */
  #head(
    status: number,
    headers: ResponseHeaders,
    isChunked: boolean,
    measure: () => number | undefined,
  ): string | undefined {
    if (this.isSecondAnswer()) return undefined;
    if (status < 200) throw new RangeError(`status: expected that of a final response, got ${status}`);
    const all = this.defaultHeaders === undefined ? headers : withDefaults(headers, this.defaultHeaders);
    const lines = responseHead(status, httpDate(this.#connection.reactor.wallClockMs), all);
    if (this.isSecondAnswer()) return undefined; // an iterator or a toString() of the headers has answered meanwhile
    const isBodyAllowed = !isBodyless(status);
    const length = isBodyAllowed ? measure() : undefined;
    const endsByClose = isBodyAllowed && length === undefined && !isChunked;
    return `${lines}${headEnd(length, isBodyAllowed && isChunked, this.owner.connectionLine(endsByClose))}`;
  }

  #sendOnce(status: number, headers: ResponseHeaders, body: string | Uint8Array): void {
    if (this.isSecondAnswer()) return;
    checkChunk('body', body);
    let length = 0;
    const head = this.#head(status, headers, false, () => {
      length = byteLength(body);
      return length;
    });
    if (head === undefined) return;
    const sendsBody = !this.#isHead && !isBodyless(status);
    const parts = sendsBody ? joined(head, body, length, '') : joined(head, '', 0, '');
    this.#setSent(status, sendsBody ? length : 0);
    this.#connection.writeAll(parts);
    this.owner.onSent(this);
  }

  #sendWith(template: HeadTemplate, body: string | Uint8Array): void {
    const connectionLine = this.owner.connectionLine(false);
    if (this.#isHead || body.length > JOINED_BODY_BYTES_MAX) {
      this.#sendApart(template, connectionLine, body);
      return;
    }
    const { bytes, bodyLength } = template.message(body, this.#connection.reactor.wallClockMs, connectionLine);
    this.#setSent(template.status, bodyLength);
    this.#connection.write(bytes);
    this.owner.onSent(this);
  }

  /** Sends the head, and the body in a chunk of its own. */
  #sendApart(template: HeadTemplate, connectionLine: string, body: string | Uint8Array): void {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    const head = template.head(bytes.length, this.#connection.reactor.wallClockMs, connectionLine);
    this.#setSent(template.status, this.#isHead ? 0 : bytes.length);
    this.#connection.writeAll(this.#isHead ? [head] : [head, bytes]);
    this.owner.onSent(this);
  }

  #setSent(status: number, bodyBytes: number): void {
    this.#state = SENT;
    this.#status = status;
    this.#bodyBytes = bodyBytes;
  }

  /** @returns  undefined if it was ended already, which is reported */
  #openStream(method: string): ResponseStream | undefined {
    if (this.#state === STREAMING) return this.#stream;
    const error = new Error(`${method}() was called on a response that is not begun, or is ended`);
    if (this.#state === UNSENT) throw error;
    this.owner.reportError(error);
    return undefined;
  }

  #flushHead(): void {
    attempt(
      () => this.#stream?.flushHead(),
      (error) => this.owner.reportError(error),
    );
  }
}
