/** The small tables of HTTP: dates, statuses, characters. */
import { describe, expect, test } from '@jest/globals';
import { isAuthority } from '../../src/http/authority.js';
import { httpDate } from '../../src/http/http-date.js';
import { isBodyless, reasonPhrase } from '../../src/http/response/status.js';
import { equalsIgnoringCase, FIELD_VALUE, isToken, startsWith, TARGET, TOKEN } from '../../src/http/tokens.js';

describe('a date', () => {
  test.each([
    [784_111_777_000, 'Sun, 06 Nov 1994 08:49:37 GMT'], // the example of RFC 9110 §5.6.7
    [784_111_777_999, 'Sun, 06 Nov 1994 08:49:37 GMT'],
    [784_111_778_000, 'Sun, 06 Nov 1994 08:49:38 GMT'],
    [0, 'Thu, 01 Jan 1970 00:00:00 GMT'],
    [951_782_400_000, 'Tue, 29 Feb 2000 00:00:00 GMT'],
    [-1, 'Wed, 31 Dec 1969 23:59:59 GMT'],
    [784_111_777_000, 'Sun, 06 Nov 1994 08:49:37 GMT'], // a clock that was set back
  ])('of %d is %s', (ms, text) => {
    expect(httpDate(ms)).toBe(text);
  });

  test('of the same second is not formatted again', () => {
    // Strings have no identity in JavaScript: what shows is that nothing is computed for a second that is known.
    const { toUTCString } = Date.prototype;
    let calls = 0;
    Date.prototype.toUTCString = function (this: Date): string {
      calls++;
      return toUTCString.call(this);
    };
    try {
      for (let ms = 0; ms < 1000; ms++) httpDate(1_700_000_000_000 + ms);
    } finally {
      Date.prototype.toUTCString = toUTCString;
    }
    expect(calls).toBe(1);
  });
});

describe('a status', () => {
  test('has the phrase of RFC 9110, or none', () => {
    expect([200, 404, 414, 431, 505].map(reasonPhrase)).toEqual([
      'OK',
      'Not Found',
      'URI Too Long',
      'Request Header Fields Too Large',
      'HTTP Version Not Supported',
    ]);
    expect(reasonPhrase(299)).toBe('');
  });

  test('of 1xx, 204 and 304 means no body', () => {
    const bodyless = Array.from({ length: 500 }, (_, i) => 100 + i).filter(isBodyless);
    expect(bodyless).toEqual([...Array.from({ length: 100 }, (_, i) => 100 + i), 204, 304]);
  });
});

describe('the character tables', () => {
  const all = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte));

  test.each([
    ['a token', TOKEN, /[!#$%&'*+\-.^_`|~0-9A-Za-z]/],
    ['a request target', TARGET, /[!-"$-~]/],
    ['a field value', FIELD_VALUE, /[\t -~\x80-\xff]/],
  ])('hold what %s may be made of', (_, table, pattern) => {
    expect([...table].map((isMember) => isMember === 1)).toEqual(all.map((character) => pattern.test(character)));
  });
});

describe('an authority', () => {
  const isOne = (text: string, needsPort?: boolean): boolean => {
    const bytes = Buffer.from(`:${text}:1]`, 'latin1'); // what is around it must not matter
    return isAuthority(bytes, 1, 1 + text.length, needsPort);
  };

  test.each([
    'h',
    'example.org',
    'example.org:8080',
    'h:', // port = *DIGIT
    '127.0.0.1:1',
    '[::1]',
    '[::1]:80',
    '[::ffff:127.0.0.1]',
    'a%20b',
    "-._~!$&'()*+;=",
  ])('may be %s', (text) => {
    expect(isOne(text)).toBe(true);
  });

  test.each([
    '',
    ':80',
    'h:8o',
    'h:80:80',
    'user@h',
    'h/',
    'h ',
    '[]',
    '[::1',
    '::1',
    '[::1]x',
    '[g]',
    'h?',
    'h#',
    'a,b', // in the grammar, but two Host lines that somebody has joined
    'a%',
    'a%2',
    'a%2g',
    '%g0',
    'ü',
  ])('may not be "%s"', (text) => {
    expect(isOne(text)).toBe(false);
  });

  test('needs a port if one is asked for', () => {
    expect(isOne('h:443', true)).toBe(true);
    expect(isOne('[::1]:443', true)).toBe(true);
    for (const text of ['h', 'h:', '[::1]', '[::1]:']) expect(isOne(text, true)).toBe(false);
  });
});

describe('words compared where they lie', () => {
  const bytes = Buffer.from('..Keep-Alive..');

  test('equal whatever their case', () => {
    expect(equalsIgnoringCase(bytes, 2, 12, 'keep-alive')).toBe(true);
    expect(equalsIgnoringCase(bytes, 2, 11, 'keep-alive')).toBe(false);
    expect(equalsIgnoringCase(bytes, 2, 13, 'keep-alive')).toBe(false);
  });

  test('are not equal for marks that differ in the bit of the case', () => {
    // '@' and '`', '[' and '{', '-' and CR: 0x20 apart, as 'A' and 'a' are.
    expect(equalsIgnoringCase(Buffer.from('@'), 0, 1, '`')).toBe(false);
    expect(equalsIgnoringCase(Buffer.from('['), 0, 1, '{')).toBe(false);
    expect(equalsIgnoringCase(Buffer.from('\r'), 0, 1, '-')).toBe(false);
  });

  test('begin with another one, exactly', () => {
    expect(startsWith(bytes, 2, 14, 'Keep')).toBe(true);
    expect(startsWith(bytes, 2, 14, 'keep')).toBe(false);
    expect(startsWith(bytes, 2, 5, 'Keep')).toBe(false);
  });
});

test('a text is a token if it has one character or more, each a tchar', () => {
  expect(["!#$%&'*+-.^_`|~09azAZ", 'X-Powered-By'].every(isToken)).toBe(true);
  // U+0141 would be "A" (0x41) if only its low byte counted.
  expect(['', ' a', 'a b', 'a:', 'a\n', 'é', '\u0141', '"a"', 'a/b'].filter(isToken)).toEqual([]);
});
