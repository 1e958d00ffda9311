/**
 * What the header fields of a request decide for the server itself: whose it is, where its message ends, and whether the
 * connection goes on afterwards. Mistakes here are how requests are smuggled, so whatever two readers could take for two
 * things is refused.
 */
import type { Rejection } from './rejection.js';
import { equalsIgnoringCase, isAuthority, isBlank, TOKEN } from './tokens.js';

const COMMA = 0x2c;
const DIGIT_0 = 0x30;

export class MessageFraming {
  /** Bytes of body: 0 where there is none, NaN where it is chunked and only its end tells. */
  bodyLength = 0;
  /** The client waits for a 100 before it sends the body (RFC 9110 §10.1.1). */
  expectsContinue = false;
  /** A field that begins with If-, or Range, was there. */
  isConditional = false;
  /** The connection stays open after the response (RFC 9112 §9.3). */
  keepsAlive = true;
  /** The one Host, counted from the first field: bytes [hostStart, hostEnd). Empty in an HTTP/1.0 request without. */
  hostStart = 0;
  hostEnd = 0;

  #hostCount = 0;
  #hasContentLength = false;
  #isChunked = false;
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
    this.#wantsClose = false;
    this.#wantsKeepAlive = false;
    this.#expectsOther = false;
  }

  /**
   * Takes note of one header: its name, and its value without blanks around it.
   * @param fields  where the first one begins in `bytes`
   */
  note(
    bytes: Uint8Array,
    name: number,
    nameEnd: number,
    value: number,
    valueEnd: number,
    fields: number,
  ): Rejection | undefined {
    // Looked at by length first: most headers are none of these.
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

  /** What only the whole head can tell. */
  conclude(minorVersion: number): Rejection | undefined {
    if (this.#hostCount === 0 && minorVersion === 1) return NO_HOST;
    if (this.#isChunked) {
      // Both, or in 1.0: what one reader takes for a body another takes for the next request (RFC 9112 §6.1, §6.3).
      if (this.#hasContentLength) return BOTH_FRAMINGS;
      if (minorVersion === 0) return CHUNKED_1_0;
      this.bodyLength = Number.NaN;
    }
    // Behind all that is malformed: a 417 tells a client that its request was understood.
    if (this.#expectsOther) return OTHER_EXPECTATION;
    // Nothing to wait for; and 1.0 knows no 100.
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

  /** Expect = #expectation, of which one is defined. */
  #noteExpect(bytes: Uint8Array, start: number, end: number): undefined {
    if (equalsIgnoringCase(bytes, start, end, '100-continue')) this.expectsContinue = true;
    else this.#expectsOther = true;
  }

  /** Connection = #connection-option: a list of tokens, of which two matter here (RFC 9110 §7.6.1). */
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

  /** Content-Length = 1*DIGIT (RFC 9110 §8.6), once, and small enough to count with. */
  #noteContentLength(bytes: Uint8Array, start: number, end: number): Rejection | undefined {
    if (this.#hasContentLength) return MANY_LENGTHS;
    this.#hasContentLength = true;
    let length = 0;
    for (let at = start; at < end; at++) {
      const digit = (bytes[at] as number) - DIGIT_0;
      if (digit < 0 || digit > 9) return BAD_LENGTH;
      length = length * 10 + digit;
    }
    if (start === end || length > Number.MAX_SAFE_INTEGER) return UNCOUNTABLE_LENGTH;
    this.bodyLength = length;
    return undefined;
  }

  /** Only `chunked`, only once: no other coding was announced. */
  #noteTransferEncoding(bytes: Uint8Array, start: number, end: number): Rejection | undefined {
    if (this.#isChunked) return MANY_CODINGS;
    this.#isChunked = equalsIgnoringCase(bytes, start, end, 'chunked');
    if (this.#isChunked) return undefined;
    // Where the last coding is another, nobody knows where the body ends (RFC 9112 §6.3: MUST 400); where it is this one,
    // what is not understood are the codings before it (§6.1: SHOULD 501).
    let at = end - 'chunked'.length;
    if (at <= start || !equalsIgnoringCase(bytes, at, end, 'chunked')) return ENDLESS_CODING;
    while (at > start && isBlank(bytes[at - 1] as number)) at--;
    return bytes[at - 1] === COMMA && at > start ? UNKNOWN_CODING : ENDLESS_CODING;
  }
}

const NO_HOST: Rejection = { status: 400, reason: 'no Host' };
const MANY_HOSTS: Rejection = { status: 400, reason: 'more than one Host' };
const BAD_HOST: Rejection = { status: 400, reason: 'a Host that is not one' };
const OTHER_EXPECTATION: Rejection = { status: 417, reason: 'an expectation other than 100-continue' };
const MANY_LENGTHS: Rejection = { status: 400, reason: 'more than one Content-Length' };
const BAD_LENGTH: Rejection = { status: 400, reason: 'a Content-Length that is not digits' };
const UNCOUNTABLE_LENGTH: Rejection = { status: 400, reason: 'a Content-Length that is empty or beyond counting' };
const MANY_CODINGS: Rejection = { status: 400, reason: 'more than one Transfer-Encoding' };
const UNKNOWN_CODING: Rejection = { status: 501, reason: 'a Transfer-Encoding other than chunked' };
const ENDLESS_CODING: Rejection = { status: 400, reason: 'a Transfer-Encoding that does not end in chunked' };
const BOTH_FRAMINGS: Rejection = { status: 400, reason: 'both Content-Length and Transfer-Encoding' };
const CHUNKED_1_0: Rejection = { status: 400, reason: 'Transfer-Encoding in HTTP/1.0' };
