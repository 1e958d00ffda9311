import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { httpDate } from '../../../src/http/http-date.js';
import type { HeadTemplate } from '../../../src/http/response/head-template.js';
import { REPEATED_HEAD_LENGTH_MAX, repeatedHead } from '../../../src/http/response/repeated-head.js';
import { type ResponseHeaders, responseHead } from '../../../src/http/response/response-head.js';

const NOW_MS = 1_000_000_000_000;

/** More often than any head must be sent until it is remembered. */
const OFTEN = 20;

function kept(status: number, headers: () => ResponseHeaders, nowMs: number = NOW_MS): string | undefined {
  let head: HeadTemplate | undefined;
  for (let i = 0; i < OFTEN; i++) head = repeatedHead(status, headers());
  return head?.head(5, nowMs).toString('latin1');
}

function written(status: number, headers: ResponseHeaders, nowMs: number = NOW_MS, bodyLength: number = 5): string {
  return `${responseHead(status, httpDate(nowMs), headers)}Content-Length: ${bodyLength}\r\n\r\n`;
}

test.each<[string, () => ResponseHeaders]>([
  ['none', () => ({})],
  ['an object, another each time', () => ({ 'Content-Type': 'text/plain', 'X-Number': 5 })],
  ['pairs', () => [['content-type', 'text/plain']]],
  ['latin1', () => ({ 'X-Latin': 'caf\xe9' })],
])('headers that are said again are kept: %s', (_, headers) => {
  expect(kept(200, headers)).toBe(written(200, headers()));
});

test('Date is that of the moment', () => {
  const headers = (): ResponseHeaders => ({ A: 'date' });
  expect(kept(200, headers, NOW_MS)).toBe(written(200, headers(), NOW_MS));
  expect(kept(200, headers, NOW_MS + 5_000)).toBe(written(200, headers(), NOW_MS + 5_000));
});

describe('the same object, changed meanwhile, is another head:', () => {
  test('a value', () => {
    const headers = { A: 'changed', B: '1' };
    expect(kept(200, () => headers)).toContain('B: 1\r\n');
    headers.B = '2';
    expect(repeatedHead(200, headers)).toBeUndefined();
  });

  test('one more, one less', () => {
    const headers: Record<string, string> = { A: 'more', B: '1' };
    expect(kept(200, () => headers)).toContain('B: 1\r\n');
    headers['C'] = '3';
    expect(repeatedHead(200, headers)).toBeUndefined();
    delete headers['C'];
    delete headers['B'];
    expect(repeatedHead(200, headers)).toBeUndefined();
  });

  test('pairs', () => {
    const pairs: [string, string][] = [['A', 'pairs']];
    expect(kept(200, () => pairs)).toContain('A: pairs\r\n');
    (pairs[0] as [string, string])[1] = 'others';
    expect(repeatedHead(200, pairs)).toBeUndefined();
  });
});

test.each<[string, () => ResponseHeaders]>([
  ['several values, of which each may change', () => ({ 'Set-Cookie': ['a=1', 'b=2'] })],
  ['what can be read once', () => new Map([['A', 'map']])],
  ['what is long', () => ({ A: 'a'.repeat(REPEATED_HEAD_LENGTH_MAX) })],
])('not kept is %s', (_, headers) => {
  expect(kept(200, headers)).toBeUndefined();
});

test('a head that cannot be sent throws, or is not kept, however often it is tried', () => {
  for (let i = 0; i < OFTEN; i++) {
    try {
      expect(repeatedHead(200, { A: 'b\r\nc' })?.message('', NOW_MS)).toBeUndefined();
    } catch (error) {
      expect(error).toBeInstanceOf(TypeError);
    }
  }
});

test('whatever was said before, what is kept is what would be written', () => {
  const headers = fc.array(fc.tuple(fc.constantFrom('A', 'B', 'C'), fc.constantFrom('1', '2', '')), { maxLength: 3 });
  const body = fc.tuple(fc.constantFrom('', 'hello', 'grüße', '10 letters'), fc.boolean());
  const said = fc.tuple(fc.constantFrom(200, 404), headers, fc.boolean(), fc.constantFrom(0, 1_000), body);
  fc.assert(
    fc.property(fc.array(said, { minLength: 10, maxLength: 60 }), (all) => {
      const sent: [message: Buffer, copy: Buffer][] = [];
      for (const [status, pairs, isRecord, laterMs, [text, isText]] of all) {
        const given = isRecord ? Object.fromEntries(pairs) : pairs;
        const head = repeatedHead(status, given);
        if (head === undefined) continue;
        const bytes = Buffer.from(text);
        const message = head.message(isText ? text : bytes, NOW_MS + laterMs);
        const expected = written(status, given, NOW_MS + laterMs, bytes.length);
        expect(message.bodyLength).toBe(bytes.length);
        expect(message.bytes).toEqual(Buffer.concat([Buffer.from(expected, 'latin1'), bytes]));
        sent.push([message.bytes, Buffer.from(message.bytes)]);
        bytes.fill(0); // was copied
      }
      // A client that reads slowly may still get it.
      for (const [message, copy] of sent) expect(message).toEqual(copy);
    }),
  );
});

test('a text that is said again is not put together again, as long as Date is the same', () => {
  const headers = (): ResponseHeaders => ({ A: 'text' });
  kept(200, headers);
  const message = (text: string, nowMs: number): Buffer =>
    (repeatedHead(200, headers()) as HeadTemplate).message(text, nowMs).bytes;
  const first = message('hello', NOW_MS);
  expect(message(['hel', 'lo'].join(''), NOW_MS + 1)).toBe(first);
  expect(message('hello', NOW_MS + 1_000)).not.toBe(first);
});
