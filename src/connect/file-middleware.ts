/** Serves a folder on node:http, in the form of connect's middleware. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { redirectToFolder, ServedFolder } from '../files/file-handler.js';
import type { FileHandlerOptions } from '../files/file-options.js';
import { plainTarget } from '../files/file-target.js';
import { Reactor } from '../reactor/reactor.js';
import { NodeFileRequest, NodeFileResponse } from './node-exchange.js';

/** Serves a folder, or calls `next`: without an argument if it has no answer, or with an error. */
export interface FileMiddleware {
  (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void): void;
  /** Closes the folder; requests afterwards are errors. */
  close(): void;
}

/**
 * A middleware that serves the folder at `path` on node:http, with the cache and the answers of fileHandler(): ranges, conditional
 * requests, compressed files, listings. In place of a 404, and for methods other than GET and HEAD, it calls `next`.
 * @param options  as of fileHandler(); with `notFoundPage` it answers 404 itself
 * @throws         SystemError ENOENT | ENOTDIR | EACCES; TypeError for options that are unknown or of another type
 */
export function fileMiddleware(path: string, options: FileHandlerOptions = {}): FileMiddleware {
  const folder = new ServedFolder(path, options);
  const reactor = new Reactor();
  reactor.attach();
  reactor.unref(); // the server of node:http holds the process open
  const middleware = (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void): void => {
    const { method, url = '' } = request;
    if ((method !== 'GET' && method !== 'HEAD') || !url.startsWith('/')) {
      next();
      return;
    }
    const onNotFound = options.notFoundPage === undefined ? () => next() : undefined;
    const mounted = new NodeFileRequest(request, url, reactor);
    const sent = new NodeFileRequest(request, originalUrl(request) ?? url, reactor);
    const answer = new NodeFileResponse(response, method === 'HEAD', onNotFound);
    reactor.runPriorityHandlers(); // the changes on disk that came before the request
    try {
      // `/docs` of a middleware that is mounted there is the folder without its slash, for which url is `/`.
      if (mounted.path === '/' && !sent.path.endsWith('/')) redirectToFolder(sent, answer);
      else folder.serve(sent, answer, plainTarget(mounted.path))?.catch(next);
    } catch (error) {
      next(error);
    }
  };
  return Object.assign(middleware, {
    close: () => {
      folder.close();
      reactor.close();
    },
  });
}

/** The URL as sent: connect and Express take the path of a mounted middleware off `url`. */
function originalUrl(request: IncomingMessage): string | undefined {
  const original: unknown = Reflect.get(request, 'originalUrl');
  return typeof original === 'string' ? original : undefined;
}
