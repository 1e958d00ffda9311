/** Secrets do not leave the observed process, however their fields are cut. */
import { describe, expect, test } from '@jest/globals';
import { constants } from '../../../src/native/addon.js';
import { Transfers } from '../../../src/xray/observer/transfers.js';
import { bytes } from '../../support/descriptors.js';

const FD = 7;

/** [what was sent, what is shown] */
const ROWS: readonly (readonly [text: string, shown: string])[] = [
  ['GET / HTTP/1.1\r\nCookie: id=1; b=2\r\nA: b\r\n\r\n', 'GET / HTTP/1.1\r\nCookie:**********\r\nA: b\r\n\r\n'],
  ['HTTP/1.1 200 OK\r\nset-COOKIE:id=1\r\n\r\nbody', 'HTTP/1.1 200 OK\r\nset-COOKIE:****\r\n\r\nbody'],
  ['A: b\r\nAuthorization: Basic YTpi:\r\n', 'A: b\r\nAuthorization:************\r\n'],
  ['Proxy-Authorization: x\nB: c\n', 'Proxy-Authorization:**\nB: c\n'],
  // A field that is continued on the next line, and one with blanks before its colon: both are refused, and shown before.
  ['Cookie: a\r\n b\r\n\tc\r\nD: e\r\n', 'Cookie:**\r\n *\r\n\t*\r\nD: e\r\n'],
  ['Cookie : a\r\n', 'Cookie :**\r\n'],
  ['A: b\r\n c\r\n', 'A: b\r\n c\r\n'],
  ['X-Cookie: a\r\nCookies: b\r\n', 'X-Cookie: a\r\nCookies: b\r\n'],
  ['GET /cookie:a?Cookie: HTTP/1.1\r\n', 'GET /cookie:a?Cookie: HTTP/1.1\r\n'],
];

/** What is shown of pieces, one call for each. */
function shown(pieces: readonly string[], call: 'recv' | 'send' = 'recv'): string {
  const transfers = new Transfers();
  return pieces.map((piece) => transfers.moved(call, [FD, bytes(piece)], piece.length)).join('');
}

describe.each(ROWS)('of %j', (text, expected) => {
  test('a secret value is shown as stars', () => {
    expect(shown([text])).toBe(expected);
    expect(shown([text], 'send')).toBe(expected);
  });

  test('a secret value is shown as stars, cut at each byte', () => {
    for (let at = 1; at < text.length; at++) expect(shown([text.slice(0, at), text.slice(at)])).toBe(expected);
  });

  test('a secret value is shown as stars, byte by byte', () => {
    expect(shown([...text])).toBe(expected);
  });
});

test('the argument of a call hides what its head hides', () => {
  const transfers = new Transfers();
  transfers.moved('recv', [FD, bytes('Cookie: a')], 9);
  const rest = bytes('bc\r\nA: b');
  transfers.begin('recv', [FD, rest]);
  expect(transfers.show(rest, 0, rest.length)).toBe('**\r\nA: b');
  expect(transfers.moved('recv', [FD, rest], rest.length)).toBe('**\r\nA: b');
});

test('bytes that were only looked at are read again when they are received', () => {
  const transfers = new Transfers();
  const text = bytes('Cookie: a');
  const peek = [FD, text, 0, 1, constants.MSG_PEEK];
  expect(transfers.moved('recv', peek, 1)).toBe('C');
  transfers.skipped('recv', peek, 1);
  expect(transfers.moved('recv', [FD, text], text.length)).toBe('Cookie:**');
});

test('the pieces of a writev are one text', () => {
  const transfers = new Transfers();
  const pieces = [bytes('..Set-Coo'), bytes('kie: a'), bytes('b\r\nA: b')];
  transfers.begin('writev', [FD, pieces, 2]);
  expect(transfers.moved('writev', [FD, pieces, 2], 14)).toBe('Set-Coo');
  expect(transfers.moved('send', [FD, bytes('b\r\nA: b')], 7)).toBe('*\r\nA: b');
});

describe('after bytes that were not read', () => {
  const shownAfter = (skipped: string, next: string): string | undefined => {
    const transfers = new Transfers();
    transfers.skipped('recv', [FD, bytes(skipped)], skipped.length);
    return transfers.moved('recv', [FD, bytes(next)], next.length);
  };

  test('the rest of their last line is hidden', () => {
    expect(shownAfter('Cookie: a', 'b\r\nA: b')).toBe('*\r\nA: b');
    expect(shownAfter('{"a":', '1}\nA: b')).toBe('**\nA: b');
  });

  test('a whole message is shown', () => {
    expect(shownAfter('GET / HTTP/1.1\r\nCookie: a\r\n\r\n', 'GET /b')).toBe('GET /b');
    expect(shownAfter('body', 'GET /b HTTP/1.1\r\nCookie: a')).toBe('GET /b HTTP/1.1\r\nCookie:**');
    expect(shownAfter('body', 'HTTP/1.1 200 OK')).toBe('HTTP/1.1 200 OK');
  });

  test('a line that may continue a secret is hidden', () => {
    expect(shownAfter('Cookie: a\r\n', ' b\r\nA: b')).toBe(' *\r\nA: b');
  });

  test('a descriptor that was closed and opened anew begins with a line', () => {
    const transfers = new Transfers();
    transfers.skipped('recv', [FD, bytes('x')], 1);
    transfers.closed(FD);
    expect(transfers.moved('recv', [FD, bytes('A: b')], 4)).toBe('A: b');
  });
});

test('only the end of a long piece is read, and the next line is shown', () => {
  const transfers = new Transfers();
  const long = `Cookie: ${'x'.repeat(64 * 1024)}`;
  transfers.moved('recv', [FD, bytes(long)], long.length);
  expect(transfers.moved('recv', [FD, bytes('y\r\nA: b')], 7)).toBe('*\r\nA: b');
});

test('the last line of a long piece is read from its beginning', () => {
  const shownAfter = (end: string): string | undefined => {
    const transfers = new Transfers();
    const long = `${'x'.repeat(64 * 1024)}\n${end}`;
    transfers.moved('recv', [FD, bytes(long)], long.length);
    return transfers.moved('recv', [FD, bytes('c\nD: e')], 6);
  };
  expect(shownAfter(`A: ${'b'.repeat(1000)}`)).toBe('c\nD: e');
  expect(shownAfter(`Cookie: ${'b'.repeat(1000)}`)).toBe('*\nD: e');
});
