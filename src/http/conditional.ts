/**
 * Conditional requests (RFC 9110 §13). The steps are those of §13.2.2:
 *
 *   1. If-Match                                  false: 412
 *   2. If-Unmodified-Since, without 1            false: 412
 *   3. If-None-Match                             false: 304 for GET and HEAD, 412 for other methods
 *   4. If-Modified-Since, without 3              false: 304, for GET and HEAD only
 *   5. If-Range, for GET with Range              false: the whole file
 *
 * They apply only if the response without conditions would be a 2xx: a redirect or a 404 is sent in any case (§13.2.1).
 */
import { isListed, isWeakTag, STRONG, type TagComparison, WEAK } from './entity-tag.js';
import { parseHttpDate } from './http-date.js';

/** The conditions are true, or the request has none. Any other result is the status of the response. */
export const PROCEED = 0;
export const NOT_MODIFIED = 304;
export const PRECONDITION_FAILED = 412;
export type PreconditionResult = typeof PROCEED | typeof NOT_MODIFIED | typeof PRECONDITION_FAILED;

/** The parts of a request that conditions need. Several lines of one field are joined to one value by commas (§5.3). */
export interface ConditionalRequest {
  readonly method: string;
  header(name: string): string | undefined;
}

/** The validators of the representation that would be sent: those of the compressed form, if that is chosen. */
export interface Validators {
  readonly etag: string;
  /** The file's modification time, with fractions, perhaps in the future. Conditions compare lastModified(). */
  readonly lastModifiedMs: number;
  /** No program has set that time, so a later content has a later time. */
  readonly isDateStrong: boolean;
}

/** These methods do "not involve the selection or modification of a selected representation": conditions MUST be ignored (§13.2.1). */
const UNCONDITIONAL_METHODS = new Set(['CONNECT', 'OPTIONS', 'TRACE']);

/**
 * Steps 1 to 4.
 * @param current  the validators of an existing representation, so `*` is true
 * @param nowMs    milliseconds since 1970, by the clock of the Date header
 */
export function evaluatePreconditions(
  request: ConditionalRequest,
  current: Validators,
  nowMs: number,
): PreconditionResult {
  if (UNCONDITIONAL_METHODS.has(request.method)) return PROCEED;
  const ifMatch = request.header('if-match');
  const isPermitted =
    ifMatch === undefined
      ? isUnmodifiedSince(request.header('if-unmodified-since'), current, nowMs)
      : isMatch(ifMatch, current.etag, STRONG);
  if (!isPermitted) return PRECONDITION_FAILED;

  const isRead = request.method === 'GET' || request.method === 'HEAD';
  const ifNoneMatch = request.header('if-none-match');
  if (ifNoneMatch !== undefined) {
    if (!isMatch(ifNoneMatch, current.etag, WEAK)) return PROCEED;
    return isRead ? NOT_MODIFIED : PRECONDITION_FAILED;
  }
  const isKnown = isRead && isNotModifiedSince(request.header('if-modified-since'), current, nowMs);
  return isKnown ? NOT_MODIFIED : PROCEED;
}

/**
 * Step 5: whether a Range field counts.
 *
 * "A server MUST ignore a Range header field received with a request method […] for which range handling is not defined. […]
 * GET is the only method" (§14.2): HEAD gets the head of the whole file. nginx answers it with the range.
 *
 *     If-Range = entity-tag / HTTP-date     §13.1.5
 *
 * "The If-Range comparison is by exact match": a list, a weak tag and a malformed value are false. A date has to be strong as well
 * (§8.8.2.2). It is not strong if a program has set the file's time (`cp -p`, `rsync -t`, `tar x`), because an earlier
 * content may have had the same time. It is also not strong until its second is over: the file may change again within that
 * second and keep the date. Only the client knows whether it asked later; if not, it MUST NOT send a date.
 */
export function isRangeAllowed(request: ConditionalRequest, current: Validators, nowMs: number): boolean {
  if (request.method !== 'GET') return false;
  const ifRange = request.header('if-range');
  if (ifRange === undefined) return true;
  if (ifRange === current.etag) return !isWeakTag(ifRange);
  const date = lastModified(current.lastModifiedMs, nowMs);
  return date !== undefined && current.isDateStrong && nowMs - date >= 1000 && parseHttpDate(ifRange, nowMs) === date;
}

/** The first two seconds of 1970: reproducible builds, OSTree and Nix give this time to every version of a file. */
const CONSTANT_DATES: ReadonlySet<number> = new Set([0, 1000]);
/** An HTTP-date has four digits for its year (§5.6.7). */
const YEAR_0_MS = Date.UTC(-1, 12);

/**
 * The moment of Last-Modified: a whole second, and not "later than the server's time of message origination" (§8.8.2.1). If
 * the file's time is in the future, the present MUST replace it.
 * @returns  undefined if the time says nothing about the file's age, or cannot be written. Then Last-Modified is left out,
 *           and conditions with dates are ignored (§13.1.3, §13.1.4)
 */
export function lastModified(lastModifiedMs: number, nowMs: number): number | undefined {
  const date = Math.floor(Math.min(lastModifiedMs, nowMs) / 1000) * 1000;
  return date < YEAR_0_MS || CONSTANT_DATES.has(date) ? undefined : date;
}

/**
 *     If-Match = "*" / #entity-tag     §13.1.1, and If-None-Match likewise, §13.1.2
 *
 * `*` among tags is "syntactically invalid", and matches nothing.
 */
function isMatch(field: string, etag: string, comparison: TagComparison): boolean {
  // Most clients send the one tag that they got.
  if (field === etag) return comparison === WEAK || !isWeakTag(etag);
  return field === '*' || isListed(field, etag, comparison);
}

/** True without the field, and if its value is not a single date: "a recipient MUST ignore" that (§13.1.4). */
function isUnmodifiedSince(field: string | undefined, current: Validators, nowMs: number): boolean {
  if (field === undefined) return true;
  const date = parseHttpDate(field, nowMs);
  const modified = lastModified(current.lastModifiedMs, nowMs);
  return date === undefined || modified === undefined || modified <= date;
}

/**
 * False without the field, and if its value is not a single date (§13.1.3 MUST ignore). A file whose date is "earlier or
 * equal" is not modified, as in Apache; nginx by default accepts only an equal date.
 *
 * A date in the future is ignored too: this server never sent it, and until then would answer 304 after every change. RFC
 * 2616 §14.25 calls such a date invalid. §13.1.3 no longer does, but there the 304 is a SHOULD, and sending the whole file is
 * always correct.
 */
function isNotModifiedSince(field: string | undefined, current: Validators, nowMs: number): boolean {
  if (field === undefined) return false;
  const date = parseHttpDate(field, nowMs);
  const modified = lastModified(current.lastModifiedMs, nowMs);
  return date !== undefined && modified !== undefined && date <= nowMs && modified <= date;
}
