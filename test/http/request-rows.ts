/**
 * Raw requests and what the parser has to say about each. In the raw text, every line end is written out: it is what most
 * of these rows are about.
 */

export interface GoodRow {
  readonly promise: string;
  readonly raw: string;
  readonly method?: string;
  readonly path?: string;
  readonly query?: string;
  readonly minorVersion?: 0 | 1;
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly bodyLength?: number;
  readonly keepsAlive?: boolean;
}

export interface BadRow {
  readonly promise: string;
  readonly raw: string;
  readonly status: number;
}

const HOST = 'Host: h\r\n';
const HOST_PAIR = ['Host', 'h'] as const;
const GET = 'GET / HTTP/1.1\r\n';

/** A whole request with these header lines, beside Host. */
function withLines(lines: string): string {
  return `${GET}${HOST}${lines}\r\n`;
}

function withTarget(target: string, method = 'GET'): string {
  return `${method} ${target} HTTP/1.1\r\n${HOST}\r\n`;
}

export const GOOD_ROWS: readonly GoodRow[] = [
  { promise: 'the shortest request of HTTP/1.1', raw: withLines(''), headers: [HOST_PAIR] },
  {
    promise: 'the shortest request of HTTP/1.0',
    raw: 'GET / HTTP/1.0\r\n\r\n',
    minorVersion: 0,
    keepsAlive: false,
    headers: [],
  },
  { promise: 'HTTP/1.0 with a Host', raw: `GET / HTTP/1.0\r\n${HOST}\r\n`, minorVersion: 0, keepsAlive: false },
  { promise: 'HTTP/1.7, which is 1.1 and more', raw: `GET / HTTP/1.7\r\n${HOST}\r\n`, minorVersion: 1 },
  { promise: 'HTTP/1.9', raw: `GET / HTTP/1.9\r\n${HOST}\r\n`, minorVersion: 1 },
  // methods
  { promise: 'HEAD', raw: withTarget('/', 'HEAD'), method: 'HEAD' },
  { promise: 'POST without a body', raw: withTarget('/', 'POST'), method: 'POST', bodyLength: 0 },
  { promise: 'a method nobody knows', raw: withTarget('/', 'PROPFIND'), method: 'PROPFIND' },
  { promise: 'a method in lower case, which is another method', raw: withTarget('/', 'get'), method: 'get' },
  {
    promise: 'a method of every mark a token may have',
    raw: withTarget('/', "!#$%&'*+-.^_`|~0"),
    method: "!#$%&'*+-.^_`|~0",
  },
  { promise: 'a method that another one begins with', raw: withTarget('/', 'GETS'), method: 'GETS' },
  // targets
  { promise: 'a path and a query', raw: withTarget('/a/b.html?x=1&y=2'), path: '/a/b.html', query: 'x=1&y=2' },
  { promise: 'an empty query', raw: withTarget('/a?'), path: '/a', query: '' },
  { promise: 'question marks in the query', raw: withTarget('/a?b?c'), path: '/a', query: 'b?c' },
  { promise: 'a path that is left encoded', raw: withTarget('/a%20b/%2e%2e/c'), path: '/a%20b/%2e%2e/c' },
  { promise: 'a path that begins with two slashes', raw: withTarget('//a'), path: '//a' },
  { promise: 'what browsers do not encode', raw: withTarget('/a?b=|{}"<>`^\\'), path: '/a', query: 'b=|{}"<>`^\\' },
  { promise: 'absolute-form', raw: withTarget('http://example.com/a?b'), path: '/a', query: 'b' },
  { promise: 'absolute-form with a port', raw: withTarget('http://example.com:8080/a'), path: '/a' },
  { promise: 'absolute-form of https in upper case', raw: withTarget('HTTPS://EXAMPLE.COM/A'), path: '/A' },
  { promise: 'absolute-form of an IPv6 address', raw: withTarget('http://[::1]:80/a'), path: '/a' },
  { promise: 'absolute-form without a path', raw: withTarget('http://example.com'), path: '' },
  {
    promise: 'absolute-form with a query and no path',
    raw: withTarget('http://example.com?b=c'),
    path: '',
    query: 'b=c',
  },
  { promise: '* for OPTIONS', raw: withTarget('*', 'OPTIONS'), method: 'OPTIONS', path: '*' },
  { promise: 'a path for OPTIONS', raw: withTarget('/a', 'OPTIONS'), method: 'OPTIONS', path: '/a' },
  { promise: 'one empty line before the request', raw: `\r\n${withLines('')}`, path: '/' },
  // headers
  { promise: 'a value without a blank before it', raw: `${GET}Host:h\r\n\r\n`, headers: [HOST_PAIR] },
  { promise: 'blanks around a value', raw: `${GET}Host: \t h \t \r\n\r\n`, headers: [HOST_PAIR] },
  { promise: 'blanks within a value', raw: withLines('A: b \t c\r\n'), headers: [HOST_PAIR, ['A', 'b \t c']] },
  { promise: 'an empty value', raw: withLines('A:\r\nB: \t\r\n'), headers: [HOST_PAIR, ['A', ''], ['B', '']] },
  { promise: 'colons in a value', raw: withLines('A: b:c: d\r\n'), headers: [HOST_PAIR, ['A', 'b:c: d']] },
  {
    promise: 'bytes beyond ASCII in a value',
    raw: withLines('A: \x80\xe9\xff\r\n'),
    headers: [HOST_PAIR, ['A', '\x80\xe9\xff']],
  },
  {
    promise: 'names as they were sent',
    raw: `${GET}hOsT: h\r\nx-LONG_name: 1\r\n\r\n`,
    headers: [
      ['hOsT', 'h'],
      ['x-LONG_name', '1'],
    ],
  },
  { promise: 'the same name twice', raw: withLines('A: 1\r\na: 2\r\n'), headers: [HOST_PAIR, ['A', '1'], ['a', '2']] },
  {
    promise: 'a Host with a port',
    raw: `${GET}Host: example.com:9369\r\n\r\n`,
    headers: [['Host', 'example.com:9369']],
  },
  {
    promise: 'a Host that is an IPv6 address',
    raw: `${GET}Host: [::1]:9369\r\n\r\n`,
    headers: [['Host', '[::1]:9369']],
  },
  { promise: 'a Host that comes last', raw: `${GET}A: 1\r\n${HOST}\r\n`, headers: [['A', '1'], HOST_PAIR] },
  // how long the connection lasts
  { promise: 'Connection: close', raw: withLines('Connection: close\r\n'), keepsAlive: false },
  { promise: 'Connection: CLOSE in a list', raw: withLines('Connection: foo , CLOSE\r\n'), keepsAlive: false },
  {
    promise: 'close in a second Connection',
    raw: withLines('Connection: foo\r\nConnection: close\r\n'),
    keepsAlive: false,
  },
  { promise: 'close against keep-alive', raw: withLines('Connection: keep-alive, close\r\n'), keepsAlive: false },
  { promise: 'an option that close begins', raw: withLines('Connection: closed\r\n'), keepsAlive: true },
  { promise: 'an empty Connection', raw: withLines('Connection:\r\n'), keepsAlive: true },
  {
    promise: 'keep-alive in HTTP/1.0',
    raw: `GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n`,
    minorVersion: 0,
    keepsAlive: true,
  },
  {
    promise: 'close against keep-alive in HTTP/1.0',
    raw: `GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n`,
    minorVersion: 0,
    keepsAlive: false,
  },
  // bodies
  { promise: 'Content-Length', raw: withLines('Content-Length: 12\r\n'), bodyLength: 12 },
  { promise: 'a Content-Length of 0', raw: withLines('Content-Length: 0\r\n'), bodyLength: 0 },
  { promise: 'a Content-Length with leading zeros', raw: withLines('Content-Length: 0042\r\n'), bodyLength: 42 },
  {
    promise: 'the largest Content-Length',
    raw: withLines('Content-Length: 9007199254740991\r\n'),
    bodyLength: 9_007_199_254_740_991,
  },
  { promise: 'Transfer-Encoding: chunked', raw: withLines('Transfer-Encoding: chunked\r\n'), bodyLength: Number.NaN },
  {
    promise: 'Transfer-Encoding: Chunked',
    raw: withLines('tRANSFER-eNCODING: \tChunked \r\n'),
    bodyLength: Number.NaN,
  },
];

