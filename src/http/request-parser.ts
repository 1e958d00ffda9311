/**
 * Parses the head of an HTTP/1.1 request in the read buffer, into offsets, without making a string or an object.
 *
 *     HTTP-message   = start-line CRLF *( field-line CRLF ) CRLF [ message-body ]     RFC 9112 §2.1
 *     request-line   = method SP request-target SP HTTP-version                       RFC 9112 §3
 *     field-line     = field-name ":" OWS field-value OWS                             RFC 9112 §5
 *
 * Stricter than the RFC: proxies read lenient forms differently, which makes request smuggling possible. A bare LF ends no
 * line (§2.2 MAY), obs-fold is refused (§5.2), and so is a second Content-Length, even an equal one (§6.3 MAY).
 *
 *   phase           reads                       then
 *   START           CR of a first empty line    START_LF, or METHOD at once
 *   START_LF        its LF                      METHOD
 *   METHOD          token, SP                   REQUEST_TARGET
 *   REQUEST_TARGET  visible characters, SP      VERSION
 *   VERSION         "HTTP/1." DIGIT CR LF       LINE
 *   LINE            CR of the last empty line   LAST_LF, or NAME at once
 *   NAME            token, ":"                  BLANK
 *   BLANK           spaces and tabs             VALUE
 *   VALUE           field-value, CR             VALUE_LF
 *   VALUE_LF        LF                          LINE
 *   LAST_LF         LF                          START, of the next head
 */
import type { Limits } from '../limits.js';
import { MessageFraming } from './message-framing.js';
import { NO_REJECTION, type Rejection } from './rejection.js';
import { RepeatedBytes } from './repeated-bytes.js';
import { OFFSETS_PER_HEADER, RequestHead } from './request-head.js';
import { splitTarget } from './request-target.js';
import { FIELD_VALUE, isBlank, isDigit, latin1, startsWith, TARGET, TOKEN } from './tokens.js';

/** The head is not complete. Continue when more bytes have come. */
export const NEED_MORE = 0;
/** A request: `head` and `framing` describe it. */
export const REQUEST = 1;
/** Not a valid request: `rejection` says why. */
export const REJECT = 2;
export type ParseResult = typeof NEED_MORE | typeof REQUEST | typeof REJECT;

export type HeadLimits = Pick<Limits, 'requestLineBytesMax' | 'requestHeadBytesMax' | 'requestHeadersMax'>;

const SP = 0x20;
const CR = 0x0d;
const LF = 0x0a;
const COLON = 0x3a;
const DIGIT_0 = 0x30;
const DIGIT_1 = 0x31;

const START = 0;
const START_LF = 1;
const METHOD = 2;
const REQUEST_TARGET = 3;
const VERSION = 4;
const LINE = 5;
const NAME = 6;
const BLANK = 7;
const VALUE = 8;
const VALUE_LF = 9;
const LAST_LF = 10;

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'CONNECT', 'TRACE'] as const;
/** The longest method that is registered, UPDATEREDIRECTREF, has 17 bytes. */
const METHOD_BYTES_MAX = 32;
/** Each 0 stands for any digit. */
const VERSION_AND_END = 'HTTP/0.0\r\n';
const MAJOR_AT = 5;
const MINOR_AT = 7;

/** A request line, or fields, of up to so many bytes are compared with the next ones. Longer ones are parsed each time. */
export const REPEATED_LINE_BYTES_MAX = 1024;
export const REPEATED_FIELDS_BYTES_MAX = 4096;

/**
 * Most clients send nearly the same head each time. If a request line, or the fields, repeat the last ones byte for byte,
 * they are recognised and not parsed again.
 */
export class RequestParser {
  /** Its offsets count from the start of the head: they stay right if the head is moved between two calls. */
  readonly head: RequestHead;
  /** Where the message ends, and whether the connection goes on. */
  readonly framing = new MessageFraming();
  rejection: Rejection = NO_REJECTION;

  readonly #limits: HeadLimits;
  #phase = START;
  /** Where to continue, and the start of the current word. */
  #at = 0;
  #word = 0;
  #target = 0;
  #targetEnd = 0;
  /** The request line and the fields of the last valid head. */
  readonly #line: RepeatedBytes;
  readonly #fields: RepeatedBytes;
  /** The framing of the remembered fields depends on their version of HTTP. */
  #fieldsMinorVersion = 1;

  constructor(limits: HeadLimits) {
    this.#limits = limits;
    this.head = new RequestHead(limits.requestHeadersMax);
    this.#line = new RepeatedBytes(REPEATED_LINE_BYTES_MAX);
    this.#fields = new RepeatedBytes(REPEATED_FIELDS_BYTES_MAX);
  }

