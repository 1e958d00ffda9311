/** Requests at a limit, and one byte above it. The limits are those of a server that sets none. */
import { DEFAULT_LIMITS } from '../../../src/limits.js';
import {
  chunked,
  closes,
  GET,
  goesOn,
  HOST,
  post,
  type RawRequest,
  refuses,
  refusesBody,
  withLines,
} from './raw-request.js';

const { requestLineBytesMax, requestHeadBytesMax, requestHeadersMax, requestBodyBytesMax } = DEFAULT_LIMITS;
const { chunkExtensionBytesMax, trailerBytesMax } = DEFAULT_LIMITS;

/** `before`, so many bytes of padding that all is `bytes` long, and `after`. */
function padded(bytes: number, before: string, after: string): string {
  return `${before}${'a'.repeat(bytes - before.length - after.length)}${after}`;
}

/** A request line of so many bytes, with its line end. */
function lineOf(bytes: number, before = 'GET /'): string {
  return padded(bytes, before, ' HTTP/1.1\r\n');
}

function headOf(bytes: number): string {
  return padded(bytes, `${GET}${HOST}A: `, '\r\n\r\n');
}

/** So many headers, of which Host is one. */
function headers(count: number): string {
  return withLines('A: b\r\n'.repeat(count - 1));
}

function bodyOf(bytes: number): string {
  return 'b'.repeat(bytes);
}

/** As the runner's handler echoes a body that is long. */
function echoOf(bytes: number): string {
  return `POST / [${bytes} times b]`;
}

const HALF = requestBodyBytesMax / 2;
const HALF_CHUNK = `${HALF.toString(16)}\r\n${bodyOf(HALF)}\r\n`;

export const LIMITS: readonly RawRequest[] = [
  ...goesOn('§3', {
    'a request line as long as the limit': [
      `${lineOf(requestLineBytesMax)}${HOST}\r\n`,
      `GET ${lineOf(requestLineBytesMax).slice(4, -11)} []`,
    ],
    'a query as long as the limit': [
      `${lineOf(requestLineBytesMax, 'GET /?')}${HOST}\r\n`,
      `GET ${lineOf(requestLineBytesMax, 'GET /?').slice(4, -11)} []`,
    ],
  }),
  ...refuses(414, '§3', {
    'a request line one byte longer than the limit': `${lineOf(requestLineBytesMax + 1)}${HOST}\r\n`,
    'a query one byte longer than the limit': `${lineOf(requestLineBytesMax + 1, 'GET /?')}${HOST}\r\n`,
    'a target that does not end': `GET /${'a'.repeat(requestLineBytesMax)}`,
  }),
  ...refuses(501, '§3', {
    'a method that does not end': 'A'.repeat(requestLineBytesMax + 1),
  }),
  ...goesOn('§5', {
    'a head as long as the limit': [headOf(requestHeadBytesMax), 'GET / []'],
    'as many headers as the limit': [headers(requestHeadersMax), 'GET / []'],
  }),
  ...refuses(431, 'RFC 6585 §5', {
    'a head one byte longer than the limit': headOf(requestHeadBytesMax + 1),
    'a header that does not end': `${GET}${HOST}A: ${'a'.repeat(requestHeadBytesMax)}`,
    'a name that does not end': `${GET}${HOST}${'a'.repeat(requestHeadBytesMax)}`,
    'blanks that do not end': `${GET}${HOST}A:${' '.repeat(requestHeadBytesMax)}`,
    'one header more than the limit': headers(requestHeadersMax + 1),
    'headers that do not end': `${GET}${HOST}${'A: b\r\n'.repeat(requestHeadersMax + 1)}`,
  }),
  ...goesOn('RFC 9110 §15.5.14', {
    'a body as long as the limit': [
      post(`Content-Length: ${requestBodyBytesMax}\r\n`, bodyOf(requestBodyBytesMax)),
      echoOf(requestBodyBytesMax),
      { bodyLength: requestBodyBytesMax },
    ],
    'a body in chunks as long as the limit': [
      chunked(`${HALF_CHUNK}${HALF_CHUNK}0\r\n\r\n`),
      echoOf(requestBodyBytesMax),
    ],
  }),
  ...refusesBody(413, 'RFC 9110 §15.5.14', {
    'a Content-Length one larger than the limit': post(`Content-Length: ${requestBodyBytesMax + 1}\r\n`, ''),
    'the largest Content-Length that can be counted': post('Content-Length: 9007199254740991\r\n', ''),
    'a Content-Length larger than the limit with 100-continue, which is not sent': post(
      `Expect: 100-continue\r\nContent-Length: ${requestBodyBytesMax + 1}\r\n`,
      '',
    ),
    'a Content-Length larger than the limit in HTTP/1.0': `POST / HTTP/1.0\r\nContent-Length: ${requestBodyBytesMax + 1}\r\n\r\n`,
    'chunks one byte longer than the limit': chunked(`${HALF_CHUNK}${HALF_CHUNK}1\r\nb\r\n0\r\n\r\n`),
    'a chunk one byte longer than the limit': chunked(
      `${(requestBodyBytesMax + 1).toString(16)}\r\n${bodyOf(requestBodyBytesMax + 1)}\r\n0\r\n\r\n`,
    ),
  }),
  ...goesOn('§7.1.1', {
    'extensions as long as the limit': [
      chunked(`5;${'a'.repeat(chunkExtensionBytesMax - 1)}\r\nhello\r\n0\r\n\r\n`),
      'POST / [hello]',
    ],
  }),
  ...refusesBody(413, '§7.1.1', {
    'an extension one byte longer than the limit': chunked(
      `5;${'a'.repeat(chunkExtensionBytesMax)}\r\nhello\r\n0\r\n\r\n`,
    ),
    'an extension that does not end': chunked(`5;${'a'.repeat(2 * chunkExtensionBytesMax)}`),
    'extensions of two chunks longer than the limit together': chunked(
      `5;${'a'.repeat(chunkExtensionBytesMax / 2)}\r\nhello\r\n5;${'a'.repeat(chunkExtensionBytesMax / 2)}\r\nworld\r\n0\r\n\r\n`,
    ),
  }),
  ...goesOn('§7.1.2', {
    'trailers as long as the limit': [chunked(`0\r\n${padded(trailerBytesMax, 'A: ', '\r\n')}\r\n`), 'POST / []'],
  }),
  ...refusesBody(431, '§7.1.2', {
    'trailers one byte longer than the limit': chunked(`0\r\n${padded(trailerBytesMax + 1, 'A: ', '\r\n')}\r\n`),
    'trailers that do not end': chunked(`0\r\nA: ${'a'.repeat(trailerBytesMax)}`),
    'a trailer whose name does not end': chunked(`0\r\n${'a'.repeat(trailerBytesMax + 1)}`),
  }),
  ...closes('§9.6', {
    'a body as long as the limit and Connection: close': [
      post(`Connection: close\r\nContent-Length: ${requestBodyBytesMax}\r\n`, bodyOf(requestBodyBytesMax)),
      echoOf(requestBodyBytesMax),
      { bodyLength: requestBodyBytesMax },
    ],
  }),
];
