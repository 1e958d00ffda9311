/** A request to a folder after the rules of a site were applied: the name to serve, and the headers of its file. */
import type { ResponseHeaders } from '../http/response/response-head.js';
import { type NO_NAME, resolvePath } from './resolve-path.js';

/** Header values of a file in a 200, 206 or 304. */
export interface FileRemarks {
  /** The value of Cache-Control. Default: the header is left out. */
  readonly cacheControl?: string;
  /** Default: by the extension of the name. */
  readonly contentType?: string;
}

/** The path that FileHandler.serve() serves instead of the request's. */
export interface FileTarget {
  /** The key in the cache: the same key is the same target. Mostly the path as sent. */
  readonly key: string;
  /** Relative to the root, decoded. */
  readonly name: string | typeof NO_NAME;
  /** Headers of the file that has the name. */
  readonly remarks: FileRemarks;
  /** Headers of the fallback, if no file has the name. */
  readonly fallbackRemarks: FileRemarks;
  /** HttpResponse.defaultHeaders of most of its responses. */
  readonly defaultHeaders: ResponseHeaders | undefined;
}

const NO_REMARKS: FileRemarks = {};

/** The target of a path without rules. */
export function plainTarget(path: string): FileTarget {
  return {
    key: path,
    name: resolvePath(path),
    remarks: NO_REMARKS,
    fallbackRemarks: NO_REMARKS,
    defaultHeaders: undefined,
  };
}
