/**
 * A response in the form of node:http's ServerResponse.
 *
 * end() without a write() before it sends the response whole, with its Content-Length. Otherwise the head leaves with the first
 * write(), and the body is streamed. Framing, Date and Connection are the server's, whatever the headers say.
 */
import { Writable } from 'node:stream';
import { headerLine } from '../http/response/response-head.js';
import type { HttpResponse } from '../server/http-response.js';
import type { ConnectRequest } from './connect-request.js';
import type { ConnectSocket } from './connect-socket.js';

/** Fields that the server writes itself (RFC 9110 §7.6.1). A program may set them; its Content-Length is used for streams. */
const OWN_NAME = /^(?:connection|content-length|date|keep-alive|proxy-connection|transfer-encoding)$/;

export type ConnectHeaderValue = string | number | readonly string[];
/** The headers that writeHead() takes: a record, or names and values in turn. */
export type ConnectHeadHeaders =
  | Readonly<Record<string, ConnectHeaderValue | undefined>>
  | readonly ConnectHeaderValue[];

interface Field {
  readonly name: string;
  readonly value: ConnectHeaderValue;
}

type Callback = (error?: Error | null) => void;

export class ConnectResponse extends Writable {
  statusCode = 200;
  /** Not sent: clients get the standard phrase of the status. */
  statusMessage: string | undefined;
  readonly req: ConnectRequest;
  readonly #target: HttpResponse;
  /** By their names in lower case. */
  readonly #fields = new Map<string, Field>();
  /** writeHead() was called: status and headers are fixed. */
  #isHeadWritten = false;
  /** The whole body, until it is sent. */
  #whole: string | Uint8Array | undefined;

  /** @internal */
  constructor(target: HttpResponse, request: ConnectRequest) {
    super();
    this.#target = target;
    this.req = request;
    target.onGone = () => this.destroy();
  }

  get socket(): ConnectSocket {
    return this.req.socket;
  }

  /** The same as `socket`. */
  get connection(): ConnectSocket {
    return this.req.socket;
  }

  get headersSent(): boolean {
    return this.#isHeadWritten;
  }

  /** end() was called. */
  get finished(): boolean {
    return this.writableEnded;
  }

  /** @throws  TypeError for a name or a value that cannot be sent; Error ERR_HTTP_HEADERS_SENT */
  setHeader(name: string, value: ConnectHeaderValue): this {
    this.#checkUnsent('set');
    for (const item of typeof value === 'object' ? value : [value]) {
      if (OWN_NAME.test(name.toLowerCase())) break;
      if (item === undefined) throw new TypeError(`value of header ${name}: expected a string, got undefined`);
      headerLine(name, String(item));
    }
    this.#fields.set(name.toLowerCase(), { name, value });
    return this;
  }

  /** Adds lines to those of this name. @throws as setHeader() */
  appendHeader(name: string, value: string | readonly string[]): this {
    const known = this.getHeader(name);
    if (known === undefined) return this.setHeader(name, value);
    return this.setHeader(name, [known, value].flat().map(String));
  }

  /** @throws as setHeader() */
  setHeaders(headers: Headers | ReadonlyMap<string, ConnectHeaderValue>): this {
    for (const [name, value] of headers) this.setHeader(name, value);
    return this;
  }

  getHeader(name: string): ConnectHeaderValue | undefined {
    return this.#fields.get(name.toLowerCase())?.value;
  }

  hasHeader(name: string): boolean {
    return this.#fields.has(name.toLowerCase());
  }

