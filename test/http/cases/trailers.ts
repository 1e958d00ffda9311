/** trailer-section = *( field-line CRLF ): as strict as a head, and dropped. */
import { chunked, goesOn, post, type RawRequest, refusesBody, SMUGGLED, withTarget } from './raw-request.js';

/** A body in chunks with these trailer lines. */
function trailers(lines: string): string {
  return chunked(`5\r\nhello\r\n0\r\n${lines}\r\n`);
}

export const TRAILERS: readonly RawRequest[] = [
  ...goesOn('§7.1.2', {
    'a trailer': [trailers('A: b\r\n'), 'POST / [hello]'],
    'several trailers': [trailers('A: b\r\nC: d\r\na: e\r\n'), 'POST / [hello]'],
    'a trailer that was announced': [
      post('Trailer: A\r\nTransfer-Encoding: chunked\r\n', '5\r\nhello\r\n0\r\nA: b\r\n\r\n'),
      'POST / [hello]',
    ],
    'a trailer and no chunk': [chunked('0\r\nA: b\r\n\r\n'), 'POST / []'],
    'a trailer behind an extension of the last chunk': [
      chunked('5\r\nhello\r\n0;a=b\r\nA: b\r\n\r\n'),
      'POST / [hello]',
    ],
    'a trailer without a value': [trailers('A:\r\nB: \t\r\n'), 'POST / [hello]'],
    'a trailer without a blank before its value': [trailers('A:b\r\n'), 'POST / [hello]'],
    'a trailer beyond ASCII': [trailers('A: \xe4\xff\r\n'), 'POST / [hello]'],
    'a trailer whose value is a size and an extension': [trailers('A: 5;b\r\n'), 'POST / [hello]'],
    'a trailer, and a request behind it': [
      `${trailers('A: b\r\n')}${withTarget('/b')}`,
      ['POST / [hello]', 'GET /b []'],
      { bodyLength: Number.NaN },
    ],
  }),
  ...goesOn('RFC 9110 §6.5.1', {
    'a trailer that is a Content-Length, which counts nothing': [trailers('Content-Length: 5\r\n'), 'POST / [hello]'],
    'a trailer that is a Transfer-Encoding': [trailers('Transfer-Encoding: chunked\r\n'), 'POST / [hello]'],
    'a trailer that is a Host': [
      `POST /host HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nHost: evil\r\n\r\n`,
      'POST /host [] h',
    ],
    'a trailer that is Connection: close': [trailers('Connection: close\r\n'), 'POST / [hello]'],
    'a trailer that is Expect: 100-continue': [trailers('Expect: 100-continue\r\n'), 'POST / [hello]'],
    'a trailer that is an unknown expectation': [trailers('Expect: more\r\n'), 'POST / [hello]'],
  }),
  ...refusesBody(400, '§7.1.2', {
    'a trailer without a colon': trailers('A\r\n'),
    'a trailer without a name': trailers(': b\r\n'),
    'a trailer with a space before its colon': trailers('A : b\r\n'),
    'a trailer with a tab before its colon': trailers('A\t: b\r\n'),
    'a trailer behind a blank': trailers(' A: b\r\n'),
    'a trailer that is folded': trailers('A: b\r\n c\r\n'),
    'a trailer that ends in a bare LF': trailers('A: b\n'),
    'a trailer that ends in a bare LF, and another one': trailers('A: b\nC: d\r\n'),
    'a trailer that ends in a bare CR': trailers('A: b\rC: d\r\n'),
    'a trailer that ends in CR CR LF': trailers('A: b\r\r\n'),
    'a NUL in a trailer': trailers('A: b\0\r\n'),
    'a NUL in the name of a trailer': trailers('A\0: b\r\n'),
    'a control character in a trailer': trailers('A: \x07\r\n'),
    'a bare LF in a trailer': trailers('A:\nb\r\n'),
    'the name of a trailer in UTF-8': trailers('\xc3\xa4: b\r\n'),
    'the name of a trailer in quotes': trailers('"A": b\r\n'),
    'trailers that end in a bare LF': chunked('0\r\nA: b\r\n\n'),
    'trailers that end in a bare CR': chunked('0\r\nA: b\r\n\rX'),
    'a request for a trailer': chunked(`0\r\n${SMUGGLED}`),
    'a chunk for a trailer': chunked('0\r\n5\r\nhello\r\n0\r\n\r\n'),
  }),
];
