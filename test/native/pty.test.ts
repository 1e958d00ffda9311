import { constants as os } from 'node:os';
import { expect, test } from '@jest/globals';
import { constants, native } from '../../src/native/addon.js';
import { CLOSED_FD, openDescriptors, thrownBy, untyped } from './support.js';

const { O_CLOEXEC, O_NOCTTY, O_RDWR } = constants;

test('a terminal is made, unlocked and named; a buffer that is too short for the name is refused', () => {
  const before = openDescriptors();
  const fd = native.posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  expect(native.unlockpt(fd)).toBe(0);
  const path = Buffer.alloc(64, 'x');
  const length = native.ptsname_r(fd, path);
  expect(path.toString('latin1', 0, length + 1)).toMatch(/^\/dev\/pts\/\d+\0$/);
  expect(native.ptsname_r(fd, new Uint8Array(4))).toBe(-os.errno.ERANGE);
  expect(native.ptsname_r(fd, new Uint8Array(0))).toBe(-os.errno.ERANGE);
  expect(native.close(fd)).toBe(0);
  expect(openDescriptors()).toBe(before);
});

test('what is no terminal is refused by the kernel', () => {
  const fd = native.eventfd(0, 0);
  expect([native.unlockpt(fd), native.ptsname_r(fd, new Uint8Array(64))]).toEqual([-os.errno.EINVAL, -os.errno.ENOTTY]);
  native.close(fd);
  expect([native.unlockpt(CLOSED_FD), native.ptsname_r(CLOSED_FD, new Uint8Array(64))]).toEqual([
    -os.errno.EBADF,
    -os.errno.EBADF,
  ]);
});

test('wrong arguments are refused before any call', () => {
  expect(thrownBy(() => untyped['posix_openpt']?.('O_RDWR'))).toMatch(/^TypeError: flags/);
  expect(thrownBy(() => untyped['unlockpt']?.())).toMatch(/^TypeError: fd/);
  expect(thrownBy(() => untyped['ptsname_r']?.(0, 'path'))).toMatch(/^TypeError: path: expected a Uint8Array/);
});
