/// <reference types="node" preserve="true" />
/** What the package exports. */

export { FastResponse } from './fetch/fast-response.js';
export { type FetchFunction, type FetchHandlerOptions, fetchHandler } from './fetch/fetch-handler.js';
export type { FetchInfo, IncomingSocket, RemoteAddr, RequestIP } from './fetch/fetch-info.js';
export type { FetchRequest, RequestRuntime, WaitUntil } from './fetch/fetch-request.js';
export { type FetchCloseOptions, type FetchServer, type ServeOptions, serve } from './fetch/serve.js';
export { type CacheCounts, type FileHandler, fileHandler } from './files/file-handler.js';
export type { FileHandlerOptions } from './files/file-options.js';
export type { FileRemarks, FileTarget } from './files/file-target.js';
export { ClientGoneError, type ErrorHeaders, HttpError, type HttpErrorOptions } from './http/http-error.js';
export type { ResponseHeaders } from './http/response/response-head.js';
export { DEFAULT_LIMITS, type Limits } from './limits.js';
export * from './linux/epoll.js';
export * as multiplex from './linux/select-and-poll.js';
export type { InternetAddress, SocketAddress, UnixAddress } from './linux/socket-address.js';
export * as sockets from './linux/sockets.js';
export { SystemError, type SystemErrorContext } from './native/system-error.js';
export type { ListenOptions } from './net/listening-socket.js';
export type { FilePart } from './net/write-queue.js';
export { Deadline, type Expirable, NOT_WAITING } from './reactor/deadlines.js';
export type { Flushable } from './reactor/flush-list.js';
export type { OnError } from './reactor/handler-errors.js';
export { Reactor, type ReactorOptions, wakeReactor } from './reactor/reactor.js';
export * from './reactor/readiness.js';
export type { ServerCounters } from './server/counters.js';
export type { Exchange, ExchangeListener } from './server/exchange.js';
export type { HttpHandler } from './server/http-handler.js';
export type { HttpRequest } from './server/http-request.js';
export type { HttpResponse, StreamOptions } from './server/http-response.js';
export {
  type CloseOptions,
  type HandedOver,
  type HttpListenOptions,
  HttpServer,
  type HttpServerOptions,
} from './server/http-server.js';
export type { BodyOptions } from './server/request-body.js';
export type { CorsOptions } from './sites/cors.js';
export { hashPassword } from './sites/password-hash.js';
export { type SiteHandler, siteHandler } from './sites/site-handler.js';
export type { AuthOptions, RedirectOptions, RedirectStatus, Rule, SiteOptions } from './sites/site-options.js';
export { sitesHandler } from './sites/sites-handler.js';
