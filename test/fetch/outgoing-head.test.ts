import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { OutgoingHead } from '../../src/fetch/outgoing-head.js';

type Init = Record<string, string>;

/** The head without any memory of earlier ones: made from pairs, which are never remembered. */
function newHead(status: number, headers: Init, body: string | null, type: string): OutgoingHead {
  return OutgoingHead.ofPlain({ status, headers: Object.entries(headers), body, type });
}

test('a head has the headers of its own response, whatever was answered before', () => {
  const name = fc.constantFrom('content-type', 'Content-Type', 'X-A', 'Set-Cookie', 'Content-Length', 'Connection');
  const headers = fc.dictionary(name, fc.constantFrom('1', '2', ''), { maxKeys: 3, noNullPrototype: false });
  const answer = fc.record({
    status: fc.constantFrom(200, 404),
    headers,
    body: fc.constantFrom('text', null),
    type: fc.constantFrom('', 'text/plain'),
  });
  fc.assert(
    fc.property(fc.array(answer, { minLength: 2, maxLength: 30 }), (answers) => {
      for (const { status, headers, body, type } of answers) {
        const expected = newHead(status, headers, body, type);
        for (let i = 0; i < 2; i++) {
          const head = OutgoingHead.ofPlain({ status, headers, body, type });
          expect([head.status, head.headers, head.length]).toEqual([status, expected.headers, expected.length]);
        }
      }
    }),
  );
});

test('a record that was changed, or a value whose text changes, makes another head', () => {
  const headers: Init = { 'X-A': '1' };
  const values = (): unknown[] =>
    OutgoingHead.ofPlain({ status: 200, headers, body: 'text', type: '' }).headers.map(([, value]) => value);
  expect(values()).toEqual(['1']);
  headers['X-A'] = '2';
  expect(values()).toEqual(['2']);
  headers['X-B'] = '3';
  expect(values()).toEqual(['2', '3']);
  let count = 0;
  const counter = { toString: () => `${count++}` };
  headers['X-B'] = counter as unknown as string;
  expect([values(), values()]).toEqual([
    ['2', '0'],
    ['2', '1'],
  ]);
});
