import { closeSync, openSync } from 'node:fs';
import { constants as os } from 'node:os';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import * as epollModule from '../../src/linux/epoll.js';
import {
  EPOLLERR,
  EPOLLET,
  EPOLLEXCLUSIVE,
  EPOLLHUP,
  EPOLLIN,
  EPOLLONESHOT,
  EPOLLOUT,
  EPOLLPRI,
  EPOLLRDHUP,
  Epoll,
  type ReadyEvent,
} from '../../src/linux/epoll.js';
import { constants, native } from '../../src/native/addon.js';
import { Descriptors, expectNoLeaks, NOT_OPEN, read, write } from '../support/descriptors.js';
import { accepted } from '../support/sockets.js';
import { messageOf, thrownBy } from '../support/thrown-error.js';

expectNoLeaks();

const byFd = ([a]: ReadyEvent, [b]: ReadyEvent): number => a - b;

describe('The constants', () => {
  test('are unsigned: the highest bit is 2 ** 31', () => {
    expect(EPOLLET).toBe(2 ** 31);
    expect(EPOLLONESHOT).toBe(2 ** 30);
    const values = Object.entries(epollModule).filter(([name]) => name.startsWith('EPOLL'));
    expect(values).toHaveLength(16);
    expect(values.filter(([, value]) => typeof value !== 'number' || value <= 0)).toEqual([]);
  });

  test('combined with | may be negative, which is accepted', () => {
    using fds = new Descriptors();
    using epoll = new Epoll();
    const [a, b] = fds.pair();
    expect(EPOLLIN | EPOLLET).toBeLessThan(0);
    epoll.register(a, EPOLLIN | EPOLLET);
    epoll.modify(a, EPOLLIN | EPOLLET);
    write(b);
    expect(epoll.poll(-1)).toEqual([[a, EPOLLIN]]);
  });
});

