import { writeFileSync } from 'node:fs';
import { constants as os } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { constants, native } from '../../src/native/addon.js';
import {
  bytes,
  CLOSED_FD,
  errno,
  openDescriptors,
  socketPair,
  text,
  thrownBy,
  untyped,
  withFolder,
} from './support.js';

const { MSG_NOSIGNAL, MSG_PEEK, SOL_SOCKET, SO_SNDBUF } = constants;
const { EAGAIN, EBADF, EPIPE } = os.errno;

let before = 0;
let a = -1;
let b = -1;

beforeEach(() => {
  before = openDescriptors();
  [a, b] = socketPair();
});

afterEach(() => {
  native.close(a);
  native.close(b);
  expect(openDescriptors()).toBe(before);
});

/** The bytes that have arrived at `b`, or -errno. */
function received(): string {
  const buffer = new Uint8Array(4096);
  const n = native.recv(b, buffer, 0, buffer.length, 0);
  return n < 0 ? String(n) : text(buffer.subarray(0, n));
}

describe('send and recv, write and read', () => {
  test('use the given part of the buffer alone', () => {
    expect(native.send(a, bytes('..hello..'), 2, 5, MSG_NOSIGNAL)).toBe(5);
    const buffer = bytes('---------');
    expect(native.recv(b, buffer, 1, 7, MSG_PEEK)).toBe(5);
    expect(native.read(b, buffer, 3, 5)).toBe(5);
    expect(text(buffer)).toBe('-hehello-');
    expect(native.write(a, bytes('..hello..'), 5, 4)).toBe(4);
    expect(received()).toBe('lo..');
  });

  test('in their short forms use the whole buffer', () => {
    expect(native.send(a, bytes('hello').subarray(1, 4))).toBe(3);
    const buffer = bytes('----');
    expect(native.recv(b, buffer.subarray(1))).toBe(3);
    expect(text(buffer)).toBe('-ell');
    expect(native.recv(b, buffer)).toBe(-EAGAIN);
    expect(native.write(a, bytes('hi'))).toBe(2);
    expect(native.read(b, buffer)).toBe(2);
    expect(text(buffer)).toBe('hill'); // of which two were there before
    expect(native.send(CLOSED_FD, buffer)).toBe(-EBADF);
    expect(thrownBy(() => untyped['send']?.(a, 'hello'))).toBe(
      'TypeError: buffer: expected a Uint8Array, got a string',
    );
    native.shutdown(b, constants.SHUT_RDWR);
    expect(native.send(a, buffer)).toBe(-EPIPE); // and no signal, which would end the process
  });

  test('work on a view of a larger memory', () => {
    const memory = bytes('0123456789');
    expect(native.send(a, memory.subarray(3, 8), 1, 3, 0)).toBe(3);
    expect(received()).toBe('456');
    expect(native.send(a, Buffer.from('a Buffer too'), 2, 6, 0)).toBe(6);
    expect(received()).toBe('Buffer');
  });

  test('return EAGAIN without bytes, and 0 at the end', () => {
    expect(native.recv(b, new Uint8Array(1), 0, 1, 0)).toBe(-EAGAIN);
    expect(native.read(b, new Uint8Array(1), 0, 1)).toBe(-EAGAIN);
    native.shutdown(a, constants.SHUT_WR);
    expect(native.recv(b, new Uint8Array(1), 0, 1, 0)).toBe(0);
    expect(native.read(b, new Uint8Array(1), 0, 1)).toBe(0);
  });

  test('return EPIPE when the peer has gone, and no signal ends the process', () => {
    native.close(b);
    expect(native.send(a, bytes('x'), 0, 1, MSG_NOSIGNAL)).toBe(-EPIPE);
    expect(native.write(a, bytes('x'), 0, 1)).toBe(-EPIPE);
    expect(native.writev(a, [bytes('x')], 0)).toBe(-EPIPE);
  });

  test('return EBADF for a closed descriptor', () => {
    const buffer = new Uint8Array(1);
    expect(native.recv(CLOSED_FD, buffer, 0, 1, 0)).toBe(-EBADF);
    expect(native.send(CLOSED_FD, buffer, 0, 1, 0)).toBe(-EBADF);
    expect(native.read(CLOSED_FD, buffer, 0, 1)).toBe(-EBADF);
    expect(native.write(CLOSED_FD, buffer, 0, 1)).toBe(-EBADF);
    expect(native.writev(CLOSED_FD, [buffer], 0)).toBe(-EBADF);
    expect(native.sendfile(a, CLOSED_FD, 0, 1)).toBe(-EBADF);
  });
});

