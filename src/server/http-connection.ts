/**
 * HTTP/1.1 on one connection. It calls the handler for one request after the other, so the answers have the order of the
 * requests. exchange-states.ts has the tables: the use of bytes, the effects of an end, the connection after a response.
 *
 * A handler that has answered when it returns costs no timer, no copy and no promise.
 */
import { ClientGoneError, HttpError, isExpectedError } from '../http/http-error.js';
import type { Rejection } from '../http/rejection.js';
import { NEED_MORE, REJECT, RequestParser } from '../http/request-parser.js';
import { SPARES_MAX } from '../limits.js';
import type { SocketAddress } from '../linux/socket-address.js';
import type { Connection } from '../net/connection.js';
import type { PeerKey } from '../net/peer-counts.js';
import type { Protocol } from '../net/protocol.js';
import type { Reactor } from '../reactor/reactor.js';
import { ConnectionClient } from './connection-client.js';
import type { ConnectionSecurity } from './connection-security.js';
import { Exchange } from './exchange.js';
import {
  type Afterwards,
  ANSWERING,
  ENDINGS,
  EXPECTING,
  type ExchangeState,
  GOES_ON,
  HEAD,
  LAST,
  LAST_OF_CLIENT,
  LEAVES_BYTES,
  RECEIVING,
  TRAILING,
} from './exchange-states.js';
import { runHandler } from './http-handler.js';
import { type HttpHost, IDLE_MS_MIN, type ServedConnection } from './http-host.js';
import { HttpRequest, type RequestOrigin } from './http-request.js';
import { HttpResponse, type ResponseOwner } from './http-response.js';
import { type BodySource, bodyRejection, RequestBody } from './request-body.js';
import { answerFailure, sendError } from './send-text.js';

const CONTINUE = Buffer.from('HTTP/1.1 100 Continue\r\n\r\n');
/** RFC 9110 §15.5.20. */
const MISDIRECTED: Rejection = { status: 421, reason: 'the certificate is not for this host' };
const TOO_SLOW: Rejection = { status: 408, reason: 'request took too long to arrive' };

export class HttpConnection implements Protocol, ResponseOwner, RequestOrigin, BodySource, ServedConnection {
  readonly peer: PeerKey;
  readonly tls: ConnectionSecurity | undefined;
  readonly #host: HttpHost;
  readonly #connection: Connection;
  #exchange: ExchangeState = HEAD;
  #afterwards: Afterwards = GOES_ON;
  /** Set only while the next head is incomplete. */
  #parser: RequestParser | undefined;
  /** The current request, until its response is sent. */
  #request: HttpRequest | undefined;
  #response: HttpResponse | undefined;
  /** The body of the current request, until it is complete or given up. */
  #body: RequestBody | undefined;
  /** When the current request was read. Between requests: when the last response was sent, or the connection was accepted. */
  #sinceMs: number;
  /** Made when a handler or a log asks for it. */
  #client: ConnectionClient | undefined;

  /**
   * @param proxiedAddress  the client that a load balancer has named
   * @param tls             undefined: plain HTTP
   */
  constructor(
    host: HttpHost,
    connection: Connection,
    peer: PeerKey,
    proxiedAddress: SocketAddress | undefined,
    tls: ConnectionSecurity | undefined,
  ) {
    this.peer = peer;
    this.tls = tls;
    this.#host = host;
    this.#connection = connection;
    if (proxiedAddress !== undefined) {
      this.#client = new ConnectionClient(connection, host.trustedProxies, proxiedAddress);
    }
    // The deadline of a head. The longer one of an idle connection is for clients that were served already.
    connection.setDeadline(host.limits.headDeadlineMs);
    this.#sinceMs = connection.reactor.nowMs;
  }

