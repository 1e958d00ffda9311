import { constants as os } from 'node:os';
import { expect, test } from '@jest/globals';
import { constants, native } from '../../src/native/addon.js';
import { CLOSED_FD, openDescriptors, thrownBy } from './support.js';

const { EINVAL, EBUSY, EBADF } = os.errno;
const { SIGWINCH } = os.signals;

test('a SignalHandler keeps a copy of its descriptor until close(), and is begun once', () => {
  const before = openDescriptors();
  const fd = native.eventfd(0, constants.EFD_CLOEXEC | constants.EFD_NONBLOCK);
  const handler = new native.SignalHandler();
  expect(handler.begin(SIGWINCH, fd)).toBe(0);
  expect(openDescriptors()).toBe(before + 2);
  expect(handler.begin(os.signals.SIGURG, fd)).toBe(-EINVAL);
  expect(new native.SignalHandler().begin(SIGWINCH, fd)).toBe(-EBUSY);
  native.close(fd);
  handler.close();
  handler.close();
  expect(openDescriptors()).toBe(before);
});

test('a SignalHandler that could not begin handles nothing', () => {
  const handler = new native.SignalHandler();
  for (const number of [0, -1, 65, 2 ** 31 - 1, os.signals.SIGKILL]) expect(handler.begin(number, 0)).toBe(-EINVAL);
  expect(handler.begin(SIGWINCH, CLOSED_FD)).toBe(-EBADF);
  expect(thrownBy(() => handler.begin('SIGWINCH' as unknown as number, 0))).toMatch(/^TypeError: number: /);
  expect(thrownBy(() => handler.begin(SIGWINCH, 1.5))).toMatch(/^RangeError: fd: /);
  handler.close();
});