describe('A short write', () => {
  const large = new Uint8Array(4 * 1024 * 1024);

  test('is counted, and what does not fit at all is EAGAIN', () => {
    native.setsockopt(a, SOL_SOCKET, SO_SNDBUF, 4096);
    const sent = native.send(a, large, 0, large.length, 0);
    expect(sent).toBeGreaterThan(0);
    expect(sent).toBeLessThan(large.length);
    expect(native.send(a, large, sent, large.length - sent, 0)).toBe(-EAGAIN);
    expect(native.write(a, large, sent, large.length - sent)).toBe(-EAGAIN);
    expect(native.writev(a, [large], sent)).toBe(-EAGAIN);
  });

  test('of writev may end within any of the buffers', () => {
    native.setsockopt(a, SOL_SOCKET, SO_SNDBUF, 4096);
    const sent = native.writev(a, [bytes('head'), large], 0);
    expect(sent).toBeGreaterThan(4);
    expect(sent).toBeLessThan(4 + large.length);
  });
});

describe('writev', () => {
  test('writes the buffers in order, of the first one what follows the offset', () => {
    const buffers = [bytes('one'), new Uint8Array(0), bytes('two'), bytes('-three-').subarray(1, 6)];
    expect(native.writev(a, buffers, 0)).toBe(11);
    expect(received()).toBe('onetwothree');
    expect(native.writev(a, buffers, 2)).toBe(9);
    expect(received()).toBe('etwothree');
    expect(native.writev(a, buffers, 3)).toBe(8);
    expect(received()).toBe('twothree');
  });

  test('writes 64 buffers at most in one call', () => {
    const buffers = Array.from({ length: 100 }, (_, i) => bytes(String.fromCharCode(40 + i)));
    expect(native.writev(a, buffers, 0)).toBe(64);
    expect(received()).toBe(text(Uint8Array.from({ length: 64 }, (_, i) => 40 + i)));
  });

  test('of nothing writes nothing', () => {
    expect(native.writev(a, [], 0)).toBe(0);
    expect(received()).toBe(String(-EAGAIN));
  });

  test.each([
    [
      'Uint8Array',
      'TypeError: buffers: expected an array of Uint8Arrays, got another kind of object',
      new Uint8Array(2),
    ],
    ['null', 'TypeError: buffers: expected an array of Uint8Arrays, got null', null],
    ['array with a string in it', 'TypeError: buffers: expected a Uint8Array, got a string', [bytes('x'), 'y']],
    ['array with undefined in it', 'TypeError: buffers: expected a Uint8Array, got undefined', [bytes('x'), undefined]],
  ])('refuses a %s in place of buffers, and writes none of it', (_, message, buffers) => {
    expect(thrownBy(() => untyped['writev']?.(a, buffers, 0))).toBe(message);
    expect(received()).toBe(String(-EAGAIN));
  });

  test.each([
    [4, [bytes('one')]],
    [1, []],
    [1, [new Uint8Array(0), bytes('two')]],
  ])('refuses an offset of %d beyond the first buffer', (offset, buffers) => {
    expect(thrownBy(() => native.writev(a, buffers, offset))).toMatch(
      /^RangeError: firstOffset: .*length of the first/,
    );
    expect(received()).toBe(String(-EAGAIN));
  });

  test('survives an element that is a getter and takes the memory of the one before it away', () => {
    const first = bytes('gone');
    const buffers = [first];
    Object.defineProperty(buffers, 1, {
      get() {
        structuredClone(first.buffer, { transfer: [first.buffer as ArrayBuffer] });
        return bytes('here');
      },
    });
    expect(native.writev(a, buffers, 0)).toBe(4);
    expect(received()).toBe('here');
  });

  test('passes on what a getter throws', () => {
    const buffers = Object.defineProperty([bytes('x')], 1, {
      get() {
        throw new Error('from the getter');
      },
    });
    expect(thrownBy(() => native.writev(a, buffers, 0))).toBe('Error: from the getter');
    expect(received()).toBe(String(-EAGAIN));
  });
});

test('sendfile sends a part of a file, whose own offset stays', () => {
  withFolder((folder) => {
    writeFileSync(join(folder, 'file'), '0123456789');
    const file = native.openat2(constants.AT_FDCWD, join(folder, 'file'), constants.O_CLOEXEC, 0, 0);
    expect(native.sendfile(a, file, 3, 4)).toBe(4);
    expect(received()).toBe('3456');
    expect(native.sendfile(a, file, 8, 100)).toBe(2);
    expect(received()).toBe('89');
    expect(native.sendfile(a, file, 10, 1)).toBe(0);
    const buffer = new Uint8Array(2);
    expect(native.read(file, buffer, 0, 2)).toBe(2);
    expect(text(buffer)).toBe('01');
    native.close(file);
    expect(native.sendfile(a, file, 0, 1)).toBe(-EBADF);
    expect(native.sendfile(a, b, 0, 1)).toBe(-errno.ESPIPE);
  });
});