  /**
   * Parses the head that begins at `start` of the bytes [start, end). After NEED_MORE, the next call gets the same head with
   * more bytes after it, and continues where this one stopped.
   */
  parse(bytes: Buffer, start: number, end: number): ParseResult {
    const { head } = this;
    head.bytes = bytes;
    head.start = start;
    if (this.#phase === START && this.#line.areAt(bytes, start, end)) {
      this.#phase = LINE;
      this.#at = this.#line.length;
    } else if (this.#phase < LINE) {
      this.#line.forget();
      const result = this.#parseRequestLine(bytes, start, end);
      if (result !== REQUEST) return result;
      this.#line.remember(bytes, start, start + head.fieldsStart);
    }
    if (this.#at === head.fieldsStart) {
      if (this.#areFieldsRepeated(bytes, start, end)) return this.#conclude(head.fieldsStart + this.#fields.length);
      this.#fields.forget();
      head.forgetFields();
      this.framing.reset();
    }
    const result = this.#parseHeaders(bytes, start, end);
    if (result !== REQUEST) return result;
    this.#fields.remember(bytes, start + head.fieldsStart, start + head.length);
    this.#fieldsMinorVersion = head.minorVersion;
    return REQUEST;
  }

  #areFieldsRepeated(bytes: Buffer, start: number, end: number): boolean {
    const { fieldsStart, minorVersion } = this.head;
    if (minorVersion !== this.#fieldsMinorVersion) return false;
    return this.#fields.areAt(bytes, start + fieldsStart, Math.min(end, start + this.#limits.requestHeadBytesMax));
  }

  /** @returns  REQUEST if the line is complete */
  #parseRequestLine(bytes: Uint8Array, start: number, end: number): ParseResult {
    const { requestHeadBytesMax, requestLineBytesMax } = this.#limits;
    // Nothing is read beyond the limit, so the result does not depend on how the bytes were split into reads.
    const limit = Math.min(end, start + requestHeadBytesMax, start + requestLineBytesMax);
    let at = start + this.#at;
    let word = start + this.#word;
    if (this.#phase === START) {
      if (at === limit) return this.#needMore(START, at, word, start, end);
      // "A server that is expecting to receive and parse a request-line SHOULD ignore at least one empty line" (§2.2).
      if (bytes[at] === CR) {
        at++;
        this.#phase = START_LF;
      } else {
        this.#phase = METHOD;
      }
    }
    if (this.#phase === START_LF) {
      if (at === limit) return this.#needMore(START_LF, at, word, start, end);
      if (bytes[at] !== LF) return this.#reject(LONE_CR);
      word = ++at;
      this.#phase = METHOD;
    }
    if (this.#phase === METHOD) {
      const methodLimit = Math.min(limit, word + METHOD_BYTES_MAX + 1);
      while (at < methodLimit && TOKEN[bytes[at] as number] === 1) at++;
      if (at - word > METHOD_BYTES_MAX) return this.#reject(LONG_METHOD);
      if (at === limit) return this.#needMore(METHOD, at, word, start, end);
      if (at === word || bytes[at] !== SP) return this.#reject(BAD_METHOD);
      this.head.method = readMethod(bytes, word, at);
      word = ++at;
      this.#phase = REQUEST_TARGET;
    }
    if (this.#phase === REQUEST_TARGET) {
      while (at < limit && TARGET[bytes[at] as number] === 1) at++;
      if (at === limit) return this.#needMore(REQUEST_TARGET, at, word, start, end);
      if (at === word || bytes[at] !== SP) return this.#reject(BAD_TARGET);
      this.#target = word - start;
      this.#targetEnd = at - start;
      word = ++at;
      this.#phase = VERSION;
    }
    // HTTP-version = "HTTP/" DIGIT "." DIGIT (§2.3), and the end of the line. Compared before the line is complete, so a
    // client that speaks another protocol gets its answer at the first wrong byte.
    for (; at < word + VERSION_AND_END.length; at++) {
      if (at === limit) return this.#needMore(VERSION, at, word, start, end);
      const index = at - word;
      if (index === MAJOR_AT || index === MINOR_AT) {
        if (!isDigit(bytes[at] as number)) return this.#reject(BAD_VERSION);
      } else if (bytes[at] !== VERSION_AND_END.charCodeAt(index)) {
        return this.#reject(BAD_LINE_END);
      } else if (index > MINOR_AT && bytes[word + MAJOR_AT] !== DIGIT_1) {
        return this.#reject(OTHER_VERSION);
      }
    }
    this.head.minorVersion = bytes[word + MINOR_AT] === DIGIT_0 ? 0 : 1;
    const rejection = splitTarget(bytes, start + this.#target, start + this.#targetEnd, this.head);
    if (rejection !== undefined) return this.#reject(rejection);
    this.head.fieldsStart = at - start;
    this.head.forgetLine();
    this.#phase = LINE;
    this.#at = at - start;
    return REQUEST;
  }

  #parseHeaders(bytes: Uint8Array, start: number, end: number): ParseResult {
    const { requestHeadBytesMax, requestHeadersMax } = this.#limits;
    const limit = Math.min(end, start + requestHeadBytesMax);
    const { head } = this;
    const { headers } = head;
    const fields = start + head.fieldsStart;
    let phase = this.#phase;
    let at = start + this.#at;
    let word = start + this.#word;
    for (;;) {
      if (phase === LINE) {
        if (at === limit) return this.#needMore(LINE, at, word, start, end);
        if (bytes[at] === CR) {
          at++;
          phase = LAST_LF;
        } else {
          if (head.headerCount === requestHeadersMax) {
            return this.#reject({ status: 431, reason: `more than ${requestHeadersMax} headers` });
          }
          word = at;
          phase = NAME;
        }
      }
      if (phase === NAME) {
        while (at < limit && TOKEN[bytes[at] as number] === 1) at++;
        if (at === limit) return this.#needMore(NAME, at, word, start, end);
        // No space before the colon (§5.1), and no line that continues the one before (obs-fold, §5.2).
        if (at === word || bytes[at] !== COLON) return this.#reject(BAD_NAME);
        headers[OFFSETS_PER_HEADER * head.headerCount] = word - fields;
        headers[OFFSETS_PER_HEADER * head.headerCount + 1] = at - fields;
        at++;
        phase = BLANK;
      }
      if (phase === BLANK) {
        while (at < limit && isBlank(bytes[at] as number)) at++;
        if (at === limit) return this.#needMore(BLANK, at, word, start, end);
        word = at;
        phase = VALUE;
      }
      if (phase === VALUE) {
        while (at < limit && FIELD_VALUE[bytes[at] as number] === 1) at++;
        if (at === limit) return this.#needMore(VALUE, at, word, start, end);
        if (bytes[at] !== CR) return this.#reject(BAD_VALUE);
        at++;
        phase = VALUE_LF;
      }
      if (at === limit) return this.#needMore(phase, at, word, start, end);
      if (bytes[at] !== LF) return this.#reject(LONE_CR);
      at++;
      if (phase === LAST_LF) return this.#conclude(at - start);
      const rejection = this.#addHeader(bytes, fields, word, at - 2);
      if (rejection !== undefined) return this.#reject(rejection);
      phase = LINE;
    }
  }

