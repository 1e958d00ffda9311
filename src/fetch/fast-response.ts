/**
 * A Response that keeps its body and headers as they were given. new Response('hello') makes a stream, which the server must
 * then read: together 2.4 µs in Node 26, 8.5 in Node 20. A FastResponse is sent as it is.
 *
 * Use it where speed matters, or set `globalThis.Response = FastResponse` for a whole program; this package never does that. It
 * differs from a Response:
 * - Headers given as an object or an array, and bytes, are kept by reference, and must not change afterwards.
 * - An invalid header does not throw in the constructor but when the response is sent: the client gets a 500.
 * - Response's constructor does not build it (Node 24 and newer keep a Response's state in private fields):
 *   Response.prototype.text.call() does not work on it.
 */
import type { Chunks } from './chunk-source.js';

const NativeResponse = globalThis.Response;

type Body = NonNullable<ConstructorParameters<typeof Response>[0]> | null;

/** Statuses whose responses have no body (https://fetch.spec.whatwg.org/#null-body-status); 1xx are refused in any case. */
const NULL_BODY_STATUSES: readonly number[] = [204, 205, 304];

/** The given parts of a FastResponse whose body is unread. */
export interface PlainResponse {
  readonly status: number;
  readonly headers: ResponseInit['headers'];
  readonly body: string | Uint8Array | Blob | Chunks | null;
  /** The media type of the body, used if the headers have none. */
  readonly type: string;
}

let plain: (response: FastResponse) => PlainResponse | undefined;

/** @returns  undefined for any other object, and once the body is used through a real Response */
export function plainResponse(response: object): PlainResponse | undefined {
  return FastResponse.isFast(response) ? plain(response) : undefined;
}

/** Members of newer versions of Response are forwarded, too (see below). */
export interface FastResponse extends Response {}

/** A Response that keeps its body and headers as they were given, and is sent so: without the stream that a Response makes. */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: it is there, by the static block at the end
export class FastResponse {
  readonly #body: Body;
  readonly #status: number;
  readonly #statusText: string;
  /**
   * Headers as they were given. An iterator is copied, because it can be read once, and so is a Headers object, because its
   * owner may change it.
   */
  readonly #given: ResponseInit['headers'];
  #headers: Headers | undefined;
  #real: Response | undefined;

  /**
   * A response that is sent as it is given.
   * @param body  as of `new Response(body)`
   * @param init  status (200 to 599; default: 200), statusText and headers
   * @throws      RangeError for another status; TypeError for a body with status 204, 205 or 304
   */
  constructor(body?: Body, init?: ResponseInit) {
    const status = init?.status ?? 200;
    if (!(status >= 200 && status <= 599)) {
      throw new RangeError(`status: expected one from 200 to 599, got ${String(status)}`);
    }
    if (body !== undefined && body !== null && NULL_BODY_STATUSES.includes(status)) {
      throw new TypeError(`body: a response with status ${status} has none`);
    }
    this.#body = body ?? null;
    this.#status = status;
    this.#statusText = init?.statusText ?? '';
    const headers = init?.headers;
    this.#given =
      headers !== undefined && Symbol.iterator in headers && !Array.isArray(headers) ? [...headers] : headers;
  }

  /** As Response.error(): a network error, which no server can send. */
  static error(): Response {
    return NativeResponse.error();
  }

  /** As Response.redirect(). @throws  TypeError for an invalid URL; RangeError for another status */
  static redirect(url: string | URL, status: 301 | 302 | 303 | 307 | 308 = 302): Response {
    return NativeResponse.redirect(url, status);
  }

  /**
   * As Response.json(): `data` as JSON, with `Content-Type: application/json` unless `init` has another.
   * @throws  TypeError for what JSON cannot express
   */
  static json(data: unknown, init: ResponseInit = {}): FastResponse {
    const text: string | undefined = JSON.stringify(data);
    if (text === undefined) throw new TypeError('data: expected what JSON can say, got undefined or a function');
    const { headers } = init;
    if (headers === undefined)
      return new FastResponse(text, { ...init, headers: { 'content-type': 'application/json' } });
    const named = new Headers(headers);
    if (!named.has('content-type')) named.set('content-type', 'application/json');
    return new FastResponse(text, { ...init, headers: named });
  }

  /** If it is the global Response, real ones, such as those of fetch(), are instances too. */
  static [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: a class that extends this one asks for its own instances
    if (this !== FastResponse) return Function.prototype[Symbol.hasInstance].call(this, value);
    return value instanceof NativeResponse;
  }

  /** Whether it is an instance of this class, and not just of Response. */
  static isFast(value: object): value is FastResponse {
    return #statusText in value;
  }

  /** 200 to 599. */
  get status(): number {
    return this.#status;
  }

