/** A response that is sent again: its message is put together once a second, when Date changes, and not once a request. */

import { httpDate } from '../http/http-date.js';
import { withDefaults } from '../http/response/default-headers.js';
import { HeadTemplate } from '../http/response/head-template.js';
import type { ResponseHeaders } from '../http/response/response-head.js';
import { isBodyless } from '../http/response/status.js';

const EMPTY = Buffer.alloc(0);

export class PreparedResponse {
  readonly status: number;
  /** Without the default ones. */
  readonly headers: ResponseHeaders;
  /** Those of the responses that it is sent for (HttpResponse.defaultHeaders). */
  readonly defaultHeaders: ResponseHeaders | undefined;
  readonly body: Uint8Array;
  readonly template: HeadTemplate;
  #date = '';
  #message: Buffer = EMPTY;

  /**
   * @param body  by reference: it must not change afterwards
   * @throws      TypeError or RangeError for a head that cannot be sent
   */
  constructor(status: number, headers: ResponseHeaders, body: Uint8Array, defaultHeaders?: ResponseHeaders) {
    if (isBodyless(status) && body.length > 0) {
      throw new RangeError(`status: expected one of a response with a body, got ${status}`);
    }
    this.status = status;
    this.headers = headers;
    this.body = body;
    this.defaultHeaders = defaultHeaders;
    const all = defaultHeaders === undefined ? headers : withDefaults(headers, defaultHeaders);
    this.template = new HeadTemplate(status, all);
  }

  /** Head and body, for a connection that goes on in HTTP/1.1. It is never changed: a client that reads slowly may still get it. */
  message(nowMs: number): Buffer {
    const date = httpDate(nowMs);
    if (date !== this.#date) {
      const head = this.template.head(this.body.length, nowMs);
      const message = Buffer.allocUnsafeSlow(head.length + this.body.length); // a slice of Node's pool would keep all of that
      message.set(head);
      message.set(this.body, head.length);
      this.#message = message;
      this.#date = date;
    }
    return this.#message;
  }
}
