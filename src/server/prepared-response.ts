/**
 * A response that is sent again and again: its message is put together once a second, when Date changes, and not once a
 * request.
 */
import { withDefaults } from '../http/default-headers.js';
import { httpDate } from '../http/http-date.js';
import { type ResponseHeaders, responseHead } from '../http/response-head.js';
import { isBodyless } from '../http/status.js';

const EMPTY = Buffer.alloc(0);

export class PreparedResponse {
  readonly status: number;
  /** Its own. */
  readonly headers: ResponseHeaders;
  /** Those of the responses that it is sent for (HttpResponse.defaultHeaders). */
  readonly defaultHeaders: ResponseHeaders | undefined;
  readonly body: Uint8Array;
  readonly #allHeaders: ResponseHeaders;
  #date = '';
  #message: Buffer = EMPTY;
  #headDate = '';
  #headConnection = '';
  #head: Buffer = EMPTY;

  /**
   * @param body  by reference: it must not change afterwards
   * @throws      TypeError or RangeError for a head that is not one
   */
  constructor(status: number, headers: ResponseHeaders, body: Uint8Array, defaultHeaders?: ResponseHeaders) {
    if (isBodyless(status) && body.length > 0) {
      throw new RangeError(`status: expected one of a response with a body, got ${status}`);
    }
    this.status = status;
    this.headers = headers;
    this.body = body;
    this.defaultHeaders = defaultHeaders;
    this.#allHeaders = defaultHeaders === undefined ? headers : withDefaults(headers, defaultHeaders);
    responseHead(status, '', this.#allHeaders); // says now, not at the first request, what cannot be sent
  }

  /** The whole, for a connection that goes on in HTTP/1.1. It is never changed: a client that reads slowly may still get it. */
  message(nowMs: number): Buffer {
    const date = httpDate(nowMs);
    if (date !== this.#date) {
      const head = this.#headText(date, '');
      const message = Buffer.allocUnsafeSlow(head.length + this.body.length);
      message.write(head, 0, 'latin1');
      message.set(this.body, head.length);
      this.#message = message;
      this.#date = date;
    }
    return this.#message;
  }

  /**
   * The head alone, for any other connection. Never changed either.
   * @param connectionLine  with its end
   */
  head(nowMs: number, connectionLine: string): Buffer {
    const date = httpDate(nowMs);
    if (date !== this.#headDate || connectionLine !== this.#headConnection) {
      const text = this.#headText(date, connectionLine);
      this.#head = Buffer.allocUnsafeSlow(text.length); // a slice of Node's pool would keep all of that
      this.#head.write(text, 'latin1');
      this.#headDate = date;
      this.#headConnection = connectionLine;
    }
    return this.#head;
  }

  #headText(date: string, connectionLine: string): string {
    const framing = isBodyless(this.status) ? '' : `Content-Length: ${this.body.length}\r\n`;
    return `${responseHead(this.status, date, this.#allHeaders)}${framing}${connectionLine}\r\n`;
  }
}
