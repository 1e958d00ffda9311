import { expect, test } from '@jest/globals';
import { Memo } from '../../src/http/memo.js';

test('a memo remembers what is used, forgets what is not, and never holds more than its bound', () => {
  const memo = new Memo<number>(20);
  memo.set('used', 1);
  memo.set('unused', 2);
  for (let i = 0; i < 1000; i++) {
    memo.set(`other ${i}`, i);
    expect(memo.get('used')).toBe(1);
  }
  expect(memo.get('unused')).toBeUndefined();
  const kept = Array.from({ length: 1000 }, (_, i) => memo.get(`other ${i}`)).filter((value) => value !== undefined);
  expect(kept.length).toBeLessThanOrEqual(20);
});

test.each([3, 9, 10, 11, 57])(
  'a memo of 10 remembers the last 5 of %i keys at least, and not the one before 10',
  (count) => {
    const memo = new Memo<true>(10);
    for (let i = 0; i < count; i++) memo.set(`${i}`, true);
    for (let i = Math.max(0, count - 5); i < count; i++) expect(memo.get(`${i}`)).toBe(true);
    expect(memo.get(`${count - 11}`)).toBeUndefined();
  },
);

test('a memo gives the new value of a key that is set again', () => {
  const memo = new Memo<string>(4);
  memo.set('a', 'old');
  memo.set('b', '');
  memo.set('a', 'new');
  expect(memo.get('a')).toBe('new');
  expect(memo.get('constructor')).toBeUndefined();
});

test('a memo does not remember keys that are too long', () => {
  const memo = new Memo<true>(10, 3);
  for (const key of ['abc', 'abcd']) memo.set(key, true);
  expect([memo.get('abc'), memo.get('abcd')]).toEqual([true, undefined]);
});
