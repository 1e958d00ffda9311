/** The heads of a file's responses. A cached file has them written once. */
import { lastModified } from '../http/conditional.js';
import { HeaderLines } from '../http/response/response-head.js';
import { PreparedResponse } from '../server/prepared-response.js';
import type { Representation } from './representation.js';

const NO_BODY = Buffer.alloc(0);

/** Headers that a 304 leaves out: they describe the body, which the client has (RFC 9110 §15.4.5). */
const BODY_HEADERS: ReadonlySet<string> = new Set(['Content-Type', 'Content-Encoding', 'Accept-Ranges']);

export class FileHeads {
  /** The headers of a 200, and of a 206 beside its Content-Range. */
  readonly headers: HeaderLines;
  readonly #representation: Representation;
  #notModified: PreparedResponse | undefined;

  constructor(representation: Representation, nowMs: number) {
    this.#representation = representation;
    this.headers = headersOf(representation, nowMs);
  }

  /** The 304. */
  get notModified(): PreparedResponse {
    if (this.#notModified === undefined) {
      const headers = [...this.headers].filter(([name]) => !BODY_HEADERS.has(name));
      this.#notModified = new PreparedResponse(304, headers, NO_BODY, this.#representation.defaultHeaders);
    }
    return this.#notModified;
  }
}

function headersOf(representation: Representation, nowMs: number): HeaderLines {
  const { validators, contentType, contentEncoding, vary, cacheControl } = representation;
  const headers: [name: string, value: string][] = [
    ['Content-Type', contentType],
    ['ETag', validators.etag],
  ];
  const modified = lastModified(validators.lastModifiedMs, nowMs);
  if (modified !== undefined) headers.push(['Last-Modified', new Date(modified).toUTCString()]);
  headers.push(['Accept-Ranges', 'bytes']);
  if (contentEncoding !== undefined) headers.push(['Content-Encoding', contentEncoding]);
  if (vary !== undefined) headers.push(['Vary', vary]);
  if (cacheControl !== undefined) headers.push(['Cache-Control', cacheControl]);
  return new HeaderLines(headers);
}
