/**
 * Reads the fields that decide the host of a request, where its message ends, and whether the connection stays open. Request
 * smuggling uses mistakes at this point, so a field that two readers could understand differently is refused.
 */
import { isAuthority } from './authority.js';
import type { Rejection } from './rejection.js';
import { equalsIgnoringCase, isBlank, TOKEN } from './tokens.js';

const COMMA = 0x2c;
const DIGIT_0 = 0x30;

export class MessageFraming {
  /** Bytes of body: 0 if there is none, NaN if it is chunked. */
  bodyLength = 0;
  /** The client waits for a 100 before it sends the body (RFC 9110 §10.1.1). */
  expectsContinue = false;
  /** The request has a Range, or a field that begins with If-. */
  isConditional = false;
  /** The connection stays open after the response (RFC 9112 §9.3). */
  keepsAlive = true;
  /** The value of Host, counted from the first field: bytes [hostStart, hostEnd). Empty in an HTTP/1.0 request without Host. */
  hostStart = 0;
  hostEnd = 0;

  #hostCount = 0;
  #hasContentLength = false;
  #isChunked = false;
  #hasOtherCoding = false;
  #wantsClose = false;
  #wantsKeepAlive = false;
  #expectsOther = false;

  reset(): void {
    this.bodyLength = 0;
    this.expectsContinue = false;
    this.isConditional = false;
    this.hostStart = 0;
    this.hostEnd = 0;
    this.#hostCount = 0;
    this.#hasContentLength = false;
    this.#isChunked = false;
    this.#hasOtherCoding = false;
    this.#wantsClose = false;
    this.#wantsKeepAlive = false;
    this.#expectsOther = false;
  }

  /**
   * Reads one header: its name, and its value without blanks around it.
   * @param fields  the start of the first header in `bytes`
   */
  note(
    bytes: Uint8Array,
    name: number,
    nameEnd: number,
    value: number,
    valueEnd: number,
    fields: number,
  ): Rejection | undefined {
    // By length first, because most headers are none of these.
    switch (nameEnd - name) {
      case 4:
        return equalsIgnoringCase(bytes, name, nameEnd, 'host')
          ? this.#noteHost(bytes, value, valueEnd, fields)
          : undefined;
      case 5:
        if (equalsIgnoringCase(bytes, name, nameEnd, 'range')) this.isConditional = true;
        return undefined;
      case 6:
        return equalsIgnoringCase(bytes, name, nameEnd, 'expect')
          ? this.#noteExpect(bytes, value, valueEnd)
          : undefined;
      case 10:
        return equalsIgnoringCase(bytes, name, nameEnd, 'connection')
          ? this.#noteConnection(bytes, value, valueEnd)
          : undefined;
      case 14:
        return equalsIgnoringCase(bytes, name, nameEnd, 'content-length')
          ? this.#noteContentLength(bytes, value, valueEnd)
          : undefined;
      case 17:
        if (equalsIgnoringCase(bytes, name, nameEnd, 'if-modified-since')) this.isConditional = true;
        return equalsIgnoringCase(bytes, name, nameEnd, 'transfer-encoding')
          ? this.#noteTransferEncoding(bytes, value, valueEnd)
          : undefined;
      case 8: // If-Match, If-Range
      case 13: // If-None-Match
      case 19: // If-Unmodified-Since
        if (equalsIgnoringCase(bytes, name, name + 3, 'if-')) this.isConditional = true;
        return undefined;
      default:
        return undefined;
    }
  }

