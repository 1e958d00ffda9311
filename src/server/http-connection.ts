/**
 * HTTP/1.1 on one connection: the parser's requests to the handler, one after the other, and the answers in their order.
 *
 * A handler that has answered when it returns costs nothing more. Where it has not, reading pauses until it does: the
 * requests that a client has sent ahead wait in the kernel.
 */
import { NEED_MORE, REJECT, RequestParser } from '../http/request-parser.js';
import { reasonPhrase } from '../http/status.js';
import { HEAD_DEADLINE_MS, KEEP_ALIVE_DEADLINE_MS } from '../limits.js';
import type { Connection, Protocol } from '../net/connection.js';
import { HttpRequest } from './http-request.js';
import { type Exchange, HttpResponse } from './http-response.js';

/**
 * Answers a request by one call of response.send() or sendFile(). Where it throws, or its promise ends without an answer,
 * the client gets a 500. One that returns no promise may answer at any time, and nothing limits how long it takes.
 */
export type HttpHandler = (request: HttpRequest, response: HttpResponse) => void | Promise<void>;

/** What an HttpConnection needs from its server. */
export interface HttpHost {
  readonly handler: HttpHandler;
  /** A handler threw, rejected, or ended without an answer. */
  onHandlerError(error: unknown): void;
  onConnectionClose(connection: HttpConnection): void;
}

/** One parser for all: a head that is not complete is parsed again from its start, so nothing is kept in between. */
const parser = new RequestParser();

export class HttpConnection implements Protocol, Exchange {
  readonly #host: HttpHost;
  readonly #connection: Connection;
  /** The handler has a request and has not answered it. */
  #isResponding = false;
  /** Some bytes of the next head have come. */
  #isReadingHead = false;
  /** The response under way, or the next one, is the last. */
  #isLast = false;
  /** The client has shut its writing half. */
  #hasEnded = false;
  /** The request that is responded to came in HTTP/1.0, which closes unless told otherwise. */
  #isHttp10 = false;
  /** The request that is responded to has a body, which nobody reads. */
  #leavesBody = false;

  constructor(host: HttpHost, connection: Connection) {
    this.#host = host;
    this.#connection = connection;
    // From accept on, as if a request were under way: a client that only connects has no claim to wait as long as one
    // that was served.
    connection.setDeadline(HEAD_DEADLINE_MS);
  }

  onBytes(buffer: Buffer, length: number): number {
    let start = 0;
    while (start < length && !this.#isLast && !this.#connection.isClosed) {
      if (this.#connection.isAboveHighWater) {
        this.#connection.pauseUntilFlushed();
        return start;
      }
      const result = parser.parse(buffer, start, length);
      if (result === NEED_MORE) break;
      if (result === REJECT) {
        this.#reject(parser.rejectStatus, parser.rejectReason);
        return length;
      }
      const headEnd = parser.headEnd;
      this.#respond(buffer, start, headEnd);
      start = headEnd;
      if (this.#isResponding) {
        this.#connection.pause();
        this.#connection.clearDeadline();
        return start;
      }
    }
    if (start < length && !this.#isReadingHead) {
      // Set by the first byte, and put off by none: a head has to be complete in time.
      this.#isReadingHead = true;
      this.#connection.setDeadline(HEAD_DEADLINE_MS);
    }
    return start;
  }

  onEnd(): void {
    this.#hasEnded = true;
    if (!this.#isResponding) this.#connection.finish();
  }

  onFlushed(): void {
    if (this.#isResponding) {
      this.#connection.clearDeadline(); // the handler takes its own time
    } else if (this.#hasEnded) {
      this.#connection.finish();
    } else {
      this.#connection.setDeadline(this.#isReadingHead ? HEAD_DEADLINE_MS : KEEP_ALIVE_DEADLINE_MS);
      this.#connection.resume();
    }
  }

  onDeadline(): void {
    // Half a request deserves an answer; nothing at all does not (RFC 9110 §15.5.9).
    if (this.#isReadingHead) this.#reject(408, 'the request took too long to arrive');
    else this.#connection.destroy();
  }

  onClose(): void {
    this.#host.onConnectionClose(this);
  }

  /** Ends when the response under way is sent; now, where there is none. */
  shutDown(): void {
    this.#isLast = true;
    if (!this.#isResponding) this.#connection.finish();
  }

  destroy(): void {
    this.#connection.destroy();
  }

  #awaitRequest(): void {
    this.#isReadingHead = false;
    this.#connection.setDeadline(KEEP_ALIVE_DEADLINE_MS);
  }

  #respond(buffer: Buffer, headStart: number, headEnd: number): void {
    this.#leavesBody = parser.bodyLength !== 0;
    this.#isLast = !parser.keepsAlive || this.#leavesBody;
    this.#isResponding = true;
    this.#isHttp10 = parser.minorVersion === 0;
    const request = new HttpRequest(buffer, parser);
    const response = new HttpResponse(this.#connection, this, request.method === 'HEAD');
    try {
      const outcome = this.#host.handler(request, response);
      // JavaScript's arrow functions return what their expression does, such as a Timeout. Only a promise tells an end.
      if (isPromise(outcome)) {
        request.detach(headStart, headEnd);
        outcome.then(
          () => this.#failUnlessSent(response, new Error('the handler ended without a response')),
          (error: unknown) => this.#fail(response, error),
        );
      } else if (this.#isResponding) {
        // Answered later, by whoever holds the response.
        request.detach(headStart, headEnd);
      } else {
        request.release();
      }
    } catch (error) {
      request.release();
      this.#fail(response, error);
    }
  }

  connectionLine(): string {
    if (this.#isLast) return 'Connection: close\r\n';
    return this.#isHttp10 ? 'Connection: keep-alive\r\n' : '';
  }

  onSent(): void {
    this.#isResponding = false;
    if (this.#isLast || this.#hasEnded) {
      this.#connection.finish(this.#leavesBody);
    } else {
      this.#awaitRequest();
      this.#connection.resume();
    }
  }

  #failUnlessSent(response: HttpResponse, error: Error): void {
    if (!response.isSent) this.#fail(response, error);
  }

  #fail(response: HttpResponse, error: unknown): void {
    // The answer first: a hook that throws must not keep the client waiting.
    if (!response.isSent) {
      response.send(500, { 'Content-Type': 'text/plain; charset=utf-8' }, '500 Internal Server Error\n');
    }
    this.#host.onHandlerError(error);
  }

  /** Answers what cannot be parsed, and closes: where the next request would begin is not known any more. */
  #reject(status: number, reason: string): void {
    this.#isLast = true;
    this.#leavesBody = true;
    const response = new HttpResponse(this.#connection, this, false);
    response.send(
      status,
      { 'Content-Type': 'text/plain; charset=utf-8' },
      `${status} ${reasonPhrase(status)}: ${reason}\n`,
    );
  }
}

function isPromise(value: unknown): value is Promise<void> {
  return typeof (value as Promise<void> | undefined)?.then === 'function';
}
