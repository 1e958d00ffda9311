/** What RequestParser found, as values that can be compared. */

import { NEED_MORE, OFFSETS_PER_HEADER, REJECT, RequestParser } from '../../src/http/request-parser.js';
import { DEFAULT_LIMITS } from '../../src/limits.js';

export interface ParsedHead {
  readonly kind: 'request';
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly minorVersion: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly bodyLength: number;
  readonly keepsAlive: boolean;
  /** Bytes from the start that was given. */
  readonly headBytes: number;
}

export type Outcome =
  | ParsedHead
  | { readonly kind: 'need more' }
  | { readonly kind: 'reject'; readonly status: number };

let parser = new RequestParser(DEFAULT_LIMITS);

/** Parses [start, end), which begin with a head. */
export function parse(bytes: Buffer, start: number = 0, end: number = bytes.length): Outcome {
  // One of its own: a parser that needs more remembers the head that it has begun.
  parser = new RequestParser(DEFAULT_LIMITS);
  const result = parser.parse(bytes, start, end);
  if (result === NEED_MORE) return { kind: 'need more' };
  if (result === REJECT) return { kind: 'reject', status: parser.rejection.status };
  const text = (from: number, to: number): string => bytes.toString('latin1', start + from, start + to);
  const headers: [string, string][] = [];
  for (let i = 0; i < OFFSETS_PER_HEADER * parser.headerCount; i += OFFSETS_PER_HEADER) {
    const [nameStart, nameEnd, valueStart, valueEnd] = parser.headers.subarray(i, i + OFFSETS_PER_HEADER);
    headers.push([text(nameStart as number, nameEnd as number), text(valueStart as number, valueEnd as number)]);
  }
  return {
    kind: 'request',
    method: parser.method,
    path: text(parser.pathStart, parser.pathEnd),
    query: text(parser.queryStart, parser.queryEnd),
    minorVersion: parser.minorVersion,
    headers,
    bodyLength: parser.framing.bodyLength,
    keepsAlive: parser.framing.keepsAlive,
    headBytes: parser.headBytes,
  };
}

/** The reason that came with the latest reject. */
export function rejectReason(): string {
  return parser.rejection.reason;
}
