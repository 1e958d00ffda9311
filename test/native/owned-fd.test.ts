import { constants as os } from 'node:os';
import { describe, expect, test } from '@jest/globals';
import { constants, native } from '../../src/native/addon.js';
import { thrownBy } from './support.js';

function eventfd(): number {
  return native.eventfd(0, constants.EFD_CLOEXEC);
}

function isOpen(fd: number): boolean {
  return native.fcntl(fd, constants.F_GETFD, 0) !== -os.errno.EBADF;
}

describe('OwnedFd', () => {
  test('close() closes the descriptor', () => {
    const fd = eventfd();
    const owned = new native.OwnedFd(fd);
    expect(isOpen(fd)).toBe(true);
    expect(owned.fd).toBe(fd);
    owned.close();
    expect(isOpen(fd)).toBe(false);
    expect(owned.fd).toBe(-1);
  });

  test('a second close() does not close another descriptor under the same number', () => {
    const fd = eventfd();
    const owned = new native.OwnedFd(fd);
    owned.close();
    const other = eventfd();
    expect(other).toBe(fd); // the lowest number that is free
    owned.close();
    expect(isOpen(other)).toBe(true);
    native.close(other);
  });

  test('an argument that is no descriptor is refused', () => {
    expect(thrownBy(() => new native.OwnedFd('3' as unknown as number))).toMatch(/^TypeError: fd: /);
    expect(thrownBy(() => new native.OwnedFd(1.5))).toMatch(/^RangeError: fd: /);
  });
});