  /** Makes the checks that need the whole head. */
  conclude(minorVersion: number): Rejection | undefined {
    if (this.#hostCount === 0 && minorVersion === 1) return NO_HOST;
    if (this.#isChunked || this.#hasOtherCoding) {
      // If there is a Content-Length too, or in HTTP/1.0, one reader sees a body and another the next request (RFC 9112 §6.1,
      // §6.3).
      if (this.#hasContentLength) return BOTH_FRAMINGS;
      if (minorVersion === 0) return CHUNKED_1_0;
      if (!this.#isChunked) return NOT_CHUNKED;
      // The end of the body is known, but the server cannot decode it (§6.1: SHOULD 501).
      if (this.#hasOtherCoding) return UNKNOWN_CODING;
      this.bodyLength = Number.NaN;
    }
    // After the checks for 400: a 417 says that the request was understood.
    if (this.#expectsOther) return OTHER_EXPECTATION;
    // The body is empty, or the client does not know 100 (HTTP/1.0).
    if (this.bodyLength === 0 || minorVersion === 0) this.expectsContinue = false;
    this.keepsAlive = !this.#wantsClose && (minorVersion === 1 || this.#wantsKeepAlive);
    return undefined;
  }

  /** "A server MUST respond with a 400 to any HTTP/1.1 request that lacks a Host, or has more than one" (RFC 9112 §3.2). */
  #noteHost(bytes: Uint8Array, start: number, end: number, fields: number): Rejection | undefined {
    if (++this.#hostCount > 1) return MANY_HOSTS;
    if (!isAuthority(bytes, start, end)) return BAD_HOST;
    this.hostStart = start - fields;
    this.hostEnd = end - fields;
    return undefined;
  }

  /** Expect = #expectation; one expectation is defined. Empty elements are ignored (RFC 9110 §5.6.1.2). */
  #noteExpect(bytes: Uint8Array, start: number, end: number): undefined {
    for (let at = start; at <= end; at++) {
      const element = at;
      while (at < end && bytes[at] !== COMMA) at++;
      if (isElement(bytes, element, at, '100-continue')) this.expectsContinue = true;
      else if (!isElement(bytes, element, at, '')) this.#expectsOther = true;
    }
  }

  /** Connection = #connection-option: a list of tokens (RFC 9110 §7.6.1). Two of them matter here. */
  #noteConnection(bytes: Uint8Array, start: number, end: number): undefined {
    let at = start;
    while (at < end) {
      while (at < end && TOKEN[bytes[at] as number] === 0) at++;
      const optionStart = at;
      while (at < end && TOKEN[bytes[at] as number] === 1) at++;
      if (equalsIgnoringCase(bytes, optionStart, at, 'close')) this.#wantsClose = true;
      else if (equalsIgnoringCase(bytes, optionStart, at, 'keep-alive')) this.#wantsKeepAlive = true;
    }
    return undefined;
  }

  /** Content-Length = 1*DIGIT (RFC 9110 §8.6), only once, and at most 2^53 - 1. */
  #noteContentLength(bytes: Uint8Array, start: number, end: number): Rejection | undefined {
    if (this.#hasContentLength) return MANY_LENGTHS;
    this.#hasContentLength = true;
    let length = 0;
    for (let at = start; at < end; at++) {
      const digit = (bytes[at] as number) - DIGIT_0;
      if (digit < 0 || digit > 9) return BAD_LENGTH;
      length = length * 10 + digit;
    }
    if (start === end) return BAD_LENGTH;
    if (length > Number.MAX_SAFE_INTEGER) return HUGE_LENGTH;
    this.bodyLength = length;
    return undefined;
  }

  /**
   *     Transfer-Encoding = #transfer-coding     RFC 9112 §6.1
   *
   * Several lines form one list. `chunked` must be the last member and occur once: otherwise the end of the body is unknown
   * (§6.3: MUST 400). An empty element is refused, although the grammar of lists allows it: some servers then see no
   * `chunked`.
   */
  #noteTransferEncoding(bytes: Uint8Array, start: number, end: number): Rejection | undefined {
    for (let at = start; at <= end; at++) {
      const element = at;
      while (at < end && bytes[at] !== COMMA) at++;
      if (this.#isChunked) return CHUNKED_BEFORE_LAST;
      if (isElement(bytes, element, at, 'chunked')) this.#isChunked = true;
      else if (isElement(bytes, element, at, '')) return EMPTY_CODING;
      else this.#hasOtherCoding = true;
    }
    return undefined;
  }
}

/** Whether a list element is `word`, which is in lower case. Bytes [start, end) are the element and the blanks around it. */
function isElement(bytes: Uint8Array, start: number, end: number, word: string): boolean {
  let from = start;
  let to = end;
  while (from < to && isBlank(bytes[from] as number)) from++;
  while (to > from && isBlank(bytes[to - 1] as number)) to--;
  return equalsIgnoringCase(bytes, from, to, word);
}

const NO_HOST: Rejection = { status: 400, reason: 'missing Host header' };
const MANY_HOSTS: Rejection = { status: 400, reason: 'more than one Host header' };
const BAD_HOST: Rejection = { status: 400, reason: 'invalid Host header' };
const OTHER_EXPECTATION: Rejection = { status: 417, reason: 'unknown expectation' };
const MANY_LENGTHS: Rejection = { status: 400, reason: 'more than one Content-Length header' };
const BAD_LENGTH: Rejection = { status: 400, reason: 'invalid Content-Length' };
const HUGE_LENGTH: Rejection = { status: 400, reason: 'Content-Length too large' };
const EMPTY_CODING: Rejection = { status: 400, reason: 'empty element in Transfer-Encoding' };
const CHUNKED_BEFORE_LAST: Rejection = { status: 400, reason: 'chunked is not the last transfer coding' };
const NOT_CHUNKED: Rejection = { status: 400, reason: 'the last transfer coding is not chunked' };
const UNKNOWN_CODING: Rejection = { status: 501, reason: 'unknown transfer coding' };
const BOTH_FRAMINGS: Rejection = { status: 400, reason: 'both Content-Length and Transfer-Encoding' };
const CHUNKED_1_0: Rejection = { status: 400, reason: 'Transfer-Encoding in HTTP/1.0' };
