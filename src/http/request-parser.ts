/**
 * The head of an HTTP/1.1 request, parsed where it lies: offsets into the reader's buffer, no string and no object made.
 *
 *     HTTP-message   = start-line CRLF *( field-line CRLF ) CRLF [ message-body ]     RFC 9112 §2.1
 *     request-line   = method SP request-target SP HTTP-version                       RFC 9112 §3
 *     field-line     = field-name ":" OWS field-value OWS                             RFC 9112 §5
 *
 * Stricter than the RFC allows a server to be, since each leniency is one that some proxy reads differently, and that is
 * how requests are smuggled: a bare LF ends no line (§2.2 MAY), obs-fold is refused (§5.2), and so is any second
 * Content-Length or Transfer-Encoding, even an equal one (§6.3 MAY).
 */
import { REQUEST_HEAD_BYTES_MAX, REQUEST_HEADERS_MAX, REQUEST_LINE_BYTES_MAX } from '../limits.js';
import { equalsIgnoringCase, FIELD_VALUE, HOST, startsWith, TARGET, TOKEN } from './tokens.js';

/** The head is not complete. Parse again, from its start, when more bytes have come. */
export const NEED_MORE = 0;
/** A request: the parser's fields say which. */
export const REQUEST = 1;
/** Not a request that can be answered in its own terms: `rejectStatus` and `rejectReason` say why. */
export const REJECT = 2;
export type ParseResult = typeof NEED_MORE | typeof REQUEST | typeof REJECT;

const SP = 0x20;
const HTAB = 0x09;
const CR = 0x0d;
const LF = 0x0a;
const COLON = 0x3a;
const SLASH = 0x2f;
const QUESTION_MARK = 0x3f;
const ASTERISK = 0x2a;
const DIGIT_0 = 0x30;

/** Returned by the steps of the parser beside offsets, which are never negative. */
const INCOMPLETE = -1;
const REJECTED = -2;

/** Where a header's four offsets stand in `headers`: name start, name end, value start, value end. */
export const OFFSETS_PER_HEADER = 4;

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'CONNECT', 'TRACE'] as const;

export class RequestParser {
  /** As sent: methods are case-sensitive (RFC 9110 §9.1). */
  method = '';
  /** The path as sent, percent-encoded: bytes [pathStart, pathEnd). Of `*` it is that; of an empty one in absolute-form, nothing. */
  pathStart = 0;
  pathEnd = 0;
  /** The query without its `?`: bytes [queryStart, queryEnd); empty where there is none. */
  queryStart = 0;
  queryEnd = 0;
  /** 0 or 1: the minor version of HTTP/1. */
  minorVersion = 1;
  /** OFFSETS_PER_HEADER offsets for each header. */
  readonly headers = new Int32Array(OFFSETS_PER_HEADER * REQUEST_HEADERS_MAX);
  headerCount = 0;
  /** Where the head ends and what follows begins: the body, or the next request. */
  headEnd = 0;
  /** Bytes of body: 0 where there is none, NaN where it is chunked and only its end tells. */
  bodyLength = 0;
  /** The connection stays open after the response (RFC 9112 §9.3). */
  keepsAlive = true;

  rejectStatus = 0;
  rejectReason = '';

  #hostCount = 0;
  #hasContentLength = false;
  #isChunked = false;
  #wantsClose = false;
  #wantsKeepAlive = false;

