/**
 * Requests that some pair of servers read differently, so that one of them answers a request that the other one never saw.
 * Here, a hidden request is refused with the one that hides it, or is part of its body; it is never answered.
 *
 * Named as in the publications: James Kettle, "HTTP Desync Attacks" (2019), "Browser-Powered Desync Attacks" (2022) and
 * "HTTP/1.1 Must Die" (2025), PortSwigger; Jeppe Weikop, "Funky chunks" (2025), w4ke.info; the trophies of
 * narfindustries/http-garden, which found each of these in a server that people use.
 */
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
  SMUGGLED,
  withLines,
  withTarget,
} from './raw-request.js';

const LAST = '0\r\n\r\n';
const IN_A_CHUNK = `${SMUGGLED.length.toString(16)}\r\n${SMUGGLED}\r\n${LAST}`;
/** The last chunk for one reader, followed by the next request for the other. */
const BEHIND_THE_LAST = `${LAST}${SMUGGLED}`;

/** Both lengths, the one for one reader, the other one for the other. */
function both(first: string, second: string, body: string): string {
  return post(`${first}\r\n${second}\r\n`, body);
}

const TE = 'Transfer-Encoding: chunked';
const LENGTH_OF_LAST = `Content-Length: ${BEHIND_THE_LAST.length}`;

