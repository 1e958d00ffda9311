/**
 * HTTP/1.1 on one connection: the parser's requests to the handler, one after the other, and the answers in their order.
 *
 *   request    its body    bytes that come are
 *   none                   a head: the next request
 *   under way  to come     its body, as fast as the handler reads it; left in the kernel until it does
 *   under way  all here    left in the kernel: a client that sends ahead waits there
 *   answered   to come     dropped up to a bound, or read by a handler that has not finished
 *   answered   all here    a head
 *
 * A handler that has answered when it returns costs nothing more.
 */
import type { BlockList } from 'node:net';
import { ClientGoneError, HttpError, isExpectedError, isHttpError } from '../http/http-error.js';
import { MORE_PROXY_BYTES, NO_PROXY_HEADER, parseProxyHeader } from '../http/proxy-protocol.js';
import type { Rejection } from '../http/rejection.js';
import { NEED_MORE, REJECT, RequestParser } from '../http/request-parser.js';
import { IDLE_MS_MIN, type Limits, SPARES_MAX } from '../limits.js';
import type { SocketAddress } from '../linux/socket-address.js';
import type { Connection } from '../net/connection.js';
import type { PeerKey } from '../net/peer-counts.js';
import { CLOSES, CLOSES_IF_QUIET, LINGERS, type Protocol } from '../net/protocol.js';
import type { Reactor } from '../reactor/reactor.js';
import { isTrusted, proxiedClient } from './client-address.js';
import type { ServerCounters } from './counters.js';
import { Exchange, type ExchangeListener } from './exchange.js';
import { callHandler, type HandlerHost, isPromise } from './http-handler.js';
import { HttpRequest, type RequestOrigin } from './http-request.js';
import { HttpResponse, type ResponseOwner } from './http-response.js';
import { type BodySource, bodyRejection, RequestBody } from './request-body.js';
import { sendError } from './send-text.js';

/** What an HttpConnection needs from its server. */
export interface HttpHost extends HandlerHost {
  readonly limits: Limits;
  /** Parsers that are between two heads. */
  readonly parsers: RequestParser[];
  readonly counters: ServerCounters;
  /** Who is believed to say for whom it asks. */
  readonly trustedProxies: BlockList | undefined;
  /** A streamed response goes on when the client has shut its writing half. */
  readonly allowHalfClose: boolean;
  /** undefined: nobody listens. It does not throw. */
  readonly onResponse: ExchangeListener | undefined;
  /** A handler threw, rejected, or ended without an answer. */
  onHandlerError(error: unknown): void;
  onConnectionClose(connection: HttpConnection): void;
}

const CONTINUE = Buffer.from('HTTP/1.1 100 Continue\r\n\r\n');

export class HttpConnection implements Protocol, ResponseOwner, RequestOrigin, BodySource {
  /** What its peer is counted by. */
  readonly peer: PeerKey;
  readonly #host: HttpHost;
  readonly #connection: Connection;
  /** Some bytes of the next head have come, and this one has read them. */
  #parser: RequestParser | undefined;
  /** The request under way, until its response is sent. */
  #request: HttpRequest | undefined;
  #response: HttpResponse | undefined;
  /** Its body, until all of it has come or nobody wants it any more. */
  #body: RequestBody | undefined;
  /** The client waits for a 100 before it sends the body. */
  #awaitsContinue = false;
  /** The request under way, or the next one, is the last. */
  #isLast = false;
  /** The client itself has said that it is. */
  #isClientsLast = false;
  /** What the client still sends is not read. */
  #leavesBytes = false;
  /** The last response is sent, or there is none. */
  #isFinished = false;
  /** When the last response was sent, or the connection came. */
  #idleSinceMs: number;
  /** When the request under way was understood. */
  #requestMs = 0;
  #peerAddress: SocketAddress | undefined;
  /** Whether the client is a proxy that is believed, where that was asked. */
  #isTrusted: boolean | undefined;
  #awaitsProxyHeader: boolean;
  /** For whom a load balancer has connected. */
  #proxiedAddress: SocketAddress | undefined;
  /** The client has shut its writing half. */
  #hasEnded = false;
  /** The same, behind bytes that are not read yet. */
  #isPeerClosing = false;
  /** The request under way came in HTTP/1.0, which closes unless told otherwise. */
  #isHttp10 = false;

