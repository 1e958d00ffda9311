/**
 * The web's Request for a request of this server. Each property is made when it is asked for, in one of three ways:
 *
 * 1. Method, URL, headers, signal, and the whole body by text(), json(), bytes(), arrayBuffer(), blob() and formData(), need
 *    no Request of Node's. Most handlers use nothing else.
 * 2. `body` and clone() build a real Request, which owns the body from then on.
 * 3. `new Request(request)` and `fetch(request)` look at the state that Node keeps in a Request. Node 20 and 22 keep it in
 *    symbol properties, which are forwarded to the real one. Node 24 and newer keep it in private fields, which cannot be
 *    forwarded: a TypeError. `new Request(request.url, request)`, `fetch(request.url, request)`, request.clone(), and a server
 *    with `realRequests` work there.
 */
import type { HttpRequest } from '../server/http-request.js';
import { bodyStream, spentStream } from './body-stream.js';
import { urlOf } from './request-url.js';

/** The classes at the time this file is loaded: a program may replace the global ones. */
const NativeRequest = globalThis.Request;
const NativeResponse = globalThis.Response;

/** Request's constructor refuses these methods (https://fetch.spec.whatwg.org/#forbidden-method). */
const FORBIDDEN_METHOD = /^(?:connect|trace|track)$/i;

const EMPTY = Buffer.alloc(0);
const utf8 = new TextDecoder();
const RUNTIME: RequestRuntime = Object.freeze({ name: 'epoll-reactor' });

/** The server, as srvx names it. Its own servers have more here (`runtime.node`, `runtime.deno` …). */
export interface RequestRuntime {
  /** `epoll-reactor`. */
  readonly name: string;
}

/** Takes a promise for work that goes on after the response. */
export type WaitUntil = (work: Promise<unknown>) => void;

/** Members of newer versions of Request are forwarded too (see forward()). */
export interface FetchRequest extends Request {}

// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: it is there, by the static block at the end
export class FetchRequest {
  readonly #source: HttpRequest;
  readonly #origin: string;
  readonly #waitUntil: WaitUntil;
  #url: string | undefined;
  #headers: Headers | undefined;
  /** The body was read without the real Request. */
  #isConsumed = false;
  #real: Request | undefined;

  /** Data that middleware passes to handlers, as in srvx. */
  declare context?: Record<string, unknown>;

  /** @internal  @param origin  of originOf() */
  constructor(source: HttpRequest, origin: string, waitUntil: WaitUntil) {
    this.#source = source;
    this.#origin = origin;
    this.#waitUntil = waitUntil;
  }

  /** As sent: `GET`, `POST`, … */
  get method(): string {
    return this.#source.method;
  }

  /** `http://`, or `https://` over TLS; the host that the client names, and the path and query as sent. */
  get url(): string {
    this.#url ??= urlOf(this.#origin, this.#source.path, this.#source.query);
    return this.#url;
  }

  /** The headers of the request, made when they are asked for. */
  get headers(): Headers {
    if (this.#headers === undefined) {
      const headers = new Headers();
      for (const [name, value] of this.#source.headers()) headers.append(name, value);
      this.#headers = headers;
    }
    return this.#headers;
  }

  /** Aborts when the client goes away before it has its response. */
  get signal(): AbortSignal {
    return this.#source.signal;
  }

  /** A stream of bytes, received from the client as the handler reads; null for GET and HEAD, and if there is no body. */
  get body(): Request['body'] {
    return this.#hasBody ? this.#materialise().body : null;
  }

  /** Reading the body has begun. */
  get bodyUsed(): boolean {
    return this.#isConsumed || this.#real?.bodyUsed === true;
  }

  /**
   * The whole body as UTF-8 text. This and the next five methods reject with a TypeError if the body was read before, with
   * ClientGoneError, or with an HttpError: 400 for a body that is malformed or breaks off, 408 for a slow one, 413 for one
   * above `requestBodyBytesMax`.
   */
  text(): Promise<string> {
    return this.#real === undefined ? this.#read().then(decodeUtf8) : this.#real.text();
  }

  /** The whole body, parsed as JSON. Rejects with a SyntaxError if it is not JSON. */
  json(): Promise<unknown> {
    return this.#real === undefined ? this.#read().then(parseJson) : this.#real.json();
  }

  /** The whole body. */
  arrayBuffer(): Promise<ArrayBuffer> {
    return this.#real === undefined ? this.#read().then(toArrayBuffer) : this.#real.arrayBuffer();
  }

  /** The whole body. */
  bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return this.arrayBuffer().then(toBytes);
  }

  /** The whole body, with its media type. */
  blob(): Promise<Blob> {
    return this.#real === undefined ? this.#typed().then((typed) => typed.blob()) : this.#real.blob();
  }

  /** The whole body as a form. Rejects with a TypeError if it is not a form. */
  formData(): Promise<FormData> {
    return this.#real === undefined ? this.#typed().then((typed) => typed.formData()) : this.#real.formData();
  }

  /** A real Request, whose body is read independently of this one's. Chunks are kept for the slower reader. */
  clone(): Request {
    const copy = this.#materialise().clone();
    // The headers may have changed since the real one was built with a copy of them.
    for (const name of [...copy.headers.keys()]) copy.headers.delete(name);
    for (const [name, value] of this.headers) copy.headers.append(name, value);
    return copy;
  }

  // A browser sets these, and a server cannot know them. They have the values of new Request(url).

