/** How long a connection lasts: Connection, and what HTTP/1.0 and HTTP/1.1 mean without it. */
import { chunked, closes, goesOn, HOST, post, type RawRequest, withLines, withTarget } from './raw-request.js';

const KEEP_ALIVE_10 = 'GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n';
const OLD = { minorVersion: 0 } as const;

export const CONNECTIONS: readonly RawRequest[] = [
  ...closes('§9.6', {
    'Connection: close': [withLines('Connection: close\r\n'), 'GET / []'],
    'Connection: CLOSE, whatever its case': [withLines('CONNECTION:CLOSE\r\n'), 'GET / []'],
    'close in a list': [withLines('Connection: foo , close,bar\r\n'), 'GET / []'],
    'close behind empty elements of a list': [withLines('Connection: , ,close\r\n'), 'GET / []'],
    'close in a second Connection': [withLines('Connection: foo\r\nConnection: close\r\n'), 'GET / []'],
    'close before keep-alive': [withLines('Connection: close, keep-alive\r\n'), 'GET / []'],
    'close behind keep-alive': [withLines('Connection: keep-alive, close\r\n'), 'GET / []'],
    'close and keep-alive in two lines': [withLines('Connection: close\r\nConnection: keep-alive\r\n'), 'GET / []'],
    'Connection: close of HEAD': [withLines('Connection: close\r\n', 'HEAD'), { toHead: 200 }],
    'Connection: close with a body': [post('Connection: close\r\nContent-Length: 5\r\n', 'hello'), 'POST / [hello]'],
    'Connection: close with a chunked body': [
      post('Connection: close\r\nTransfer-Encoding: chunked\r\n', '5\r\nhello\r\n0\r\nA: b\r\n\r\n'),
      'POST / [hello]',
    ],
    'Connection: close of the second of two requests': [
      `${withTarget('/a')}${withLines('Connection: close\r\n')}`,
      ['GET /a []', 'GET / []'],
    ],
    'a request behind Connection: close': [`${withLines('Connection: close\r\n')}${withTarget('/b')}`, 'GET / []'],
    'no request, but something, behind Connection: close': [
      `${withLines('Connection: close\r\n')}\0\0\r\n\r\n`,
      'GET / []',
    ],
  }),
  ...closes('§9.3', {
    'HTTP/1.0 that names another option': ['GET / HTTP/1.0\r\nConnection: foo\r\n\r\n', 'GET / []', OLD],
    'HTTP/1.0 with keep-alive and close': ['GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n', 'GET / []', OLD],
    'HTTP/1.0 with Keep-Alive as a header': ['GET / HTTP/1.0\r\nKeep-Alive: timeout=5\r\n\r\n', 'GET / []', OLD],
    'HTTP/1.0 with Proxy-Connection: keep-alive': [
      'GET / HTTP/1.0\r\nProxy-Connection: keep-alive\r\n\r\n',
      'GET / []',
      OLD,
    ],
    'a request behind one of HTTP/1.0': [`GET / HTTP/1.0\r\n\r\n${withTarget('/b')}`, 'GET / []', OLD],
    'HTTP/1.0 behind HTTP/1.1': [`${withTarget('/a')}GET /b HTTP/1.0\r\n\r\n`, ['GET /a []', 'GET /b []']],
    'HTTP/1.0 with keep-alive, then without': [
      `${KEEP_ALIVE_10}GET /b HTTP/1.0\r\n\r\n`,
      ['GET / []', 'GET /b []'],
      OLD,
    ],
  }),
  ...goesOn('§9.3', {
    'HTTP/1.0 with keep-alive, which is told so': [KEEP_ALIVE_10, 'GET / []', OLD],
    'HTTP/1.0 with Keep-Alive in a list': ['GET / HTTP/1.0\r\nConnection: foo, Keep-Alive\r\n\r\n', 'GET / []', OLD],
    'HTTP/1.0 with keep-alive and a body': [
      'POST / HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello',
      'POST / [hello]',
      OLD,
    ],
    'HTTP/1.0 with keep-alive twice': [`${KEEP_ALIVE_10}${KEEP_ALIVE_10}`, ['GET / []', 'GET / []'], OLD],
    'HTTP/1.0 with keep-alive, then HTTP/1.1': [`${KEEP_ALIVE_10}${withTarget('/b')}`, ['GET / []', 'GET /b []'], OLD],
    'keep-alive in HTTP/1.1, which needs no word': [withLines('Connection: keep-alive\r\n'), 'GET / []'],
    'an option that close begins': [withLines('Connection: closed\r\n'), 'GET / []'],
    'an option that ends in close': [withLines('Connection: x-close\r\n'), 'GET / []'],
    'an empty Connection': [withLines('Connection:\r\n'), 'GET / []'],
    'a Connection of commas': [withLines('Connection: , ,\r\n'), 'GET / []'],
    'a Connection that is no list of tokens': [withLines('Connection: @ ( ) "\r\n'), 'GET / []'],
    'Proxy-Connection: close, which means proxies': [withLines('Proxy-Connection: close\r\n'), 'GET / []'],
    'Keep-Alive: timeout=0, which is no Connection': [withLines('Keep-Alive: timeout=0\r\n'), 'GET / []'],
    'a name that Connection begins': [withLines('Connections: close\r\n'), 'GET / []'],
    'two requests at once': [`${withTarget('/a')}${withTarget('/b')}`, ['GET /a []', 'GET /b []']],
    'ten requests at once': [
      Array.from({ length: 10 }, (_, i) => withTarget(`/${i}`)).join(''),
      Array.from({ length: 10 }, (_, i) => `GET /${i} []`),
    ],
    'requests with and without bodies in turns': [
      `${withTarget('/a')}${post('Content-Length: 2\r\n', 'hi')}${withTarget('/b')}${chunked('2\r\nhi\r\n0\r\n\r\n')}${withTarget('/c')}`,
      ['GET /a []', 'POST / [hi]', 'GET /b []', 'POST / [hi]', 'GET /c []'],
    ],
    'HEAD between two others': [
      `${withTarget('/a')}${withTarget('/b', 'HEAD')}${withTarget('/c')}`,
      ['GET /a []', { toHead: 200 }, 'GET /c []'],
    ],
  }),
  ...goesOn('RFC 9110 §7.6.1', {
    'a Connection that names Host, which stays': [
      `GET /host HTTP/1.1\r\n${HOST}Connection: host\r\n\r\n`,
      'GET /host [] h',
    ],
    'a Connection that names Content-Length': [
      post('Connection: content-length\r\nContent-Length: 5\r\n', 'hello'),
      'POST / [hello]',
    ],
    'a Connection that names Transfer-Encoding': [
      post('Connection: transfer-encoding\r\nTransfer-Encoding: chunked\r\n', '5\r\nhello\r\n0\r\n\r\n'),
      'POST / [hello]',
    ],
  }),
  ...goesOn('RFC 9110 §7.8', {
    'Upgrade to WebSocket, which is declined by answering': [
      withLines('Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n'),
      'GET / []',
    ],
    'Upgrade to h2c, which is declined by answering': [
      withLines('Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n'),
      'GET / []',
    ],
    'Upgrade without a word in Connection': [withLines('Upgrade: websocket\r\n'), 'GET / []'],
    'Upgrade with a body': [
      post('Connection: Upgrade\r\nUpgrade: foo\r\nContent-Length: 5\r\n', 'hello'),
      'POST / [hello]',
    ],
  }),
];
