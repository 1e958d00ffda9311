import { expect, test } from '@jest/globals';
import { Recent } from '../../src/sites/recent.js';

test('what is used stays, what is not goes, and it never holds more than twice its size', () => {
  const recent = new Recent<number>(10);
  recent.set('used', 1);
  recent.set('unused', 2);
  for (let i = 0; i < 1000; i++) {
    recent.set(`other ${i}`, i);
    expect(recent.get('used')).toBe(1);
  }
  expect(recent.get('unused')).toBeUndefined();
  const kept = Array.from({ length: 1000 }, (_, i) => recent.get(`other ${i}`)).filter((value) => value !== undefined);
  expect(kept.length).toBeLessThanOrEqual(20);
});

test('what is set again has its new value', () => {
  const recent = new Recent<string>(2);
  recent.set('a', 'old');
  recent.set('b', '');
  recent.set('a', 'new');
  expect(recent.get('a')).toBe('new');
  expect(recent.get('constructor')).toBeUndefined();
});
