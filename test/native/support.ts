/** Helpers of the tests of the addon. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { constants as osConstants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { constants, native } from '../../src/native/addon.js';

export const errno = osConstants.errno;

/** The addon without its types, to misuse it. */
export const untyped = native as unknown as Record<string, (...args: unknown[]) => unknown>;

/** `TypeError: fd: expected …`. By name: Jest runs tests in a realm of their own, whose TypeError is another. */
export function thrownBy(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return String(error);
  }
  return 'nothing';
}

/** Descriptors that this process has open. */
export function openDescriptors(): number {
  return readdirSync('/proc/self/fd').length;
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function text(buffer: Uint8Array): string {
  return new TextDecoder().decode(buffer);
}

/** A descriptor that is not open: refused by a call that got as far as the kernel. */
export const CLOSED_FD = -1;

/** Two connected stream sockets that never block. */
export function socketPair(): [number, number] {
  const { AF_UNIX, SOCK_STREAM, SOCK_NONBLOCK, SOCK_CLOEXEC } = constants;
  const fds = new Int32Array(2);
  if (native.socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) < 0) throw new Error('socketpair');
  return [fds[0] ?? -1, fds[1] ?? -1];
}

/** Runs `use` with a fresh folder, which is gone afterwards. */
export function withFolder<T>(use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'epoll-reactor-'));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