  /** Always `default`. */
  get cache(): Request['cache'] {
    return 'default';
  }
  /** Always `same-origin`. */
  get credentials(): Request['credentials'] {
    return 'same-origin';
  }
  /** Always empty. */
  get destination(): Request['destination'] {
    return '';
  }
  /** Always `half`. */
  get duplex(): 'half' {
    return 'half';
  }
  /** Always empty. */
  get integrity(): string {
    return '';
  }
  /** Always false. */
  get keepalive(): boolean {
    return false;
  }
  /** Always `cors`. */
  get mode(): Request['mode'] {
    return 'cors';
  }
  /** Always `follow`. */
  get redirect(): Request['redirect'] {
    return 'follow';
  }
  /** Always `about:client`. */
  get referrer(): string {
    return 'about:client';
  }
  /** Always empty. */
  get referrerPolicy(): Request['referrerPolicy'] {
    return '';
  }

  // --- srvx: ServerRequest (https://srvx.h3.dev/guide/handler)

  /** The client's address in digits; undefined for a Unix domain socket. */
  get ip(): string | undefined {
    const remote = this.#source.remoteAddress;
    return remote !== undefined && 'address' in remote ? remote.address : undefined;
  }

  /** The server, as in srvx. */
  get runtime(): RequestRuntime {
    return RUNTIME;
  }

  /** Takes work that goes on after the response. Closing the server waits for it. */
  waitUntil(work: Promise<unknown>): void {
    this.#waitUntil(work);
  }

  /** A real Request with the same body, built once, for code that needs Node's own (see above). */
  get _request(): Request {
    return this.#materialise();
  }

  /** @internal  The real Request, with this signal and the members of srvx. */
  handOut(): FetchRequest {
    const signal = { get: () => this.signal }; // the listeners of this signal cannot end the process
    const added = {
      signal,
      ip: { get: () => this.ip },
      runtime: { value: RUNTIME },
      waitUntil: { value: this.#waitUntil },
    };
    return Object.defineProperties(this.#materialise(), added) as FetchRequest;
  }

  get #hasBody(): boolean {
    return this.#source.hasBody && this.#source.method !== 'GET' && this.#source.method !== 'HEAD';
  }

  /** The whole body, without a stream. */
  #read(): Promise<Buffer> {
    if (!this.#hasBody) return Promise.resolve(EMPTY);
    if (this.#isConsumed) return Promise.reject(new TypeError('Body is unusable: Body has already been read'));
    this.#isConsumed = true;
    return this.#source.bytes();
  }

  /** The whole body with its media type, from which a Blob or a form is made. */
  #typed(): Promise<Response> {
    const type = this.headers.get('content-type');
    const init = type === null ? {} : { headers: { 'content-type': type } };
    const hasBody = this.#hasBody;
    return this.#read().then((bytes) => new NativeResponse(hasBody ? bytes : null, init));
  }

  #materialise(): Request {
    if (this.#real === undefined) {
      const { method } = this;
      const init: RequestInit = { method, headers: this.headers, signal: followerOf(this.signal) };
      if (this.#hasBody) {
        init.body = this.#isConsumed ? spentStream() : bodyStream(this.#source.body);
        init.duplex = 'half';
      }
      if (FORBIDDEN_METHOD.test(method)) init.method = this.#hasBody ? 'POST' : 'GET';
      this.#real = new NativeRequest(this.url, init);
      if (this.#isConsumed) void this.#real.body?.cancel().catch(() => {}); // marks the body as used: the constructor of Request refuses a used body
    }
    return this.#real;
  }

  static {
    Object.setPrototypeOf(FetchRequest.prototype, NativeRequest.prototype); // so it is an instanceof Request
    forward(FetchRequest.prototype, (request) => request.#materialise());
  }
}

/** Forwards the members that this class does not have: those of newer versions, and the internal state that Node 20 and 22 read. */
function forward(prototype: FetchRequest, materialise: (request: FetchRequest) => Request): void {
  const native = Object.getOwnPropertyDescriptors(NativeRequest.prototype);
  for (const [name, { get, value }] of Object.entries(native)) {
    if (Object.hasOwn(prototype, name)) continue;
    if (get !== undefined) {
      defineGetter(prototype, name, (request) => get.call(materialise(request)));
    } else if (typeof value === 'function') {
      const method = function (this: FetchRequest, ...args: unknown[]): unknown {
        return Reflect.apply(value, materialise(this), args);
      };
      Object.defineProperty(prototype, name, { value: method, writable: true, configurable: true });
    }
  }
  for (const symbol of Object.getOwnPropertySymbols(new NativeRequest('http://localhost'))) {
    defineGetter(prototype, symbol, (request) => Reflect.get(materialise(request), symbol));
  }
}

function defineGetter(prototype: FetchRequest, key: PropertyKey, read: (request: FetchRequest) => unknown): void {
  Object.defineProperty(prototype, key, {
    get(this: FetchRequest): unknown {
      return read(this);
    },
    configurable: true,
  });
}

/**
 * A signal that aborts with this one. Node's FinalizationRegistry holds the signal of a Request until the Request is
 * collected. If it held this one, a listener that holds the request would keep both in memory for ever.
 */
function followerOf(signal: AbortSignal): AbortSignal {
  const follower = new AbortController();
  if (signal.aborted) follower.abort(signal.reason);
  else signal.addEventListener('abort', () => follower.abort(signal.reason), { once: true });
  return follower.signal;
}

function decodeUtf8(bytes: Buffer): string {
  return utf8.decode(bytes);
}

function parseJson(bytes: Buffer): unknown {
  return JSON.parse(decodeUtf8(bytes));
}

/** A copy, because small Buffers share their memory. */
function toArrayBuffer(bytes: Buffer): ArrayBuffer {
  const { buffer } = bytes;
  return buffer instanceof ArrayBuffer && bytes.byteLength === buffer.byteLength
    ? buffer
    : new Uint8Array(bytes).buffer;
}

function toBytes(buffer: ArrayBuffer): Uint8Array<ArrayBuffer> {
  return new Uint8Array(buffer);
}