  /** @param awaitsProxyHeader  whoever connects is a load balancer, and says for whom it does */
  constructor(host: HttpHost, connection: Connection, peer: PeerKey, awaitsProxyHeader: boolean) {
    this.peer = peer;
    this.#awaitsProxyHeader = awaitsProxyHeader;
    this.#host = host;
    this.#connection = connection;
    // From accept on, as if a request were under way: a client that only connects has no claim to wait as long as one
    // that was served.
    connection.setDeadline(host.limits.headDeadlineMs);
    this.#idleSinceMs = connection.reactor.nowMs;
  }

  onBytes(buffer: Buffer, length: number): number {
    let at = this.#awaitsProxyHeader ? this.#readProxyHeader(buffer, length) : 0;
    if (this.#awaitsProxyHeader) return at;
    let isCaughtUp = false;
    while (at < length && !this.#isFinished && !this.#connection.isClosed) {
      if (this.#body !== undefined) {
        if (!this.#body.wantsBytes) {
          this.#connection.pause();
          return at;
        }
        at = this.#receiveBody(this.#body, buffer, at, length);
      } else if (this.#response !== undefined) {
        this.#connection.pause();
        return at;
      } else if (this.#connection.isAboveHighWater) {
        this.#connection.pause();
        this.#connection.awaitFlush();
        return at;
      } else {
        const wasReadingHead = this.#parser !== undefined;
        const parser = this.#parser ?? this.#host.parsers.pop() ?? new RequestParser(this.#host.limits);
        const result = parser.parse(buffer, at, length);
        if (result === NEED_MORE) {
          this.#parser = parser;
          // Set by the first byte, and put off by none: a head has to be complete in time.
          if (!wasReadingHead) this.#connection.setDeadline(this.#host.limits.headDeadlineMs);
          return at;
        }
        this.#parser = undefined;
        if (result === REJECT) {
          this.#reject(parser.rejection, false);
          at = length;
        } else {
          // What begins this turn was in the kernel before. What comes behind it may have been sent after a change on disk.
          if (at > 0 && !isCaughtUp) {
            this.#connection.reactor.runPriorityHandlers();
            isCaughtUp = true;
          }
          at += parser.head.length;
          this.#handle(parser, buffer, at, length);
        }
        if (this.#host.parsers.length < SPARES_MAX) this.#host.parsers.push(parser);
      }
    }
    return this.#isFinished ? length : at;
  }

  // The ends of an exchange. Each tells, in this order, those that the table has: listeners of the signal may answer, end a
  // stream or cut the connection, so what follows looks again.
  //
  //   end                             request.signal  streamed body   request.body  response.onGone  counted
  //   the response is sent            –               –               goes on       –                responses
  //   FIN, nothing streamed           aborts          –               fails: 400    –                –
  //   FIN, a response is streamed     aborts          cancelled       fails: gone   called           aborted
  //   the same with allowHalfClose    aborts          goes on         fails: 400    –                –
  //   FIN behind bytes not read yet   aborts          goes on         goes on       –                –
  //   the body's deadline             –               goes on         fails: 408    –                –
  //   reset, or a write that fails    aborts          cancelled       fails: gone   called           aborted
  //   the deadline of a stalled peer  aborts          cancelled       fails: gone   called           aborted
  //   server.close(), or its grace    aborts          cancelled       fails: gone   called           aborted
  //   response.destroy()              aborts          cancelled       fails: gone   called           aborted
  //   a handler fails in a stream     aborts          cancelled       fails: gone   called           aborted
  //
  // A connection that closes after the response is sent fails a request body that is still read, and tells nothing else.

  onEnd(): void {
    this.#hasEnded = true;
    this.#request?.abort();
    // A closed tab sends a FIN and no more: a stream that is quiet would not hear of it before a probe of the kernel's.
    if (this.#response?.isStreaming === true && !this.#host.allowHalfClose) this.#connection.destroy();
    else if (this.#body !== undefined) this.#failBody(this.#body, new HttpError(400, 'incomplete request body'));
    else if (this.#response === undefined) this.#finish();
  }

  onPeerClosing(): void {
    this.#isPeerClosing = true;
    this.#request?.abort();
  }

  onFlushed(): void {
    this.#setDeadline();
    if (this.#response !== undefined) this.#response.onWritable();
    else if (this.#hasEnded) this.#finish();
    else if (this.#body === undefined) this.#connection.resume();
  }

  onDeadline(): void {
    // Half a request deserves an answer; nothing at all does not (RFC 9110 §15.5.9).
    if (this.#body !== undefined) this.#failBody(this.#body, new HttpError(TOO_SLOW.status, TOO_SLOW.reason));
    else if (this.#parser !== undefined) this.#reject(TOO_SLOW, false);
    else this.#connection.destroy();
  }

  onClose(): void {
    const request = this.#request;
    const body = this.#body;
    const response = this.#response;
    this.#isFinished = true;
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
   * Ends when the request under way is answered. Where there is none, now; or a moment later, where a client that has just
   * been served or let in may be sending the next one: it was sent to a server that was there.
   */
  shutDown(): void {
    this.#isLast = true;
    if (this.#response !== undefined || this.#body !== undefined || this.#connection.hasUnread) return;
    const idleMs = this.#connection.reactor.nowMs - this.#idleSinceMs;
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

  /** Asked for once: it costs a system call. */
  get peerAddress(): SocketAddress | undefined {
    this.#peerAddress ??= this.#connection.peerAddress;
    return this.#peerAddress;
  }

  get clientAddress(): SocketAddress | undefined {
    return this.#proxiedAddress ?? this.peerAddress;
  }

  get trustedProxies(): BlockList | undefined {
    const { trustedProxies } = this.#host;
    if (trustedProxies === undefined) return undefined;
    // Asked for once: it takes a microsecond.
    const client = this.clientAddress;
    this.#isTrusted ??= client !== undefined && isTrusted(client, trustedProxies);
    return this.#isTrusted ? trustedProxies : undefined;
  }

  get isPeerGone(): boolean {
    return this.#isPeerClosing || this.#hasEnded || this.#connection.isClosed;
  }

  /** An error that no client can be told of. */
  reportError(error: unknown): void {
    if (!isExpectedError(error)) this.#host.onHandlerError(error);
  }

  // --- For its body

  onBodyWanted(): void {
    if (this.#body === undefined) return;
    if (this.#awaitsContinue) {
      this.#awaitsContinue = false;
      if (this.#response?.isSent === false) this.#connection.write(CONTINUE);
    }
    this.#setDeadline();
    this.#connection.resume();
  }

  onBodyAbandoned(): void {
    if (this.#body === undefined) return;
    // Before the response nothing is dropped: it may tell the client to close.
    if (this.#response === undefined) this.#dropBody(this.#body);
    else this.#setDeadline();
  }

  // --- For the response

  connectionLine(endsByClose: boolean): string {
    const body = this.#body;
    // A client that was told to wait may send its body nevertheless, or not: nobody knows where the next request begins.
    if (endsByClose || this.#awaitsContinue) this.#isLast = true;
    if (body !== undefined && !body.isBeingRead && body.isTooLongToDiscard) this.#isLast = true;
    if (this.#isLast) return 'Connection: close\r\n';
    return this.#isHttp10 ? 'Connection: keep-alive\r\n' : '';
  }

  onSent(response: HttpResponse): void {
    // What is sent to nobody was counted when the client went.
    if (!this.#connection.isClosed) {
      (this.#host.counters.responses[Math.trunc(response.status / 100)] as number)++;
      this.#tell(response, this.#request);
    }
    this.#request = undefined;
    this.#response = undefined;
    if (this.#body === undefined) this.#next();
    else if (!this.#body.isBeingRead) this.#dropBody(this.#body);
    else this.#setDeadline();
  }

  fail(response: HttpResponse, error: unknown): void {
    // The answer first: a hook that throws must not keep the client waiting.
    if (response.isStreaming)
      response.destroy(); // cut, so that half a body is not taken for a whole one
    else if (!response.isSent) this.#answerError(response, error);
    this.reportError(error);
  }

  #tell(response: HttpResponse, request: HttpRequest | undefined): void {
    const { counters, onResponse } = this.#host;
    counters.bodyBytes += response.bodyBytes;
    if (onResponse === undefined) return;
    onResponse(new Exchange(response, request, performance.now() - this.#requestMs, this));
  }

  /** The request before is answered, and has come to its end. */
  #next(): void {
    if (this.#isLast || this.#hasEnded) {
      this.#finish();
    } else {
      this.#idleSinceMs = this.#connection.reactor.nowMs;
      this.#setDeadline();
      this.#connection.resume();
    }
  }

  #finish(): void {
    this.#isFinished = true;
    this.#connection.finish(this.#leavesBytes ? LINGERS : this.#isClientsLast ? CLOSES : CLOSES_IF_QUIET);
  }

  /** Of a client that is waited for; a handler takes its own time. */
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
    else this.#connection.setDeadline(this.#isLast ? IDLE_MS_MIN : limits.keepAliveDeadlineMs);
  }

  /** @returns  bytes of it; 0 as long as it is not complete, or where it is none: "the receiver … MUST abort the connection" */
  #readProxyHeader(buffer: Buffer, length: number): number {
    const header = parseProxyHeader(buffer, length);
    if (header === MORE_PROXY_BYTES) return 0;
    const { trustedProxies, counters } = this.#host;
    const peer = this.peerAddress;
    const isFromProxy = peer !== undefined && trustedProxies !== undefined && isTrusted(peer, trustedProxies);
    const client = isFromProxy ? proxiedClient(header, peer) : undefined;
    if (header === NO_PROXY_HEADER || client === undefined) {
      counters.countRejection(400, isFromProxy ? 'no PROXY header' : 'a PROXY header of somebody else');
      this.#connection.destroy();
      return 0;
    }
    this.#awaitsProxyHeader = false;
    this.#proxiedAddress = client;
    return header.length;
  }

  /** Bytes [start, end) have come behind the head. */
  #handle({ framing, head }: RequestParser, buffer: Buffer, start: number, end: number): void {
    const host = this.#host;
    const { keepsAlive, bodyLength, expectsContinue } = framing;
    const isHead = head.method === 'HEAD';
    // Who listens wants to know who it was, also of a client that goes.
    if (host.onResponse !== undefined) this.#peerAddress ??= this.#connection.peerAddress;
    const rejection = bodyLength === 0 ? undefined : bodyRejection(bodyLength, buffer, start, end, host.limits);
    if (rejection !== undefined) {
      const request = new HttpRequest(head, this, undefined);
      this.#request = request;
      this.#reject(rejection, isHead);
      request.release();
      return;
    }
    this.#isHttp10 = head.minorVersion === 0;
    if (!keepsAlive) {
      this.#isLast = true;
      this.#isClientsLast = !this.#isHttp10; // which says nothing, and closes nevertheless
    }
    // "A server MAY omit sending a 100 response if it has already received some of the content" (RFC 9110 §10.1.1).
    this.#awaitsContinue = expectsContinue && start === end;
    if (bodyLength !== 0) this.#body = new RequestBody(bodyLength, host.limits, this);
    const request = new HttpRequest(head, this, this.#body);
    const response = new HttpResponse(this.#connection, this, isHead, this.#isHttp10);
    this.#request = request;
    this.#response = response;
    this.#requestMs = this.#connection.reactor.nowMs;
    try {
      const outcome = callHandler(host, request, response);
      if (isPromise(outcome)) {
        request.detach();
        outcome.then(
          () => this.#onHandlerEnd(response),
          (error: unknown) => this.fail(response, error),
        );
      } else if (this.#response === response) {
        request.detach(); // answered later, by whoever holds the response
      } else {
        request.release();
      }
    } catch (error) {
      this.fail(response, error);
      request.release(); // not before: who keeps a log reads it
    }
    if (this.#response === response) this.#setDeadline();
  }

  #onHandlerEnd(response: HttpResponse): void {
    if (!response.isSent)
      this.fail(
        response,
        new Error(
          'the handler ended without a response: did it call another one that answers later, and not return or await it?',
        ),
      );
  }

  #answerError(response: HttpResponse, error: unknown): void {
    try {
      if (isHttpError(error)) sendError(response, error.status, error.message, error.headers);
      else sendError(response, 500);
    } catch (thrown) {
      this.#host.onHandlerError(thrown); // the headers of an HttpError, or default ones, which can be anything
      response.defaultHeaders = undefined;
      sendError(response, 500);
    }
  }

  /** Answers what cannot be served, and closes: where the next request would begin is not known. */
  #reject({ status, reason }: Rejection, isHead: boolean): void {
    this.#isLast = true;
    this.#leavesBytes = true;
    this.#parser = undefined;
    this.#requestMs = this.#connection.reactor.nowMs;
    this.#host.counters.countRejection(status, reason);
    this.#response = new HttpResponse(this.#connection, this, isHead, false);
    sendError(this.#response, status, reason);
  }

  #receiveBody(body: RequestBody, buffer: Buffer, start: number, length: number): number {
    const at = body.receive(buffer, start, length);
    if (body.isOver) this.#onBodyOver(body);
    else this.#setDeadline();
    return at;
  }

  /** Nobody reads the rest, and the response is sent. */
  #dropBody(body: RequestBody): void {
    body.discard();
    if (this.#isLast && !body.isOver) {
      this.#leavesBytes = true;
      this.#finish();
    } else if (body.isOver) {
      this.#onBodyOver(body);
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
    if (body.hasFailed) {
      // Where the next request would begin is not known.
      this.#isLast = true;
      this.#leavesBytes = true;
    }
    if (this.#response === undefined) this.#next();
    else this.#setDeadline();
  }
}

const TOO_SLOW: Rejection = { status: 408, reason: 'request took too long to arrive' };
