import { describe, expect, test } from '@jest/globals';
import { ACCEPT, CLOSE, type Completion, NO_BUFFER, RECV, Ring, SEND } from '../../src/linux/ring.js';
import * as socket from '../../src/linux/sockets.js';
import { bytes, Descriptors, expectNoLeaks, NOT_OPEN, read, write } from '../support/descriptors.js';
import { describeWithIoUring } from '../support/io-uring.js';
import { messageOf, thrownBy } from '../support/thrown-error.js';

expectNoLeaks();

const BUFFER_BYTES = 64;

/** The next completion, which is the only one. */
function next(ring: Ring): Completion {
  for (;;) {
    const done = ring.wait();
    expect(done.length).toBeLessThanOrEqual(1);
    if (done[0] !== undefined) return done[0];
  }
}

describeWithIoUring('A Ring', () => {
  test('receives what comes later into a buffer that the kernel chooses, and sends it from there', () => {
    using fds = new Descriptors();
    using ring = new Ring(8, 2, BUFFER_BYTES);
    const [a, b] = fds.pair();
    ring.submitRecv(a);
    write(b, 'hello');
    const [operation, fd, n, buffer] = next(ring);
    expect([operation, fd, n]).toEqual([RECV, a, 5]);
    expect(ring.bytes(buffer).toString('latin1', 0, n)).toBe('hello');
    ring.submitSend(a, buffer, 4);
    expect(next(ring)).toEqual([SEND, a, 4, NO_BUFFER]);
    expect(read(b)).toBe('hell');
  });

  test('a send is short when the socket has no more room', () => {
    using fds = new Descriptors();
    using ring = new Ring(8, 1, 4 * 1024 * 1024);
    const [a] = fds.pair(); // of 208 KiB
    ring.submitSend(a, 0, 4 * 1024 * 1024);
    const [, , n] = next(ring);
    expect(n).toBeGreaterThan(0);
    expect(n).toBeLessThan(4 * 1024 * 1024);
  });

  test('the end of the stream, and an error, are results; a recv of neither holds a buffer', () => {
    using fds = new Descriptors();
    using ring = new Ring(8, 1, BUFFER_BYTES);
    const [a, b] = fds.pair();
    fds.close(b);
    ring.submitRecv(a);
    const [, , end] = next(ring);
    expect(end).toBe(0);
    ring.submitRecv(NOT_OPEN);
    expect(next(ring)).toEqual([RECV, NOT_OPEN, -9, NO_BUFFER]); // EBADF
  });

  test('a recv that finds no free buffer begins when one is given back', () => {
    using fds = new Descriptors();
    using ring = new Ring(8, 1, BUFFER_BYTES);
    const [a, b] = fds.pair();
    const [c, d] = fds.pair();
    write(b, 'first');
    ring.submitRecv(a);
    const [, , , buffer] = next(ring);
    write(d, 'second');
    ring.submitRecv(c);
    expect(ring.wait()).toEqual([]); // it has failed, and the ring remembers it
    expect(ring.bytes(buffer).toString('latin1', 0, 5)).toBe('first'); // which is the program's still
    ring.provide(buffer);
    const [, fd, n, reused] = next(ring);
    expect([fd, n, reused]).toEqual([c, 6, buffer]);
  });

  test('accepts a connection, and closes it', () => {
    using fds = new Descriptors();
    using ring = new Ring(8, 1, BUFFER_BYTES);
    const sk = fds.own(socket.listeningSocket({ address: '127.0.0.1', port: 0 }, 1));
    const client = fds.own(socket.socket(socket.AF_INET, socket.SOCK_STREAM));
    ring.submitAccept(sk);
    socket.connect(client, socket.getsockname(sk));
    const [operation, fd, conn] = next(ring);
    expect([operation, fd]).toEqual([ACCEPT, sk]);
    expect(socket.getpeername(conn)).toEqual(socket.getsockname(client));
    ring.submitClose(conn);
    expect(next(ring)).toEqual([CLOSE, conn, 0, NO_BUFFER]);
    expect(socket.recv(client, bytes(' '))).toBe(0);
  });

  test('takes more submissions than it has entries, and reports all', () => {
    using fds = new Descriptors();
    using ring = new Ring(2, 16, BUFFER_BYTES);
    const pairs = Array.from({ length: 16 }, () => fds.pair());
    for (const [a, b] of pairs) {
      write(b);
      ring.submitRecv(a);
    }
    const done: Completion[] = [];
    while (done.length < pairs.length) done.push(...ring.wait());
    expect(done.map(([, fd]) => fd).sort()).toEqual(pairs.map(([a]) => a).sort());
    expect(new Set(done.map(([, , , buffer]) => buffer)).size).toBe(pairs.length);
  });

  test('closed while a recv is under way, it takes none of the bytes that come later', () => {
    using fds = new Descriptors();
    const [a, b] = fds.pair();
    const ring = new Ring(8, 1, BUFFER_BYTES);
    write(b, 'x');
    ring.submitRecv(a);
    ring.provide(next(ring)[3]);
    ring.submitRecv(a);
    ring.submitClose(NOT_OPEN); // its completion comes at once: so the kernel has the recv, too
    next(ring);
    ring.close();
    ring.close();
    write(b, 'later');
    expect(read(a)).toBe('later');
    expect(thrownBy(() => ring.wait())).toMatchObject({ code: 'ERR_RING_CLOSED' });
    expect(messageOf(() => ring.submitRecv(a))).toBe('Error: this Ring is closed');
  });

  test.each<[string, (ring: Ring) => void, string]>([
    [
      'a buffer that it does not have',
      (ring) => ring.submitSend(0, 2, 1),
      'buffer: expected a whole number from 0 to 1, got 2',
    ],
    [
      'more bytes than a buffer has',
      (ring) => ring.submitSend(0, 1, 65),
      'length: expected a whole number from 0 to 64, got 65',
    ],
    ['half a buffer', (ring) => ring.provide(0.5), 'buffer: expected a whole number from 0 to 1, got 0.5'],
    ['no descriptor', (ring) => ring.submitClose(-1), 'fd: expected a whole number from 0 to 2147483647, got -1'],
  ])('refuses %s before the kernel sees it', (_, act, message) => {
    using ring = new Ring(8, 2, BUFFER_BYTES);
    expect(messageOf(() => act(ring))).toBe(`RangeError: ${message}`);
  });
});

describe('A Ring that cannot be made', () => {
  test('says why, and leaves nothing open', () => {
    expect(messageOf(() => new Ring(8, 0, BUFFER_BYTES))).toBe(
      'RangeError: buffers: expected a whole number from 1 to 32768, got 0',
    );
    expect(messageOf(() => new Ring(8, 32_768, 65_536))).toMatch(/^RangeError: arenaBytes: /);
    expect(thrownBy(() => new Ring(100_000, 1, BUFFER_BYTES))).toMatchObject({ syscall: 'io_uring_setup' });
  });
});
