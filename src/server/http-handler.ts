/** A handler, and how the server calls it. */
import { AsyncResource } from 'node:async_hooks';
import type { HttpRequest } from './http-request.js';
import type { HttpResponse, ResponseOwner } from './http-response.js';

/**
 * Answers a request: by response.send() or sendFile(), or in pieces by start(), write() and end(). If it throws, or its promise
 * ends without an answer, the client gets a 500, or the status of an HttpError. A handler that returns no promise may answer
 * at any time: it has no deadline.
 */
export interface HttpHandler {
  (request: HttpRequest, response: HttpResponse): void | Promise<void>;
  /** @internal  Neither the handler nor its callees enter an AsyncLocalStorage, so the next handler needs no context of its own. */
  readonly runsNoUserCode?: true;
}

/** The part of the server that a call of a handler needs. */
export interface HandlerHost {
  readonly handler: HttpHandler;
  /**
   * The server's own asynchronous context. Each handler begins in it, even if it is called while the answer of another
   * request is being sent. undefined: no handler enters a context.
   */
  readonly scope: AsyncResource | undefined;
}

const REQUEST_SCOPE = { requireManualDestroy: true };

/**
 * Calls the handler. The request stays readable as long as the handler may use it: if that is longer than the call, its head
 * is copied.
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
      request.detach(); // code that holds the response answers later
    } else {
      request.release();
    }
  } catch (error) {
    owner.fail(response, error);
    request.release(); // not earlier: a log reads it
  }
}

function onEnd(response: HttpResponse, owner: ResponseOwner): void {
  if (response.isSent) return;
  const hint = 'did it call another one that answers later, and not return or await it?';
  owner.fail(response, new Error(`the handler ended without a response: ${hint}`));
}

/** Each request has its own asynchronous context: a handler does not see the AsyncLocalStorage of another. */
function callInScope(host: HandlerHost, request: HttpRequest, response: HttpResponse): void | Promise<void> {
  if (host.scope === undefined) return host.handler(request, response);
  return host.scope.runInAsyncScope(callInOwnScope, host, request, response);
}

function callInOwnScope(this: HandlerHost, request: HttpRequest, response: HttpResponse): void | Promise<void> {
  return new AsyncResource('HTTPREQUEST', REQUEST_SCOPE).runInAsyncScope(this.handler, undefined, request, response);
}

/** An arrow function may return any value, such as a Timeout. Only a promise says when the handler ends. */
function isPromise(value: unknown): value is Promise<void> {
  return typeof (value as Promise<void> | undefined)?.then === 'function';
}
