/** Turns a handler of the web, `(request: Request) => Response`, into one of this server. */
import { HttpError } from '../http/http-error.js';
import { isBodyless } from '../http/response/status.js';
import { checkOptions, type Shape } from '../options/check-options.js';
import { wrongOption } from '../options/option-errors.js';
import { HandlerPromise } from '../server/handler-promise.js';
import type { HttpHandler } from '../server/http-handler.js';
import type { HttpRequest } from '../server/http-request.js';
import type { HttpResponse } from '../server/http-response.js';
import { reportLeftWork } from './background-work.js';
import type { Chunks } from './chunk-source.js';
import { type PlainResponse, plainResponse } from './fast-response.js';
import { FetchInfo } from './fetch-info.js';
import { FetchRequest, type WaitUntil } from './fetch-request.js';
import { OutgoingHead } from './outgoing-head.js';
import { originOf } from './request-url.js';
import { cancelChunks, sendStream } from './stream-sender.js';

/** Such as `app.fetch` of Hono, h3 or Elysia. If it throws, `error` answers; without `error` the client gets a 500. */
export type FetchFunction = (request: FetchRequest, info: FetchInfo) => Response | Promise<Response>;

/** Options of fetchHandler(). */
export interface FetchHandlerOptions {
  /** Answers when fetch() threw, rejected, or returned no Response. Default: a 500, or what an HttpError says. */
  readonly error?: (error: unknown) => Response | Promise<Response>;
  /**
   * Gives the handler real Requests, which cost 3 to 10 µs each. For code that calls `new Request(request)` or
   * `fetch(request)`: on Node 24 and newer these do not accept a lazy one. Default: false.
   */
  readonly realRequests?: boolean;
  /** Takes the promises that handlers give to waitUntil(). Default: they are not awaited. */
  readonly waitUntil?: WaitUntil;
}

export const FETCH_HANDLER_OPTIONS: Shape<FetchHandlerOptions> = {
  error: 'function',
  realRequests: 'boolean',
  waitUntil: 'function',
};

/**
 * A handler for an HttpServer that calls a handler of the web. A request whose Host header does not make a URL is answered
 * 400. An error of `fetch` goes to `error`. Without `error` it is answered like the error of any handler: an HttpError with
 * its status, any other with 500.
 * @throws  TypeError for a fetch that is no function, and for options that are unknown or of another type
 */
export function fetchHandler(fetch: FetchFunction, options: FetchHandlerOptions = {}): HttpHandler {
  if (typeof fetch !== 'function') throw wrongOption(['fetch'], 'a function', fetch);
  checkOptions(options, FETCH_HANDLER_OPTIONS);
  const { error: onError, realRequests = false, waitUntil = ignore } = options;

  return (request, response) => {
    const origin = originOf(request.authority, request.tls !== undefined);
    if (origin === undefined) throw new HttpError(400, 'invalid Host header');
    let hasWork = false;
    const keep: WaitUntil = (work) => {
      hasWork = true;
      waitUntil(work);
    };
    const webRequest = new FetchRequest(request, origin, keep);
    const handed = realRequests ? webRequest.handOut() : webRequest;
    let sent: void | Promise<void>;
    try {
      const answer: unknown = fetch(handed, new FetchInfo(request, keep));
      sent = isThenable(answer)
        ? Promise.resolve(answer).then((webResponse) => sendResponse(request, response, webResponse))
        : sendResponse(request, response, answer);
    } catch (error) {
      sent = Promise.reject(error);
    }
    // The promise keeps the request readable while the work goes on.
    if (sent === undefined) return hasWork ? RESOLVED : undefined;
    if (onError === undefined) return HandlerPromise.of(sent, response);
    return HandlerPromise.of(
      sent.catch((error: unknown) => answerError(request, response, onError, error)),
      response,
    );
  };
}

const RESOLVED = Promise.resolve();

function ignore(work: Promise<unknown>): void {
  Promise.resolve(work).catch(reportLeftWork);
}

async function answerError(
  request: HttpRequest,
  response: HttpResponse,
  onError: NonNullable<FetchHandlerOptions['error']>,
  error: unknown,
): Promise<void> {
  if (response.isSent) throw error; // the body broke off: the connection is cut
  await sendResponse(request, response, await onError(error));
}

/** @throws  TypeError or RangeError for a value that is no Response or cannot be sent */
function sendResponse(request: HttpRequest, response: HttpResponse, answer: unknown): void | Promise<void> {
  if (!isResponse(answer)) {
    throw new TypeError(`a fetch handler answers with a Response: got ${describe(answer)}`);
  }
  const plain = plainResponse(answer);
  const body = plain === undefined ? answer.body : plain.body;
  let head: OutgoingHead;
  try {
    head = plain === undefined ? OutgoingHead.of(answer) : OutgoingHead.ofPlain(plain);
  } catch (error) {
    if (isStream(body)) void cancelChunks(response, body, error);
    throw error;
  }
  if (body === null) return sendWithoutBody(request, response, head);
  if (typeof body === 'string' || body instanceof Uint8Array) {
    if (head.template !== undefined) return response.sendTemplate(head.template, body);
    return response.send(head.status, head.headers, body);
  }
  if (isBodyless(head.status)) {
    sendWithoutBody(request, response, head);
    if (isStream(body)) void cancelChunks(response, body, undefined);
    return;
  }
  return sendStream(response, head, isStream(body) ? body : body.stream(), request.method === 'HEAD');
}

function isStream(body: PlainResponse['body']): body is Chunks {
  return typeof body === 'object' && body !== null && !(body instanceof Uint8Array || body instanceof Blob);
}

function sendWithoutBody(
  request: HttpRequest,
  response: HttpResponse,
  { status, headers, length }: OutgoingHead,
): void {
  if (request.method !== 'HEAD' || isBodyless(status)) {
    response.send(status, headers);
  } else {
    // A handler that handles HEAD itself gives no body. A Content-Length of 0 would be wrong then (RFC 9110 §8.6).
    response.start(status, headers, length === undefined ? {} : { length });
    response.end();
  }
}

function isThenable(value: unknown): value is Promise<unknown> {
  return typeof (value as Promise<unknown> | null | undefined)?.then === 'function';
}

/** Also a Response of another copy of undici, or of a class with that tag. */
function isResponse(value: unknown): value is Response {
  return value instanceof Response || Object.prototype.toString.call(value) === '[object Response]';
}

function describe(value: unknown): string {
  return value === null ? 'null' : typeof value === 'object' ? Object.prototype.toString.call(value) : typeof value;
}