describe('The interest set', () => {
  test('reports each registered descriptor with what it is ready for', () => {
    using fds = new Descriptors();
    using epoll = new Epoll();
    const [a, b] = fds.pair();
    epoll.register(a, EPOLLIN | EPOLLOUT);
    epoll.register(b, EPOLLIN | EPOLLOUT);
    expect(epoll.poll(0).sort(byFd)).toEqual([
      [a, EPOLLOUT],
      [b, EPOLLOUT],
    ]);
    write(a);
    expect(epoll.poll(0).sort(byFd)).toEqual([
      [a, EPOLLOUT],
      [b, EPOLLIN | EPOLLOUT],
    ]);
    epoll.unregister(a);
    epoll.modify(b, EPOLLIN);
    expect(epoll.poll(0)).toEqual([[b, EPOLLIN]]);
    read(b);
    expect(epoll.poll(0)).toEqual([]);
  });

  test('waits for reading, urgent data and writing by default', () => {
    using fds = new Descriptors();
    using epoll = new Epoll();
    const [a, b] = fds.pair();
    epoll.register(a);
    write(b);
    expect(epoll.poll(0)).toEqual([[a, EPOLLIN | EPOLLOUT]]);
    expect(EPOLLIN | EPOLLPRI | EPOLLOUT).toBe(7);
  });

  test('takes a descriptor once: a second register is EEXIST', () => {
    using fds = new Descriptors();
    using epoll = new Epoll();
    const [a] = fds.pair();
    epoll.register(a, EPOLLIN);
    expect(thrownBy(() => epoll.register(a, EPOLLOUT))).toMatchObject({
      name: 'SystemError',
      code: 'EEXIST',
      errno: -os.errno.EEXIST,
      syscall: 'epoll_ctl',
      message: 'epoll_ctl EEXIST: file already exists',
    });
    expect(epoll.poll(0)).toEqual([]);
  });

  test('says ENOENT for a descriptor that is open and not in it', () => {
    using fds = new Descriptors();
    using epoll = new Epoll();
    const [a] = fds.pair();
    const expected = { code: 'ENOENT', errno: -os.errno.ENOENT, syscall: 'epoll_ctl' };
    expect(thrownBy(() => epoll.modify(a, EPOLLIN))).toMatchObject(expected);
    expect(thrownBy(() => epoll.unregister(a))).toMatchObject(expected);
    epoll.register(a);
    epoll.unregister(a);
    expect(thrownBy(() => epoll.unregister(a))).toMatchObject(expected);
  });

  test.each([NOT_OPEN, -1])('says EBADF for %d, which is not open', (fd) => {
    using epoll = new Epoll();
    const expected = { code: 'EBADF', errno: -os.errno.EBADF, syscall: 'epoll_ctl' };
    expect(thrownBy(() => epoll.register(fd))).toMatchObject(expected);
    expect(thrownBy(() => epoll.modify(fd, EPOLLIN))).toMatchObject(expected);
    expect(thrownBy(() => epoll.unregister(fd))).toMatchObject(expected);
  });

  test('refuses an argument that is no descriptor with TypeError or RangeError', () => {
    using epoll = new Epoll();
    const untyped = (value: unknown): number => value as number;
    expect(messageOf(() => epoll.register(untyped('3')))).toMatch(/^TypeError: fd: expected .* got a string$/);
    expect(messageOf(() => epoll.register(untyped(null)))).toMatch(/^TypeError: fd: expected .* got null$/);
    expect(messageOf(() => epoll.register(0.5))).toMatch(/^RangeError: fd: expected .* got 0.5$/);
  });

  test('refuses a regular file and a folder with EPERM: they are always ready', () => {
    using epoll = new Epoll();
    for (const path of [fileURLToPath(import.meta.url), '/']) {
      const file = openSync(path, 'r');
      expect(thrownBy(() => epoll.register(file, EPOLLIN))).toMatchObject({ code: 'EPERM', syscall: 'epoll_ctl' });
      closeSync(file);
    }
  });

  test('loses a descriptor that is closed, if no duplicate is open', () => {
    using fds = new Descriptors();
    using epoll = new Epoll();
    const [a, b] = fds.pair();
    epoll.register(a, EPOLLIN);
    write(b);
    fds.close(a);
    expect(epoll.poll(0)).toEqual([]);
    expect(thrownBy(() => epoll.unregister(a))).toMatchObject({ code: 'EBADF' });
  });

  test('goes on reporting a closed descriptor while a duplicate is open: unregister before closing', () => {
    using fds = new Descriptors();
    using epoll = new Epoll();
    const [a, b] = fds.pair();
    const duplicate = fds.duplicate(a); // as in a child process that was forked
    epoll.register(a, EPOLLIN);
    fds.close(a);
    write(b);
    expect(epoll.poll(0)).toEqual([[a, EPOLLIN]]);
    expect(thrownBy(() => epoll.unregister(a))).toMatchObject({ code: 'EBADF' });
    expect(thrownBy(() => epoll.unregister(duplicate))).toMatchObject({ code: 'ENOENT' });
    expect(epoll.poll(0)).toEqual([[a, EPOLLIN]]);
    fds.close(duplicate);
    expect(epoll.poll(0)).toEqual([]);
  });
});