  /** Parses the head that begins at `start` of the bytes [start, end). */
  parse(bytes: Uint8Array, start: number, end: number): ParseResult {
    // "A server that is expecting to receive and parse a request-line SHOULD ignore at least one empty line" (§2.2).
    let lineStart = start;
    if (bytes[lineStart] === CR && lineStart < end) {
      if (lineStart + 1 === end) return NEED_MORE;
      if (bytes[lineStart + 1] !== LF) return this.#reject(400, 'a carriage return without a line feed');
      lineStart += 2;
    }
    let at = this.#parseRequestLine(bytes, lineStart, end);
    // Nothing is read beyond the limit: the outcome does not depend on how much of it has come.
    const limit = Math.min(end, start + REQUEST_HEAD_BYTES_MAX);
    if (at >= 0) at = this.#parseHeaders(bytes, at, limit);
    if (at === REJECTED) return REJECT;
    if (at === INCOMPLETE) {
      return limit < end ? this.#reject(431, `a head of more than ${REQUEST_HEAD_BYTES_MAX} bytes`) : NEED_MORE;
    }
    this.headEnd = at;
    return this.#conclude();
  }

  /** @returns  where the next line begins, or INCOMPLETE or REJECTED */
  #parseRequestLine(bytes: Uint8Array, start: number, end: number): number {
    const lineEnd = Math.min(end, start + REQUEST_LINE_BYTES_MAX);
    let at = start;
    while (at < lineEnd && TOKEN[bytes[at] as number] === 1) at++;
    if (at === lineEnd) return this.#lineIncomplete(end, lineEnd);
    if (at === start || bytes[at] !== SP) return this.#refuse(400, 'a method that is not a token and one space');
    this.method = readMethod(bytes, start, at);

    const targetStart = ++at;
    while (at < lineEnd && TARGET[bytes[at] as number] === 1) at++;
    if (at === lineEnd) return this.#lineIncomplete(end, lineEnd);
    if (at === targetStart || bytes[at] !== SP) return this.#refuse(400, 'a request target that is not one');
    const targetEnd = at++;

