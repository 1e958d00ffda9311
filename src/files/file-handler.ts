/** Serves a folder: GET and HEAD of its regular files. */

import { CancelledError, Task } from '../disk/cancellable-task.js';
import { QueueFullError } from '../disk/job-queue.js';
import { type MaybeAsync, run, wait } from '../disk/maybe-async.js';
import { requireAttached } from '../disk/require-attached.js';
import { SharedWork } from '../disk/shared-work.js';
import { checkOptions } from '../options/check-options.js';
import type { Reactor } from '../reactor/reactor.js';
import { HandlerPromise } from '../server/handler-promise.js';
import type { HttpHandler } from '../server/http-handler.js';
import type { HttpRequest } from '../server/http-request.js';
import type { HttpResponse } from '../server/http-response.js';
import { sendText } from '../server/send-text.js';
import { type Coding, CodingPreferences } from './accepted-codings.js';
import { CachedFile } from './cached-file.js';
import { cancelWhenGone } from './cancel-when-gone.js';
import { COMPRESSION_CODINGS } from './compression.js';
import type { Content } from './content.js';
import { FileCache } from './file-cache.js';
import type { FileRequest, FileResponse } from './file-exchange.js';
import { FILE_HANDLER_OPTIONS, type FileHandlerOptions, withPageNames } from './file-options.js';
import { sendFile, sendPage } from './file-response.js';
import { type FileTarget, plainTarget } from './file-target.js';
import { type FolderContents, readContents } from './listing/folder-contents.js';
import { type Found, type FoundListing, lookUp } from './lookup.js';
import { PRECOMPRESSED_CODINGS } from './precompressed.js';
import { RootFolder } from './root-folder.js';

