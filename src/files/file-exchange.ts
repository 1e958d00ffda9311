/**
 * The members of a request and its response that serving a file needs: those of this server, or those of node:http behind
 * connect/.
 */
import type { HttpRequest } from '../server/http-request.js';
import type { HttpResponse } from '../server/http-response.js';
import type { PreparedResponse } from '../server/prepared-response.js';

/** The part of a request that selects a file and decides what is sent of it. */
export type FileRequest = Pick<HttpRequest, 'method' | 'path' | 'query' | 'header' | 'isConditional' | 'reactor'>;

/** The part of a response that an answer from files uses: bytes that are ready, or parts of open files. */
export interface FileResponse extends Pick<HttpResponse, 'send' | 'sendParts' | 'isSent' | 'status' | 'onGone'> {
  /** As HttpResponse.sendPrepared(). */
  sendPrepared(prepared: PreparedResponse): void;
}
