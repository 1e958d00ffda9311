/**
 * A response, as a handler gives it: once, whole.
 */

import { httpDate } from '../http/http-date.js';
import { type ResponseHeaders, responseHead } from '../http/response-head.js';
import { isBodyless } from '../http/status.js';
import { JOINED_BODY_BYTES_MAX } from '../limits.js';
import type { Connection } from '../net/connection.js';
import type { FilePart } from '../net/write-queue.js';

/** The request and response under way on a connection. */
export interface Exchange {
  /** The Connection header's line with its end, or nothing. */
  connectionLine(): string;
  /** The whole response is queued. Called once. */
  onSent(): void;
}

export class HttpResponse {
  readonly #connection: Connection;
  readonly #exchange: Exchange;
  /** The request was HEAD: the same head, no body (RFC 9110 §9.3.2). */
  readonly #omitsBody: boolean;
  #isSent = false;

  /** @internal */
  constructor(connection: Connection, exchange: Exchange, omitsBody: boolean) {
    this.#connection = connection;
    this.#exchange = exchange;
    this.#omitsBody = omitsBody;
  }

  /** A response was given, or the client is gone: another one goes nowhere. */
  get isSent(): boolean {
    return this.#isSent || this.#connection.isClosed;
  }

  /**
   * Sends the response. Date, Content-Length and Connection are added.
   * @param status   three digits
   * @param headers  names and values
   * @param body     text goes as UTF-8; bytes are taken by reference and must not change afterwards
   * @throws         Error where one was sent already; TypeError or RangeError for a head that is not one. Nothing is sent then.
   */
  send(status: number, headers: ResponseHeaders = {}, body: string | Uint8Array = ''): void {
    if (typeof body !== 'string' && !(body instanceof Uint8Array)) {
      throw new TypeError(`body: expected a string or a Uint8Array, got ${typeof body}`);
    }
    const bodyLength = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
    const head = this.#head(status, headers, bodyLength);
    const headLength = head.length;
    if (this.#omitsBody || isBodyless(status) || bodyLength === 0) {
      this.#connection.write(Buffer.from(head, 'latin1'));
    } else if (bodyLength <= JOINED_BODY_BYTES_MAX) {
      const bytes = Buffer.allocUnsafe(headLength + bodyLength);
      bytes.write(head, 0, 'latin1');
      if (typeof body === 'string') bytes.write(body, headLength, 'utf8');
      else bytes.set(body, headLength);
      this.#connection.write(bytes);
    } else {
      this.#connection.write(Buffer.from(head, 'latin1'), typeof body === 'string' ? Buffer.from(body) : body);
    }
    this.#exchange.onSent();
  }

  /**
   * Sends a part of an open file as the body, from the kernel's page cache and not through this process (sendfile(2)).
   * @param file  taken over: it is closed when it is sent, or cannot be
   * @throws      as send()
   */
  sendFile(status: number, headers: ResponseHeaders, file: FilePart): void {
    let head: Buffer;
    try {
      if (!isPartOfFile(file))
        throw new RangeError(`file: expected 0 <= position <= end, got ${file.position}, ${file.end}`);
      head = Buffer.from(this.#head(status, headers, file.end - file.position), 'latin1');
    } catch (error) {
      file.close();
      throw error;
    }
    if (this.#omitsBody || isBodyless(status)) {
      file.close();
      this.#connection.write(head);
    } else {
      this.#connection.write(head, file);
    }
    this.#exchange.onSent();
  }

  #head(status: number, headers: ResponseHeaders, bodyLength: number): string {
    if (this.#isSent) throw new Error('a response was sent already');
    if (status < 200) throw new RangeError(`status: expected that of a final response, got ${status}`);
    const head = responseHead(status, httpDate(Date.now()), headers);
    this.#isSent = true;
    const lengthLine = isBodyless(status) ? '' : `Content-Length: ${bodyLength}\r\n`;
    return `${head}${lengthLine}${this.#exchange.connectionLine()}\r\n`;
  }
}

function isPartOfFile({ position, end }: FilePart): boolean {
  return Number.isSafeInteger(position) && Number.isSafeInteger(end) && position >= 0 && position <= end;
}