  /** In lower case. */
  getHeaderNames(): string[] {
    return [...this.#fields.keys()];
  }

  /** By names in lower case. */
  getHeaders(): Record<string, ConnectHeaderValue> {
    return Object.fromEntries(Array.from(this.#fields, ([name, { value }]) => [name, value]));
  }

  /** @throws  Error ERR_HTTP_HEADERS_SENT */
  removeHeader(name: string): void {
    this.#checkUnsent('remove');
    this.#fields.delete(name.toLowerCase());
  }

  /**
   * Fixes status and headers. They are sent by the first write(), by end() or by flushHeaders().
   * @param status  200 to 999
   * @throws        RangeError for another status; as setHeader()
   */
  writeHead(status: number, headers?: ConnectHeadHeaders): this;
  writeHead(status: number, statusMessage: string | undefined, headers?: ConnectHeadHeaders): this;
  writeHead(status: number, second?: string | ConnectHeadHeaders, third?: ConnectHeadHeaders): this {
    this.#checkUnsent('write');
    if (!(Number.isInteger(status) && status >= 200 && status <= 999)) {
      throw new RangeError(`status: expected that of a final response, 200 to 999, got ${String(status)}`);
    }
    const headers = typeof second === 'object' ? second : third;
    this.statusCode = status;
    if (typeof second === 'string') this.statusMessage = second;
    if (isList(headers)) this.#setPairs(headers);
    else
      for (const [name, value] of Object.entries(headers ?? {})) if (value !== undefined) this.setHeader(name, value);
    this.#isHeadWritten = true;
    return this;
  }

  /** Begins the response, so that its head leaves before there is a body. */
  flushHeaders(): void {
    if (this.#target.isSent) return;
    this.#fixHead();
    this.#start();
  }

  /** The server sends 100 (Continue) when the body is read. */
  writeContinue(): void {}

  /** For compression, express-session and the like, which make node:http write its head. */
  _implicitHeader(): void {
    this.writeHead(this.statusCode);
  }

  /** For the same: whether there is a head. */
  get _header(): boolean {
    return this.#isHeadWritten;
  }

  override end(callback?: () => void): this;
  override end(chunk: unknown, callback?: () => void): this;
  override end(chunk: unknown, encoding: BufferEncoding | null | undefined, callback?: (() => void) | null): this;
  override end(first?: unknown, second?: unknown, third?: unknown): this {
    const chunk = typeof first === 'function' ? undefined : first;
    const encoding = typeof second === 'string' ? (second as BufferEncoding) : undefined;
    const callback = [first, second, third].find((value) => typeof value === 'function') as (() => void) | undefined;
    if (!this.writableEnded && !this.#target.isSent && this.writableLength === 0) {
      this.#whole = bodyOf(chunk, encoding);
      this.#fixHead();
      return super.end(callback);
    }
    return super.end(chunk ?? undefined, encoding ?? 'utf8', callback);
  }

  /** @internal */
  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: Callback): void {
    this.#attempt(() => {
      if (!this.#target.isSent) {
        this.#fixHead();
        this.#start();
      }
      this.#target.write(chunk).then((goesOn) => {
        if (goesOn) callback();
        else this.destroy();
      });
    });
  }

  /** @internal */
  override _final(callback: Callback): void {
    this.#attempt(() => {
      if (this.#whole === undefined) this.#target.end();
      else this.#sendWhole(this.#whole);
      callback();
    });
  }

  /** @internal */
  override _destroy(_error: Error | null, callback: Callback): void {
    if (!this.#target.isSent || this.#target.isStreaming) this.#target.destroy();
    if (!this.writableFinished) this.socket.close();
    this.req.destroy();
    callback(); // as in node:http, without the error: a program that does not listen for errors of responses goes on
  }

  #setPairs(list: readonly ConnectHeaderValue[]): void {
    const names = list.filter((_, index) => index % 2 === 0).map(String);
    for (const name of names) this.removeHeader(name);
    names.forEach((name, index) => {
      const value = list[2 * index + 1] as ConnectHeaderValue;
      this.appendHeader(name, typeof value === 'number' ? String(value) : value);
    });
  }

  #checkUnsent(verb: string): void {
    if (!this.#isHeadWritten) return;
    throw Object.assign(new Error(`Cannot ${verb} headers after they are sent to the client`), {
      code: 'ERR_HTTP_HEADERS_SENT',
    });
  }

  /** By writeHead(), in whose place middleware (on-headers) puts a function of its own. */
  #fixHead(): void {
    if (!this.#isHeadWritten) this._implicitHeader();
  }

  #start(): void {
    const length = this.#announcedLength();
    this.#target.start(this.statusCode, this.#lines(), length === undefined ? {} : { length });
  }

  #sendWhole(body: string | Uint8Array): void {
    if (this.req.method === 'HEAD' && body.length === 0) {
      // A program that knows HEAD leaves out the body. A Content-Length of 0 would be wrong (RFC 9110 §8.6).
      this.#start();
      this.#target.end();
    } else {
      this.#target.send(this.statusCode, this.#lines(), body);
    }
  }

  #announcedLength(): number | undefined {
    const length = String(this.getHeader('content-length') ?? '');
    return /^\d{1,15}$/.test(length) ? Number(length) : undefined;
  }

  *#lines(): IterableIterator<[name: string, value: string]> {
    for (const [lowerName, { name, value }] of this.#fields) {
      if (OWN_NAME.test(lowerName)) continue;
      for (const item of typeof value === 'object' ? value : [value]) yield [name, String(item)];
    }
  }

  /** A failure is reported to onHandlerError, and answered or cut. An `error` event without a listener would end the process. */
  #attempt(send: () => void): void {
    try {
      send();
    } catch (error) {
      this.#target.owner.fail(this.#target, error);
      this.destroy();
    }
  }
}

function isList(headers: ConnectHeadHeaders | undefined): headers is readonly ConnectHeaderValue[] {
  return Array.isArray(headers);
}

/** @throws  TypeError as node:http */
function bodyOf(chunk: unknown, encoding: BufferEncoding | undefined): string | Uint8Array {
  if (chunk === undefined || chunk === null) return '';
  if (chunk instanceof Uint8Array) return chunk;
  if (typeof chunk !== 'string') throw new TypeError(`chunk: expected a string or a Uint8Array, got ${typeof chunk}`);
  return encoding === undefined || /^utf-?8$/i.test(encoding) ? chunk : Buffer.from(chunk, encoding);
}
