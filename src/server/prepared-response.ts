/** A response that is sent many times. Its bytes are made once a second, when Date changes, and not for each request. */

import { httpDate } from '../http/http-date.js';
import { withDefaults } from '../http/response/default-headers.js';
import { HeadTemplate } from '../http/response/head-template.js';
import type { ResponseHeaders } from '../http/response/response-head.js';
import { isBodyless } from '../http/response/status.js';

const EMPTY = Buffer.alloc(0);

export class PreparedResponse {
  readonly status: number;
  /** Its own headers, without the default ones. */
  readonly headers: ResponseHeaders;
  /** The default headers that it includes (HttpResponse.defaultHeaders). */
  readonly defaultHeaders: ResponseHeaders | undefined;
  readonly body: Uint8Array;
  readonly template: HeadTemplate;
  #date = '';
  #message: Buffer = EMPTY;

  /**
   * @param body  kept by reference: it must not change afterwards
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

  /**
   * Head and body, for a connection that goes on in HTTP/1.1. The bytes never change: they may still be queued for a client
   * that reads slowly.
   */
  message(nowMs: number): Buffer {
    const date = httpDate(nowMs);
    if (date !== this.#date) {
      const head = this.template.head(this.body.length, nowMs);
      const message = Buffer.allocUnsafeSlow(head.length + this.body.length); // a slice of Node's pool would keep the whole pool in memory
      message.set(head);
      message.set(this.body, head.length);
      this.#message = message;
      this.#date = date;
    }
    return this.#message;
  }
}