  /** The status is 200 to 299. */
  get ok(): boolean {
    return this.#status < 300;
  }

  /** As it was given; it is not sent. */
  get statusText(): string {
    return this.#statusText;
  }

  /** Always `default`. */
  get type(): Response['type'] {
    return 'default';
  }

  /** Always empty. */
  get url(): string {
    return '';
  }

  /** Always false. */
  get redirected(): boolean {
    return false;
  }

  /** The headers, made when they are asked for. Changes to them are sent. */
  get headers(): Headers {
    if (this.#headers === undefined) {
      // The type of a form contains the boundary of its bytes.
      const headers = new Headers(this.#body instanceof FormData ? this.#materialise().headers : this.#given);
      const type = mediaType(this.#body);
      if (type !== '' && !headers.has('content-type')) headers.set('content-type', type);
      this.#headers = headers;
    }
    return this.#headers;
  }

  /** The body as a stream; null if there is none. It costs as much as a Response. */
  get body(): Response['body'] {
    return this.#body === null ? null : this.#materialise().body;
  }

  /** The body was read. */
  get bodyUsed(): boolean {
    return this.#real?.bodyUsed === true;
  }

  /** The whole body as UTF-8 text. Rejects with a TypeError if the body was read before, as do the next five methods. */
  text(): Promise<string> {
    return this.#materialise().text();
  }

  /** The whole body, parsed as JSON. Rejects with a SyntaxError if it is not JSON. */
  json(): Promise<unknown> {
    return this.#materialise().json();
  }

  /** The whole body. */
  arrayBuffer(): Promise<ArrayBuffer> {
    return this.#materialise().arrayBuffer();
  }

  /** The whole body. */
  bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return this.arrayBuffer().then((buffer) => new Uint8Array(buffer));
  }

  /** The whole body, with its media type. */
  blob(): Promise<Blob> {
    return this.#materialise().blob();
  }

  /** The whole body as a form. Rejects with a TypeError if it is not a form. */
  formData(): Promise<FormData> {
    return this.#materialise().formData();
  }

  /** A FastResponse whose body is read independently of this one's. */
  clone(): FastResponse {
    const init = { status: this.#status, statusText: this.#statusText, headers: this.headers };
    if (this.#body === null) return new FastResponse(null, init);
    if (this.#real === undefined && typeof this.#body === 'string') return new FastResponse(this.#body, init);
    return new FastResponse(this.#materialise().clone().body, init);
  }

  #materialise(): Response {
    if (this.#real === undefined) {
      // blob() and formData() look for the media type in its headers.
      const headers = this.#headers ?? this.#given;
      const init = { status: this.#status, statusText: this.#statusText, ...(headers && { headers }) };
      this.#real = new NativeResponse(this.#body, init);
    }
    return this.#real;
  }

  static {
    Object.setPrototypeOf(FastResponse.prototype, NativeResponse.prototype); // so it is an instanceof Response
    for (const name of Object.getOwnPropertyNames(NativeResponse.prototype)) {
      // Such as textStream() of Node 26.
      const method: unknown = Object.getOwnPropertyDescriptor(NativeResponse.prototype, name)?.value;
      if (typeof method !== 'function' || Object.hasOwn(FastResponse.prototype, name)) continue;
      const value = function (this: FastResponse, ...args: unknown[]): unknown {
        return Reflect.apply(method, this.#materialise(), args);
      };
      Object.defineProperty(FastResponse.prototype, name, { value, writable: true, configurable: true });
    }
    plain = (response) => {
      if (response.#real !== undefined) return undefined;
      const body = sendable(response.#body);
      if (body === undefined) return undefined;
      const headers = response.#headers ?? response.#given;
      const type = response.#headers === undefined ? mediaType(response.#body) : ''; // the program may have deleted it
      return { status: response.#status, headers, body, type };
    };
  }
}

/** @returns  undefined for a body that only Response can turn into bytes */
function sendable(body: Body): PlainResponse['body'] | undefined {
  if (body === null || typeof body === 'string' || body instanceof Uint8Array) return body;
  if (body instanceof Blob || body instanceof ReadableStream) return body;
  if (body instanceof URLSearchParams) return body.toString();
  if (body instanceof ArrayBuffer) return new Uint8Array(body);
  if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
  // A Response would wrap a Node stream in a stream that cannot destroy it while it gives no chunk.
  return typeof body === 'object' && Symbol.asyncIterator in body ? body : undefined;
}

/** The media type of a body (https://fetch.spec.whatwg.org/#concept-bodyinit-extract). */
function mediaType(body: Body): string {
  if (typeof body === 'string') return 'text/plain;charset=UTF-8';
  if (body instanceof URLSearchParams) return 'application/x-www-form-urlencoded;charset=UTF-8';
  return body instanceof Blob ? body.type : '';
}