/** Methods that HTTP defines and a folder does not allow: 405. Any other method is 501 (RFC 9110 §9.1). */
const DEFINED_METHODS = new Set(['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'CONNECT', 'TRACE']);

/** How often the requested file was in the cache. */
export interface CacheCounts {
  /** The file was in the cache. */
  hits: number;
  /** It was looked up on disk, or there is no such file. */
  misses: number;
}

/** A handler that serves a folder. */
export interface FileHandler extends HttpHandler {
  /** Serves `target` instead of the request's path. The same key must be the same target. */
  serve(request: HttpRequest, response: HttpResponse, target: FileTarget): void | Promise<void>;
  /** Since the handler was made. */
  readonly cacheCounts: Readonly<CacheCounts>;
  /** Closes the folder; requests afterwards are answered 500. A handler that is garbage does it by itself. */
  close(): void;
}

/**
 * A handler that serves the folder at `path`. The folder is opened now, and served from its new place if it is moved.
 * @throws  SystemError ENOENT | ENOTDIR | EACCES; TypeError for options that are unknown or of another type
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

function refuseMethod(request: FileRequest, response: FileResponse): void {
  const status = DEFINED_METHODS.has(request.method) ? 405 : 501;
  sendText(response, status, `this folder answers GET and HEAD, not ${request.method}`, { Allow: 'GET, HEAD' });
}

/** The answer to a request: an entry of the cache, or what was found. */
type Answer =
  | CachedFile
  | Exclude<Found, FoundListing>
  | { readonly kind: 'contents'; readonly contents: FolderContents };

function contentOf(answer: Answer): Content | undefined {
  if (answer instanceof CachedFile) return answer.representation.content;
  return 'content' in answer ? answer.content : undefined;
}

/** The folder of a file handler, or of a middleware (connect/). */
export class ServedFolder {
  readonly cacheCounts: CacheCounts = { hits: 0, misses: 0 };
  readonly #root: RootFolder;
  readonly #cache: FileCache;
  readonly #options: ReturnType<typeof withPageNames>;
  readonly #codings: CodingPreferences;
  /** Look-ups of paths. */
  readonly #lookUps = new SharedWork<Answer>({
    retain: (answer) => contentOf(answer)?.retain(),
    release: (answer) => contentOf(answer)?.close(),
  });
  /** Contents of folders. */
  readonly #listings = new SharedWork<FolderContents | undefined>();

  constructor(path: string, options: FileHandlerOptions) {
    checkOptions(options, FILE_HANDLER_OPTIONS);
    this.#root = new RootFolder(path, options.followSymlinks ?? true);
    this.#cache = new FileCache(this.#root);
    this.#options = withPageNames(options);
    // The preferred coding can always be made; the file beside may have the least preferred one.
    if (options.precompressed === true) this.#codings = new CodingPreferences(PRECOMPRESSED_CODINGS, Infinity);
    else this.#codings = new CodingPreferences(options.compress === true ? COMPRESSION_CODINGS : [], 1);
  }

  /** @param target  undefined: the path of the request, without rules */
  serve(request: FileRequest, response: FileResponse, target: FileTarget | undefined): void | Promise<void> {
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuseMethod(request, response);
    const path = target === undefined ? request.path : target.key;
    const accepted = this.#codings.of(request);
    const key = accepted.key === '' ? path : `${path}\n${accepted.key}`;
    const cached = this.#cache.get(key, request.reactor);
    if (cached !== undefined) {
      this.cacheCounts.hits++;
      return caught(response, sendCached(request, response, cached));
    }
    this.cacheCounts.misses++;
    requireAttached(request.reactor);
    return caught(response, this.#find(request, response, key, target ?? plainTarget(path), accepted.codings));
  }

  close(): void {
    this.#cache.close();
    this.#root.close();
  }

  #find(
    request: FileRequest,
    response: FileResponse,
    key: string,
    target: FileTarget,
    codings: readonly Coding[],
  ): void | Promise<void> {
    const { reactor } = request;
    const task = new Task();
    const found = this.#lookUps.run(key, task, (shared) => {
      const cached = this.#cache.get(key, reactor); // another request's run may have cached it
      if (cached === undefined) return run(this.#lookUp(key, target, codings, reactor, shared));
      cached.representation.content.retain();
      return cached;
    });
    if (!(found instanceof Promise)) return this.#answer(request, response, found);
    cancelWhenGone(task, response);
    return found.then((answer) => this.#answer(request, response, answer));
  }

  *#lookUp(
    key: string,
    target: FileTarget,
    codings: readonly Coding[],
    reactor: Reactor,
    task: Task,
  ): MaybeAsync<Answer> {
    const lookup = lookUp({ target, codings, nowMs: reactor.wallClockMs }, this.#options);
    const found = yield* this.#cache.find(key, lookup, reactor, task);
    if (found.kind !== 'listing') return found;
    const { name } = found;
    const showsDotNames = this.#options.dotFiles === true;
    const contents = yield* wait(
      this.#listings.run(name, task, (shared) =>
        this.#root.readFolder(name, shared, (folder) => readContents(folder, showsDotNames)),
      ),
    );
    return contents === undefined ? { kind: 'nothing' } : { kind: 'contents', contents };
  }

  #answer(request: FileRequest, response: FileResponse, answer: Answer): void | Promise<void> {
    if (answer instanceof CachedFile) {
      return closing(answer.representation.content, () => sendCached(request, response, answer));
    }
    switch (answer.kind) {
      case 'file':
        return closing(answer.content, () => sendFile(request, response, answer));
      case 'not-found-page':
        return closing(answer.content, () => sendPage(response, 404, answer));
      case 'redirect':
        // A rule may map a path with a slash to a folder without one: the redirect would lead to itself.
        if (request.path.endsWith('/')) return this.#sendNotFound(request, response);
        return redirectToFolder(request, response);
      case 'contents':
        return answer.contents.send(request, response);
      case 'nothing':
        return this.#sendNotFound(request, response);
    }
  }

  /** The text depends on the path as sent alone, so that it tells nothing about the folder. */
  #sendNotFound(request: FileRequest, response: FileResponse): void {
    const missing = request.path.endsWith('/') ? this.#options.index : 'such file';
    sendText(response, 404, `there is no ${missing} here`);
  }
}

/** Ends the look-up of a client that has gone, and refuses one if too many wait. */
function caught(response: FileResponse, served: void | Promise<void>): void | Promise<void> {
  return served?.catch((error: unknown) => {
    if (error instanceof CancelledError) return;
    if (!(error instanceof QueueFullError)) throw error;
    sendText(response, 503, 'too many requests wait for the disk', { 'Retry-After': 1 });
  });
}

function sendCached(request: FileRequest, response: FileResponse, file: CachedFile): void | Promise<void> {
  if (file.prepared !== undefined && !request.isConditional) return response.sendPrepared(file.prepared);
  if (file.representation.settled !== undefined) file.settle(request.reactor.wallClockMs);
  const { representation, heads } = file;
  representation.content.retain();
  return closing(representation.content, () => sendFile(request, response, representation, heads));
}

/** Closes a file when the response was given. A response that is still being sent keeps it open itself. */
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

/** Relative links in the page of a folder need the slash. */
export function redirectToFolder(request: FileRequest, response: FileResponse): void {
  // A second slash at the start would name another host. So would a backslash in browsers (URL §4.4, "relative slash state"), and a
  // folder may have that name.
  const folder = `${request.path.replaceAll('\\', '%5C').replace(/^\/{2,}/, '/')}/`;
  const location = request.query === '' ? folder : `${folder}?${request.query}`;
  sendText(response, 301, location, { Location: location });
}