export const SMUGGLING: readonly RawRequest[] = [
  ...refuses(400, '§6.3', {
    'CL.TE': both(LENGTH_OF_LAST, TE, BEHIND_THE_LAST),
    'TE.CL': both(TE, 'Content-Length: 4', IN_A_CHUNK),
    'CL.TE with Connection: close': both(`Connection: close\r\n${LENGTH_OF_LAST}`, TE, BEHIND_THE_LAST),
    'CL.TE of GET': `${withLines(`${LENGTH_OF_LAST}\r\n${TE}\r\n`)}${BEHIND_THE_LAST}`,
    'TE.TE with identity second': both(TE, 'Transfer-Encoding: identity', BEHIND_THE_LAST),
    'TE.TE with cow second': both(`${LENGTH_OF_LAST}\r\n${TE}`, 'Transfer-encoding: cow', BEHIND_THE_LAST),
    'CL.CL': both('Content-Length: 0', `Content-Length: ${SMUGGLED.length}`, SMUGGLED),
    'CL.CL the other way': both(`Content-Length: ${SMUGGLED.length}`, 'Content-Length: 0', SMUGGLED),
    'a coding and a comma, and a Content-Length': both(LENGTH_OF_LAST, 'Transfer-Encoding: x,', BEHIND_THE_LAST),
    'chunked that a NUL hides': both(LENGTH_OF_LAST, 'Transfer-Encoding: \0chunked', BEHIND_THE_LAST),
    'chunked that a vertical tab hides': both(LENGTH_OF_LAST, 'Transfer-Encoding:\x0bchunked', BEHIND_THE_LAST),
    'Transfer-Encoding that a space before the colon hides': both(
      LENGTH_OF_LAST,
      'Transfer-Encoding : chunked',
      BEHIND_THE_LAST,
    ),
    'Transfer-Encoding that a leading space hides': both(LENGTH_OF_LAST, ` ${TE}`, BEHIND_THE_LAST),
    'Transfer-Encoding that a line before it hides': both(`${LENGTH_OF_LAST}\r\nX: x`, `\t${TE}`, BEHIND_THE_LAST),
    'Transfer-Encoding that hides behind a bare LF': both(LENGTH_OF_LAST, `X: x\n${TE}`, BEHIND_THE_LAST),
    'Transfer-Encoding that hides behind a bare CR': both(LENGTH_OF_LAST, `X: x\r${TE}`, BEHIND_THE_LAST),
    'Transfer-Encoding with its colon on the next line': both(
      LENGTH_OF_LAST,
      'Transfer-Encoding\r\n : chunked',
      BEHIND_THE_LAST,
    ),
    'Transfer-Encoding whose last byte is a no-break space': both(
      LENGTH_OF_LAST,
      'Transfer-Encoding\xa0: chunked',
      BEHIND_THE_LAST,
    ),
    'Content-Length that a space before the colon hides': post(`Content-Length : ${SMUGGLED.length}\r\n`, SMUGGLED),
    'Content-Length that a leading space hides': post(` Content-Length: ${SMUGGLED.length}\r\n`, SMUGGLED),
    'Content-Length that a leading tab hides, in the first header': `POST / HTTP/1.1\r\n\tContent-Length: ${SMUGGLED.length}\r\n${HOST}\r\n${SMUGGLED}`,
    'Content-Length whose last byte is a next line of Latin-1': post(
      `Content-Length\x85: ${SMUGGLED.length}\r\n`,
      SMUGGLED,
    ),
    'Content-Length that begins empty, and is given again': post(
      `Content-Length: \r\nContent-Length: ${SMUGGLED.length}\r\n`,
      SMUGGLED,
    ),
    'Content-Length with plus and underscore, as Python reads it': post('Content-Length: +1_0\r\n', '0123456789'),
    'Content-Length that is read up to its first letter': post('Content-Length: 1Z\r\n', 'Z'),
    'Content-Length with a negative that wraps around': post('Content-Length: -48\r\n', ''),
    '0.CL behind a folded line': post(`X: x\r\n Content-Length: ${SMUGGLED.length}\r\n`, SMUGGLED),
  }),
  ...refuses(400, '§2.2', {
    'a head that ends in CR LF CR and any byte': `${GET}${HOST}\rZ${SMUGGLED}`,
    'a head that ends in LF LF': `GET / HTTP/1.1\n${HOST.replace('\r', '')}\n${SMUGGLED}`,
    'a head that ends in CR CR': `${GET}${HOST}\r\r${SMUGGLED}`,
    'a head that ends in LF CR LF': `${GET}Host: h\n\r\n${SMUGGLED}`,
    'a value of bare LFs and a request': withLines(`X:\n\n${SMUGGLED}`),
    'a header that is a colon alone, behind which nothing is read': `${GET}:\r\n${HOST}\r\n${SMUGGLED}`,
    'a simple request of HTTP/0.9, and one behind it': `GET /\r\n${SMUGGLED}`,
    'a simple request of HTTP/0.9 that LF separates': `GET /\nHTTP/1.1\r\n\r\n${SMUGGLED}`,
    'a line that cannot be read, and a request behind it': `INVALID\r\n\r\n${SMUGGLED}`,
    'a NUL and a request behind it': `\0${SMUGGLED}`,
  }),
  ...refuses(400, '§3.2', {
    'two Hosts, one for the cache and one for the server': withLines('Host: evil\r\n'),
    'a Host that a bare LF adds': withLines('X: x\nHost: evil\r\n'),
    'a Host that is folded into the one before': withLines(' evil\r\n'),
    'a Host with an @, one for each reading': `${GET}Host: h@evil\r\n\r\n`,
    'a Host whose end a NUL hides': `${GET}Host: h\0.evil\r\n\r\n`,
    'a path on another host by a user in absolute-form': withTarget('http://h@evil/'),
    'a space in the target, with a version on each side': withTarget('/ HTTP/1.1 /'),
  }),
  ...refuses(417, 'RFC 9110 §10.1.1', {
    '0.CL by an Expect that is none': post(
      `Expect: y 100-continue\r\nContent-Length: ${SMUGGLED.length}\r\n`,
      SMUGGLED,
    ),
  }),
  ...refuses(501, '§6.1', {
    'TE.TE with x first': both('Transfer-Encoding: x', TE, BEHIND_THE_LAST),
  }),
  ...refuses(505, '§2.3', {
    'the preface of HTTP/2, and a request behind it': `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${SMUGGLED}`,
  }),
  ...refusesBody(400, '§7.1', {
    'TERM.EXT: a bare LF that ends the line for one, and is an extension for the other': chunked(
      `2;\nxx\r\n${SMUGGLED.length.toString(16)}\r\n${LAST}${SMUGGLED}`,
    ),
    'EXT.TERM: a bare CR in an extension': chunked(`2;\rxx\r\n${BEHIND_THE_LAST}`),
    'a bare CR before the semicolon, as h2o passed it on': chunked(`2\r\r;a\r\n02\r\n41\r\n${BEHIND_THE_LAST}`),
    'TERM.SPILL: a chunk that is longer than its size by its line end': chunked(`5\r\nhello\n${BEHIND_THE_LAST}`),
    'SPILL.TERM: a chunk and two bytes, whatever they are': chunked(`5\r\nhelloXX${BEHIND_THE_LAST}`),
    'ONE.TWO: a chunk and one byte, whatever it is': chunked(`5\r\nhelloX${BEHIND_THE_LAST}`),
    'ZERO.TWO: a chunk with nothing behind it': chunked(`5\r\nhello${BEHIND_THE_LAST}`),
    'a size that one reads up to its first wrong byte': chunked(`0_2e\r\n\r\n${SMUGGLED}`),
    'a size with 0x that one reads as 0': chunked(`0x5\r\nhello\r\n${BEHIND_THE_LAST}`),
    'a size with a plus, as strtol reads it': chunked(`+0\r\n\r\n${SMUGGLED}`),
    'a size behind blanks, as strtol reads it': chunked(`  0\r\n\r\n${SMUGGLED}`),
    'a size that is empty, which one reads as 0': chunked(`\r\n\r\n${SMUGGLED}`),
    'a size that wraps around to 0 in 32 bits and more': chunked(`100000000${'0'.repeat(8)}\r\n\r\n${SMUGGLED}`),
    'a chunk that cannot be read, and a request behind it': chunked(`INVALID!\r\n${SMUGGLED}`),
    'an extension whose quotes hide the end of the line': chunked(`2;a="\r\nxx\r\n${BEHIND_THE_LAST}`),
    'an extension whose quotes hide the end of the chunk': chunked(`2;a="b\r\nxx\r\n0;c="\r\n\r\n${SMUGGLED}`),
  }),
  ...refusesBody(400, '§7.1.2', {
    'a request for a trailer, which one merges into the head': chunked(`0\r\n${SMUGGLED}`),
    'a trailer that a bare LF ends, and a request behind it': chunked(`0\r\nA: b\n\r\n${SMUGGLED}`),
    'a last chunk whose empty line is a bare LF, and a request behind it': chunked(`0\r\n\n${SMUGGLED}`),
  }),
  ...goesOn('§7.1.2', {
    'a last chunk that two bytes behind CR LF end for one, and a trailer begins with': [
      chunked(`0\r\nX:${SMUGGLED}`),
      'POST / []',
    ],
  }),
  ...goesOn('§6', {
    'CL.0: a GET whose body is a request': [
      `${withLines(`Content-Length: ${SMUGGLED.length}\r\n`)}${SMUGGLED}`,
      `GET / [${SMUGGLED}]`,
    ],
    'CL.0: a HEAD whose body is a request': [
      `${withLines(`Content-Length: ${SMUGGLED.length}\r\n`, 'HEAD')}${SMUGGLED}`,
      { toHead: 200 },
    ],
    'CL.0: an OPTIONS whose body is a request': [
      `${withLines(`Content-Length: ${SMUGGLED.length}\r\n`, 'OPTIONS')}${SMUGGLED}`,
      `OPTIONS / [${SMUGGLED}]`,
    ],
    'TE.0: a GET whose body in chunks is a request': [
      `${withLines('Transfer-Encoding: chunked\r\n')}${IN_A_CHUNK}`,
      `GET / [${SMUGGLED}]`,
    ],
    'a Transfer_Encoding, which is no Transfer-Encoding': [
      post('Transfer_Encoding: chunked\r\nContent-Length: 5\r\n', LAST),
      `POST / [${LAST}]`,
    ],
    'a Content_Length, which is no Content-Length': [
      post('Content_Length: 5\r\n', withTarget('/b')),
      ['POST / []', 'GET /b []'],
    ],
    'an X-Transfer-Encoding, which is no Transfer-Encoding': [
      post(`X-Transfer-Encoding: chunked\r\n${LENGTH_OF_LAST}\r\n`, BEHIND_THE_LAST),
      `POST / [${BEHIND_THE_LAST}]`,
    ],
    'a Transfer-Encoding within a value': [
      post(`X: ${TE}\r\n${LENGTH_OF_LAST}\r\n`, BEHIND_THE_LAST),
      `POST / [${BEHIND_THE_LAST}]`,
    ],
    'an Upgrade to h2c whose body is a request': [
      post(`Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: ${SMUGGLED.length}\r\n`, SMUGGLED),
      `POST / [${SMUGGLED}]`,
    ],
    'a Content-Length of 0 with a request behind it, which is one': [
      `${post('Content-Length: 0\r\n', '')}${post('Content-Length: 2\r\n', 'hi')}`,
      ['POST / []', 'POST / [hi]'],
    ],
    'a Connection that names Content-Length, whose body is a request': [
      post(`Connection: content-length\r\nContent-Length: ${SMUGGLED.length}\r\n`, SMUGGLED),
      `POST / [${SMUGGLED}]`,
    ],
    'an X-HTTP-Method-Override, which overrides nothing': [
      post(`X-HTTP-Method-Override: HEAD\r\nContent-Length: ${SMUGGLED.length}\r\n`, SMUGGLED),
      `POST / [${SMUGGLED}]`,
    ],
    'two hosts, of which that in the target counts': [
      withTarget('http://example.com/host'),
      'GET /host [] example.com',
    ],
  }),
  ...closes('§9.6', {
    'a request behind Connection: close with a body': [
      `${post('Connection: close\r\nContent-Length: 5\r\n', 'hello')}${SMUGGLED}`,
      'POST / [hello]',
      { bodyLength: 5 },
    ],
    'a request behind HTTP/1.0 with a body': [
      `POST / HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello${SMUGGLED}`,
      'POST / [hello]',
      { minorVersion: 0, bodyLength: 5 },
    ],
    'bytes that are no request behind Connection: close, which are not answered': [
      `${withLines('Connection: close\r\n')}INVALID\r\n\r\n`,
      'GET / []',
    ],
  }),
  {
    promise: 'a good request, and then one that is none',
    section: '§9.3.2',
    raw: `${withTarget('/a')}INVALID\r\n\r\n${SMUGGLED}`,
    answers: ['GET /a []', 400],
    closes: true,
    head: {},
  },
  {
    promise: 'a good body, and then CL.TE',
    section: '§9.3.2',
    raw: `${post('Content-Length: 5\r\n', 'hello')}${both(LENGTH_OF_LAST, TE, BEHIND_THE_LAST)}`,
    answers: ['POST / [hello]', 400],
    closes: true,
    head: { bodyLength: 5 },
  },
  {
    promise: 'a good chunked body, and then a byte too many',
    section: '§9.3.2',
    raw: `${chunked(`5\r\nhello\r\n${LAST}`)}\0${SMUGGLED}`,
    answers: ['POST / [hello]', 400],
    closes: true,
    head: { bodyLength: Number.NaN },
  },
];
