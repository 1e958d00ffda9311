/** Transfer-Encoding: `chunked`, once and alone, in HTTP/1.1, without a Content-Length. */
import { chunked, goesOn, post, type RawRequest, refuses, withLines, withTarget } from './raw-request.js';

const BODY = '5\r\nhello\r\n0\r\n\r\n';

/** A body that would be valid if it were chunked. */
function coded(value: string): string {
  return post(`Transfer-Encoding: ${value}\r\n`, BODY);
}

function lines(text: string): string {
  return post(text, BODY);
}

export const TRANSFER_ENCODINGS: readonly RawRequest[] = [
  ...goesOn('§6.1', {
    chunked: [chunked(BODY), 'POST / [hello]', { bodyLength: Number.NaN }],
    Chunked: [coded('Chunked'), 'POST / [hello]'],
    'CHUNKED with blanks around it': [coded('\t CHUNKED \t'), 'POST / [hello]'],
    'chunked without a blank before it, and its name in another case': [
      lines('tRANSFER-eNCODING:chunked\r\n'),
      'POST / [hello]',
    ],
    'chunked of GET': [`${withLines('Transfer-Encoding: chunked\r\n')}${BODY}`, 'GET / [hello]'],
    'chunked of HEAD': [`${withLines('Transfer-Encoding: chunked\r\n', 'HEAD')}${BODY}`, { toHead: 200 }],
    'chunked of DELETE': [`${withLines('Transfer-Encoding: chunked\r\n', 'DELETE')}${BODY}`, 'DELETE / [hello]'],
    'chunked of OPTIONS': [`${withLines('Transfer-Encoding: chunked\r\n', 'OPTIONS')}${BODY}`, 'OPTIONS / [hello]'],
    'chunked in HTTP/1.9': [
      `POST / HTTP/1.9\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n${BODY}`,
      'POST / [hello]',
    ],
    'chunked, and a request behind it': [
      `${chunked(BODY)}${withTarget('/b')}`,
      ['POST / [hello]', 'GET /b []'],
      { bodyLength: Number.NaN },
    ],
    'chunked, then Content-Length, then neither': [
      `${chunked(BODY)}${post('Content-Length: 2\r\n', 'hi')}${withTarget('/b')}`,
      ['POST / [hello]', 'POST / [hi]', 'GET /b []'],
      { bodyLength: Number.NaN },
    ],
    'Content-Length, then chunked': [
      `${post('Content-Length: 2\r\n', 'hi')}${chunked(BODY)}`,
      ['POST / [hi]', 'POST / [hello]'],
      { bodyLength: 2 },
    ],
    'TE, which is not Transfer-Encoding': [withLines('TE: trailers, deflate;q=0.5\r\n'), 'GET / []'],
    'Content-Encoding, which is the handler’s to undo': [
      post('Content-Encoding: gzip\r\nContent-Length: 5\r\n', 'hello'),
      'POST / [hello]',
    ],
  }),
  ...refuses(400, '§6.3', {
    'Content-Length, then Transfer-Encoding': lines('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n'),
    'Transfer-Encoding, then Content-Length': lines('Transfer-Encoding: chunked\r\nContent-Length: 5\r\n'),
    'Transfer-Encoding and the Content-Length that it has on the wire': lines(
      `Transfer-Encoding: chunked\r\nContent-Length: ${BODY.length}\r\n`,
    ),
    'Transfer-Encoding and a Content-Length of 0': lines('Transfer-Encoding: chunked\r\nContent-Length: 0\r\n'),
    'Transfer-Encoding and a Content-Length that is none': lines('Transfer-Encoding: chunked\r\nContent-Length: x\r\n'),
    'identity, which is no coding any more': coded('identity'),
    'identity and a Content-Length': lines('Transfer-Encoding: identity\r\nContent-Length: 15\r\n'),
    gzip: coded('gzip'),
    'chunked, gzip': coded('chunked, gzip'),
    'chunked, identity': coded('chunked, identity'),
    'chunked, and a comma behind it': coded('chunked,'),
    'chunked with a parameter': coded('chunked;q=1'),
    'chunked with an empty parameter': coded('chunked;'),
    'chunked in quotes': coded('"chunked"'),
    'chunked in single quotes': coded("'chunked'"),
    'chunked, and a word behind it': coded('chunked x'),
    'chunked as the second of two words': coded('gzip chunked'),
    'chunked as a parameter': coded('gzip;chunked'),
    'chunked as the value of a parameter': coded('gzip;a=chunked'),
    'a coding that chunked begins': coded('chunkedx'),
    'a coding that ends in chunked': coded('xchunked'),
    chunkedchunked: coded('chunkedchunked'),
    'a coding that begins chunked': coded('chunk'),
    'chunked, written with a long s': coded('chun\xc5\xbfed'),
    'chunked behind a no-break space': coded('\xa0chunked'),
    'chunked before a no-break space': coded('chunked\xa0'),
    'chunked behind a byte beyond ASCII': coded('\xffchunked'),
    'chunked behind a vertical tab': coded('\x0bchunked'),
    'chunked before a form feed': coded('chunked\x0c'),
    'chunked before a NUL': coded('chunked\0'),
    'chunked before a bare CR': coded('chunked\r'),
    'chunked behind a bare LF': coded('\nchunked'),
    'chunked that is folded': coded('\r\n chunked'),
    'chunked, and a folded word behind it': coded('chunked\r\n x'),
    'an empty Transfer-Encoding': coded(''),
    'an empty Transfer-Encoding and a Content-Length': post('Transfer-Encoding:\r\nContent-Length: 5\r\n', 'hello'),
    'a comma for a Transfer-Encoding': coded(','),
    'chunked, chunked: applied twice': coded('chunked, chunked'),
    'gzip, chunked, chunked': coded('gzip, chunked, chunked'),
    'chunked behind a comma': coded(', chunked'),
    'chunked behind a coding and an empty element': coded('gzip,, chunked'),
    'gzip, chunked and a Content-Length': lines('Transfer-Encoding: gzip, chunked\r\nContent-Length: 15\r\n'),
  }),
  ...refuses(400, '§6.1', {
    'Transfer-Encoding twice': lines('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n'),
    'Transfer-Encoding: chunked, then identity': lines('Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n'),
    'Transfer-Encoding: chunked, then gzip': lines('Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n'),
    'Transfer-Encoding: chunked, then empty': lines('Transfer-Encoding: chunked\r\nTransfer-Encoding:\r\n'),
    'Transfer-Encoding: gzip, then deflate': lines('Transfer-Encoding: gzip\r\nTransfer-Encoding: deflate\r\n'),
    'Transfer-Encoding: gzip, chunked, then chunked': lines(
      'Transfer-Encoding: gzip, chunked\r\nTransfer-Encoding: chunked\r\n',
    ),
    'Transfer-Encoding: chunked, then gzip, chunked': lines(
      'Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip, chunked\r\n',
    ),
    'gzip, chunked in HTTP/1.0': `POST / HTTP/1.0\r\nTransfer-Encoding: gzip, chunked\r\n\r\n${BODY}`,
    'Transfer-Encoding: empty, then chunked': lines('Transfer-Encoding:\r\nTransfer-Encoding: chunked\r\n'),
    'Transfer-Encoding in HTTP/1.0': `POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n${BODY}`,
    'Transfer-Encoding in HTTP/1.0 with keep-alive': `POST / HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n${BODY}`,
    'Transfer-Encoding in HTTP/1.0 with a Content-Length': `POST / HTTP/1.0\r\nContent-Length: 15\r\nTransfer-Encoding: chunked\r\n\r\n${BODY}`,
    'Transfer-Encoding with a space before the colon': lines('Transfer-Encoding : chunked\r\n'),
    'Transfer-Encoding with a tab before the colon': lines('Transfer-Encoding\t: chunked\r\n'),
    'Transfer-Encoding behind a blank': lines(' Transfer-Encoding: chunked\r\n'),
    'Transfer-Encoding with a space for its hyphen': lines('Transfer Encoding: chunked\r\n'),
    'Transfer-Encoding in two lines': lines('Transfer-\r\nEncoding: chunked\r\n'),
    'Transfer-Encoding without its colon': lines('Transfer-Encoding chunked\r\n'),
  }),
  ...refuses(501, '§6.1', {
    'gzip, chunked': coded('gzip, chunked'),
    'gzip,chunked without a blank': coded('gzip,chunked'),
    'gzip , Chunked': coded('gzip , Chunked'),
    'deflate, gzip, chunked': coded('deflate, gzip, chunked'),
    'an unknown coding, then chunked': coded('pigeons, chunked'),
    'identity, chunked': coded('identity, chunked'),
    'gzip and chunked in two lines, which are one list': lines(
      'Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n',
    ),
    'gzip and chunked in two lines, far from each other': lines(
      'Transfer-Encoding: gzip\r\nA: b\r\nTransfer-Encoding: chunked\r\n',
    ),
    'identity and chunked in two lines': lines('Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n'),
    'three codings in two lines': lines('Transfer-Encoding: a, b\r\nTransfer-Encoding: chunked\r\n'),
  }),
];
