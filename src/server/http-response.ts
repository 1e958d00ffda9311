/**
 * A response, as a handler gives it: whole, by send() or sendFile(); or in pieces, by start(), write() and end().
 */
import { withDefaults } from '../http/default-headers.js';
import { httpDate } from '../http/http-date.js';
import { type RepeatedHead, repeatedHead } from '../http/repeated-response-head.js';
import { type ResponseHeaders, responseHead } from '../http/response-head.js';
import { isBodyless } from '../http/status.js';
import { JOINED_BODY_BYTES_MAX, STREAM_BYTES_PER_TURN } from '../limits.js';
import type { Connection } from '../net/connection.js';
import type { FilePart } from '../net/write-queue.js';
import type { PreparedResponse } from './prepared-response.js';

export type { FilePart };

/** The exchange that a response belongs to. */
export interface ResponseOwner {
  /**
   * The Connection header's line with its end, or nothing.
   * @param endsByClose  only the end of the connection tells the end of the body
   */
  connectionLine(endsByClose: boolean): string;
  /** The whole response is queued. Called once. */
  onSent(response: HttpResponse): void;
  /** An error that no client can be told of. */
  reportError(error: unknown): void;
}

export interface StreamOptions {
  /** Bytes that the body will have. Without it, the body is chunked, or to a client of HTTP/1.0 ends with the connection. */
  readonly length?: number;
}

const UNSENT = 0;
const STREAMING = 1;
const SENT = 2;

const NOTHING = Buffer.alloc(0);
const LAST_CHUNK = '0\r\n\r\n';

const GO_ON = Promise.resolve(true);
const GONE = Promise.resolve(false);

export class HttpResponse {
  readonly #connection: Connection;
  readonly #owner: ResponseOwner;
  /** The request was HEAD: the same head, no body (RFC 9110 §9.3.2). */
  #omitsBody: boolean;
  readonly #isHttp10: boolean;
  /** Called when the client has gone, or was cut off, before the whole was queued: for a source that waits for something else. */
  onGone: (() => void) | undefined;
  /**
   * What is sent with whatever is answered, the server's own errors too, unless the answer has a header of that name itself; Vary is
   * joined. The same object each time lets a response that was prepared with it be sent as it is.
   */
  defaultHeaders: ResponseHeaders | undefined;
  #state = UNSENT;
  #status = 0;
  #bodyBytes = 0;
  #stream: Stream | undefined;

  /** @internal */
  constructor(connection: Connection, owner: ResponseOwner, omitsBody: boolean, isHttp10: boolean) {
    this.#connection = connection;
    this.#owner = owner;
    this.#omitsBody = omitsBody;
    this.#isHttp10 = isHttp10;
  }

  /** What was answered; 0 as long as nothing was. */
  get status(): number {
    return this.#status;
  }

  /** Bytes of the body that were given so far, whether or not they have left. */
  get bodyBytes(): number {
    return this.#bodyBytes;
  }

  /** A response was given or begun, or the client is gone: another one goes nowhere. */
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
   * @param body     text goes as UTF-8; bytes are taken by reference and must not change afterwards
   * @throws         Error where one was sent already; TypeError or RangeError for a head that is not one. Nothing is sent then.
   */
  send(status: number, headers: ResponseHeaders = {}, body: string | Uint8Array = ''): void {
    checkChunk('body', body);
    const repeated = this.#repeatedHead(status, headers);
    if (repeated !== undefined) {
      this.#sendRepeated(repeated, body);
      return;
    }
    const bodyLength = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
    const head = this.#head(status, headers, bodyLength, false);
    if (this.#omitsBody || isBodyless(status)) {
      this.#write(head, '', 0, '');
    } else {
      this.#bodyBytes = bodyLength;
      this.#write(head, body, bodyLength, '');
    }
    this.#finish();
  }

