import { readFileSync } from 'node:fs';
import { constants as os } from 'node:os';
import { describe, expect, test } from '@jest/globals';
import { constants, native } from '../../src/native/addon.js';
import { bytes, openDescriptors, socketPair, text, thrownBy, untyped } from './support.js';

const declaration = readFileSync(new URL('../../src/native/native-api.ts', import.meta.url), 'utf8');

describe('The addon and its declaration in src/native/native-api.ts agree', () => {
  const names = /type ConstantName =([^;]*);/.exec(declaration)?.[1]?.match(/'[A-Z_0-9]+'/g) ?? [];

  test('every constant that is declared is a whole number, and no other is exported', () => {
    const declared = names.map((name) => name.slice(1, -1));
    expect(Object.keys(constants).sort()).toEqual(declared.sort());
    expect(Object.values(constants).filter((value) => !Number.isInteger(value))).toEqual([]);
  });

  test('every function that is declared exists, under the name of its man page', () => {
    const declared = [...declaration.matchAll(/^ {2}([a-z_0-9]+)\(/gm)].map(([, name]) => name ?? '');
    const ours = declared.filter((name) => !['ref', 'unref', 'close', 'begin'].includes(name));
    expect(ours.length).toBeGreaterThan(35);
    for (const name of [...ours, 'close']) {
      expect([name, typeof untyped[name], untyped[name]?.name]).toEqual([name, 'function', name]);
    }
  });

  test('constants with the sign or the highest bit keep them', () => {
    expect(constants.AT_FDCWD).toBe(-100);
    expect(constants.EPOLLET).toBe(2 ** 31);
  });
});

describe('A wrong argument throws, naming the argument, what was expected and what came', () => {
  const int32 = 'from -2147483648 to 2147483647';
  const wrong: [string, unknown[], string][] = [
    ['close', ['3'], 'TypeError: fd: expected a whole number, got a string'],
    ['close', [], 'TypeError: fd: expected a whole number, got undefined'],
    ['close', [3n], 'TypeError: fd: expected a whole number, got a bigint'],
    ['close', [{ valueOf: () => 3 }], 'TypeError: fd: expected a whole number, got another kind of object'],
    ['close', [3.7], 'RangeError: fd: expected a whole number, got 3.7'],
    ['close', [Number.NaN], `RangeError: fd: expected a whole number ${int32}, got NaN`],
    ['close', [2 ** 32 + 3], `RangeError: fd: expected a whole number ${int32}, got 4294967299`],
    [
      'epoll_ctl',
      [1, 1, 1, 2 ** 32],
      'RangeError: events: expected a whole number from -2147483648 to 4294967295, got 4294967296',
    ],
    ['openat2', [1, '', -1, 0, 0], 'RangeError: flags: expected a whole number from 0 to 4294967295, got -1'],
    ['epoll_wait', [1, new Int32Array(2), 0], 'TypeError: pairs: expected a Uint32Array, got another kind of object'],
    ['epoll_wait', [1, [0, 0], 0], 'TypeError: pairs: expected a Uint32Array, got another kind of object'],
    ['fstat', [1, new Float32Array(6)], 'TypeError: stat: expected a Float64Array, got another kind of object'],
    ['fstat', [1, new Float64Array(7)], 'RangeError: stat: expected at least 8 elements, got 7'],
    ['pipe2', [new Int32Array(1), 0], 'RangeError: fds: expected at least 2 elements, got 1'],
    ['pipe2', [new Uint32Array(2), 0], 'TypeError: fds: expected an Int32Array, got another kind of object'],
    ['openat2', [1, 'a\0b', 0, 0, 0], 'RangeError: path: expected a string without NUL, got one with NUL'],
    ['openat2', [1, null, 0, 0, 0], 'TypeError: path: expected a string, got null'],
    ['recv', [1, null, 0, 0, 0], 'TypeError: buffer: expected a Uint8Array, got null'],
    [
      'recv',
      [1, new DataView(new ArrayBuffer(8)), 0, 0, 0],
      'TypeError: buffer: expected a Uint8Array, got another kind of object',
    ],
    ['accept4', [1, undefined, 0], 'TypeError: address: expected a Uint8Array, got undefined'],
    [
      'pread',
      [1, new Uint8Array(1), 0, 1, -1],
      'RangeError: position: expected a whole number from 0 to 9007199254740991, got -1',
    ],
    [
      'epoll_pwait2',
      [1, new Uint32Array(2), Number.POSITIVE_INFINITY],
      'RangeError: timeoutMs: expected milliseconds from -9007199254740991 to 9007199254740991, got Infinity',
    ],
  ];
  test.each(wrong)('%s(%j): %s', (name, args, message) => {
    expect(thrownBy(() => untyped[name]?.(...args))).toBe(message);
  });

  test('the first wrong argument is the one that is named', () => {
    expect(thrownBy(() => untyped['recv']?.('a', 'b', 'c'))).toBe(
      'TypeError: fd: expected a whole number, got a string',
    );
  });
});

describe('Offsets are checked against the buffer, before any call', () => {
  const outside: [number, number][] = [
    [0, 5],
    [4, 1],
    [5, 0],
    [3, 2],
    [0, Number.MAX_SAFE_INTEGER],
    [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  ];
  test.each(outside)('offset %d and length %d are no part of 4 bytes', (offset, length) => {
    const message = `RangeError: offset, length: expected a part of the 4 bytes given, got ${offset}, ${length}`;
    for (const name of ['recv', 'send', 'read', 'write', 'pread']) {
      expect(thrownBy(() => untyped[name]?.(-1, new Uint8Array(4), offset, length, 0))).toBe(message);
    }
  });

  test('what was there to be received is there still', () => {
    const [a, b] = socketPair();
    native.send(a, bytes('hello'), 0, 5, 0);
    const buffer = new Uint8Array(5);
    expect(thrownBy(() => native.recv(b, buffer, 1, 5, 0))).toMatch(/^RangeError/);
    expect(native.recv(b, buffer, 0, 5, 0)).toBe(5);
    expect(text(buffer)).toBe('hello');
    native.close(a);
    native.close(b);
  });

  test('an array whose memory was transferred has no bytes', () => {
    const buffer = new Uint8Array(8);
    structuredClone(buffer.buffer, { transfer: [buffer.buffer] });
    expect(thrownBy(() => native.read(-1, buffer, 0, 8))).toMatch(/a part of the 0 bytes given, got 0, 8$/);
    expect(native.read(-1, buffer, 0, 0)).toBe(-os.errno.EBADF);
  });
});

test('a wrong argument opens nothing', () => {
  const before = openDescriptors();
  expect(thrownBy(() => untyped['socket']?.(constants.AF_INET, constants.SOCK_STREAM, '0'))).toMatch(/^TypeError/);
  expect(thrownBy(() => untyped['pipe2']?.(new Int32Array(2), '0'))).toMatch(/^TypeError/);
  expect(thrownBy(() => untyped['socketpair']?.(constants.AF_UNIX, 1, 0, new Int32Array(1)))).toMatch(/^RangeError/);
  expect(openDescriptors()).toBe(before);
});

test('arrays over shared memory are filled like any others', () => {
  const fds = new Int32Array(new SharedArrayBuffer(8));
  expect(native.pipe2(fds, constants.O_CLOEXEC)).toBe(0);
  const [reading = -1, writing = -1] = fds;
  const shared = new Uint8Array(new SharedArrayBuffer(16), 4, 8);
  shared.set(bytes('shared'));
  expect(native.write(writing, shared, 0, 6)).toBe(6);
  expect(native.read(reading, shared, 2, 6)).toBe(6);
  expect(text(shared.slice())).toBe('shshared');
  native.close(reading);
  native.close(writing);
});
