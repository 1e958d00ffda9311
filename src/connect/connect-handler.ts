/** Turns a listener for node:http, `(request, response) => …`, into a handler of this server. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HttpHandler } from '../server/http-handler.js';
import { ConnectRequest } from './connect-request.js';
import { ConnectResponse } from './connect-response.js';

/** Such as an app of Express or connect, or `app.callback()` of Koa. */
export type ConnectListener = (request: IncomingMessage, response: ServerResponse) => unknown;

/** The listener with the types that it gets: as much of node:http's as docs/frameworks.md says. */
type OwnListener = (request: ConnectRequest, response: ConnectResponse) => unknown;

const ANSWERED = Promise.resolve();

/**
 * A handler that calls a listener for node:http, such as an app of Express: `new HttpServer(connectHandler(app))`. The listener may
 * answer at any time. If it throws, or its promise rejects, the client gets a 500, or the end of the connection.
 *
 * An app of Express belongs to this server from then on, and cannot be given to `http.createServer()` as well.
 */
export function connectHandler(listener: ConnectListener): HttpHandler {
  if (typeof listener !== 'function') {
    throw new TypeError(`listener: expected a function (request, response), got ${typeof listener}`);
  }
  rebase(listener, 'request', ConnectRequest.prototype);
  rebase(listener, 'response', ConnectResponse.prototype);
  const call = listener as unknown as OwnListener;
  return (source, target) => {
    const request = new ConnectRequest(source, target);
    const outcome = call(request, new ConnectResponse(target, request));
    if (isPromise(outcome)) outcome.then(undefined, (error: unknown) => target.owner.fail(target, error));
    // The promise keeps the request readable for what follows the response, such as a log.
    return target.isSent ? ANSWERED : undefined;
  };
}

/**
 * Express gives requests and responses prototypes of its own, which end in those of node:http. Its documentation says how to use other
 * ones (Overriding the Express API, Prototype); this does it for one app, with a copy of what all apps share.
 */
function rebase(app: object, name: 'request' | 'response', base: object): void {
  const own: unknown = Reflect.get(app, name);
  if (typeof own !== 'object' || own === null) return;
  const shared: unknown = Object.getPrototypeOf(own);
  if (typeof shared !== 'object' || shared === null) return;
  Object.setPrototypeOf(own, Object.create(base, Object.getOwnPropertyDescriptors(shared)));
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | undefined)?.then === 'function';
}
