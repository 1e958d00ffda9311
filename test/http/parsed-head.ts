/** The result of RequestParser, as values that can be compared. */

import { NEED_MORE, REJECT, RequestParser } from '../../src/http/request-parser.js';
import { DEFAULT_LIMITS } from '../../src/limits.js';

export interface ParsedHead {
  readonly kind: 'request';
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly authority: string;
  readonly minorVersion: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly isConditional: boolean;
  readonly bodyLength: number;
  readonly expectsContinue: boolean;
  readonly keepsAlive: boolean;
  /** Bytes from the start that was given. */
  readonly headBytes: number;
}

export type Outcome =
  | ParsedHead
  | { readonly kind: 'need more' }
  | { readonly kind: 'reject'; readonly status: number };

/** The result of the latest parse(). */
let parser = new RequestParser(DEFAULT_LIMITS);

/** Parses [start, end), which begin with a head. */
export function parse(bytes: Buffer, start: number = 0, end: number = bytes.length): Outcome {
  // One of its own: a parser that needs more remembers the head that it has begun.
  parser = new RequestParser(DEFAULT_LIMITS);
  return parseBy(parser, bytes, start, end);
}

/** The same by a parser that has read others before, or the beginning of this one. */
export function parseBy(parser: RequestParser, bytes: Buffer, start: number, end: number): Outcome {
  const result = parser.parse(bytes, start, end);
  if (result === NEED_MORE) return { kind: 'need more' };
  if (result === REJECT) return { kind: 'reject', status: parser.rejection.status };
  const { head, framing } = parser;
  return {
    kind: 'request',
    method: head.method,
    path: head.path,
    query: head.query,
    authority: head.authority,
    minorVersion: head.minorVersion,
    headers: Array.from({ length: head.headerCount }, (_, i) => head.fieldAt(i)),
    isConditional: head.isConditional,
    bodyLength: framing.bodyLength,
    expectsContinue: framing.expectsContinue,
    keepsAlive: framing.keepsAlive,
    headBytes: head.length,
  };
}

/** The reason that came with the latest reject. */
export function rejectReason(): string {
  return parser.rejection.reason;
}