  onBytes(buffer: Buffer, length: number): number {
    let at = 0;
    let isCaughtUp = false;
    while (at < length && !this.#connection.isFinished) {
      const start = at;
      switch (this.#exchange) {
        case HEAD:
          // The first request of a turn was in the kernel before the wait ended. A pipelined one may have been sent after a
          // change on disk.
          if (at > 0 && !isCaughtUp) {
            this.#connection.reactor.runPriorityHandlers();
            isCaughtUp = true;
          }
          at = this.#readHead(buffer, at, length);
          break;
        case ANSWERING:
          this.#connection.pause();
          break;
        default:
          at = this.#readBody(buffer, at, length);
      }
      if (at === start) break;
    }
    return at;
  }

  // At an end, listeners of the signal run first. They may answer, end a stream or cut the connection, so the code after them
  // checks again.

  onEnd(): void {
    this.#request?.abort();
    // A closed tab sends a FIN and nothing else. A quiet stream would learn of it only from a keep-alive probe of TCP.
    if (this.#response?.isStreaming === true && !this.#host.allowHalfClose) this.#connection.destroy();
    else if (this.#body !== undefined) this.#failBody(this.#body, new HttpError(400, 'incomplete request body'));
    else if (this.#response === undefined) this.#finish();
  }

  onPeerClosing(): void {
    this.#request?.abort();
  }

  onFlushed(): void {
    this.#setDeadline();
    if (this.#response !== undefined) this.#response.onWritable();
    else if (this.#connection.hasPeerEnded) this.#finish();
    else if (this.#body === undefined) this.#connection.resume();
  }

  onDeadline(): void {
    // A client that sent half a request gets a 408; a silent one gets nothing (RFC 9110 §15.5.9).
    if (this.#body !== undefined) this.#failBody(this.#body, new HttpError(TOO_SLOW.status, TOO_SLOW.reason));
    else if (this.#parser !== undefined) this.#reject(TOO_SLOW, false);
    else this.#connection.destroy();
  }

  onClose(): void {
    const request = this.#request;
    const body = this.#body;
    const response = this.#response;
    this.#body = undefined;
    this.#host.onConnectionClose(this);
    request?.abort();
    response?.onClosed();
    body?.fail(new ClientGoneError());
    if (response === undefined) return;
    this.#host.counters.aborted++;
    this.#tell(response, request);
  }

  /**
   * Ends the connection when the current request is answered. Without one it ends now, or up to IDLE_MS_MIN later if the
   * client may be sending a request: it was served or accepted a moment ago, or bytes are here, which can be a handshake.
   */
  shutDown(): void {
    this.#endWith(LAST);
    if (this.#exchange !== HEAD || this.#parser !== undefined) return;
    const idleMs = this.#connection.hasUnread ? 0 : this.#connection.reactor.nowMs - this.#sinceMs;
    if (idleMs >= IDLE_MS_MIN) this.#finish();
    else this.#connection.setDeadline(IDLE_MS_MIN - idleMs);
  }

  destroy(): void {
    this.#connection.destroy();
  }

  // --- For the request

  get reactor(): Reactor {
    return this.#connection.reactor;
  }

  get client(): ConnectionClient {
    this.#client ??= new ConnectionClient(this.#connection, this.#host.trustedProxies);
    return this.#client;
  }

  get isPeerGone(): boolean {
    return this.#connection.isPeerGone;
  }

  /** An error that cannot be sent to the client. */
  reportError(error: unknown): void {
    if (!isExpectedError(error)) this.#host.onHandlerError(error);
  }

  // --- For its body

  onBodyWanted(): void {
    if (this.#body === undefined) return;
    if (this.#exchange === EXPECTING) {
      this.#exchange = RECEIVING;
      if (this.#response?.isSent === false) this.#connection.write(CONTINUE);
    }
    this.#setDeadline();
    this.#connection.resume();
  }

  onBodyAbandoned(): void {
    if (this.#body === undefined) return;
    // Before the response the body is not dropped: the response may close the connection.
    if (this.#exchange === TRAILING) this.#dropBody(this.#body);
    else this.#setDeadline();
  }

  // --- For the response

  connectionLine(endsByClose: boolean): string {
    if (endsByClose) this.#endWith(LAST);
    if (this.#body !== undefined) this.#endWithBody(this.#body);
    if (this.#afterwards !== GOES_ON) return 'Connection: close\r\n';
    return this.#request?.minorVersion === 0 ? 'Connection: keep-alive\r\n' : '';
  }

  /** If the connection cannot wait for the rest of the body, this response is the last. */
  #endWithBody(body: RequestBody): void {
    // A client that expects a 100 may send its body or not, so the start of the next request is unknown.
    if (this.#exchange === EXPECTING || (!body.isBeingRead && body.isTooLongToDiscard)) this.#endWith(LAST);
  }

  onSent(response: HttpResponse): void {
    // If the connection is closed, the exchange was counted then.
    if (!this.#connection.isClosed) {
      (this.#host.counters.responses[Math.trunc(response.status / 100)] as number)++;
      this.#tell(response, this.#request);
    }
    this.#request = undefined;
    this.#response = undefined;
    if (this.#body === undefined) {
      this.#next();
    } else {
      this.#trail(this.#body);
    }
  }

  #trail(body: RequestBody): void {
    this.#exchange = TRAILING;
    if (body.isBeingRead) this.#setDeadline();
    else this.#dropBody(body);
  }

  isUnderWay(response: HttpResponse): boolean {
    return this.#response === response;
  }

  fail(response: HttpResponse, error: unknown): void {
    // The answer comes first: a hook that throws must not keep the client waiting.
    if (response.isStreaming)
      response.destroy(); // the connection is cut: the client must not take half a body for the whole
    else if (!response.isSent) answerFailure(response, error, this.#host.onHandlerError);
    this.reportError(error);
  }

  #tell(response: HttpResponse, request: HttpRequest | undefined): void {
    const { counters, onResponse } = this.#host;
    counters.bodyBytes += response.bodyBytes;
    onResponse?.(new Exchange(response, request, performance.now() - this.#sinceMs, this.client));
  }

  #endWith(afterwards: Afterwards): void {
    if (afterwards > this.#afterwards) this.#afterwards = afterwards;
  }

  /** The request is answered, and its body is complete or given up. */
  #next(): void {
    this.#exchange = HEAD;
    if (this.#afterwards !== GOES_ON || this.#connection.hasPeerEnded) {
      this.#finish();
    } else {
      this.#sinceMs = this.#connection.reactor.nowMs;
      this.#connection.setDeadline(this.#host.limits.keepAliveDeadlineMs);
      this.#connection.resume();
    }
  }

  #finish(): void {
    this.#connection.finish(ENDINGS[this.#afterwards]);
  }

  /** The deadline of the client, if the server waits for it. A handler has none. */
  #setDeadline(): void {
    const { limits } = this.#host;
    const body = this.#body;
    if (body?.wantsBytes === true) {
      this.#connection.setDeadline(body.runClock(this.#connection.reactor.nowMs));
      return;
    }
    body?.stopClock(this.#connection.reactor.nowMs);
    if (this.#response !== undefined) this.#connection.clearDeadline();
    else if (this.#parser !== undefined) this.#connection.setDeadline(limits.headDeadlineMs);
    else this.#connection.setDeadline(this.#afterwards === GOES_ON ? limits.keepAliveDeadlineMs : IDLE_MS_MIN);
  }

  /** @returns  the end of the head; `at` if it must wait */
  #readHead(buffer: Buffer, at: number, length: number): number {
    if (this.#connection.isAboveHighWater) {
      this.#connection.pause();
      this.#connection.awaitFlush();
      return at;
    }
    const { parsers, limits } = this.#host;
    const parser = this.#parser ?? parsers.pop() ?? new RequestParser(limits);
    const result = parser.parse(buffer, at, length);
    if (result === NEED_MORE) return this.#awaitHead(parser, at);
    this.#parser = undefined;
    let end = length;
    if (result === REJECT) {
      this.#reject(parser.rejection, false);
    } else {
      end = at + parser.head.length;
      this.#begin(parser, buffer, end, length);
    }
    if (parsers.length < SPARES_MAX) parsers.push(parser);
    return end;
  }

  #awaitHead(parser: RequestParser, at: number): number {
    // The first byte sets the deadline, and later bytes do not put it off.
    if (this.#parser === undefined) this.#connection.setDeadline(this.#host.limits.headDeadlineMs);
    this.#parser = parser;
    return at;
  }

  /** Calls the handler. Bytes [start, end) came after the request's head. */
  #begin({ framing, head }: RequestParser, buffer: Buffer, start: number, end: number): void {
    const host = this.#host;
    const { keepsAlive, bodyLength, expectsContinue } = framing;
    const isHead = head.method === 'HEAD';
    const isHttp10 = head.minorVersion === 0;
    if (host.onResponse !== undefined) void this.client.peerAddress; // looked up now: the kernel forgets it when the client has gone
    let rejection = bodyLength === 0 ? undefined : bodyRejection(bodyLength, buffer, start, end, host.limits);
    if (this.tls?.serves(head.authority) === false) rejection = MISDIRECTED;
    if (rejection !== undefined) {
      const request = new HttpRequest(head, this, undefined);
      this.#request = request;
      this.#reject(rejection, isHead);
      request.release();
      return;
    }
    if (!keepsAlive) this.#endWith(isHttp10 ? LAST : LAST_OF_CLIENT); // HTTP/1.0 closes unless the request says keep-alive
    if (bodyLength === 0) {
      this.#exchange = ANSWERING;
    } else {
      // "A server MAY omit sending a 100 response if it has already received some of the content" (RFC 9110 §10.1.1).
      this.#exchange = expectsContinue && start === end ? EXPECTING : RECEIVING;
      this.#body = new RequestBody(bodyLength, host.limits, this);
    }
    const request = new HttpRequest(head, this, this.#body);
    const response = new HttpResponse(this.#connection, this, isHead, isHttp10);
    this.#request = request;
    this.#response = response;
    this.#sinceMs = this.#connection.reactor.nowMs;
    runHandler(host, request, response, this);
    if (this.#response === response) this.#setDeadline();
  }

  /** Answers a malformed request, and closes: the start of the next request is unknown. */
  #reject({ status, reason }: Rejection, isHead: boolean): void {
    this.#endWith(LEAVES_BYTES);
    this.#parser = undefined;
    this.#exchange = ANSWERING;
    this.#sinceMs = this.#connection.reactor.nowMs;
    this.#host.counters.countRejection(status, reason);
    this.#response = new HttpResponse(this.#connection, this, isHead, false);
    sendError(this.#response, status, reason);
  }

  /** @returns  where it stopped: `at` if it must wait */
  #readBody(buffer: Buffer, at: number, length: number): number {
    const body = this.#body;
    if (body?.wantsBytes !== true) {
      this.#connection.pause();
      return at;
    }
    const end = body.receive(buffer, at, length);
    if (body.isOver) this.#onBodyOver(body);
    else this.#setDeadline();
    return end;
  }

  /** The response is sent, and no handler reads the rest. */
  #dropBody(body: RequestBody): void {
    body.discard();
    if (body.isOver) {
      this.#onBodyOver(body);
    } else if (this.#afterwards !== GOES_ON) {
      this.#endWith(LEAVES_BYTES);
      this.#finish();
    } else {
      this.#setDeadline();
      this.#connection.resume();
    }
  }

  #failBody(body: RequestBody, error: HttpError): void {
    body.fail(error);
    this.#onBodyOver(body);
  }

  #onBodyOver(body: RequestBody): void {
    this.#body = undefined;
    if (body.hasFailed) this.#endWith(LEAVES_BYTES); // the start of the next request is unknown
    if (this.#exchange === TRAILING) {
      this.#next();
    } else {
      this.#exchange = ANSWERING;
      this.#setDeadline();
    }
  }
}
