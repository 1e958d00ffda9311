/** Requests are counted by their first lines, wherever calls cut them. */
import { expect, test } from '@jest/globals';
import { constants } from '../../../src/native/addon.js';
import { given, Transfers } from '../../../src/xray/observer/transfers.js';
import { bytes } from '../../support/descriptors.js';

const FD = 7;

const TWO = 'GET / HTTP/1.1\r\nHost: a\r\n\r\nPOST /b HTTP/1.0\r\nContent-Length: 8\r\n\r\nHTTP/1.1';

function counted(pieces: readonly string[]): number {
  const transfers = new Transfers();
  return pieces.reduce((sum, piece) => sum + transfers.requests('recv', [FD, bytes(piece)], piece.length), 0);
}

test('a hundred requests that come with one call are a hundred', () => {
  expect(counted(['GET / HTTP/1.1\r\n\r\n'.repeat(100)])).toBe(100);
});

test('two requests are two, cut at each byte, and byte by byte', () => {
  for (let at = 0; at <= TWO.length; at++) expect(counted([TWO.slice(0, at), TWO.slice(at)])).toBe(2);
  expect(counted([...TWO])).toBe(2);
});

test('an answer, and a line that only mentions HTTP/1.1, are no requests', () => {
  expect(counted(['HTTP/1.1 200 OK\r\n\r\n', '"GET / HTTP/1.1" 200\n'])).toBe(0);
});

test('bytes that were only looked at, not received, or sent, count for nothing', () => {
  const transfers = new Transfers();
  const text = bytes(TWO);
  expect(transfers.requests('recv', [FD, text, 0, text.length, constants.MSG_PEEK], text.length)).toBe(0);
  expect(transfers.requests('recv', [FD, text], -11)).toBe(0);
  expect(transfers.requests('send', [FD, text], text.length)).toBe(0);
});

test('a line that was cut by the end of a connection does not end in the next one', () => {
  const transfers = new Transfers();
  expect(transfers.requests('recv', [FD, bytes('GET / HTTP')], 10)).toBe(0);
  transfers.closed(FD);
  expect(transfers.requests('recv', [FD, bytes('/1.1\r\n')], 6)).toBe(0);
});

test('a writev was given the bytes of all its buffers, from its offset on', () => {
  expect(given('writev', [FD, [bytes('abc'), bytes('de')], 1])).toBe(4);
  expect(given('send', [FD, bytes('abc'), 0, 3])).toBeUndefined();
});
