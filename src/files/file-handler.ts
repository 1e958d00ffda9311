/**
 * Serves a folder: GET and HEAD of its regular files.
 */

import { begin } from '../disk/maybe-async.js';
import { HandlerPromise } from '../server/handler-promise.js';
import type { HttpHandler } from '../server/http-handler.js';
import type { HttpRequest } from '../server/http-request.js';
import type { HttpResponse } from '../server/http-response.js';
import { CodingPreferences } from './accepted-codings.js';
import { COMPRESSION_CODINGS } from './compression.js';
import type { Content } from './content.js';
import { FileCache } from './file-cache.js';
import type { FileHandlerOptions } from './file-options.js';
import { sendFile, sendPage } from './file-response.js';
import { type FileTarget, plainTarget } from './file-target.js';
import { readFolder, sendListing } from './folder-listing.js';
import type { KeptFile } from './kept-file.js';
import { type Found, type Lookup, lookUp } from './lookup.js';
import { PRECOMPRESSED_CODINGS } from './precompressed.js';
import { RootFolder } from './root-folder.js';

const PLAIN_TEXT = 'text/plain; charset=utf-8';

/** Methods that HTTP defines, and a folder does not answer: 405. Any other word is 501 (RFC 9110 §9.1). */
const DEFINED_METHODS = new Set(['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'CONNECT', 'TRACE']);

/** How often what was asked for was in the cache. */
export interface CacheCounts {
  hits: number;
  misses: number;
}

/** A handler that serves a folder. */
export interface FileHandler extends HttpHandler {
  /** Answers with what `target` means, whatever the path of the request. The same key must be the same target. */
  serve(request: HttpRequest, response: HttpResponse, target: FileTarget): void | Promise<void>;
  readonly cacheCounts: Readonly<CacheCounts>;
  /** Gives the folder back; what is asked for afterwards is answered 500. A handler that is forgotten does it by itself. */
  close(): void;
}

/**
 * A handler that serves the folder at `path`. The folder is opened now: moved elsewhere, it is served from there.
 * @throws  SystemError ENOENT | ENOTDIR | EACCES
 */
export function fileHandler(path: string, options: FileHandlerOptions = {}): FileHandler {
  const folder = new ServedFolder(path, options);
  const handler: HttpHandler = (request, response) =>
    HandlerPromise.of(folder.serve(request, response, undefined), response);
  return Object.assign(handler, {
    runsNoUserCode: true as const,
    serve: (request: HttpRequest, response: HttpResponse, target: FileTarget) =>
      HandlerPromise.of(folder.serve(request, response, target), response),
    cacheCounts: folder.cacheCounts,
    close: () => folder.close(),
  });
}

function refuseMethod(request: HttpRequest, response: HttpResponse): void {
  const status = DEFINED_METHODS.has(request.method) ? 405 : 501;
  const text = `this folder answers GET and HEAD, not ${request.method}`;
  response.send(status, { 'Content-Type': PLAIN_TEXT, Allow: 'GET, HEAD' }, `${status}: ${text}\n`);
}

class ServedFolder {
  readonly cacheCounts: CacheCounts = { hits: 0, misses: 0 };
  readonly #root: RootFolder;
  readonly #cache: FileCache;
  readonly #options: FileHandlerOptions;
  readonly #codings: CodingPreferences;
  /** Paths that are being looked up: who asks for the same waits, and is not one more thread that waits for the disk. */
  readonly #underWay = new Map<string, Promise<void>>();

  constructor(path: string, options: FileHandlerOptions) {
    this.#root = new RootFolder(path, options.followSymlinks ?? true);
    this.#cache = new FileCache(this.#root);
    this.#options = options;
    // Whatever is wanted most can be made; what lies beside a file may be the last of all that are wanted.
    if (options.precompressed === true) this.#codings = new CodingPreferences(PRECOMPRESSED_CODINGS, Infinity);
    else this.#codings = new CodingPreferences(options.compress === true ? COMPRESSION_CODINGS : [], 1);
  }

  /** @param target  undefined: what the path of the request means by itself */
  serve(request: HttpRequest, response: HttpResponse, target: FileTarget | undefined): void | Promise<void> {
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuseMethod(request, response);
    const path = target === undefined ? request.path : target.key;
    const accepted = this.#codings.of(request);
    const key = accepted.key === '' ? path : `${path}\n${accepted.key}`;
    const kept = this.#cache.get(key, request.reactor);
    if (kept !== undefined) {
      this.cacheCounts.hits++;
      return sendKept(request, response, kept);
    }
    this.cacheCounts.misses++;
    const { codings } = accepted;
    const nowMs = request.reactor.wallClockMs;
    const lookup = lookUp({ target: target ?? plainTarget(path), codings, nowMs }, this.#options);
    const underWay = this.#underWay.get(key);
    if (underWay === undefined) return this.#find(request, response, key, lookup);
    return underWay.then(() => {
      const found = this.#cache.get(key, request.reactor);
      return found === undefined ? this.#find(request, response, key, lookup) : sendKept(request, response, found);
    });
  }

  close(): void {
    this.#cache.close();
    this.#root.close();
  }

  #find(request: HttpRequest, response: HttpResponse, key: string, lookup: Lookup): void | Promise<void> {
    // In run() nobody hears what a thread has done: this one waits for the disk.
    const found = begin(this.#cache.find(key, lookup, request.reactor, !request.reactor.isAttached));
    if (!(found instanceof Promise)) return this.#answer(request, response, found);
    this.#announce(key, found);
    return found.then((content) => this.#answer(request, response, content));
  }

  #announce(key: string, finding: Promise<unknown>): void {
    if (this.#underWay.has(key)) return;
    const forget = (): void => {
      this.#underWay.delete(key);
    };
    this.#underWay.set(key, finding.then(forget, forget));
  }

  #answer(request: HttpRequest, response: HttpResponse, found: Found): void | Promise<void> {
    switch (found.kind) {
      case 'file':
        return closing(found.content, () => sendFile(request, response, found));
      case 'not-found-page':
        return closing(found.content, () => sendPage(request, response, 404, found));
      case 'redirect':
        // A path with its slash may mean a folder without: sent to the slash again, its client would never arrive.
        if (request.path.endsWith('/')) return this.#sendNotFound(request, response);
        return redirectToFolder(request, response);
      case 'listing':
        return this.#list(request, response, found.name);
      case 'nothing':
        return this.#sendNotFound(request, response);
    }
  }

  async #list(request: HttpRequest, response: HttpResponse, name: string): Promise<void> {
    const showsDotNames = this.#options.dotFiles === true;
    const contents = await this.#root.readFolder(name, (fd) => readFolder(fd, name, showsDotNames));
    if (contents === undefined) this.#sendNotFound(request, response);
    else sendListing(request, response, contents);
  }

  /** The text is decided by the path as sent and nothing else, so that it tells nothing about what is there. */
  #sendNotFound(request: HttpRequest, response: HttpResponse): void {
    const missing = request.path.endsWith('/') ? (this.#options.index ?? 'index.html') : 'such file';
    response.send(404, { 'Content-Type': PLAIN_TEXT }, `404: there is no ${missing} here\n`);
  }
}

function sendKept(request: HttpRequest, response: HttpResponse, file: KeptFile): void | Promise<void> {
  if (file.prepared !== undefined && !request.isConditional) return response.sendPrepared(file.prepared);
  if (file.representation.settled !== undefined) file.settle(request.reactor.wallClockMs);
  const { representation, heads } = file;
  representation.content.retain();
  return closing(representation.content, () => sendFile(request, response, representation, heads));
}

/** Closes a file when the response has been given: what is still being sent of it holds it open by itself. */
function closing(content: Content, send: () => void | Promise<void>): void | Promise<void> {
  let sent: void | Promise<void>;
  try {
    sent = send();
  } catch (error) {
    content.close();
    throw error;
  }
  if (sent !== undefined) return sent.finally(() => content.close());
  content.close();
}

/** Relative links in a folder's page work only below its slash. */
function redirectToFolder(request: HttpRequest, response: HttpResponse): void {
  // A second slash at the beginning would name another host. A backslash would do so, too, for browsers (URL §4.4, "relative
  // slash state"), and a folder may be called that.
  const folder = `${request.path.replaceAll('\\', '%5C').replace(/^\/{2,}/, '/')}/`;
  const location = request.query === '' ? folder : `${folder}?${request.query}`;
  response.send(301, { Location: location, 'Content-Type': PLAIN_TEXT }, `301: ${location}\n`);
}
