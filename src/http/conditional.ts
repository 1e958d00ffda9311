/**
 * Conditional requests: what the client knows of a file already, and what it wants to be done only if it is right about it
 * (RFC 9110 §13). The steps are those of §13.2.2:
 *
 *   1. If-Match                                         false: 412
 *   2. If-Unmodified-Since, where 1 is not there        false: 412
 *   3. If-None-Match                                    false: 304 for GET and HEAD, 412 for others
 *   4. If-Modified-Since, where 3 is not there          false: 304, for GET and HEAD only
 *   5. If-Range, for GET with Range                     false: the whole file
 *
 * All of it is for a response that would be a 2xx without: a redirect and a 404 are sent whatever the conditions (§13.2.1).
 */
import { isListed, isWeakTag, STRONG, type TagComparison, WEAK } from './entity-tag.js';
import { parseHttpDate } from './http-date.js';

/** The conditions are true, or there are none. */
export const PROCEED = 0;
/** The others are the status to answer with. */
export const NOT_MODIFIED = 304;
export const PRECONDITION_FAILED = 412;
export type Verdict = typeof PROCEED | typeof NOT_MODIFIED | typeof PRECONDITION_FAILED;

/** What is asked of a request. Several lines of one field are one value, joined by commas (§5.3). */
export interface ConditionalRequest {
  readonly method: string;
  header(name: string): string | undefined;
}

/** What the response would say of the representation that would be sent: of the compressed one, where that is chosen. */
export interface Validators {
  readonly etag: string;
  /** When the file was modified, fractions and future included: compared is what lastModified() makes of it. */
  readonly lastModifiedMs: number;
  /** No program has set that time: bytes that were written later have a later one. */
  readonly isDateStrong: boolean;
}

/** They do "not involve the selection or modification of a selected representation": conditions MUST be ignored (§13.2.1). */
const UNCONDITIONAL_METHODS = new Set(['CONNECT', 'OPTIONS', 'TRACE']);

/**
 * Steps 1 to 4.
 * @param current  of a representation that is there: what a `*` asks for
 * @param nowMs    milliseconds since 1970, of the clock that the Date of responses has
 */
export function evaluatePreconditions(request: ConditionalRequest, current: Validators, nowMs: number): Verdict {
  if (UNCONDITIONAL_METHODS.has(request.method)) return PROCEED;
  const ifMatch = request.header('if-match');
  const isPermitted =
    ifMatch === undefined
      ? isUnmodifiedSince(request.header('if-unmodified-since'), current, nowMs)
      : names(ifMatch, current.etag, STRONG);
  if (!isPermitted) return PRECONDITION_FAILED;

  const isRead = request.method === 'GET' || request.method === 'HEAD';
  const ifNoneMatch = request.header('if-none-match');
  if (ifNoneMatch !== undefined) {
    if (!names(ifNoneMatch, current.etag, WEAK)) return PROCEED;
    return isRead ? NOT_MODIFIED : PRECONDITION_FAILED;
  }
  const isKnown = isRead && isNotModifiedSince(request.header('if-modified-since'), current, nowMs);
  return isKnown ? NOT_MODIFIED : PROCEED;
}

/**
 * Step 5: whether Range is to be looked at, where there is one.
 *
 * "A server MUST ignore a Range header field received with a request method […] for which range handling is not defined. […]
 * GET is the only method" (§14.2): HEAD is answered as for the whole file, unlike by nginx.
 *
 *     If-Range = entity-tag / HTTP-date     §13.1.5
 *
 * "The If-Range comparison is by exact match", so that a list, a weak tag, and what is malformed are false. A date has to be
 * strong as well (§8.8.2.2). It is not where a program has set the file's time (`cp -p`, `rsync -t`, `tar x`): the bytes before
 * may have had it, too. Nor while its second lasts, in which the file may change again without the date. Whether the client has
 * asked after that second only the client knows, which MUST NOT send a date otherwise.
 */
export function isRangeAllowed(request: ConditionalRequest, current: Validators, nowMs: number): boolean {
  if (request.method !== 'GET') return false;
  const ifRange = request.header('if-range');
  if (ifRange === undefined) return true;
  if (ifRange === current.etag) return !isWeakTag(ifRange);
  const date = lastModified(current.lastModifiedMs, nowMs);
  return date !== undefined && current.isDateStrong && nowMs - date >= 1000 && parseHttpDate(ifRange, nowMs) === date;
}

/** The first two seconds of 1970: archives of reproducible builds, OSTree and Nix give them to every version of a file. */
const CONSTANT_DATES: ReadonlySet<number> = new Set([0, 1000]);
/** An HTTP-date has four digits for its year (§5.6.7). */
const YEAR_0_MS = Date.UTC(-1, 12);

/**
 * The moment that Last-Modified says: a whole second, and never one "that is later than the server's time of message
 * origination", which MUST replace that of a file from the future (§8.8.2.1).
 * @returns  undefined where the file's time says nothing of its age, or cannot be written: there is no Last-Modified then, and
 *           conditions with dates are ignored (§13.1.3, §13.1.4)
 */
export function lastModified(lastModifiedMs: number, nowMs: number): number | undefined {
  const date = Math.floor(Math.min(lastModifiedMs, nowMs) / 1000) * 1000;
  return date < YEAR_0_MS || CONSTANT_DATES.has(date) ? undefined : date;
}

/**
 *     If-Match = "*" / #entity-tag     §13.1.1, and If-None-Match likewise, §13.1.2
 *
 * "*" among others is "syntactically invalid", and names nothing.
 */
function names(field: string, etag: string, comparison: TagComparison): boolean {
  // What a client sends as a rule: the one tag that it was given.
  if (field === etag) return comparison === WEAK || !isWeakTag(etag);
  return field === '*' || isListed(field, etag, comparison);
}

/** True without the field, and for what is no date, or several: "a recipient MUST ignore" them (§13.1.4). */
function isUnmodifiedSince(field: string | undefined, current: Validators, nowMs: number): boolean {
  if (field === undefined) return true;
  const date = parseHttpDate(field, nowMs);
  const modified = lastModified(current.lastModifiedMs, nowMs);
  return date === undefined || modified === undefined || modified <= date;
}

/**
 * False without the field, and for what is no date, or several (§13.1.3 MUST ignore). "Earlier or equal", where nginx takes
 * only what is equal, and Apache what this does.
 *
 * A date later than now is ignored too: this server has never said it, and would answer 304 to every change until then. RFC
 * 2616 §14.25 calls it invalid; §13.1.3 no longer does, but says SHOULD, and the whole file is always right.
 */
function isNotModifiedSince(field: string | undefined, current: Validators, nowMs: number): boolean {
  if (field === undefined) return false;
  const date = parseHttpDate(field, nowMs);
  const modified = lastModified(current.lastModifiedMs, nowMs);
  return date !== undefined && modified !== undefined && date <= nowMs && modified <= date;
}
