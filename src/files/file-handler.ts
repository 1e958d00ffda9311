/**
 * Serves a folder: GET and HEAD of its regular files, `index.html` for a folder.
 */
import { FILE_INLINE_BYTES_MAX } from '../limits.js';
import { native } from '../native.js';
import type { HttpHandler } from '../server/http-connection.js';
import type { HttpRequest } from '../server/http-request.js';
import type { HttpResponse } from '../server/http-response.js';
import { SystemError } from '../system-error.js';
import { mediaType } from './media-types.js';
import { resolvePath, UNNAMED } from './resolve-path.js';
import { type RegularFile, RootFolder } from './root-folder.js';

const INDEX = 'index.html';
const PLAIN_TEXT = 'text/plain; charset=utf-8';

/** Methods that HTTP defines, and a folder does not answer: 405. Any other word is 501 (RFC 9110 §9.1). */
const DEFINED_METHODS = new Set(['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'CONNECT', 'TRACE']);

/** A handler that serves a folder. */
export interface FileHandler extends HttpHandler {
  /** Gives the folder back; what is asked for afterwards is answered 500. A handler that is forgotten does it by itself. */
  close(): void;
}

/**
 * A handler that serves the folder at `path`. The folder is opened now: moved elsewhere, it is served from there.
 * @throws  SystemError ENOENT | ENOTDIR | EACCES
 */
export function fileHandler(path: string): FileHandler {
  const root = new RootFolder(path);
  const handler: HttpHandler = (request, response) => {
    if (request.method === 'GET' || request.method === 'HEAD') serve(root, request, response);
    else refuseMethod(request, response);
  };
  return Object.assign(handler, { close: () => root.close() });
}

function refuseMethod(request: HttpRequest, response: HttpResponse): void {
  const status = DEFINED_METHODS.has(request.method) ? 405 : 501;
  const text = `this folder answers GET and HEAD, not ${request.method}`;
  response.send(status, { 'Content-Type': PLAIN_TEXT, Allow: 'GET, HEAD' }, `${status}: ${text}\n`);
}

function serve(root: RootFolder, request: HttpRequest, response: HttpResponse): void {
  const path = request.path;
  const name = resolvePath(path);
  if (name === UNNAMED) {
    sendNotFound(response, path);
    return;
  }
  const isFolderName = name === '' || name.endsWith('/');
  const fileName = isFolderName ? `${name}${INDEX}` : name;
  const entry = root.open(fileName);
  if (entry.kind === 'file') sendFile(entry, fileName, response);
  else if (entry.kind === 'folder' && !isFolderName) redirectToFolder(path, request.query, response);
  else sendNotFound(response, path);
}

/** Relative links in a folder's page work only below its slash. */
function redirectToFolder(path: string, query: string, response: HttpResponse): void {
  // The name exists below the root, so it does not begin with a second slash, which would name another host.
  const location = query === '' ? `${path}/` : `${path}/?${query}`;
  response.send(301, { Location: location, 'Content-Type': PLAIN_TEXT }, `301: ${location}\n`);
}

/** The text is decided by the path as sent and nothing else, so that it tells nothing about what is there. */
function sendNotFound(response: HttpResponse, path: string): void {
  const missing = path.endsWith('/') ? INDEX : 'such file';
  response.send(404, { 'Content-Type': PLAIN_TEXT }, `404: there is no ${missing} here\n`);
}

function sendFile(file: RegularFile, name: string, response: HttpResponse): void {
  const headers = { 'Content-Type': mediaType(name) };
  if (file.size > FILE_INLINE_BYTES_MAX) {
    response.sendFile(200, headers, { fd: file.fd, position: 0, end: file.size, close: () => native.close(file.fd) });
    return;
  }
  const body = Buffer.allocUnsafe(file.size);
  const n = native.pread(file.fd, body, 0, file.size, 0);
  native.close(file.fd);
  if (n < 0) throw new SystemError(n, 'pread', { path: name });
  // Shorter than fstat said: it was truncated in between, and this is what it is now.
  response.send(200, headers, body.subarray(0, n));
}