    // HTTP-version = "HTTP/" DIGIT "." DIGIT. Compared before the line is complete: whatever speaks TLS or SSH to this
    // port is told at once.
    const version = 'HTTP/1.x\r\n';
    for (let i = 0; i < version.length; i++, at++) {
      if (at === lineEnd) return this.#lineIncomplete(end, lineEnd);
      const byte = bytes[at] as number;
      if (i === 5 || i === 7) {
        if (byte < DIGIT_0 || byte > DIGIT_0 + 9)
          return this.#refuse(400, 'a version that is not HTTP/ and two digits');
        if (i === 5 && byte !== DIGIT_0 + 1) return this.#refuse(505, 'a version of HTTP other than 1');
        if (i === 7) this.minorVersion = Math.min(1, byte - DIGIT_0);
      } else if (byte !== version.charCodeAt(i)) {
        return this.#refuse(400, 'a request line that does not end in HTTP/1.1, carriage return and line feed');
      }
    }
    return this.#splitTarget(bytes, targetStart, targetEnd) ? at : REJECTED;
  }

  #lineIncomplete(end: number, lineEnd: number): number {
    return lineEnd < end
      ? this.#refuse(414, `a request line of more than ${REQUEST_LINE_BYTES_MAX} bytes`)
      : INCOMPLETE;
  }

  /**
   *     request-target = origin-form / absolute-form / authority-form / asterisk-form   RFC 9112 §3.2
   */
  #splitTarget(bytes: Uint8Array, start: number, end: number): boolean {
    let pathStart = start;
    if (bytes[start] === ASTERISK && end === start + 1 && this.method === 'OPTIONS') {
      // asterisk-form: about the server and not about a resource
    } else if (bytes[start] !== SLASH) {
      pathStart = pathOfAbsoluteForm(bytes, start, end);
      // authority-form is for CONNECT to a proxy, which this is not.
      if (pathStart < 0) {
        return this.#fail(400, 'a request target that is neither a path nor an http URI');
      }
    }
    let pathEnd = pathStart;
    while (pathEnd < end && bytes[pathEnd] !== QUESTION_MARK) pathEnd++;
    this.pathStart = pathStart;
    this.pathEnd = pathEnd;
    this.queryStart = Math.min(end, pathEnd + 1);
    this.queryEnd = end;
    return true;
  }

  /** @returns  where the head ends, or INCOMPLETE or REJECTED */
  #parseHeaders(bytes: Uint8Array, start: number, end: number): number {
    this.headerCount = 0;
    this.#hostCount = 0;
    this.#hasContentLength = false;
    this.#isChunked = false;
    this.#wantsClose = false;
    this.#wantsKeepAlive = false;
    this.bodyLength = 0;
    let at = start;
    while (at < end) {
      if (bytes[at] === CR) {
        if (at + 1 === end) return INCOMPLETE;
        return bytes[at + 1] === LF ? at + 2 : this.#refuse(400, 'a carriage return without a line feed');
      }
      const nameStart = at;
      while (at < end && TOKEN[bytes[at] as number] === 1) at++;
      if (at === end) return INCOMPLETE;
      // No space before the colon, and no line that goes on from the one before (obs-fold): §5.1, §5.2.
      if (at === nameStart || bytes[at] !== COLON)
        return this.#refuse(400, 'a header name that is not a token and a colon');
      const nameEnd = at++;

      while (at < end && isBlank(bytes[at] as number)) at++;
      const valueStart = at;
      while (at < end && FIELD_VALUE[bytes[at] as number] === 1) at++;
      if (at >= end - 1) return INCOMPLETE;
      if (bytes[at] !== CR || bytes[at + 1] !== LF) return this.#refuse(400, 'a control character in a header value');
      let valueEnd = at;
      while (valueEnd > valueStart && isBlank(bytes[valueEnd - 1] as number)) valueEnd--;
      at += 2;

      if (this.headerCount === REQUEST_HEADERS_MAX)
        return this.#refuse(431, `more than ${REQUEST_HEADERS_MAX} headers`);
      const offset = OFFSETS_PER_HEADER * this.headerCount++;
      this.headers[offset] = nameStart;
      this.headers[offset + 1] = nameEnd;
      this.headers[offset + 2] = valueStart;
      this.headers[offset + 3] = valueEnd;
      if (!this.#note(bytes, nameStart, nameEnd, valueStart, valueEnd)) return REJECTED;
    }
    return INCOMPLETE;
  }

  /** Takes note of the headers that decide where the message ends and whether the connection goes on. */
  #note(bytes: Uint8Array, nameStart: number, nameEnd: number, valueStart: number, valueEnd: number): boolean {
    switch (nameEnd - nameStart) {
      case 4:
        if (equalsIgnoringCase(bytes, nameStart, nameEnd, 'host')) return this.#noteHost(bytes, valueStart, valueEnd);
        return true;
      case 10:
        if (equalsIgnoringCase(bytes, nameStart, nameEnd, 'connection'))
          this.#noteConnection(bytes, valueStart, valueEnd);
        return true;
      case 14:
        if (equalsIgnoringCase(bytes, nameStart, nameEnd, 'content-length')) {
          return this.#noteContentLength(bytes, valueStart, valueEnd);
        }
        return true;
      case 17:
        if (equalsIgnoringCase(bytes, nameStart, nameEnd, 'transfer-encoding')) {
          return this.#noteTransferEncoding(bytes, valueStart, valueEnd);
        }
        return true;
      default:
        return true;
    }
  }

  /** "A server MUST respond with a 400 to any HTTP/1.1 request that lacks a Host, or has more than one" (§3.2). */
  #noteHost(bytes: Uint8Array, start: number, end: number): boolean {
    this.#hostCount++;
    for (let at = start; at < end; at++) {
      if (HOST[bytes[at] as number] === 0) return this.#fail(400, 'a Host that is not one');
    }
    return (start < end && this.#hostCount === 1) || this.#fail(400, 'more than one Host, or an empty one');
  }

  /** Connection = #connection-option: a list of tokens, of which two matter here (RFC 9110 §7.6.1). */
  #noteConnection(bytes: Uint8Array, start: number, end: number): void {
    let at = start;
    while (at < end) {
      while (at < end && TOKEN[bytes[at] as number] === 0) at++;
      const optionStart = at;
      while (at < end && TOKEN[bytes[at] as number] === 1) at++;
      if (equalsIgnoringCase(bytes, optionStart, at, 'close')) this.#wantsClose = true;
      else if (equalsIgnoringCase(bytes, optionStart, at, 'keep-alive')) this.#wantsKeepAlive = true;
    }
  }

  /** Content-Length = 1*DIGIT (RFC 9110 §8.6), once, and small enough to count with. */
  #noteContentLength(bytes: Uint8Array, start: number, end: number): boolean {
    if (this.#hasContentLength) return this.#fail(400, 'more than one Content-Length');
    this.#hasContentLength = true;
    let length = 0;
    for (let at = start; at < end; at++) {
      const digit = (bytes[at] as number) - DIGIT_0;
      if (digit < 0 || digit > 9) return this.#fail(400, 'a Content-Length that is not digits');
      length = length * 10 + digit;
    }
    if (start === end || length > Number.MAX_SAFE_INTEGER) {
      return this.#fail(400, 'a Content-Length that is empty or beyond counting');
    }
    this.bodyLength = length;
    return true;
  }

  /** Only `chunked`, only once: no other coding was announced (§6.1: "SHOULD respond with 501"). */
  #noteTransferEncoding(bytes: Uint8Array, start: number, end: number): boolean {
    if (this.#isChunked) return this.#fail(400, 'more than one Transfer-Encoding');
    if (!equalsIgnoringCase(bytes, start, end, 'chunked')) {
      return this.#fail(501, 'a Transfer-Encoding other than chunked');
    }
    this.#isChunked = true;
    return true;
  }

  /** What only the whole head can tell. */
  #conclude(): ParseResult {
    if (this.#hostCount === 0 && this.minorVersion === 1) return this.#reject(400, 'no Host');
    if (this.#isChunked) {
      // Both, or in 1.0: what one reader takes for a body another takes for the next request (§6.1, §6.3).
      if (this.#hasContentLength) return this.#reject(400, 'both Content-Length and Transfer-Encoding');
      if (this.minorVersion === 0) return this.#reject(400, 'Transfer-Encoding in HTTP/1.0');
      this.bodyLength = Number.NaN;
    }
    this.keepsAlive = !this.#wantsClose && (this.minorVersion === 1 || this.#wantsKeepAlive);
    return REQUEST;
  }

  #reject(status: number, reason: string): typeof REJECT {
    this.rejectStatus = status;
    this.rejectReason = reason;
    return REJECT;
  }

  #fail(status: number, reason: string): false {
    this.#reject(status, reason);
    return false;
  }

  #refuse(status: number, reason: string): typeof REJECTED {
    this.#reject(status, reason);
    return REJECTED;
  }
}

/** A known method costs no new string. */
function readMethod(bytes: Uint8Array, start: number, end: number): string {
  for (const method of METHODS) {
    if (method.length === end - start && startsWith(bytes, start, end, method)) return method;
  }
  let method = '';
  for (let at = start; at < end; at++) method += String.fromCharCode(bytes[at] as number);
  return method;
}

/**
 *     absolute-form = absolute-URI, of the schemes that this server can mean
 * @returns  where the path begins (empty: where it would), or -1 if it is none
 */
function pathOfAbsoluteForm(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] !== COLON) at++;
  if (!equalsIgnoringCase(bytes, start, at, 'http') && !equalsIgnoringCase(bytes, start, at, 'https')) return -1;
  if (!startsWith(bytes, at, end, '://')) return -1;
  at += 3;
  const authorityStart = at;
  while (at < end && HOST[bytes[at] as number] === 1) at++;
  if (at === authorityStart) return -1;
  return at === end || bytes[at] === SLASH || bytes[at] === QUESTION_MARK ? at : -1;
}

function isBlank(byte: number): boolean {
  return byte === SP || byte === HTAB;
}
