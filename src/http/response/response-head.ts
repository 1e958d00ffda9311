/**
 * The head of a response as text: one character for each byte (latin1).
 *
 *     status-line = HTTP-version SP status-code SP [ reason-phrase ] CRLF     RFC 9112 §4
 */
import { isToken } from '../tokens.js';
import { reasonPhrase } from './status.js';

/**
 * Names and values: an object, in which an array of values gives a line for each, as Set-Cookie needs it; or pairs, as in the
 * Headers of the Fetch standard.
 */
export type ResponseHeaders =
  | Readonly<Record<string, string | number | readonly string[]>>
  | Iterable<readonly [name: string, value: string]>;

type HeaderPair = readonly [name: string, value: string];

/** Headers that are sent repeatedly: checked once, and kept as lines of text. */
export class HeaderLines implements Iterable<HeaderPair> {
  readonly #before: HeaderLines | undefined;
  readonly #pairs: readonly HeaderPair[];
  /** The lines, each with its end. */
  readonly text: string;

  /**
   * @param before  lines to put before these
   * @throws        TypeError as responseHead()
   */
  constructor(pairs: readonly HeaderPair[], before?: HeaderLines) {
    this.#before = before;
    this.#pairs = pairs;
    let text = before === undefined ? '' : before.text;
    for (const [name, value] of pairs) text += headerLine(name, value);
    this.text = text;
  }

  *[Symbol.iterator](): IterableIterator<HeaderPair> {
    if (this.#before !== undefined) yield* this.#before;
    yield* this.#pairs;
  }
}

/** The server writes these itself: only it knows where the message ends and whether the connection goes on. */
const OWN = /^(?:content-length|transfer-encoding|connection|date)$/i;
/** field-value, but with blanks allowed at both ends: visible characters, blanks, obs-text (RFC 9110 §5.5). */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * The status line, Date and the given headers, each line with its end. headEnd() makes the rest of a head.
 * @param date  IMF-fixdate
 * @throws      RangeError for a status that is not three digits; TypeError for a name or value that would end its line: the
 *              text after it could be a header or a response of an attacker
 */
export function responseHead(status: number, date: string, headers: ResponseHeaders): string {
  return `${statusLine(status)}Date: ${date}\r\n${headerLines(headers)}`;
}

/**
 * The lines that say where the body ends and whether the connection goes on, and the empty line.
 * @param connectionLine with its line end, or ''
 */
export function headEnd(bodyLength: number | undefined, isChunked: boolean, connectionLine: string): string {
  if (bodyLength !== undefined) return `Content-Length: ${bodyLength}\r\n${connectionLine}\r\n`;
  return `${isChunked ? 'Transfer-Encoding: chunked\r\n' : ''}${connectionLine}\r\n`;
}

/** @throws  RangeError as responseHead() */
export function statusLine(status: number): string {
  if (!Number.isInteger(status) || status < 100 || status > 999) {
    throw new RangeError(`status: expected a whole number from 100 to 999, got ${String(status)}`);
  }
  return `HTTP/1.1 ${status} ${reasonPhrase(status)}\r\n`;
}

/** @throws  TypeError as responseHead() */
export function headerLines(headers: ResponseHeaders): string {
  if (headers instanceof HeaderLines) return headers.text;
  let lines = '';
  if (isIterable(headers)) {
    for (const [name, value] of headers) lines += headerLine(name, value);
    return lines;
  }
  for (const name in headers) {
    const value = headers[name];
    if (typeof value === 'object') for (const item of value) lines += headerLine(name, item);
    else if (value !== undefined) lines += headerLine(name, `${value}`);
  }
  return lines;
}

function isIterable(headers: ResponseHeaders): headers is Iterable<readonly [string, string]> {
  return Symbol.iterator in headers;
}

/**
 * Both are converted to text once and then checked: an object could become another text the second time.
 * @throws  TypeError as responseHead()
 */
export function headerLine(givenName: string, givenValue: string): string {
  const name = `${givenName}`;
  const value = `${givenValue}`;
  if (!isToken(name)) throw new TypeError(`header name: expected a token, got ${JSON.stringify(name)}`);
  if (OWN.test(name)) throw new TypeError(`header ${name}: is the server's own, and cannot be set`);
  if (!VALUE.test(value)) {
    throw new TypeError(
      `value of header ${name}: expected latin1 without control characters, got ${JSON.stringify(value)}`,
    );
  }
  return `${name}: ${value}\r\n`;
}
