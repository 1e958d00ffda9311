/**
 * Serves a folder: GET and HEAD of its regular files.
 */
import { chooseEncoding } from '../http/negotiation.js';
import type { HttpHandler } from '../server/http-connection.js';
import type { HttpRequest } from '../server/http-request.js';
import type { HttpResponse } from '../server/http-response.js';
import { hasDotName } from './dot-names.js';
import { sendFile, sendPage } from './file-response.js';
import { sendListing } from './folder-listing.js';
import { mediaType } from './media-types.js';
import type { OpenFile } from './open-file.js';
import { resolvePath, UNNAMED } from './resolve-path.js';
import { RootFolder } from './root-folder.js';

const PLAIN_TEXT = 'text/plain; charset=utf-8';

/** Methods that HTTP defines, and a folder does not answer: 405. Any other word is 501 (RFC 9110 §9.1). */
const DEFINED_METHODS = new Set(['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'CONNECT', 'TRACE']);

/** Content codings of files that are compressed beforehand, in the order in which they are preferred, and how their names end. */
const PRECOMPRESSED = { br: '.br', zstd: '.zst', gzip: '.gz' } as const;
const CODINGS = Object.keys(PRECOMPRESSED) as (keyof typeof PRECOMPRESSED)[];

export interface FileHandlerOptions {
  /** The page of a folder. Default: `index.html`. */
  readonly index?: string;
  /** `/page` is `page.html`, where there is no `page`. Default: false. */
  readonly cleanUrls?: boolean;
  /** A file that answers, with 200, for each path that names none: the page of an application that has its own routes. */
  readonly fallback?: string;
  /** A file that is the text of a 404. Default: a line of text. */
  readonly notFoundPage?: string;
  /** A folder without its page is listed: as a page, or as JSON for clients that prefer it. Default: false. */
  readonly listing?: boolean;
  /** Names that begin with a dot are served, too; `.well-known` always is. Default: false. */
  readonly dotFiles?: boolean;
  /** Symbolic links are followed, as long as they stay below the folder. Default: true. */
  readonly followSymlinks?: boolean;
  /** `name.br`, `name.zst` and `name.gz` are sent for `name` to who understands them, unless they are older. Default: false. */
  readonly precompressed?: boolean;
}

/** A handler that serves a folder. */
export interface FileHandler extends HttpHandler {
  /** Gives the folder back; what is asked for afterwards is answered 500. A handler that is forgotten does it by itself. */
  close(): void;
}

/**
 * A handler that serves the folder at `path`. The folder is opened now: moved elsewhere, it is served from there.
 * @throws  SystemError ENOENT | ENOTDIR | EACCES
 */
export function fileHandler(path: string, options: FileHandlerOptions = {}): FileHandler {
  const site = new Site(path, options);
  const handler: HttpHandler = (request, response) => {
    if (request.method === 'GET' || request.method === 'HEAD') return site.serve(request, response);
    refuseMethod(request, response);
  };
  return Object.assign(handler, { close: () => site.close() });
}

function refuseMethod(request: HttpRequest, response: HttpResponse): void {
  const status = DEFINED_METHODS.has(request.method) ? 405 : 501;
  const text = `this folder answers GET and HEAD, not ${request.method}`;
  response.send(status, { 'Content-Type': PLAIN_TEXT, Allow: 'GET, HEAD' }, `${status}: ${text}\n`);
}

class Site {
  readonly #root: RootFolder;
  readonly #options: FileHandlerOptions;
  readonly #index: string;

  constructor(path: string, options: FileHandlerOptions) {
    this.#root = new RootFolder(path, options.followSymlinks ?? true);
    this.#options = options;
    this.#index = options.index ?? 'index.html';
  }

  serve(request: HttpRequest, response: HttpResponse): void | Promise<void> {
    const { cleanUrls, dotFiles, listing } = this.#options;
    const path = request.path;
    const name = resolvePath(path);
    if (name === UNNAMED || (dotFiles !== true && hasDotName(name))) return this.#sendNotFound(request, response, path);
    const isFolderName = name === '' || name.endsWith('/');
    const fileName = isFolderName ? `${name}${this.#index}` : name;
    const entry = this.#root.open(fileName);
    if (entry.kind === 'file') return this.#send(request, response, fileName, entry);
    if (entry.kind === 'folder' && !isFolderName) return redirectToFolder(path, request.query, response);
    if (isFolderName && listing === true) {
      const fd = this.#root.openFolder(name);
      if (fd >= 0) return sendListing(request, response, { fd, name, showsDotNames: dotFiles === true });
    }
    if (!isFolderName && cleanUrls === true) {
      const page = this.#root.open(`${name}.html`);
      if (page.kind === 'file') return this.#send(request, response, `${name}.html`, page);
    }
    return this.#sendNotFound(request, response, path);
  }

  close(): void {
    this.#root.close();
  }

  #send(request: HttpRequest, response: HttpResponse, name: string, file: OpenFile): void {
    const contentType = mediaType(name);
    if (this.#options.precompressed !== true) {
      sendFile(request, response, { file, contentType });
      return;
    }
    const vary = 'Accept-Encoding';
    const compressed = this.#openCompressed(request.header('accept-encoding'), name, file);
    if (compressed === undefined) {
      sendFile(request, response, { file, contentType, vary });
    } else {
      file.close();
      sendFile(request, response, { ...compressed, contentType, vary });
    }
  }

  /** The best of the compressed files beside `name` that the client understands. */
  #openCompressed(
    acceptEncoding: string | undefined,
    name: string,
    original: OpenFile,
  ): { file: OpenFile; contentEncoding: string } | undefined {
    const found = new Map<string, OpenFile>();
    try {
      for (const coding of acceptEncoding === undefined ? [] : CODINGS) {
        if (chooseEncoding(acceptEncoding, [coding]) !== coding) continue;
        const entry = this.#root.open(name + PRECOMPRESSED[coding]);
        if (entry.kind !== 'file') continue;
        // An older one is not of this file any more.
        if (isOlder(entry, original)) entry.close();
        else found.set(coding, entry);
      }
      const contentEncoding = chooseEncoding(acceptEncoding, [...found.keys()]) ?? '';
      const file = found.get(contentEncoding);
      if (file === undefined) return undefined;
      found.delete(contentEncoding);
      return { file, contentEncoding };
    } finally {
      for (const file of found.values()) file.close();
    }
  }

  #sendNotFound(request: HttpRequest, response: HttpResponse, path: string): void {
    const { fallback, notFoundPage } = this.#options;
    const page = this.#openPage(fallback);
    if (page !== undefined) {
      this.#send(request, response, fallback as string, page);
      return;
    }
    const text = this.#openPage(notFoundPage);
    if (text !== undefined) {
      sendPage(response, 404, { file: text, contentType: mediaType(notFoundPage as string) });
      return;
    }
    // The text is decided by the path as sent and nothing else, so that it tells nothing about what is there.
    const missing = path.endsWith('/') ? this.#index : 'such file';
    response.send(404, { 'Content-Type': PLAIN_TEXT }, `404: there is no ${missing} here\n`);
  }

  #openPage(name: string | undefined): OpenFile | undefined {
    if (name === undefined) return undefined;
    const entry = this.#root.open(name);
    return entry.kind === 'file' ? entry : undefined;
  }
}

/** Relative links in a folder's page work only below its slash. */
function redirectToFolder(path: string, query: string, response: HttpResponse): void {
  // The name exists below the root, so it does not begin with a second slash, which would name another host.
  const location = query === '' ? `${path}/` : `${path}/?${query}`;
  response.send(301, { Location: location, 'Content-Type': PLAIN_TEXT }, `301: ${location}\n`);
}

function isOlder(a: OpenFile, b: OpenFile): boolean {
  if (a.modifiedSeconds !== b.modifiedSeconds) return a.modifiedSeconds < b.modifiedSeconds;
  return a.modifiedNanoseconds < b.modifiedNanoseconds;
}
