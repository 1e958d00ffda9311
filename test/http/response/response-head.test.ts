import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { HeaderLines, type ResponseHeaders, responseHead } from '../../../src/http/response/response-head.js';

const DATE = 'Sun, 06 Nov 1994 08:49:37 GMT';

describe('a response head', () => {
  test('is the status line, Date and the headers in their order', () => {
    expect(responseHead(404, DATE, { 'Content-Type': 'text/plain', 'X-Number': 5 })).toBe(
      `HTTP/1.1 404 Not Found\r\nDate: ${DATE}\r\nContent-Type: text/plain\r\nX-Number: 5\r\n`,
    );
  });

  test('has a line for each of several values', () => {
    expect(responseHead(200, DATE, { 'Set-Cookie': ['a=1', 'b=2'] })).toBe(
      `HTTP/1.1 200 OK\r\nDate: ${DATE}\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n`,
    );
  });

  test('keeps the space before a reason phrase that is empty', () => {
    expect(responseHead(299, DATE, {})).toBe(`HTTP/1.1 299 \r\nDate: ${DATE}\r\n`);
  });

  test('may have an empty value, and bytes beyond ASCII', () => {
    expect(responseHead(200, DATE, { A: '', B: 'caf\xe9' })).toContain('\r\nA: \r\nB: caf\xe9\r\n');
  });
});

describe('lines that are written once', () => {
  const lines = new HeaderLines([['B', '2']], new HeaderLines([['A', '1']]));

  test('are sent in their order, those before first', () => {
    expect(responseHead(200, DATE, lines)).toBe(`HTTP/1.1 200 OK\r\nDate: ${DATE}\r\nA: 1\r\nB: 2\r\n`);
  });

  test('are pairs to who wants others among them', () => {
    expect([...lines]).toEqual([
      ['A', '1'],
      ['B', '2'],
    ]);
  });

  test('are checked when they are written', () => {
    expect(() => new HeaderLines([['A', 'b\r\nc']])).toThrow(TypeError);
  });
});

describe('a head that is not one is refused', () => {
  test.each([
    ['a line end in a value', { A: 'b\r\nSet-Cookie: c=d' }],
    ['a whole response in a value', { Location: '/\r\n\r\nHTTP/1.1 200 OK\r\n\r\n' }],
    ['a bare LF at the end of a value', { A: 'b\n' }],
    ['a bare CR in a value', { A: 'b\rc' }],
    ['a NUL in a value', { A: 'b\0' }],
    ['a character that is no byte in a value', { A: 'Ċ' }], // its low byte is LF
    ['a line end in the second of several values', { A: ['b', 'c\r\nd: e'] }],
    ['a line end in a name', { 'A: b\r\nC': 'd' }],
    ['a colon in a name', { 'A:': 'b' }],
    ['a space in a name', { 'A b': 'c' }],
    ['an empty name', { '': 'b' }],
    ['a name beyond ASCII', { Ä: 'b' }],
  ] satisfies [string, ResponseHeaders][])('%s', (_, headers) => {
    expect(() => responseHead(200, DATE, headers)).toThrow(TypeError);
  });

  test.each([0, 99, 1000, 200.5, -200, Number.NaN, Number.POSITIVE_INFINITY])('a status of %p', (status) => {
    expect(() => responseHead(status, DATE, {})).toThrow(RangeError);
  });

  test('the error says what was expected, and shows what came without its line ends', () => {
    expect(() => responseHead(200, DATE, { A: 'b\r\nc' })).toThrow(
      'value of header A: expected latin1 without control characters, got "b\\r\\nc"',
    );
  });
});

test('no value can add a line: it throws, or it is one line', () => {
  const value = fc.string({
    unit: fc.oneof(fc.constantFrom('\r', '\n', '\0', ' ', ':', 'a'), fc.string({ unit: 'binary' })),
  });
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), value, (name, text) => {
      let head: string;
      try {
        head = responseHead(200, DATE, { [name]: text });
      } catch {
        return;
      }
      expect(head).toBe(`HTTP/1.1 200 OK\r\nDate: ${DATE}\r\n${name}: ${text}\r\n`);
      expect(Buffer.from(head, 'latin1').toString('latin1').split('\r\n')).toHaveLength(4);
    }),
    { numRuns: 2000 },
  );
});
