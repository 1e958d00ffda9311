/**
 * Decodes the body of an HTTP/1.1 request in the caller's buffer: the caller gets offsets, and nothing is copied. A body with
 * a Content-Length is counted; a chunked one is
 *
 *     chunked-body    = *chunk last-chunk trailer-section CRLF                        RFC 9112 §7.1
 *     chunk           = chunk-size [ chunk-ext ] CRLF chunk-data CRLF
 *     chunk-size      = 1*HEXDIG
 *     last-chunk      = 1*("0") [ chunk-ext ] CRLF
 *     chunk-ext       = *( BWS ";" BWS chunk-ext-name                                 RFC 9112 §7.1.1
 *                          [ BWS "=" BWS ( token / quoted-string ) ] )
 *     trailer-section = *( field-line CRLF )                                          RFC 9112 §7.1.2
 *
 * Stricter than the RFC: if a proxy and this server read a lenient form differently, they disagree on where the next request
 * begins.
 * - A size has hexadecimal digits only, no sign and no 0x, which strtol and parseInt accept (CVE-2023-38697).
 * - It has at most 16 digits: in other servers, counters of 32 and 64 bits wrapped around (Go has the same bound).
 * - There is no BWS before ";" or around a size: some readers stop at the blank, others skip it (llhttp refuses it).
 * - A line ends in CRLF: a bare LF ends it for one reader and is part of the extension for another (CVE-2025-22871).
 * - A quoted string begins right after "=" and ends in its line: one reader takes a CRLF in it for text, another for the end
 *   of the line (CVE-2026-33870).
 * - A trailer is checked like a header (request-parser.ts).
 *
 * Wider than the grammar: an extension can be any text. Extensions and trailers are dropped (§7.1.1 MUST ignore, §7.1.2 MAY
 * discard).
 */
import { NO_REJECTION, type Rejection } from './rejection.js';
import { FIELD_VALUE, TOKEN } from './tokens.js';

/** All given bytes are consumed, and the body goes on. */
export const BODY_NEED_MORE = 0;
/** Bytes [dataStart, dataEnd) are data. Continue at `next`. */
export const BODY_DATA = 1;
/** The message ends at `next`, where the next request begins. */
export const BODY_END = 2;
/** A malformed body: `rejection` says why, and `next` is the wrong byte. */
export const BODY_REJECT = 3;
export type BodyResult = typeof BODY_NEED_MORE | typeof BODY_DATA | typeof BODY_END | typeof BODY_REJECT;

/** Bounds for everything that is not data, summed over the whole body: a chunk may have one byte. */
export interface BodyLimits {
  /** From `;` to the end of the line, without CRLF. */
  readonly chunkExtensionBytesMax: number;
  /** Trailer lines with their line ends, without the last, empty line. */
  readonly trailerBytesMax: number;
}

const CR = 0x0d;
const LF = 0x0a;
const DOUBLE_QUOTE = 0x22;
const COLON = 0x3a;
const SEMICOLON = 0x3b;
const EQUALS = 0x3d;
const BACKSLASH = 0x5c;

/** 64 bits. */
const SIZE_DIGITS_MAX = 16;

/*
 * The states, with the bytes that lead out of them. Every other byte is refused.
 *
 *     SIZE              HEXDIG → SIZE          ";" → EXTENSION*     CR → SIZE_LF*      (* after a digit)
 *     EXTENSION         text → EXTENSION       "=" → EXTENSION_VALUE                   CR → SIZE_LF
 *     EXTENSION_VALUE   as EXTENSION, and DQUOTE → QUOTED
 *     QUOTED            text → QUOTED          "\" → QUOTED_PAIR    DQUOTE → EXTENSION
 *     QUOTED_PAIR       text → QUOTED
 *     SIZE_LF           LF → DATA; if the size is 0 → TRAILER
 *     DATA_CR           CR → DATA_LF
 *     DATA_LF           LF → SIZE
 *     TRAILER           tchar → TRAILER_NAME                        CR → END_LF
 *     TRAILER_NAME      tchar → TRAILER_NAME   ":" → TRAILER_VALUE
 *     TRAILER_VALUE     text → TRAILER_VALUE                        CR → TRAILER_LF
 *     TRAILER_LF        LF → TRAILER
 *     END_LF            LF → COMPLETE
 *     DATA              `remaining` bytes of any kind → DATA_CR; with a Content-Length → COMPLETE
 *     COMPLETE, REJECTED   for good
 */
const SIZE = 0;
const EXTENSION = 1;
const EXTENSION_VALUE = 2;
const QUOTED = 3;
const QUOTED_PAIR = 4;
const SIZE_LF = 5;
const DATA_CR = 6;
const DATA_LF = 7;
const TRAILER = 8;
const TRAILER_NAME = 9;
const TRAILER_VALUE = 10;
const TRAILER_LF = 11;
const END_LF = 12;
/** In these states the decoder parses no byte. */
const DATA = 13;
const COMPLETE = 14;
const REJECTED = 15;

/** One for each body. */
export class BodyDecoder {
  /** With BODY_DATA: the bytes of body are [dataStart, dataEnd), at least one. */
  dataStart = 0;
  dataEnd = 0;
  /** The first byte that is not consumed. */
  next = 0;
  rejection: Rejection = NO_REJECTION;
  /** Bytes of body so far. */
  receivedBytes = 0;

  readonly #limits: BodyLimits;
  readonly #afterData: number;
  #state: number;
  /** Remaining bytes of the chunk, or of a body with a Content-Length. In SIZE: the value so far. */
  #remaining = 0;
  #sizeDigits = 0;
  #extensionBytes = 0;
  #trailerBytes = 0;

