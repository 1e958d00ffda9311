/** request-line = method SP request-target SP HTTP-version, then CRLF: exactly one space, exactly one line end. */
import { chunked, GET, goesOn, HOST, post, type RawRequest, refuses, withLines, withTarget } from './raw-request.js';

/** A request whose first line is this. */
function line(text: string): string {
  return `${text}${HOST}\r\n`;
}

const ALL_MARKS = "!#$%&'*+-.^_`|~0";

export const REQUEST_LINES: readonly RawRequest[] = [
  ...goesOn('§3', {
    'the shortest request of HTTP/1.1': [withLines(''), 'GET / []', { headers: [['Host', 'h']] }],
  }),
  ...goesOn('§3.1', {
    'HEAD, whose answer has no body': [withTarget('/', 'HEAD'), { toHead: 200 }],
    'POST without a body': [withTarget('/', 'POST'), 'POST / []'],
    PUT: [withTarget('/a', 'PUT'), 'PUT /a []'],
    DELETE: [withTarget('/a', 'DELETE'), 'DELETE /a []'],
    PATCH: [withTarget('/a', 'PATCH'), 'PATCH /a []'],
    TRACE: [withTarget('/a', 'TRACE'), 'TRACE /a []'],
    'an unknown method': [withTarget('/', 'PROPFIND'), 'PROPFIND / []'],
    'a method with a hyphen': [withTarget('/', 'M-SEARCH'), 'M-SEARCH / []'],
    'a method in lower case, which is another method': [withTarget('/', 'get'), 'get / []'],
    'HEAD in lower case, which is answered with a body': [withTarget('/', 'head'), 'head / []'],
    'a method that another one begins with': [withTarget('/', 'GETS'), 'GETS / []'],
    'a method of one letter': [withTarget('/', 'G'), 'G / []'],
    'a method of digits': [withTarget('/', '007'), '007 / []'],
    'a method of every mark a token may have': [withTarget('/', ALL_MARKS), `${ALL_MARKS} / []`],
    'the longest method that is registered': [withTarget('/', 'UPDATEREDIRECTREF'), 'UPDATEREDIRECTREF / []'],
    'a method of 32 letters': [withTarget('/', 'M'.repeat(32)), `${'M'.repeat(32)} / []`],
  }),
  ...goesOn('§2.2', {
    'one empty line before the request': [`\r\n${withLines('')}`, 'GET / []'],
    'one empty line between two requests': [`${withTarget('/a')}\r\n${withTarget('/b')}`, ['GET /a []', 'GET /b []']],
    'one empty line behind a body, as old browsers sent it': [
      `${post('Content-Length: 5\r\n', 'hello')}\r\n${withTarget('/b')}`,
      ['POST / [hello]', 'GET /b []'],
    ],
    'one empty line behind a chunked body': [
      `${chunked('5\r\nhello\r\n0\r\n\r\n')}\r\n${withTarget('/b')}`,
      ['POST / [hello]', 'GET /b []'],
    ],
  }),
  ...refuses(400, '§2.2', {
    'two empty lines before the request': `\r\n\r\n${withLines('')}`,
    'empty lines and nothing else': '\r\n\r\n\r\n\r\n',
    'a bare CR before the request': `\r${withLines('')}`,
    'a bare LF before the request': `\n${withLines('')}`,
    'CR CR LF before the request': `\r\r\n${withLines('')}`,
    'a space before the request': ` ${withLines('')}`,
    'a tab before the request': `\t${withLines('')}`,
    'a NUL before the request': `\0${withLines('')}`,
    'a byte order mark before the request': `\xef\xbb\xbf${withLines('')}`,
    'a line of one space before the request': ` \r\n${withLines('')}`,
    'a bare LF after the request line': line('GET / HTTP/1.1\n'),
    'a bare CR after the request line': line('GET / HTTP/1.1\r'),
    'CR CR LF after the request line': line('GET / HTTP/1.1\r\r\n'),
    'LF CR after the request line': line('GET / HTTP/1.1\n\r'),
    'bare LFs only': 'GET / HTTP/1.1\nHost: h\n\n',
    'bare CRs only': 'GET / HTTP/1.1\rHost: h\r\r',
    'a blank between the request line and the first header': `${GET} ${HOST}\r\n`,
    'a line of one space between the request line and the first header': `${GET} \r\n${HOST}\r\n`,
  }),
  ...refuses(400, '§3', {
    'a method and nothing else': 'GET\r\n',
    'no target': line('GET HTTP/1.1\r\n'),
    'an empty target': line('GET  HTTP/1.1\r\n'),
    'no version: the simple request of HTTP/0.9': 'GET /\r\n',
    'no version, but the space before it': 'GET / \r\n\r\n',
    'two spaces before the target': line('GET  / HTTP/1.1\r\n'),
    'two spaces before the version': line('GET /  HTTP/1.1\r\n'),
    'a tab before the target': line('GET\t/ HTTP/1.1\r\n'),
    'a tab before the version': line('GET /\tHTTP/1.1\r\n'),
    'a vertical tab for a space': line('GET /\x0bHTTP/1.1\r\n'),
    'a form feed for a space': line('GET\x0c/ HTTP/1.1\r\n'),
    'a bare CR for a space': line('GET /\rHTTP/1.1\r\n'),
    'a bare LF for a space': line('GET /\nHTTP/1.1\r\n'),
    'a no-break space of Latin-1 for a space': line('GET\xa0/ HTTP/1.1\r\n'),
    'a space within the target': line('GET /a b HTTP/1.1\r\n'),
    'a space after the version': line('GET / HTTP/1.1 \r\n'),
    'a tab after the version': line('GET / HTTP/1.1\t\r\n'),
    'a word after the version': line('GET / HTTP/1.1 x\r\n'),
    'two request lines in one': line('GET / HTTP/1.1 GET / HTTP/1.1\r\n'),
  }),
  ...refuses(400, '§3.1', {
    'an empty method': line(' / HTTP/1.1\r\n'),
    'a method with a parenthesis': line('G(T / HTTP/1.1\r\n'),
    'a method with a colon': line('GET: / HTTP/1.1\r\n'),
    'a method with a slash': line('GET/ / HTTP/1.1\r\n'),
    'a method in quotes': line('"GET" / HTTP/1.1\r\n'),
    'a method beyond ASCII': line('G\xc9T / HTTP/1.1\r\n'),
    'a NUL in the method': line('GE\0T / HTTP/1.1\r\n'),
    'a bare LF in the method': line('GE\nT / HTTP/1.1\r\n'),
    'a DEL in the method': line('GE\x7fT / HTTP/1.1\r\n'),
  }),
  ...refuses(501, '§3', {
    'a method of 33 letters': withTarget('/', 'M'.repeat(33)),
    'a method longer than a request line may be': withTarget('/', 'M'.repeat(10_000)),
    'a method of 33 letters and nothing else': 'M'.repeat(33),
  }),
  ...refuses(400, '§2.1', {
    'a TLS ClientHello': '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
    'the greeting of SSH': 'SSH-2.0-OpenSSH_9.2\r\n',
    'the greeting of SOCKS': '\x05\x01\x00',
    'the PROXY protocol, version 1': `PROXY TCP4 192.0.2.1 192.0.2.2 5 80\r\n${withLines('')}`,
    'the PROXY protocol, version 2':
      '\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x0c\x7f\x00\x00\x01\x7f\x00\x00\x01\x00\x05\x00\x50',
    'a command of Redis': '*1\r\n$4\r\nPING\r\n',
    'a command of memcached': 'get key\r\n',
    'a command of SMTP': 'EHLO client.example\r\n',
    'a response': 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
    'bytes of no protocol': '\xff\xfe\xfd\x80\x00\x01',
  }),
];
