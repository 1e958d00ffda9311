/** What is asked of a folder by who decides more than the path does: which name is meant, and what is said of its file. */
import type { ResponseHeaders } from '../http/response-head.js';
import { type NO_NAME, resolvePath } from './resolve-path.js';

/** What is said of a file, in a 200, 206 or 304. */
export interface FileRemarks {
  readonly cacheControl?: string;
  /** Instead of what the name's ending tells. */
  readonly contentType?: string;
}

export interface FileTarget {
  /** What the answer is kept under: the same key is the same target. The path as sent, as a rule. */
  readonly key: string;
  /** Relative to the root, decoded; NO_NAME: it can be none. */
  readonly name: string | typeof NO_NAME;
  readonly remarks: FileRemarks;
  /** Of the page that answers where the name is none. */
  readonly fallbackRemarks: FileRemarks;
  /** Those that most of its answers have: HttpResponse.defaultHeaders. */
  readonly defaultHeaders: ResponseHeaders | undefined;
}

const NO_REMARKS: FileRemarks = {};

/** What a path means by itself. */
export function plainTarget(path: string): FileTarget {
  return {
    key: path,
    name: resolvePath(path),
    remarks: NO_REMARKS,
    fallbackRemarks: NO_REMARKS,
    defaultHeaders: undefined,
  };
}
