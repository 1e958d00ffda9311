/** A handler, and how the server calls it. */
import { AsyncResource } from 'node:async_hooks';
import type { HttpRequest } from './http-request.js';
import type { HttpResponse, ResponseOwner } from './http-response.js';

/**
 * Answers a request: by response.send() or sendFile(), or in pieces by start(), write() and end(). If it throws, or its promise
 * ends without an answer, the client gets a 500, or the status of an HttpError. One that returns no promise may answer at any
 * time, and nothing limits how long it takes.
 */
export interface HttpHandler {
  (request: HttpRequest, response: HttpResponse): void | Promise<void>;
  /** @internal  Neither it nor what it calls enters an AsyncLocalStorage: there is nothing to keep from the next handler. */
  readonly runsNoUserCode?: true;
}

/** What a call of a handler needs. */
export interface HandlerHost {
  readonly handler: HttpHandler;
  /**
   * The server's own asynchronous context, in which handlers begin, whichever connection's bytes or answers lead to them.
   * undefined: no handler enters another one.
   */
  readonly scope: AsyncResource | undefined;
}

const REQUEST_SCOPE = { requireManualDestroy: true };

/**
 * Calls the handler. The request stays readable as long as the handler may use it: its head is copied where that is not the
 * length of the call.
 */
export function runHandler(
  host: HandlerHost,
  request: HttpRequest,
  response: HttpResponse,
  owner: ResponseOwner,
): void {
  try {
    const outcome = callInScope(host, request, response);
    if (isPromise(outcome)) {
      request.detach();
      outcome.then(
        () => onEnd(response, owner),
        (error: unknown) => owner.fail(response, error),
      );
    } else if (owner.isUnderWay(response)) {
      request.detach(); // answered later, by code that holds the response
    } else {
      request.release();
    }
  } catch (error) {
    owner.fail(response, error);
    request.release(); // not before: a log reads it
  }
}

function onEnd(response: HttpResponse, owner: ResponseOwner): void {
  if (response.isSent) return;
  const hint = 'did it call another one that answers later, and not return or await it?';
  owner.fail(response, new Error(`the handler ended without a response: ${hint}`));
}

/** Each request has an asynchronous context of its own: what one handler enters, no other one finds. */
function callInScope(host: HandlerHost, request: HttpRequest, response: HttpResponse): void | Promise<void> {
  if (host.scope === undefined) return host.handler(request, response);
  return host.scope.runInAsyncScope(callInOwnScope, host, request, response);
}

function callInOwnScope(this: HandlerHost, request: HttpRequest, response: HttpResponse): void | Promise<void> {
  return new AsyncResource('HTTPREQUEST', REQUEST_SCOPE).runInAsyncScope(this.handler, undefined, request, response);
}

/** JavaScript's arrow functions return the value of their expression, such as a Timeout. Only a promise tells an end. */
function isPromise(value: unknown): value is Promise<void> {
  return typeof (value as Promise<void> | undefined)?.then === 'function';
}