describe('An event', () => {
  test.each([
    ['a socket pair', (fds: Descriptors) => fds.pair()],
    ['a pipe', (fds: Descriptors) => fds.pipe()],
    ['TCP', (fds: Descriptors) => fds.connection()],
  ])('with EPOLLET comes for each arrival at %s, also while bytes before it are unread', (_, open) => {
    using fds = new Descriptors();
    using epoll = new Epoll();
    const [a, b] = open(fds);
    epoll.register(a, EPOLLIN | EPOLLET);
    write(b);
    expect(epoll.poll(0)).toEqual([[a, EPOLLIN]]);
    expect(epoll.poll(0)).toEqual([]);
    write(b);
    expect(epoll.poll(0)).toEqual([[a, EPOLLIN]]);
    epoll.modify(a, EPOLLIN | EPOLLET);
    expect(epoll.poll(0)).toEqual([[a, EPOLLIN]]);
    epoll.modify(a, EPOLLIN);
    expect([epoll.poll(0), epoll.poll(0)]).toEqual([[[a, EPOLLIN]], [[a, EPOLLIN]]]);
  });

  test('with EPOLLET comes for new connections, and not for one that still waits', () => {
    using fds = new Descriptors();
    using epoll = new Epoll();
    const [listener, address] = fds.listener();
    epoll.register(listener, EPOLLIN | EPOLLET);
    fds.connect(address);
    fds.connect(address);
    expect(epoll.poll(0)).toEqual([[listener, EPOLLIN]]);
    fds.own(accepted(listener).fd);
    expect(epoll.poll(0)).toEqual([]); // although one more waits
    fds.connect(address);
    expect(epoll.poll(0)).toEqual([[listener, EPOLLIN]]);
  });

  test('with EPOLLET after a short read comes for the next byte, and not for a FIN that came with the last', () => {
    using fds = new Descriptors();
    using epoll = new Epoll();
    const [a, b] = fds.connection();
    epoll.register(a, EPOLLIN | EPOLLET);
    write(b, 'short');
    expect([epoll.poll(0), read(a)]).toEqual([[[a, EPOLLIN]], 'short']);
    write(b, 'last');
    native.shutdown(b, constants.SHUT_WR);
    expect([epoll.poll(0), read(a), epoll.poll(0)]).toEqual([[[a, EPOLLIN]], 'last', []]);
  });

  test('with EPOLLONESHOT comes once, until modify() arms it again', () => {
    using fds = new Descriptors();
    using epoll = new Epoll();
    const [a, b] = fds.pair();
    epoll.register(a, EPOLLIN | EPOLLONESHOT);
    write(b);
    expect(epoll.poll(0)).toEqual([[a, EPOLLIN]]);
    write(b);
    expect(epoll.poll(0)).toEqual([]);
    expect(thrownBy(() => epoll.register(a, EPOLLIN))).toMatchObject({ code: 'EEXIST' });
    epoll.modify(a, EPOLLIN | EPOLLONESHOT);
    expect(epoll.poll(0)).toEqual([[a, EPOLLIN]]);
  });

  test('has EPOLLHUP and EPOLLERR, asked for or not', () => {
    using fds = new Descriptors();
    using epoll = new Epoll();
    const [reading, writing] = fds.pipe();
    epoll.register(reading, 0);
    expect(epoll.poll(0)).toEqual([]);
    fds.close(writing);
    expect(epoll.poll(0)).toEqual([[reading, EPOLLHUP]]);

    const [readingToo, writingToo] = fds.pipe();
    epoll.unregister(reading);
    epoll.register(writingToo, 0);
    fds.close(readingToo);
    expect(epoll.poll(0)).toEqual([[writingToo, EPOLLERR]]);
  });

  test('is a mask: data and hang-up come together', () => {
    using fds = new Descriptors();
    using epoll = new Epoll();
    const [reading, writing] = fds.pipe();
    epoll.register(reading, EPOLLIN);
    write(writing);
    fds.close(writing);
    expect(epoll.poll(0)).toEqual([[reading, EPOLLIN | EPOLLHUP]]);
  });

  test('includes EPOLLRDHUP for a half-close, if asked for', () => {
    using fds = new Descriptors();
    using epoll = new Epoll();
    const [a, b] = fds.pair();
    epoll.register(a, EPOLLIN | EPOLLRDHUP);
    native.shutdown(b, constants.SHUT_WR);
    expect(epoll.poll(0)).toEqual([[a, EPOLLIN | EPOLLRDHUP]]);
    epoll.modify(a, EPOLLIN);
    expect(epoll.poll(0)).toEqual([[a, EPOLLIN]]);
    native.shutdown(b, constants.SHUT_RD);
    expect(epoll.poll(0)).toEqual([[a, EPOLLIN | EPOLLHUP]]);
  });

  test('with EPOLLEXCLUSIVE is reported as usual; such a registration cannot be modified, or be one-shot', () => {
    using fds = new Descriptors();
    using one = new Epoll();
    using another = new Epoll();
    const counter = fds.counter();
    one.register(counter, EPOLLIN | EPOLLEXCLUSIVE);
    another.register(counter, EPOLLIN | EPOLLEXCLUSIVE);
    expect(thrownBy(() => one.modify(counter, EPOLLIN))).toMatchObject({ code: 'EINVAL' });
    expect(thrownBy(() => one.register(fds.counter(), EPOLLIN | EPOLLEXCLUSIVE | EPOLLONESHOT))).toMatchObject({
      code: 'EINVAL',
    });
    native.eventfd_write(counter, 1);
    expect(one.poll(0)).toEqual([[counter, EPOLLIN]]);
    one.unregister(counter);
    expect(another.poll(0)).toEqual([[counter, EPOLLIN]]);
  });
});
