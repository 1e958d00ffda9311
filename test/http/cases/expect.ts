/** Expect: 100-continue, with and without a body to wait for. */
import { closes, goesOn, post, type RawRequest, refuses, withLines, withTarget } from './raw-request.js';

const BODY = '5\r\nhello\r\n0\r\n\r\n';

function expects(value: string): string {
  return post(`Expect: ${value}\r\nContent-Length: 5\r\n`, 'hello');
}

export const EXPECTATIONS: readonly RawRequest[] = [
  ...goesOn('RFC 9110 §10.1.1', {
    '100-continue': [expects('100-continue'), [100, 'POST / [hello]']],
    '100-Continue, whatever its case': [expects('100-CONTINUE'), [100, 'POST / [hello]']],
    '100-continue behind Content-Length': [
      post('Content-Length: 5\r\nexpect:100-continue \r\n', 'hello'),
      [100, 'POST / [hello]'],
    ],
    '100-continue of a chunked body': [
      post('Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n', BODY),
      [100, 'POST / [hello]'],
    ],
    '100-continue of a chunked body without a chunk': [
      post('Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'),
      [100, 'POST / []'],
    ],
    '100-continue of GET with a body': [
      `${withLines('Expect: 100-continue\r\nContent-Length: 5\r\n')}hello`,
      [100, 'GET / [hello]'],
    ],
    '100-continue of HEAD with a body': [
      `${withLines('Expect: 100-continue\r\nContent-Length: 5\r\n', 'HEAD')}hello`,
      [100, { toHead: 200 }],
    ],
    '100-continue twice, which says it once': [
      post('Expect: 100-continue\r\nExpect: 100-continue\r\nContent-Length: 5\r\n', 'hello'),
      [100, 'POST / [hello]'],
    ],
    '100-continue twice in one line': [expects('100-continue, 100-continue'), [100, 'POST / [hello]']],
    '100-continue among empty elements of a list': [expects(', 100-Continue ,,'), [100, 'POST / [hello]']],
    'an empty Expect, which expects nothing': [expects(''), 'POST / [hello]'],
    'an Expect of a comma, which expects nothing': [expects(' , '), 'POST / [hello]'],
    'an empty Expect and 100-continue in a second line': [
      post('Expect:\r\nExpect: 100-continue\r\nContent-Length: 5\r\n', 'hello'),
      [100, 'POST / [hello]'],
    ],
    '100-continue without a body, which is not answered 100': [withLines('Expect: 100-continue\r\n'), 'GET / []'],
    '100-continue with a body of 0 bytes': [post('Expect: 100-continue\r\nContent-Length: 0\r\n', ''), 'POST / []'],
    '100-continue without a body, and a request behind it': [
      `${withLines('Expect: 100-continue\r\n')}${withTarget('/b')}`,
      ['GET / []', 'GET /b []'],
    ],
    '100-continue without a body, and behind it a request with a body': [
      `${withLines('Expect: 100-continue\r\n')}${post('Content-Length: 5\r\n', 'hello')}`,
      ['GET / []', 'POST / [hello]'],
    ],
    'X-Expect, which expects nothing': [post('X-Expect: more\r\nContent-Length: 5\r\n', 'hello'), 'POST / [hello]'],
  }),
  ...closes('RFC 9110 §10.1.1', {
    '100-continue and Connection: close': [
      post('Connection: close\r\nExpect: 100-continue\r\nContent-Length: 5\r\n', 'hello'),
      [100, 'POST / [hello]'],
    ],
    '100-continue in HTTP/1.0, which does not know it': [
      'POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello',
      'POST / [hello]',
      { minorVersion: 0 },
    ],
  }),
  ...refuses(417, 'RFC 9110 §10.1.1', {
    'an unknown expectation': expects('more'),
    'an expectation without a body': withLines('Expect: more\r\n'),
    'an expectation in HTTP/1.0, which has to ignore only 100-continue':
      'POST / HTTP/1.0\r\nExpect: more\r\nContent-Length: 5\r\n\r\nhello',
    'an expectation of another status': expects('200-ok'),
    '100 without continue': expects('100'),
    '100 continue without the hyphen': expects('100 continue'),
    'an expectation that 100-continue begins': expects('100-continued'),
    '100-continue with a parameter': expects('100-continue;a=b'),
    '100-continue in quotes': expects('"100-continue"'),
    '100-continue and another expectation': expects('100-continue, more'),
    'another expectation and 100-continue': expects('more, 100-continue'),
    'another expectation in a second line': post(
      'Expect: 100-continue\r\nExpect: more\r\nContent-Length: 5\r\n',
      'hello',
    ),
    '100-continue behind a word, as it is used to smuggle': expects('y 100-continue'),
    '100-continue behind a list of two others': expects('more, less, 100-continue'),
    'a list in a second line with another expectation': post(
      'Expect:\r\nExpect: 100-continue, more\r\nContent-Length: 5\r\n',
      'hello',
    ),
  }),
  ...refuses(400, '§6.3', {
    '100-continue with both Content-Length and Transfer-Encoding': post(
      'Expect: 100-continue\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n',
      BODY,
    ),
    '100-continue with two Content-Lengths': post(
      'Expect: 100-continue\r\nContent-Length: 5\r\nContent-Length: 6\r\n',
      'hello',
    ),
    '100-continue that is folded': post('Expect:\r\n 100-continue\r\nContent-Length: 5\r\n', 'hello'),
  }),
  {
    promise: '100-continue, and then a body that is not in chunks',
    section: '§7.1',
    raw: post('Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n', 'nothing'),
    answers: [100, 400],
    closes: true,
    head: {},
  },
];
