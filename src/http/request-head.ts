/** The head of a request: the offsets of its parts in the read buffer. Their text is made when it is needed. */
import { equalsIgnoringCase } from './tokens.js';

/** A header's offsets in `headers`: name start, name end, value start, value end. */
export const OFFSETS_PER_HEADER = 4;

/** The most headers whose text is remembered after a handler has read them. A handler reads a handful. */
const REMEMBERED_HEADERS_MAX = 16;

const CR = 0x0d;
const EMPTY = Buffer.alloc(0);

/** RequestParser writes its fields. */
export class RequestHead {
  bytes: Buffer = EMPTY;
  /** The start of the head in `bytes`. All offsets count from here, except those in `headers`. */
  start = 0;
  /** Length of the head in bytes. The body or the next request follows. */
  length = 0;
  /** As sent: methods are case-sensitive (RFC 9110 §9.1). */
  method = '';
  /** 0 or 1: the minor version of HTTP/1. */
  minorVersion = 1;
  /** The path as sent, percent-encoded: bytes [pathStart, pathEnd). `*` in asterisk-form; empty in an absolute-form without a path. */
  pathStart = 0;
  pathEnd = 0;
  /** The query without its `?`: bytes [queryStart, queryEnd); empty if there is none. */
  queryStart = 0;
  queryEnd = 0;
  /** The host of an absolute-form target, with its port: bytes [targetHostStart, targetHostEnd); else 0 and 0. */
  targetHostStart = 0;
  targetHostEnd = 0;
  /** The host with its port, from an absolute-form target or else from Host (RFC 9112 §3.2.2). Empty if there is neither. */
  authorityStart = 0;
  authorityEnd = 0;
  /** The start of the fields. The offsets in `headers` count from here, because repeated fields may follow another request line. */
  fieldsStart = 0;
  /** OFFSETS_PER_HEADER offsets for each header. */
  headers: Int32Array;
  headerCount = 0;
  /** The request has a Range, or a field that begins with If-. Most requests have none, and need not be searched for each. */
  isConditional = false;
  #path: string | undefined;
  #authority: string | undefined;
  /** Headers that a handler has read, with their values, for the next request with the same fields. */
  readonly #asked: string[] = [];
  readonly #answers: (string | undefined)[] = [];
  #askedCount = 0;

  constructor(headersMax: number) {
    this.headers = new Int32Array(OFFSETS_PER_HEADER * headersMax);
  }

  /** As sent, such as `GET /a%20b?c HTTP/1.1`. A character is a byte. */
  get requestLine(): string {
    const { bytes, start } = this;
    const lineStart = bytes[start] === CR ? start + 2 : start; // after an empty line, which is skipped
    return bytes.toString('latin1', lineStart, bytes.indexOf(CR, lineStart));
  }

  get path(): string {
    this.#path ??= this.#text(this.pathStart, this.pathEnd) || '/';
    return this.#path;
  }

  get query(): string {
    return this.#text(this.queryStart, this.queryEnd);
  }

  get authority(): string {
    this.#authority ??= this.#text(this.authorityStart, this.authorityEnd);
    return this.#authority;
  }

  /**
   * The value of a header; undefined if it was not sent. Several lines of one name are joined by `, ` (RFC 9110 §5.3), lines
   * of Cookie by `; ` (RFC 6265 §4.2.1, RFC 9113 §8.2.3).
   * @param name  in any case
   */
  header(name: string): string | undefined {
    for (let i = 0; i < this.#askedCount; i++) if (this.#asked[i] === name) return this.#answers[i];
    const value = this.#readHeader(name);
    if (this.#askedCount < REMEMBERED_HEADERS_MAX) {
      this.#asked[this.#askedCount] = name;
      this.#answers[this.#askedCount++] = value;
    }
    return value;
  }

  #readHeader(name: string): string | undefined {
    const word = name.toLowerCase();
    const { bytes, headers, headerCount } = this;
    const base = this.start + this.fieldsStart;
    let value: string | undefined;
    for (let i = 0; i < OFFSETS_PER_HEADER * headerCount; i += OFFSETS_PER_HEADER) {
      if (!equalsIgnoringCase(bytes, base + (headers[i] as number), base + (headers[i + 1] as number), word)) continue;
      const line = this.#fieldText(i + 2);
      value = value === undefined ? line : `${value}${word === 'cookie' ? '; ' : ', '}${line}`;
    }
    return value;
  }

  /** A header by its place in the order of sending: the name as sent, and the value. */
  fieldAt(index: number): [name: string, value: string] {
    const offset = OFFSETS_PER_HEADER * index;
    return [this.#fieldText(offset), this.#fieldText(offset + 2)];
  }

  /** Forgets the text of the request line: the next one differs. */
  forgetLine(): void {
    this.#path = undefined;
    this.#authority = undefined;
  }

  /** Forgets the text of the headers: the next fields differ. */
  forgetFields(): void {
    this.headerCount = 0;
    this.#authority = undefined;
    this.#askedCount = 0;
  }

  /** A copy with its own bytes. */
  copy(): RequestHead {
    const copy = new RequestHead(0);
    copy.bytes = Buffer.from(this.bytes.subarray(this.start, this.start + this.length));
    copy.length = this.length;
    copy.method = this.method;
    copy.minorVersion = this.minorVersion;
    copy.pathStart = this.pathStart;
    copy.pathEnd = this.pathEnd;
    copy.queryStart = this.queryStart;
    copy.queryEnd = this.queryEnd;
    copy.authorityStart = this.authorityStart;
    copy.authorityEnd = this.authorityEnd;
    copy.fieldsStart = this.fieldsStart;
    copy.headers = this.headers.slice(0, OFFSETS_PER_HEADER * this.headerCount);
    copy.headerCount = this.headerCount;
    copy.isConditional = this.isConditional;
    copy.#path = this.#path;
    return copy;
  }

  #fieldText(offset: number): string {
    const { fieldsStart, headers } = this;
    return this.#text(fieldsStart + (headers[offset] as number), fieldsStart + (headers[offset + 1] as number));
  }

  #text(start: number, end: number): string {
    return this.bytes.toString('latin1', this.start + start, this.start + end);
  }
}
