import { unlinkSync, writeFileSync } from 'node:fs';
import { constants as os } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { constants, native } from '../../src/native/addon.js';
import { bytes, CLOSED_FD, openDescriptors, socketPair, text, thrownBy, withFolder } from './support.js';

const { CLOCK_MONOTONIC, EFD_CLOEXEC, EFD_NONBLOCK, TFD_CLOEXEC, TFD_NONBLOCK } = constants;
const { EAGAIN, EBADF, EINVAL } = os.errno;

let before = 0;

beforeEach(() => {
  before = openDescriptors();
});

afterEach(() => {
  expect(openDescriptors()).toBe(before);
});

/** Waits until `fd` is readable. */
function awaitReadable(fd: number): void {
  expect(native.poll(Int32Array.of(fd, constants.POLLIN), 1, -1)).toBe(1);
}

describe('An eventfd', () => {
  test('adds up what is written until it is read', () => {
    const fd = native.eventfd(3, EFD_NONBLOCK | EFD_CLOEXEC);
    expect(native.eventfd_write(fd, 4)).toBe(0);
    expect(native.eventfd_write(fd, 0)).toBe(0);
    expect(native.eventfd_read(fd)).toBe(7);
    expect(native.eventfd_read(fd)).toBe(-EAGAIN);
    expect(native.close(fd)).toBe(0);
    expect(native.eventfd_read(fd)).toBe(-EBADF);
    expect(native.eventfd_write(fd, 1)).toBe(-EBADF);
  });

  test('counts beyond 2 ** 53, and never reads as an error', () => {
    const fd = native.eventfd(2 ** 32 - 1, EFD_NONBLOCK);
    expect(native.eventfd_read(fd)).toBe(2 ** 32 - 1);
    for (let i = 0; i < 2047; i++) expect(native.eventfd_write(fd, Number.MAX_SAFE_INTEGER)).toBe(0);
    expect(native.eventfd_read(fd)).toBe(2 ** 63);
    native.close(fd);
  });

  test('is refused with a value that is no counter', () => {
    expect(thrownBy(() => native.eventfd(-1, 0))).toMatch(/^RangeError: initial/);
    expect(thrownBy(() => native.eventfd_write(CLOSED_FD, -1))).toMatch(/^RangeError: value/);
    expect(thrownBy(() => native.eventfd_write(CLOSED_FD, 0.5))).toMatch(/^RangeError: value/);
    expect(native.eventfd(0, 1 << 20)).toBe(-EINVAL);
  });

  test('needs 8 bytes: reading 7 from another descriptor is EINVAL', () => {
    const [a, b] = socketPair();
    native.send(a, bytes('1234567'), 0, 7, 0);
    expect(native.eventfd_read(b)).toBe(-EINVAL);
    native.close(a);
    native.close(b);
  });
});

describe('A timerfd', () => {
  test.each([Number.MIN_VALUE, 1e-9, 1e-6, 0.3, 1.7])('of %d ms fires, and not early', (delayMs) => {
    const fd = native.timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    const start = process.hrtime.bigint();
    expect(native.timerfd_settime(fd, delayMs, 0)).toBe(0);
    awaitReadable(fd);
    expect(Number(process.hrtime.bigint() - start) / 1e6).toBeGreaterThanOrEqual(delayMs);
    expect(native.eventfd_read(fd)).toBe(1);
    expect(native.eventfd_read(fd)).toBe(-EAGAIN);
    native.close(fd);
  });

  test('fires again after each interval', () => {
    const fd = native.timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    expect(native.timerfd_settime(fd, 0.1, 0.1)).toBe(0);
    let fired = 0;
    while (fired < 3) {
      awaitReadable(fd);
      fired += native.eventfd_read(fd);
    }
    native.close(fd);
  });

  test('is disarmed by a delay of 0', () => {
    const fd = native.timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    native.timerfd_settime(fd, 1e-6, 0);
    awaitReadable(fd);
    expect(native.timerfd_settime(fd, 0, 5)).toBe(0);
    expect(native.eventfd_read(fd)).toBe(-EAGAIN);
    native.close(fd);
  });

  test('takes the largest delay, and refuses a negative one', () => {
    const fd = native.timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    expect(native.timerfd_settime(fd, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)).toBe(0);
    expect(native.eventfd_read(fd)).toBe(-EAGAIN);
    expect(thrownBy(() => native.timerfd_settime(fd, -1, 0))).toBe(
      'RangeError: delayMs: expected milliseconds from 0 to 9007199254740991, got -1',
    );
    expect(thrownBy(() => native.timerfd_settime(fd, 1, -0.5))).toMatch(/^RangeError: intervalMs/);
    native.close(fd);
    expect(native.timerfd_settime(fd, 1, 0)).toBe(-EBADF);
    expect(native.timerfd_create(12_345, 0)).toBe(-EINVAL);
  });
});

describe('inotify', () => {
  const { IN_CLOEXEC, IN_CLOSE_WRITE, IN_CREATE, IN_DELETE, IN_IGNORED, IN_NONBLOCK, IN_ONLYDIR } = constants;

  /** [watch, mask, name] of each event: inotify(7). */
  function events(fd: number): [number, number, string][] {
    const buffer = new Uint8Array(4096);
    const view = new DataView(buffer.buffer);
    const end = native.read(fd, buffer, 0, buffer.length);
    const found: [number, number, string][] = [];
    for (let at = 0; at < end; at += 16 + view.getUint32(at + 12, true)) {
      const name = buffer.subarray(at + 16, at + 16 + view.getUint32(at + 12, true));
      found.push([view.getInt32(at, true), view.getUint32(at + 4, true), text(name.filter((byte) => byte !== 0))]);
    }
    return found;
  }

  test('reports changes in a folder until the watch is removed', () => {
    withFolder((folder) => {
      const fd = native.inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
      const watch = native.inotify_add_watch(fd, folder, IN_CREATE | IN_CLOSE_WRITE | IN_DELETE | IN_ONLYDIR);
      expect(watch).toBeGreaterThan(0);
      writeFileSync(join(folder, 'file'), 'x');
      unlinkSync(join(folder, 'file'));
      expect(events(fd)).toEqual([
        [watch, IN_CREATE, 'file'],
        [watch, IN_CLOSE_WRITE, 'file'],
        [watch, IN_DELETE, 'file'],
      ]);
      expect(native.inotify_rm_watch(fd, watch)).toBe(0);
      expect(events(fd)).toEqual([[watch, IN_IGNORED, '']]);
      expect(native.inotify_rm_watch(fd, watch)).toBe(-EINVAL);
      native.close(fd);
    });
  });

  test('what the kernel refuses comes back as a negative number', () => {
    const fd = native.inotify_init1(IN_CLOEXEC);
    expect(native.inotify_add_watch(fd, '/no/such/folder', IN_CREATE)).toBe(-os.errno.ENOENT);
    expect(native.inotify_add_watch(fd, '/', 0)).toBe(-EINVAL);
    native.close(fd);
    expect(native.inotify_add_watch(fd, '/', IN_CREATE)).toBe(-EBADF);
    expect(native.inotify_init1(1)).toBe(-EINVAL);
  });
});