export const BAD_ROWS: readonly BadRow[] = [
  // lines
  { promise: 'a bare LF after the request line', raw: `GET / HTTP/1.1\n${HOST}\r\n`, status: 400 },
  { promise: 'a bare LF after a header', raw: `${GET}Host: h\n\r\n`, status: 400 },
  { promise: 'a bare LF for the empty line', raw: `${GET}${HOST}\n`, status: 400 },
  { promise: 'bare LFs only', raw: 'GET / HTTP/1.1\nHost: h\n\n', status: 400 },
  { promise: 'a bare CR after the request line', raw: `GET / HTTP/1.1\r${HOST}\r\n`, status: 400 },
  { promise: 'a bare CR in a value', raw: withLines('A: b\rc\r\n'), status: 400 },
  { promise: 'two CRs before the LF', raw: withLines('A: b\r\r\n'), status: 400 },
  { promise: 'a bare CR for the empty line', raw: `${GET}${HOST}\rX: 1\r\n\r\n`, status: 400 },
  { promise: 'a bare CR before the request', raw: `\r${withLines('')}`, status: 400 },
  { promise: 'a bare LF before the request', raw: `\n${withLines('')}`, status: 400 },
  { promise: 'two empty lines before the request', raw: `\r\n\r\n${withLines('')}`, status: 400 },
  { promise: 'a blank before the request', raw: ` ${withLines('')}`, status: 400 },
  // request line
  { promise: 'no target', raw: `GET HTTP/1.1\r\n${HOST}\r\n`, status: 400 },
  { promise: 'HTTP/0.9', raw: 'GET /\r\n', status: 400 },
  { promise: 'two spaces before the target', raw: `GET  / HTTP/1.1\r\n${HOST}\r\n`, status: 400 },
  { promise: 'two spaces before the version', raw: `GET /  HTTP/1.1\r\n${HOST}\r\n`, status: 400 },
  { promise: 'a tab for a space', raw: `GET\t/ HTTP/1.1\r\n${HOST}\r\n`, status: 400 },
  { promise: 'a space after the version', raw: `GET / HTTP/1.1 \r\n${HOST}\r\n`, status: 400 },
  { promise: 'a method that is no token', raw: `G(T / HTTP/1.1\r\n${HOST}\r\n`, status: 400 },
  { promise: 'a method beyond ASCII', raw: `G\xc9T / HTTP/1.1\r\n${HOST}\r\n`, status: 400 },
  { promise: 'HTTP/2.0', raw: `GET / HTTP/2.0\r\n${HOST}\r\n`, status: 505 },
  { promise: 'HTTP/0.9 by its number', raw: `GET / HTTP/0.9\r\n${HOST}\r\n`, status: 505 },
  { promise: 'the preface of HTTP/2', raw: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', status: 505 },
  { promise: 'http in lower case', raw: `GET / http/1.1\r\n${HOST}\r\n`, status: 400 },
  { promise: 'a version of two digits', raw: `GET / HTTP/1.10\r\n${HOST}\r\n`, status: 400 },
  { promise: 'a version without its minor number', raw: `GET / HTTP/1\r\n${HOST}\r\n`, status: 400 },
  { promise: 'a version that is not a number', raw: `GET / HTTP/1.x\r\n${HOST}\r\n`, status: 400 },
  { promise: 'another protocol', raw: `GET / ICAP/1.1\r\n${HOST}\r\n`, status: 400 },
  { promise: 'a TLS ClientHello', raw: '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', status: 400 },
  { promise: 'the greeting of SSH', raw: 'SSH-2.0-OpenSSH_9.2\r\n', status: 400 },
  // targets
  { promise: 'a NUL in the target', raw: withTarget('/\0'), status: 400 },
  { promise: 'a control character in the target', raw: withTarget('/\x1f'), status: 400 },
  { promise: 'DEL in the target', raw: withTarget('/\x7f'), status: 400 },
  { promise: 'bytes beyond ASCII in the target', raw: withTarget('/\xc3\xa9'), status: 400 },
  { promise: 'a fragment in the target', raw: withTarget('/#a'), status: 400 },
  { promise: 'a target without its slash', raw: withTarget('a/b'), status: 400 },
  { promise: 'a target that is a query', raw: withTarget('?a'), status: 400 },
  { promise: '* for GET', raw: withTarget('*'), status: 400 },
  { promise: '** for OPTIONS', raw: withTarget('**', 'OPTIONS'), status: 400 },
  { promise: 'authority-form', raw: withTarget('example.com:443', 'CONNECT'), status: 400 },
  { promise: 'absolute-form of another scheme', raw: withTarget('ftp://example.com/'), status: 400 },
  { promise: 'absolute-form without a host', raw: withTarget('http:///a'), status: 400 },
  { promise: 'absolute-form with a user', raw: withTarget('http://u:p@example.com/'), status: 400 },
  { promise: 'absolute-form with one slash', raw: withTarget('http:/a'), status: 400 },
  { promise: 'absolute-form whose host ends in a backslash', raw: withTarget('http://example.com\\a/'), status: 400 },
  // headers
  { promise: 'a space before the colon', raw: withLines('A : b\r\n'), status: 400 },
  { promise: 'a tab before the colon', raw: withLines('A\t: b\r\n'), status: 400 },
  { promise: 'an empty name', raw: withLines(': b\r\n'), status: 400 },
  { promise: 'a header without a colon', raw: withLines('A\r\n'), status: 400 },
  { promise: 'obs-fold', raw: withLines('A: b\r\n c\r\n'), status: 400 },
  { promise: 'obs-fold by a tab', raw: withLines('A: b\r\n\tc\r\n'), status: 400 },
  { promise: 'a blank before the first header', raw: `${GET} ${HOST}\r\n`, status: 400 },
  { promise: 'a name in quotes', raw: withLines('"A": b\r\n'), status: 400 },
  { promise: 'a name beyond ASCII', raw: withLines('\xc4: b\r\n'), status: 400 },
  { promise: 'a NUL in a name', raw: withLines('A\0: b\r\n'), status: 400 },
  { promise: 'a NUL in a value', raw: withLines('A: b\0c\r\n'), status: 400 },
  { promise: 'a control character in a value', raw: withLines('A: \x01\r\n'), status: 400 },
  { promise: 'DEL in a value', raw: withLines('A: \x7f\r\n'), status: 400 },
  // Host
  { promise: 'no Host in HTTP/1.1', raw: `${GET}\r\n`, status: 400 },
  { promise: 'no Host beside absolute-form', raw: 'GET http://h/ HTTP/1.1\r\n\r\n', status: 400 },
  { promise: 'a name that Host begins', raw: `${GET}Hosts: h\r\n\r\n`, status: 400 },
  { promise: 'two Hosts', raw: withLines('Host: i\r\n'), status: 400 },
  { promise: 'two equal Hosts', raw: withLines('host: h\r\n'), status: 400 },
  { promise: 'two Hosts in HTTP/1.0', raw: `GET / HTTP/1.0\r\n${HOST}${HOST}\r\n`, status: 400 },
  { promise: 'an empty Host', raw: `${GET}Host:\r\n\r\n`, status: 400 },
  { promise: 'a Host of two words', raw: `${GET}Host: a b\r\n\r\n`, status: 400 },
  { promise: 'a Host with a path', raw: `${GET}Host: a/b\r\n\r\n`, status: 400 },
  { promise: 'a Host with a user', raw: `${GET}Host: a@b\r\n\r\n`, status: 400 },
  // where the message ends
  { promise: 'a Content-Length with a plus', raw: withLines('Content-Length: +5\r\n'), status: 400 },
  { promise: 'a negative Content-Length', raw: withLines('Content-Length: -5\r\n'), status: 400 },
  { promise: 'a hexadecimal Content-Length', raw: withLines('Content-Length: 0x5\r\n'), status: 400 },
  { promise: 'a Content-Length with a fraction', raw: withLines('Content-Length: 5.0\r\n'), status: 400 },
  { promise: 'a list of equal Content-Lengths', raw: withLines('Content-Length: 5, 5\r\n'), status: 400 },
  {
    promise: 'two different Content-Lengths',
    raw: withLines('Content-Length: 5\r\nContent-Length: 6\r\n'),
    status: 400,
  },
  { promise: 'two equal Content-Lengths', raw: withLines('Content-Length: 5\r\ncontent-length: 5\r\n'), status: 400 },
  { promise: 'an empty Content-Length', raw: withLines('Content-Length:\r\n'), status: 400 },
  { promise: 'a Content-Length of two words', raw: withLines('Content-Length: 5 5\r\n'), status: 400 },
  { promise: 'a Content-Length beyond counting', raw: withLines('Content-Length: 9007199254740992\r\n'), status: 400 },
  { promise: 'a Content-Length of 400 digits', raw: withLines(`Content-Length: ${'9'.repeat(400)}\r\n`), status: 400 },
  {
    promise: 'Content-Length, then Transfer-Encoding',
    raw: withLines('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n'),
    status: 400,
  },
  {
    promise: 'Transfer-Encoding, then Content-Length',
    raw: withLines('Transfer-Encoding: chunked\r\nContent-Length: 5\r\n'),
    status: 400,
  },
  {
    promise: 'Transfer-Encoding and a Content-Length of 0',
    raw: withLines('Transfer-Encoding: chunked\r\nContent-Length: 0\r\n'),
    status: 400,
  },
  {
    promise: 'Transfer-Encoding in HTTP/1.0',
    raw: `GET / HTTP/1.0\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n`,
    status: 400,
  },
  {
    promise: 'Transfer-Encoding twice',
    raw: withLines('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n'),
    status: 400,
  },
  { promise: 'Transfer-Encoding: gzip', raw: withLines('Transfer-Encoding: gzip\r\n'), status: 501 },
  { promise: 'Transfer-Encoding: gzip, chunked', raw: withLines('Transfer-Encoding: gzip, chunked\r\n'), status: 501 },
  { promise: 'Transfer-Encoding: identity', raw: withLines('Transfer-Encoding: identity\r\n'), status: 501 },
  { promise: 'Transfer-Encoding: xchunked', raw: withLines('Transfer-Encoding: xchunked\r\n'), status: 501 },
];
