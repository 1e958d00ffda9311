/** Users and groups of the system. */
import { describe, expect, test } from '@jest/globals';
import { native } from '../../src/native/addon.js';
import { untyped } from './support.js';

const ids = new Float64Array(2);

test('root is found by its name and by its id, and its group by its name', () => {
  ids.fill(-1);
  expect([native.getpwnam('root', ids), ...ids]).toEqual([1, 0, 0]);
  ids.fill(-1);
  expect([native.getpwuid(0, ids), ...ids]).toEqual([1, 0, 0]);
  ids.fill(-1);
  expect([native.getgrnam('root', ids), ...ids]).toEqual([1, 0, -1]);
});

test('an unknown name is 0, and leaves the ids alone', () => {
  ids.fill(-1);
  expect(native.getpwnam('no-such-user', ids)).toBe(0);
  expect(native.getpwuid(3_999_999_999, ids)).toBe(0);
  expect(native.getgrnam('no-such-group', ids)).toBe(0);
  expect([...ids]).toEqual([-1, -1]);
});

describe('misuse is refused before any call', () => {
  test.each<[string, () => unknown, RegExp]>([
    ['a name that is a number', () => untyped['getpwnam']?.(0, ids), /^TypeError: name/],
    ['a name with NUL', () => native.getpwnam('a\0b', ids), /^\w+Error: name/],
    ['a negative id', () => native.getpwuid(-1, ids), /^RangeError: uid/],
    ['no room for two ids', () => native.getpwnam('root', new Float64Array(1)), /^RangeError: ids/],
    ['no room for one id', () => native.getgrnam('root', new Float64Array(0)), /^RangeError: ids/],
  ])('%s', (_, call, message) => {
    let thrown: unknown;
    try {
      call();
    } catch (error) {
      thrown = error;
    }
    expect(String(thrown)).toMatch(message);
  });
});
