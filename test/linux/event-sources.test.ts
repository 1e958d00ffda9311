/** Timer, Waker, Watcher, pipe, pty and socketpair: descriptors to wait for. */
import {
  closeSync,
  constants as fs,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from '@jest/globals';
import * as descriptors from '../../src/linux/descriptors.js';
import { EPOLLHUP, EPOLLIN, Epoll } from '../../src/linux/epoll.js';
import * as sockets from '../../src/linux/sockets.js';
import { Timer } from '../../src/linux/timer.js';
import { Waker } from '../../src/linux/waker.js';
import { IN_CREATE, IN_DELETE, IN_IGNORED, IN_MOVED_FROM, IN_MOVED_TO, Watcher } from '../../src/linux/watcher.js';
import { bytes, expectNoLeaks } from '../support/descriptors.js';
import { messageOf } from '../support/thrown-error.js';

expectNoLeaks();

/** The descriptors that are ready, waiting for `timeoutMs` at most. */
function ready(fd: number, timeoutMs = 0): number[][] {
  using epoll = new Epoll();
  epoll.register(fd, EPOLLIN);
  return epoll.poll(timeoutMs);
}

function textOf(fd: number): string {
  const buffer = Buffer.alloc(100);
  return buffer.toString('utf8', 0, Math.max(0, descriptors.read(fd, buffer)));
}

describe('a Timer', () => {
  test('is readable when its delay has passed, and not earlier', () => {
    using timer = new Timer();
    expect([timer.read(), ready(timer.fileno())]).toEqual([0, []]);
    const start = performance.now();
    timer.set(5.5);
    expect(ready(timer.fileno(), -1)).toEqual([[timer.fileno(), EPOLLIN]]);
    expect(performance.now() - start).toBeGreaterThanOrEqual(5.5);
    expect([timer.read(), timer.read(), ready(timer.fileno())]).toEqual([1, 0, []]);
  });

  test('with a delay of 0 fires at once', () => {
    using timer = new Timer();
    timer.set(0);
    expect(ready(timer.fileno(), -1)).toHaveLength(1);
  });

  test('with an interval fires again and counts, until clear()', () => {
    using timer = new Timer();
    timer.set(0, 0.01);
    let count = 0;
    while (count < 5) {
      ready(timer.fileno(), -1);
      count += timer.read();
    }
    timer.clear();
    expect([timer.read(), ready(timer.fileno())]).toEqual([0, []]);
  });

  test('refuses times that are none', () => {
    using timer = new Timer();
    expect(messageOf(() => timer.set(-1))).toMatch(/^RangeError: delayMs: expected milliseconds from 0 to .*, got -1$/);
    expect(messageOf(() => timer.set(1, Number.NaN))).toMatch(/^RangeError: intervalMs: .*, got NaN$/);
    expect(messageOf(() => timer.set('1s' as never))).toBe('TypeError: delayMs: expected milliseconds, got a string');
  });
});

describe('a Waker', () => {
  test('is readable after wake(), and read() tells how often', () => {
    using waker = new Waker();
    expect([waker.read(), ready(waker.fileno())]).toEqual([0, []]);
    waker.wake();
    Waker.wake(waker.fileno());
    expect(ready(waker.fileno())).toEqual([[waker.fileno(), EPOLLIN]]);
    expect([waker.read(), waker.read()]).toEqual([2, 0]);
  });

  test('wakes a thread that waits in epoll_wait', async () => {
    using waker = new Waker();
    const code = `const { workerData } = require('node:worker_threads');
      const { native } = { native: require(workerData.addon) };
      native.eventfd_write(workerData.fd, 1);`;
    const addon = new URL('../../build/Release/epoll_reactor.node', import.meta.url).pathname;
    const worker = new Worker(code, { eval: true, workerData: { addon, fd: waker.fileno() } });
    expect(ready(waker.fileno(), -1)).toHaveLength(1); // this thread, and Node's loop in it, stands still meanwhile
    expect(waker.read()).toBe(1);
    await new Promise((resolve) => worker.once('exit', resolve));
  });

  test('whose counter is full stays readable, and waking it is no error', () => {
    using waker = new Waker();
    descriptors.write(waker.fileno(), new Uint8Array(new BigUint64Array([2n ** 64n - 2n]).buffer));
    waker.wake();
    expect(ready(waker.fileno())).toHaveLength(1);
  });

  test('refuses a descriptor that is no eventfd', () => {
    expect(messageOf(() => Waker.wake(-1))).toBe('SystemError: eventfd_write EBADF: bad file descriptor');
    expect(messageOf(() => Waker.wake('3' as never))).toBe('TypeError: fd: expected a whole number, got a string');
  });
});

describe('a Watcher', () => {
  test('reports what happens in a folder, in order, and a rename as a pair', () => {
    const folder = mkdtempSync(join(tmpdir(), 'watcher-'));
    try {
      using watcher = new Watcher();
      const watch = watcher.add(folder, IN_CREATE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE);
      expect([watcher.read(), ready(watcher.fileno())]).toEqual([[], []]);
      writeFileSync(join(folder, 'a'), '');
      renameSync(join(folder, 'a'), join(folder, 'b'));
      unlinkSync(join(folder, 'b'));
      expect(ready(watcher.fileno())).toHaveLength(1);
      const events = watcher.read();
      const cookie = events[1]?.cookie;
      expect(cookie).toBeGreaterThan(0);
      expect(events).toEqual([
        { watch, mask: IN_CREATE, cookie: 0, name: 'a' },
        { watch, mask: IN_MOVED_FROM, cookie, name: 'a' },
        { watch, mask: IN_MOVED_TO, cookie, name: 'b' },
        { watch, mask: IN_DELETE, cookie: 0, name: 'b' },
      ]);
      watcher.remove(watch);
      expect(watcher.read()).toEqual([{ watch, mask: IN_IGNORED, cookie: 0, name: '' }]);
      expect(messageOf(() => watcher.remove(watch))).toMatch(/^SystemError: inotify_rm_watch EINVAL/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('refuses a path that is none, and no events', () => {
    using watcher = new Watcher();
    expect(messageOf(() => watcher.add('/no/such', IN_CREATE))).toBe(
      'SystemError: inotify_add_watch ENOENT: no such file or directory /no/such',
    );
    expect(messageOf(() => watcher.add('/', 0))).toMatch(/^SystemError: inotify_add_watch EINVAL/);
    expect(messageOf(() => watcher.add(1 as never, IN_CREATE))).toBe(
      'TypeError: path: expected a string, got a number',
    );
  });
});

describe.each([
  ['Timer', () => new Timer()],
  ['Waker', () => new Waker()],
  ['Watcher', () => new Watcher()],
])('a closed %s', (name, make) => {
  test('says that it is closed; a second close() does nothing', () => {
    const source = make();
    source.close();
    source.close();
    expect(source.closed).toBe(true);
    for (const call of [() => source.fileno(), () => source.read()]) {
      expect(messageOf(call)).toBe(`Error: this ${name} is closed`);
    }
  });
});

describe('pipe()', () => {
  test('carries bytes from one end to the other, and neither end blocks', () => {
    const { readFd, writeFd } = descriptors.pipe();
    expect(descriptors.read(readFd, Buffer.alloc(1))).toBe(descriptors.WOULD_BLOCK);
    expect(descriptors.write(writeFd, bytes('hello'))).toBe(5);
    expect(textOf(readFd)).toBe('hello');
    const chunk = new Uint8Array(65_536);
    expect([descriptors.write(writeFd, chunk), descriptors.write(writeFd, chunk)]).toEqual([
      65_536,
      descriptors.WOULD_BLOCK,
    ]);
    descriptors.close(readFd);
    expect(messageOf(() => descriptors.write(writeFd, chunk))).toBe('SystemError: write EPIPE: broken pipe');
    descriptors.close(writeFd);
    expect(messageOf(() => descriptors.close(writeFd))).toBe('SystemError: close EBADF: bad file descriptor');
  });
});

describe('pty()', () => {
  test('makes a terminal: what is written to it is typed, what is printed can be read', () => {
    const { fd, path } = descriptors.pty();
    expect(path).toMatch(/^\/dev\/pts\/\d+$/);
    const terminal = openSync(path, fs.O_RDWR | fs.O_NOCTTY);
    descriptors.write(fd, bytes('typed\n'));
    expect(textOf(terminal)).toBe('typed\n');
    expect(textOf(fd)).toBe('typed\r\n'); // the echo
    descriptors.write(terminal, bytes('printed\n'));
    expect(textOf(fd)).toBe('printed\r\n');
    closeSync(terminal);
    using epoll = new Epoll();
    epoll.register(fd, EPOLLIN);
    expect(epoll.poll(0)).toEqual([[fd, EPOLLHUP]]);
    expect(messageOf(() => descriptors.read(fd, Buffer.alloc(1)))).toBe('SystemError: read EIO: i/o error');
    descriptors.close(fd);
  });
});

describe('socketpair()', () => {
  test('makes two sockets that hear each other', () => {
    const [one, other] = sockets.socketpair();
    expect(sockets.recv(other, Buffer.alloc(1))).toBe(sockets.WOULD_BLOCK);
    sockets.send(one, bytes('hello'));
    expect(ready(other)).toEqual([[other, EPOLLIN]]);
    expect(textOf(other)).toBe('hello');
    sockets.close(one);
    expect(sockets.recv(other, Buffer.alloc(1))).toBe(0);
    sockets.close(other);
  });

  test('refuses a type that is none', () => {
    expect(messageOf(() => sockets.socketpair('stream' as never))).toBe(
      'TypeError: type: expected a whole number, got a string',
    );
    expect(messageOf(() => sockets.socketpair(99))).toMatch(/^SystemError: socketpair /);
  });
});