  /** Sends a response that was prepared, at the least cost there is. @throws Error where one was sent already */
  sendPrepared(prepared: PreparedResponse): void {
    if (this.#omitsBody || this.#state !== UNSENT || prepared.defaultHeaders !== this.defaultHeaders) {
      this.send(prepared.status, prepared.headers, prepared.body);
      return;
    }
    const connectionLine = this.#owner.connectionLine(false);
    this.#setSent(prepared.status, prepared.body.length);
    const nowMs = this.#connection.wallClockMs;
    if (connectionLine === '') this.#connection.write(prepared.message(nowMs));
    else this.#connection.write(prepared.head(nowMs, connectionLine), prepared.body);
    this.#finish();
  }

  /**
   * Sends a part of an open file as the body, from the kernel's page cache and not through this process (sendfile(2)).
   * @param file  taken over: it is closed when it is sent, or cannot be
   * @throws      as send()
   */
  sendFile(status: number, headers: ResponseHeaders, file: FilePart): void {
    this.sendParts(status, headers, [file]);
  }

  /**
   * Sends bytes and parts of files as the body, one behind the other.
   * @param parts  bytes by reference; files are taken over, and are closed when they are sent, or cannot be
   * @throws       as send()
   */
  sendParts(status: number, headers: ResponseHeaders, parts: readonly (Uint8Array | FilePart)[]): void {
    let head: Buffer;
    let bodyBytes: number;
    try {
      bodyBytes = totalLength(parts);
      head = Buffer.from(this.#head(status, headers, bodyBytes, false), 'latin1');
    } catch (error) {
      closeFiles(parts);
      throw error;
    }
    if (this.#omitsBody || isBodyless(status)) {
      closeFiles(parts);
      this.#connection.write(head);
    } else {
      this.#bodyBytes = bodyBytes;
      this.#connection.writeAll([head, ...parts]);
    }
    this.#finish();
  }

  /**
   * Begins a response whose body is written in pieces. Its head leaves with the first of them, or before the next turn.
   * @throws  as send()
   */
  start(status: number, headers: ResponseHeaders = {}, { length }: StreamOptions = {}): void {
    if (length !== undefined && !(Number.isSafeInteger(length) && length >= 0)) {
      throw new RangeError(`length: expected a whole number of bytes, got ${String(length)}`);
    }
    const isChunked = length === undefined && !this.#isHttp10;
    const head = this.#head(status, headers, length, isChunked);
    if (isBodyless(status)) this.#omitsBody = true;
    this.#state = STREAMING;
    this.#stream = { head, isChunked, leftBytes: length ?? Number.NaN, turnBytes: 0, writable: undefined };
    queueMicrotask(() => this.#flushHead());
  }

  /**
   * Writes a piece of the body. Await it before the next: it resolves when the client has taken enough for more, at once as
   * a rule.
   * @param chunk  text goes as UTF-8; bytes are taken by reference and must not change afterwards
   * @returns      false: the client has gone, and there is no use in going on. It never rejects.
   * @throws       Error where none was begun, or end() was called; RangeError beyond the length that was given
   */
  write(chunk: string | Uint8Array): Promise<boolean> {
    checkChunk('chunk', chunk);
    const stream = this.#openStream('write');
    if (this.#connection.isClosed) return GONE;
    if (chunk.length === 0) return GO_ON;
    this.#writePart(stream, chunk, '');
    if (this.#connection.isClosed) return GONE;
    if (!this.#connection.isAboveHighWater && stream.turnBytes < STREAM_BYTES_PER_TURN) return GO_ON;
    return this.#writable(stream);
  }

  /**
   * Ends a response that was begun, with a last piece or without.
   * @throws  as write(); Error where the length that was given is not reached: the connection is cut then
   */
  end(chunk: string | Uint8Array = NOTHING): void {
    checkChunk('chunk', chunk);
    const stream = this.#openStream('end');
    this.#writePart(stream, chunk, stream.isChunked ? LAST_CHUNK : '');
    const { leftBytes } = stream;
    this.#wake(stream);
    if (leftBytes > 0 && !this.#omitsBody && !this.#connection.isClosed) {
      this.#connection.destroy();
      throw new Error(`a response was ended ${leftBytes} bytes before the length that it had announced`);
    }
    this.#finish();
  }

  /** Cuts the connection: the client sees that the response is not complete. */
  destroy(): void {
    this.#connection.destroy();
  }

  /** @internal  An error that no client can be told of. */
  reportError(error: unknown): void {
    this.#owner.reportError(error);
  }

  /** @internal  Of an answer beside the one that was given. */
  reportSecondAnswer(): void {
    if (this.#state !== UNSENT) this.#owner.reportError(new Error('a response was sent already'));
  }

  /** @internal  The client reads again. */
  onWritable(): void {
    if (this.#stream !== undefined) this.#wake(this.#stream);
  }

  /** @internal */
  onClosed(): void {
    this.onWritable(); // write() resolves to false
    try {
      this.onGone?.();
    } catch (error) {
      this.#owner.reportError(error);
    }
  }

  #head(status: number, headers: ResponseHeaders, bodyLength: number | undefined, isChunked: boolean): string {
    if (this.#state !== UNSENT) throw new Error('a response was sent already');
    if (status < 200) throw new RangeError(`status: expected that of a final response, got ${status}`);
    const all = this.defaultHeaders === undefined ? headers : withDefaults(headers, this.defaultHeaders);
    const head = responseHead(status, httpDate(this.#connection.wallClockMs), all);
    const hasBody = !isBodyless(status);
    let framing = '';
    if (hasBody && bodyLength !== undefined) framing = `Content-Length: ${bodyLength}\r\n`;
    else if (hasBody && isChunked) framing = 'Transfer-Encoding: chunked\r\n';
    const connection = this.#owner.connectionLine(hasBody && framing === '');
    this.#state = SENT;
    this.#status = status;
    return `${head}${framing}${connection}\r\n`;
  }

  /** @returns  undefined where the head is another, or has a Connection, and where there is no body: for #head() */
  #repeatedHead(status: number, headers: ResponseHeaders): RepeatedHead | undefined {
    if (this.#omitsBody || isBodyless(status) || this.#state !== UNSENT || this.defaultHeaders !== undefined)
      return undefined;
    return this.#owner.connectionLine(false) === '' ? repeatedHead(status, headers) : undefined;
  }

  /** @throws  TypeError or RangeError, before anything is sent: what is kept need not be a head that can be */
  #sendRepeated(head: RepeatedHead, body: string | Uint8Array): void {
    const nowMs = this.#connection.wallClockMs;
    if (body.length <= JOINED_BODY_BYTES_MAX) {
      const { bytes, bodyLength } = head.message(body, nowMs);
      this.#setSent(head.status, bodyLength);
      this.#connection.write(bytes);
    } else {
      const bytes = typeof body === 'string' ? Buffer.from(body) : body;
      const headBytes = head.head(bytes.length, nowMs);
      this.#setSent(head.status, bytes.length);
      this.#connection.write(headBytes, bytes);
    }
    this.#finish();
  }

  #setSent(status: number, bodyBytes: number): void {
    this.#state = SENT;
    this.#status = status;
    this.#bodyBytes = bodyBytes;
  }

  #openStream(method: string): Stream {
    if (this.#state !== STREAMING)
      throw new Error(`${method}() was called on a response that is not begun, or is ended`);
    return this.#stream as Stream;
  }

  /** @param after  what follows the chunk: latin1 */
  #writePart(stream: Stream, chunk: string | Uint8Array, after: string): void {
    const length = typeof chunk === 'string' ? Buffer.byteLength(chunk) : chunk.length;
    if (length > stream.leftBytes) {
      throw new RangeError(`chunk: ${length} bytes are more than the ${stream.leftBytes} that are left of the length`);
    }
    stream.leftBytes -= length;
    stream.turnBytes += length;
    const { head } = stream;
    stream.head = '';
    if (!this.#omitsBody) this.#bodyBytes += length;
    if (this.#omitsBody) this.#write(head, '', 0, '');
    else if (!stream.isChunked || length === 0) this.#write(head, chunk, length, after);
    else this.#write(`${head}${length.toString(16)}\r\n`, chunk, length, `\r\n${after}`);
  }

  #flushHead(): void {
    const stream = this.#stream;
    if (stream === undefined || stream.head === '') return;
    this.#write(stream.head, '', 0, '');
    stream.head = '';
  }

  /** @param before, after  around the body: latin1 */
  #write(before: string, body: string | Uint8Array, bodyLength: number, after: string): void {
    if (bodyLength <= JOINED_BODY_BYTES_MAX) {
      const bytes = Buffer.allocUnsafe(before.length + bodyLength + after.length);
      bytes.write(before, 0, 'latin1');
      if (typeof body === 'string') bytes.write(body, before.length, 'utf8');
      else bytes.set(body, before.length);
      if (after !== '') bytes.write(after, before.length + bodyLength, 'latin1');
      this.#connection.write(bytes);
    } else {
      const tail = after === '' ? undefined : Buffer.from(after, 'latin1');
      this.#connection.write(Buffer.from(before, 'latin1'), typeof body === 'string' ? Buffer.from(body) : body, tail);
    }
  }

  #writable(stream: Stream): Promise<boolean> {
    // One promise for all who wait: a handler that does not await may write any number of times.
    if (stream.writable === undefined) {
      stream.writable = withResolver();
      this.#awaitWritable(stream);
    }
    return stream.writable.promise;
  }

  #awaitWritable(stream: Stream): void {
    if (this.#connection.isAboveHighWater) {
      this.#connection.awaitFlush();
    } else {
      // A client that reads as fast as it is written to: the others get their turn.
      setImmediate(() => {
        if (this.#connection.isAboveHighWater) this.#connection.awaitFlush();
        else this.#wake(stream);
      });
    }
  }

  #wake(stream: Stream): void {
    const { writable } = stream;
    stream.turnBytes = 0;
    stream.writable = undefined;
    writable?.resolve(!this.#connection.isClosed);
  }

  #finish(): void {
    this.#state = SENT;
    this.#stream = undefined;
    this.#owner.onSent(this);
  }
}

/** A body that is written in pieces. */
interface Stream {
  /** Not written yet: empty when it is. */
  head: string;
  readonly isChunked: boolean;
  /** Of the length that was given; NaN where none was. */
  leftBytes: number;
  /** Written since others had their turn. */
  turnBytes: number;
  /** Of those who wait in write(). */
  writable: { readonly promise: Promise<boolean>; readonly resolve: (goesOn: boolean) => void } | undefined;
}

function checkChunk(name: string, chunk: unknown): void {
  if (typeof chunk !== 'string' && !(chunk instanceof Uint8Array)) {
    throw new TypeError(`${name}: expected a string or a Uint8Array, got ${typeof chunk}`);
  }
}

/** @throws  RangeError for a part that is none */
function totalLength(parts: readonly (Uint8Array | FilePart)[]): number {
  let length = 0;
  for (const part of parts) length += part instanceof Uint8Array ? part.length : partLength(part);
  return length;
}

function partLength({ position, end }: FilePart): number {
  if (!(Number.isSafeInteger(position) && Number.isSafeInteger(end) && position >= 0 && position <= end)) {
    throw new RangeError(`file: expected 0 <= position <= end, got ${position}, ${end}`);
  }
  return end - position;
}

function closeFiles(parts: readonly (Uint8Array | FilePart)[]): void {
  for (const part of parts) if (!(part instanceof Uint8Array)) part.close();
}

function withResolver(): NonNullable<Stream['writable']> {
  let resolve: (goesOn: boolean) => void = () => {};
  const promise = new Promise<boolean>((onResolve) => {
    resolve = onResolve;
  });
  return { promise, resolve };
}