  #needMore(phase: number, at: number, word: number, start: number, end: number): ParseResult {
    if (at < end) {
      // The head has more bytes than a limit allows.
      const { requestHeadBytesMax, requestLineBytesMax } = this.#limits;
      return this.#reject(
        phase < LINE
          ? {
              status: 414,
              reason: `request line longer than ${Math.min(requestLineBytesMax, requestHeadBytesMax)} bytes`,
            }
          : { status: 431, reason: `request head longer than ${requestHeadBytesMax} bytes` },
      );
    }
    this.#phase = phase;
    this.#at = at - start;
    this.#word = word - start;
    return NEED_MORE;
  }

  /** Completes the header whose name has been read. */
  #addHeader(bytes: Uint8Array, fields: number, value: number, lineEnd: number): Rejection | undefined {
    let valueEnd = lineEnd;
    while (valueEnd > value && isBlank(bytes[valueEnd - 1] as number)) valueEnd--;
    const { headers } = this.head;
    const offset = OFFSETS_PER_HEADER * this.head.headerCount++;
    headers[offset + 2] = value - fields;
    headers[offset + 3] = valueEnd - fields;
    const name = fields + (headers[offset] as number);
    const nameEnd = fields + (headers[offset + 1] as number);
    return this.framing.note(bytes, name, nameEnd, value, valueEnd, fields);
  }

  #conclude(length: number): ParseResult {
    const { framing, head } = this;
    const rejection = framing.conclude(head.minorVersion);
    if (rejection !== undefined) return this.#reject(rejection);
    head.length = length;
    head.isConditional = framing.isConditional;
    const isInTarget = head.targetHostEnd > 0;
    head.authorityStart = isInTarget ? head.targetHostStart : head.fieldsStart + framing.hostStart;
    head.authorityEnd = isInTarget ? head.targetHostEnd : head.fieldsStart + framing.hostEnd;
    this.#rewind();
    return REQUEST;
  }

  #reject(rejection: Rejection): typeof REJECT {
    this.rejection = rejection;
    this.#rewind();
    return REJECT;
  }

  #rewind(): void {
    this.#phase = START;
    this.#at = 0;
    this.#word = 0;
  }
}

const LONE_CR: Rejection = { status: 400, reason: 'CR without LF' };
const BAD_METHOD: Rejection = { status: 400, reason: 'invalid method' };
/** "A server that receives a method longer than any that it implements SHOULD respond with a 501" (§3). */
const LONG_METHOD: Rejection = { status: 501, reason: `method longer than ${METHOD_BYTES_MAX} bytes` };
const BAD_TARGET: Rejection = { status: 400, reason: 'invalid request target' };
const BAD_VERSION: Rejection = { status: 400, reason: 'invalid HTTP version' };
const OTHER_VERSION: Rejection = { status: 505, reason: 'unsupported HTTP version' };
const BAD_LINE_END: Rejection = { status: 400, reason: 'request line does not end in an HTTP version and CRLF' };
const BAD_NAME: Rejection = { status: 400, reason: 'invalid header name' };
const BAD_VALUE: Rejection = { status: 400, reason: 'invalid character in header value' };

/** The method. Only an unknown method needs a new string. */
function readMethod(bytes: Uint8Array, start: number, end: number): string {
  for (const method of METHODS) {
    if (method.length === end - start && startsWith(bytes, start, end, method)) return method;
  }
  return latin1(bytes, start, end);
}
