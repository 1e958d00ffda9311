/**
 * The head of a response, as text: one character a byte (latin1).
 *
 *     status-line = HTTP-version SP status-code SP [ reason-phrase ] CRLF     RFC 9112 §4
 */
import { isToken } from '../tokens.js';
import { reasonPhrase } from './status.js';

/**
 * Names and values: an object, where several values of one name are each a line of its own, as Set-Cookie needs it; or
 * pairs, such as a Headers of the Fetch standard has.
 */
export type ResponseHeaders =
  | Readonly<Record<string, string | number | readonly string[]>>
  | Iterable<readonly [name: string, value: string]>;

type HeaderPair = readonly [name: string, value: string];

/** Headers that are sent again and again: checked, and written as the lines that they are, once. */
export class HeaderLines implements Iterable<HeaderPair> {
  readonly #before: HeaderLines | undefined;
  readonly #pairs: readonly HeaderPair[];
  /** Each with its end. */
  readonly text: string;

  /**
   * @param before  lines that stand before these
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

/** Written by the server, which alone knows where the message ends and whether the connection goes on. */
const OWN = /^(?:content-length|transfer-encoding|connection|date)$/i;
/** field-value without surrounding blanks being cared for: visible characters, blanks, obs-text (RFC 9110 §5.5). */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * The status line, Date and the headers given, each line with its end. headEnd() is the rest of a head.
 * @param date  IMF-fixdate
 * @throws      RangeError for a status that is not three digits; TypeError for a name or value that would end its line, and
 *              so begin a header or a response of somebody else's making
 */
export function responseHead(status: number, date: string, headers: ResponseHeaders): string {
  return `${statusLine(status)}Date: ${date}\r\n${headerLines(headers)}`;
}

/** Where the body ends, whether the connection goes on, and the empty line. @param connectionLine  with its end, or nothing */
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

/** Both are made text once, and then checked: what is no string could say something else the second time. */
function headerLine(givenName: string, givenValue: string): string {
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