  /** @param bodyLength  as MessageFraming.bodyLength: bytes, or NaN if the body is chunked */
  constructor(bodyLength: number, limits: BodyLimits) {
    const isChunked = Number.isNaN(bodyLength);
    this.#limits = limits;
    this.#afterData = isChunked ? DATA_CR : COMPLETE;
    this.#state = isChunked ? SIZE : bodyLength === 0 ? COMPLETE : DATA;
    if (!isChunked) this.#remaining = bodyLength;
  }

  /** The last byte of the message is consumed. It is true before decode() returns BODY_END. */
  get isComplete(): boolean {
    return this.#state === COMPLETE;
  }

  /** Decodes from `start` of the bytes [start, end) to the end of a run of data, of the message, or of the bytes. */
  decode(bytes: Uint8Array, start: number, end: number): BodyResult {
    let at = start;
    while (this.#state < DATA && at < end) {
      this.#state = this.#step(bytes[at] as number);
      if (this.#state !== REJECTED) at++;
    }
    this.next = at;
    if (this.#state === COMPLETE) return BODY_END;
    if (this.#state === REJECTED) return BODY_REJECT;
    return at < end ? this.#takeData(at, end) : BODY_NEED_MORE;
  }

  #takeData(start: number, end: number): typeof BODY_DATA {
    const length = Math.min(this.#remaining, end - start);
    this.#remaining -= length;
    this.receivedBytes += length;
    if (this.#remaining === 0) this.#state = this.#afterData;
    this.dataStart = start;
    this.dataEnd = start + length;
    this.next = start + length;
    return BODY_DATA;
  }

  /** @returns  the state after one more byte of framing */
  #step(byte: number): number {
    switch (this.#state) {
      case SIZE:
        return this.#stepSize(byte);
      case SIZE_LF:
        if (byte !== LF) return this.#refuse(400, 'CR without LF');
        this.#sizeDigits = 0;
        return this.#remaining === 0 ? TRAILER : DATA;
      case DATA_CR:
        return byte === CR ? DATA_LF : this.#refuse(400, 'missing CRLF after chunk data');
      case DATA_LF:
        return byte === LF ? SIZE : this.#refuse(400, 'CR without LF');
      case END_LF:
        return byte === LF ? COMPLETE : this.#refuse(400, 'CR without LF');
      case TRAILER:
      case TRAILER_NAME:
      case TRAILER_VALUE:
      case TRAILER_LF:
        return this.#stepTrailer(byte);
      default:
        return this.#stepExtension(byte);
    }
  }

  #stepSize(byte: number): number {
    const digit = hexDigit(byte);
    if (digit < 0) {
      if (this.#sizeDigits > 0 && byte === CR) return SIZE_LF;
      if (this.#sizeDigits > 0 && byte === SEMICOLON) return this.#stepExtension(byte);
      return this.#refuse(400, 'invalid chunk size');
    }
    if (++this.#sizeDigits > SIZE_DIGITS_MAX) {
      return this.#refuse(400, `chunk size longer than ${SIZE_DIGITS_MAX} digits`);
    }
    this.#remaining = this.#remaining * 16 + digit;
    return this.#remaining > Number.MAX_SAFE_INTEGER ? this.#refuse(400, 'chunk size too large') : SIZE;
  }

  #stepExtension(byte: number): number {
    const isQuoted = this.#state === QUOTED || this.#state === QUOTED_PAIR;
    if (byte === CR && !isQuoted) return SIZE_LF;
    // 413, as in Node, and not 400: the request is well-formed, but too large. §7.1.1 asks for "a 4xx".
    if (++this.#extensionBytes > this.#limits.chunkExtensionBytesMax) {
      return this.#refuse(413, `chunk extensions longer than ${this.#limits.chunkExtensionBytesMax} bytes`);
    }
    if (FIELD_VALUE[byte] === 0) return this.#refuse(400, 'invalid character in chunk extension');
    if (isQuoted) {
      if (this.#state === QUOTED_PAIR) return QUOTED;
      return byte === BACKSLASH ? QUOTED_PAIR : byte === DOUBLE_QUOTE ? EXTENSION : QUOTED;
    }
    if (byte === DOUBLE_QUOTE) {
      return this.#state === EXTENSION_VALUE ? QUOTED : this.#refuse(400, 'misplaced quote in chunk extension');
    }
    return byte === EQUALS ? EXTENSION_VALUE : EXTENSION;
  }

  #stepTrailer(byte: number): number {
    if (this.#state === TRAILER && byte === CR) return END_LF;
    if (++this.#trailerBytes > this.#limits.trailerBytesMax) {
      return this.#refuse(431, `trailers longer than ${this.#limits.trailerBytesMax} bytes`);
    }
    switch (this.#state) {
      case TRAILER_VALUE:
        if (FIELD_VALUE[byte] === 1) return TRAILER_VALUE;
        return byte === CR ? TRAILER_LF : this.#refuse(400, 'invalid character in trailer value');
      case TRAILER_LF:
        return byte === LF ? TRAILER : this.#refuse(400, 'CR without LF');
      default:
        if (TOKEN[byte] === 1) return TRAILER_NAME;
        if (byte === COLON && this.#state === TRAILER_NAME) return TRAILER_VALUE;
        return this.#refuse(400, 'invalid trailer name');
    }
  }

  #refuse(status: number, reason: string): typeof REJECTED {
    this.rejection = { status, reason };
    return REJECTED;
  }
}

/** @returns  the value of a hexadecimal digit, or -1 */
function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
