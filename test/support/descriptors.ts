/** Descriptors for tests: they close at the end of the test, and leaks are found. */
import { afterEach, beforeEach, expect } from '@jest/globals';
import type { SocketAddress } from '../../src/linux/socket-address.js';
import { connect, getsockname, listeningSocket, socket } from '../../src/linux/sockets.js';
import { constants, native } from '../../src/native/addon.js';
import { checked } from '../../src/native/system-error.js';
import { descriptorsOf } from './process-info.js';
import { accepted, LOOPBACK } from './sockets.js';

/** A number that no test reaches: the kernel answers EBADF. */
export const NOT_OPEN = 19_999;

/** The open descriptors of this process with their targets, so that a leak names itself. */
export function openFds(): string[] {
  return descriptorsOf('self')
    .map(([fd, target]) => `${fd} ${target}`)
    .sort();
}

/**
 * Each test of the file leaves the same descriptors open that it found. Sockets of test files that ran in this process before
 * may end at any time: with their other ends, or at a deadline.
 */
export function expectNoLeaks(): void {
  let before: string[] = [];
  beforeEach(() => {
    before = openFds();
  });
  afterEach(() => {
    const after = openFds();
    const isEnded = (fd: string): boolean => fd.includes(' socket:') && !after.includes(fd);
    expect(after).toEqual(before.filter((fd) => !isEnded(fd)));
  });
}

/** Owns the descriptors of a test: `using fds = new Descriptors()` closes those that are still open. */
export class Descriptors {
  readonly #open = new Set<number>();

  own(fd: number): number {
    this.#open.add(checked(fd, 'own'));
    return fd;
  }

  /** Two connected stream sockets that never block. */
  pair(): [number, number] {
    const fds = new Int32Array(2);
    const type = constants.SOCK_STREAM | constants.SOCK_NONBLOCK | constants.SOCK_CLOEXEC;
    checked(native.socketpair(constants.AF_UNIX, type, 0, fds), 'socketpair');
    return [this.own(fds[0] ?? -1), this.own(fds[1] ?? -1)];
  }

  /** The reading and the writing end of a pipe. */
  pipe(): [number, number] {
    const fds = new Int32Array(2);
    checked(native.pipe2(fds, constants.O_NONBLOCK | constants.O_CLOEXEC), 'pipe2');
    return [this.own(fds[0] ?? -1), this.own(fds[1] ?? -1)];
  }

  /** The two ends of a TCP connection; the first does not block. */
  connection(): [number, number] {
    const [listener, address] = this.listener();
    const client = this.connect(address);
    const { fd } = accepted(listener, constants.SOCK_NONBLOCK);
    this.close(listener);
    return [this.own(fd), client];
  }

  /** A TCP socket that listens, and its address. */
  listener(): [fd: number, address: SocketAddress] {
    const fd = this.own(listeningSocket(LOOPBACK, constants.SOMAXCONN));
    return [fd, getsockname(fd)];
  }

  /** A TCP socket that is connected to the address. */
  connect(address: SocketAddress): number {
    const fd = this.own(socket(constants.AF_INET, constants.SOCK_STREAM));
    connect(fd, address);
    return fd;
  }

  /** Readable while it counts more than 0. */
  counter(initial = 0): number {
    return this.own(native.eventfd(initial, constants.EFD_NONBLOCK | constants.EFD_CLOEXEC));
  }

  /** Readable once, in `delayMs`. */
  timer(delayMs: number): number {
    const fd = native.timerfd_create(constants.CLOCK_MONOTONIC, constants.TFD_NONBLOCK | constants.TFD_CLOEXEC);
    this.own(fd);
    checked(native.timerfd_settime(fd, delayMs, 0), 'timerfd_settime');
    return fd;
  }

  /** A duplicate, under the lowest number that is free from `from` on. */
  duplicate(fd: number, from = 0): number {
    return this.own(native.fcntl(fd, constants.F_DUPFD_CLOEXEC, from));
  }

  close(fd: number): void {
    this.#open.delete(fd);
    checked(native.close(fd), 'close');
  }

  [Symbol.dispose](): void {
    for (const fd of this.#open) native.close(fd);
    this.#open.clear();
  }
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Makes the peer of `fd` readable. */
export function write(fd: number, text = 'x'): void {
  const data = bytes(text);
  checked(native.write(fd, data, 0, data.length), 'write');
}

/** The bytes that can be read now, at most 64 KiB; '' for none. */
export function read(fd: number): string {
  const buffer = new Uint8Array(65_536);
  return new TextDecoder().decode(buffer.subarray(0, Math.max(0, native.read(fd, buffer, 0, buffer.length))));
}
