/**
 * A request, as a handler sees it. What it says is read from the bytes of the head when it is asked for, and not before.
 */
import { OFFSETS_PER_HEADER, type RequestParser } from '../http/request-parser.js';
import { equalsIgnoringCase } from '../http/tokens.js';

export class HttpRequest {
  /** As sent: `GET`, `HEAD`, … */
  readonly method: string;
  /** 0 or 1: the minor version of HTTP/1. */
  readonly minorVersion: number;
  /** undefined: the handler has returned, and the bytes are somebody else's by now. */
  #bytes: Buffer | undefined;
  readonly #pathStart: number;
  readonly #pathEnd: number;
  readonly #queryStart: number;
  readonly #queryEnd: number;
  #headers: Int32Array;
  readonly #headerCount: number;
  /** Where the head began in the buffer that the offsets are of. */
  #base = 0;

  /** @internal  Of the head that `parser` has just parsed in `bytes`. */
  constructor(bytes: Buffer, parser: RequestParser) {
    this.method = parser.method;
    this.minorVersion = parser.minorVersion;
    this.#bytes = bytes;
    this.#pathStart = parser.pathStart;
    this.#pathEnd = parser.pathEnd;
    this.#queryStart = parser.queryStart;
    this.#queryEnd = parser.queryEnd;
    this.#headers = parser.headers;
    this.#headerCount = parser.headerCount;
  }

  /** The path as sent, percent-encoded, without the query: `/a%20b`. */
  get path(): string {
    return this.#text(this.#pathStart, this.#pathEnd) || '/';
  }

  /** The query as sent, without its `?`; empty where there is none. */
  get query(): string {
    return this.#text(this.#queryStart, this.#queryEnd);
  }

  /**
   * The value of a header; undefined where it was not sent. Of several lines of one name, all, joined by `, ` (RFC 9110
   * §5.3).
   * @param name  in any case
   */
  header(name: string): string | undefined {
    const word = name.toLowerCase();
    let value: string | undefined;
    for (let i = 0; i < OFFSETS_PER_HEADER * this.#headerCount; i += OFFSETS_PER_HEADER) {
      const start = (this.#headers[i] as number) - this.#base;
      const end = (this.#headers[i + 1] as number) - this.#base;
      if (!equalsIgnoringCase(this.#valid(), start, end, word)) continue;
      const line = this.#text(this.#headers[i + 2] as number, this.#headers[i + 3] as number);
      value = value === undefined ? line : `${value}, ${line}`;
    }
    return value;
  }

  /** All headers in the order of sending: names as sent, one pair a line. */
  *headers(): IterableIterator<[name: string, value: string]> {
    for (let i = 0; i < OFFSETS_PER_HEADER * this.#headerCount; i += OFFSETS_PER_HEADER) {
      yield [
        this.#text(this.#headers[i] as number, this.#headers[i + 1] as number),
        this.#text(this.#headers[i + 2] as number, this.#headers[i + 3] as number),
      ];
    }
  }

  /** @internal  The handler goes on after the turn: from here on the request has a copy of its own. */
  detach(headStart: number, headEnd: number): void {
    this.#bytes = Buffer.from(this.#valid().subarray(headStart, headEnd));
    this.#headers = this.#headers.slice(0, OFFSETS_PER_HEADER * this.#headerCount);
    this.#base = headStart;
  }

  /** @internal  The handler has answered and returned. */
  release(): void {
    this.#bytes = undefined;
  }

  #text(start: number, end: number): string {
    return this.#valid().toString('latin1', start - this.#base, end - this.#base);
  }

  #valid(): Buffer {
    if (this.#bytes === undefined) {
      throw new Error('a request was read after its handler had answered and returned: read before, or be async');
    }
    return this.#bytes;
  }
}
