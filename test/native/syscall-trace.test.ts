import { constants as os } from 'node:os';
import { describe, expect, test } from '@jest/globals';
import { encodeAddress } from '../../src/linux/socket-address.js';
import { constants, native } from '../../src/native/addon.js';
import type { Native } from '../../src/native/native-api.js';
import { traced } from '../../src/native/syscall-trace.js';
import { bytes, Descriptors, expectNoLeaks } from '../support/descriptors.js';

expectNoLeaks();

const C = constants;
const calls = native as unknown as Readonly<Record<string, unknown>>;

/** One call that the kernel answers with `result`, as it is printed. */
function lineOf(name: string, args: readonly unknown[], result: number, read?: unknown): string {
  const lines: string[] = [];
  const call = (...given: unknown[]): number => {
    const done = given.at(-1);
    if (typeof done === 'function') done(result, ...(read === undefined ? [] : [read]));
    return result;
  };
  const fake = { ...native, [name]: call } as Native;
  const trace = traced(fake, (line) => lines.push(line)) as unknown as Record<string, (...args: unknown[]) => number>;
  if (name.endsWith('_job')) {
    const results: number[] = [];
    trace[name]?.(...args, (n: number) => results.push(n));
    expect(results).toEqual([result]);
  } else {
    expect(trace[name]?.(...args)).toBe(result);
  }
  expect(lines.length).toBe(1);
  return lines[0] as string;
}

const LONG = bytes(`GET /${'x'.repeat(100)} HTTP/1.1\r\n\r\n`);
const SHOWN = `"GET /${'x'.repeat(43)}"...`;
const IPV4 = encodeAddress({ address: '127.0.0.1', port: 9369 });
const IPV6 = encodeAddress({ address: '::1', port: 9369 });
const UNIX = encodeAddress({ path: '/run/epoll-reactor.sock' });
const UNFILLED = new Uint8Array(128);
/** Descriptors 0, 4 and 33. */
const FD_SET = new Uint32Array(32).fill(0b10001, 0, 1).fill(0b10, 1, 2);
const POLLFDS = Int32Array.of(4, C.POLLIN, 5, C.POLLIN | ((C.POLLIN | C.POLLHUP) << 16), 6, 0);

/** @param read  what a thread has read, for the callback of a job */
type Row = readonly [name: string, args: readonly unknown[], result: number, line: string, read?: unknown];

/** At least one row for each call that is traced. */
const ROWS: readonly Row[] = [
  ['epoll_create1', [C.EPOLL_CLOEXEC], 3, 'epoll_create1(EPOLL_CLOEXEC) = 3'],
  ['epoll_create1', [0], -os.errno.EMFILE, 'epoll_create1(0) = -1 EMFILE'],
  ['epoll_ctl', [3, C.EPOLL_CTL_ADD, 4, C.EPOLLIN], 0, 'epoll_ctl(3, EPOLL_CTL_ADD, 4, EPOLLIN) = 0'],
  [
    'epoll_ctl',
    [3, C.EPOLL_CTL_MOD, 4, (C.EPOLLIN | C.EPOLLOUT | C.EPOLLET) >>> 0],
    0,
    'epoll_ctl(3, EPOLL_CTL_MOD, 4, EPOLLIN|EPOLLOUT|EPOLLET) = 0',
  ],
  // In JavaScript a mask with the highest bit is negative until it is made unsigned.
  ['epoll_ctl', [3, C.EPOLL_CTL_ADD, 4, 0 | C.EPOLLET], 0, 'epoll_ctl(3, EPOLL_CTL_ADD, 4, EPOLLET) = 0'],
  ['epoll_ctl', [3, C.EPOLL_CTL_MOD, 4, 1 | 0x800], 0, 'epoll_ctl(3, EPOLL_CTL_MOD, 4, EPOLLIN|0x800) = 0'],
  ['epoll_ctl', [3, C.EPOLL_CTL_DEL, 4, 0], -os.errno.ENOENT, 'epoll_ctl(3, EPOLL_CTL_DEL, 4, 0) = -1 ENOENT'],
  ['epoll_ctl', [3, 9, 4, 0], -os.errno.EINVAL, 'epoll_ctl(3, 9, 4, 0) = -1 EINVAL'],
  [
    'epoll_wait',
    [3, Uint32Array.of(4, C.EPOLLIN | C.EPOLLHUP, 5, C.EPOLLOUT, 77, 77), -1],
    2,
    'epoll_wait(3, [[4, EPOLLIN|EPOLLHUP], [5, EPOLLOUT]], -1) = 2',
  ],
  ['epoll_wait', [3, Uint32Array.of(77, 77), 250], 0, 'epoll_wait(3, [], 250) = 0'],
  ['epoll_wait', [3, Uint32Array.of(77, 77), -1], -os.errno.EINTR, 'epoll_wait(3, [], -1) = -1 EINTR'],
  ['epoll_pwait2', [3, Uint32Array.of(4, C.EPOLLERR), 0.5], 1, 'epoll_pwait2(3, [[4, EPOLLERR]], 0.5) = 1'],

  [
    'socket',
    [C.AF_INET, C.SOCK_STREAM | C.SOCK_NONBLOCK | C.SOCK_CLOEXEC, 0],
    3,
    'socket(AF_INET, SOCK_STREAM|SOCK_NONBLOCK|SOCK_CLOEXEC, 0) = 3',
  ],
  ['socket', [C.AF_UNIX, C.SOCK_DGRAM, 0], 3, 'socket(AF_UNIX, SOCK_DGRAM, 0) = 3'],
  ['bind', [3, IPV4], 0, 'bind(3, 127.0.0.1:9369) = 0'],
  ['bind', [3, UNIX], 0, 'bind(3, AF_UNIX) = 0'],
  ['bind', [3, IPV6], 0, 'bind(3, [::1]:9369) = 0'],
  ['listen', [3, 4096], 0, 'listen(3, 4096) = 0'],
  [
    'accept4',
    [3, IPV4, C.SOCK_NONBLOCK | C.SOCK_CLOEXEC],
    4,
    'accept4(3, 127.0.0.1:9369, SOCK_NONBLOCK|SOCK_CLOEXEC) = 4',
  ],
  ['accept4', [3, null, 0], 4, 'accept4(3, NULL, 0) = 4'],
  // Where there is no connection the kernel fills in no address.
  ['accept4', [3, UNFILLED, C.SOCK_NONBLOCK], -os.errno.EAGAIN, 'accept4(3, ..., SOCK_NONBLOCK) = -1 EAGAIN'],
  ['connect', [3, IPV4], -os.errno.EINPROGRESS, 'connect(3, 127.0.0.1:9369) = -1 EINPROGRESS'],
  ['shutdown', [3, C.SHUT_WR], 0, 'shutdown(3, SHUT_WR) = 0'],
  ['shutdown', [3, C.SHUT_RD], 0, 'shutdown(3, SHUT_RD) = 0'],
  ['setsockopt', [3, C.SOL_SOCKET, C.SO_REUSEADDR, 1], 0, 'setsockopt(3, SOL_SOCKET, SO_REUSEADDR, 1) = 0'],
  ['setsockopt', [3, C.IPPROTO_TCP, C.TCP_NODELAY, 1], 0, 'setsockopt(3, IPPROTO_TCP, TCP_NODELAY, 1) = 0'],
  ['getsockopt', [3, C.SOL_SOCKET, C.SO_ERROR], 0, 'getsockopt(3, SOL_SOCKET, SO_ERROR) = 0'],
  ['getsockname', [3, IPV4], 16, 'getsockname(3, 127.0.0.1:9369) = 16'],
  ['getpeername', [3, IPV4], 16, 'getpeername(3, 127.0.0.1:9369) = 16'],

  ['recv', [3, LONG, 0, 1024, 0], 20, `recv(3, "GET /${'x'.repeat(15)}", 1024, 0) = 20`],
  ['recv', [3, LONG, 0, 1024, C.MSG_PEEK], 78, `recv(3, ${SHOWN}, 1024, MSG_PEEK) = 78`],
  ['recv', [3, LONG, 0, 1024, 0], 48, `recv(3, ${SHOWN.slice(0, -3)}, 1024, 0) = 48`],
  ['recv', [3, LONG, 106, 64, 0], 8, 'recv(3, "HTTP/1.1", 64, 0) = 8'],
  ['recv', [3, LONG, 0, 1024, 0], 0, 'recv(3, "", 1024, 0) = 0'],
  ['recv', [3, LONG, 0, 1024, 0], -os.errno.EAGAIN, 'recv(3, "", 1024, 0) = -1 EAGAIN'],
  ['recv', [3, LONG], 8, 'recv(3, "GET /xxx", 118, 0) = 8'],
  ['read', [3, bytes('hello')], 4, 'read(3, "hell", 5) = 4'],
  ['write', [3, bytes('hello')], 4, 'write(3, "hello", 5) = 4'],
  ['send', [3, bytes('hello')], 5, 'send(3, "hello", 5, MSG_NOSIGNAL) = 5'],
  ['send', [3, bytes('a\r\n"\\'), 0, 5, C.MSG_NOSIGNAL], 5, 'send(3, "a\\r\\n\\"\\\\", 5, MSG_NOSIGNAL) = 5'],
  ['send', [3, LONG, 0, 118, 0], 10, `send(3, ${SHOWN}, 118, 0) = 10`],
  ['send', [3, LONG, 106, 8, 0], -os.errno.EPIPE, 'send(3, "HTTP/1.1", 8, 0) = -1 EPIPE'],
  ['read', [3, LONG, 0, 64], 3, 'read(3, "GET", 64) = 3'],
  ['write', [3, LONG, 0, 3], 3, 'write(3, "GET", 3) = 3'],
  ['writev', [3, [bytes('head'), LONG], 2], 9, `writev(3, ["head", ${SHOWN}], 2) = 9`],
  ['sendfile', [3, 4, 0, 1048576], 65536, 'sendfile(3, 4, 0, 1048576) = 65536'],

  [
    'openat2',
    [C.AT_FDCWD, '/srv/a "b"', C.O_PATH | C.O_DIRECTORY | C.O_CLOEXEC, 0, 0],
    5,
    'openat2(AT_FDCWD, "/srv/a \\"b\\"", O_PATH|O_DIRECTORY|O_CLOEXEC, 0, 0) = 5',
  ],
  [
    'openat2',
    [5, '../x', C.O_NONBLOCK, 0, C.RESOLVE_BENEATH],
    -os.errno.ENOENT,
    'openat2(5, "../x", O_NONBLOCK, 0, RESOLVE_BENEATH) = -1 ENOENT',
  ],
  [
    'openat2_job',
    [5, 'a', C.O_NONBLOCK, C.RESOLVE_BENEATH | C.RESOLVE_NO_SYMLINKS],
    6,
    'openat2_job(5, "a", O_NONBLOCK, RESOLVE_BENEATH|RESOLVE_NO_SYMLINKS, {size=1234}) = 6',
    Float64Array.of(0o100644, 1234),
  ],
  [
    'openat2_job',
    [5, 'a', C.O_NONBLOCK, C.RESOLVE_BENEATH],
    -os.errno.ENOENT,
    'openat2_job(5, "a", O_NONBLOCK, RESOLVE_BENEATH, ...) = -1 ENOENT',
    new Float64Array(7),
  ],
  [
    'openat2_walk',
    [5, 'x', C.O_NONBLOCK, 0, C.RESOLVE_BENEATH],
    6,
    'openat2_walk(5, "x", O_NONBLOCK, 0, RESOLVE_BENEATH) = 6',
  ],
  [
    'openat2_walk_job',
    [5, 'a', C.O_NONBLOCK, C.RESOLVE_BENEATH],
    -os.errno.ENOENT,
    'openat2_walk_job(5, "a", O_NONBLOCK, RESOLVE_BENEATH, ...) = -1 ENOENT',
    new Float64Array(7),
  ],
  ['fstat', [5, Float64Array.of(0o100644, 1234, 0, 0, 0, 0)], 0, 'fstat(5, {size=1234}) = 0'],
  ['fstatfs', [5], 0xef53, 'fstatfs(5) = 61267'],
  ['pread', [5, bytes('pong\n'), 0, 5, 100], 5, 'pread(5, "pong\\n", 5, 100) = 5'],
  ['preadv2', [5, bytes('pong\n'), 0, 5, 0, C.RWF_NOWAIT], 5, 'preadv2(5, "pong\\n", 5, 0, RWF_NOWAIT) = 5'],
  [
    'preadv2',
    [5, bytes('pong\n'), 0, 5, 0, C.RWF_NOWAIT],
    -os.errno.EAGAIN,
    'preadv2(5, "", 5, 0, RWF_NOWAIT) = -1 EAGAIN',
  ],
  ['pread_job', [5, 5, 100], 5, 'pread_job(5, 5, 100, "pong\\n") = 5', bytes('pong\n')],
  ['sendfile_job', [3, 4, 0, 1048576], -os.errno.EAGAIN, 'sendfile_job(3, 4, 0, 1048576) = -1 EAGAIN'],
  ['close_job', [5], 0, 'close_job(5) = 0'],
  ['getdents64_job', [5, 1000], 2, 'getdents64_job(5, 1000) = 2', bytes('fa\0')],
  ...(['openat2_stat_job', 'openat2_walk_stat_job'] as const).map(
    (name): Row => [
      name,
      [5, 'x/', bytes('a\0b\0'), C.RESOLVE_BENEATH],
      2,
      `${name}(5, "x/", "a\\u0000b\\u0000", RESOLVE_BENEATH) = 2`,
      new Float64Array(12),
    ],
  ),
  ['close', [5], -os.errno.EBADF, 'close(5) = -1 EBADF'],
  ['fcntl', [5, C.F_GETFL, 0], 2, 'fcntl(5, F_GETFL, 0) = 2'],
  ['fcntl', [5, C.F_SETFL, C.O_RDWR | C.O_NONBLOCK], 0, 'fcntl(5, F_SETFL, O_RDWR|O_NONBLOCK) = 0'],
  ['fcntl', [5, C.F_DUPFD_CLOEXEC, 100], 100, 'fcntl(5, F_DUPFD_CLOEXEC, 100) = 100'],

  ['select', [34, FD_SET, null, -1], 3, 'select(34, {0 4 33}, NULL, -1) = 3'],
  ['select', [1, new Uint32Array(32), FD_SET, 1.5], 0, 'select(1, {}, {0 4 33}, 1.5) = 0'],
  ['poll', [POLLFDS, 2, -1], 1, 'poll([4, 5: POLLIN|POLLHUP], 2, -1) = 1'],
  ['poll', [POLLFDS, 0, 10], 0, 'poll([], 0, 10) = 0'],
  [
    'socketpair',
    [C.AF_UNIX, C.SOCK_STREAM | C.SOCK_NONBLOCK | C.SOCK_CLOEXEC, 0, Int32Array.of(6, 7)],
    0,
    'socketpair(AF_UNIX, SOCK_STREAM|SOCK_NONBLOCK|SOCK_CLOEXEC, 0, [6, 7]) = 0',
  ],
  ['pipe2', [Int32Array.of(6, 7), C.O_NONBLOCK | C.O_CLOEXEC], 0, 'pipe2([6, 7], O_NONBLOCK|O_CLOEXEC) = 0'],
  ['pipe2', [Int32Array.of(0, 0), 0], -os.errno.EMFILE, 'pipe2(..., 0) = -1 EMFILE'],
  ['posix_openpt', [C.O_RDWR | C.O_NOCTTY], 6, 'posix_openpt(O_RDWR|O_NOCTTY) = 6'],
  ['unlockpt', [6], 0, 'unlockpt(6) = 0'],
  ['ptsname_r', [6, Buffer.from('/dev/pts/0\0')], 10, 'ptsname_r(6, "/dev/pts/0") = 10'],
  ['io_uring_enter', [3, 2, 1, C.IORING_ENTER_GETEVENTS], 2, 'io_uring_enter(3, 2, 1, IORING_ENTER_GETEVENTS) = 2'],
  ['eventfd', [0, C.EFD_CLOEXEC | C.EFD_NONBLOCK], 6, 'eventfd(0, EFD_CLOEXEC|EFD_NONBLOCK) = 6'],
  ['eventfd_write', [6, 1], 0, 'eventfd_write(6, 1) = 0'],
  ['eventfd_read', [6], -os.errno.EAGAIN, 'eventfd_read(6) = -1 EAGAIN'],
  [
    'timerfd_create',
    [C.CLOCK_MONOTONIC, C.TFD_CLOEXEC | C.TFD_NONBLOCK],
    7,
    'timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC|TFD_NONBLOCK) = 7',
  ],
  ['timerfd_settime', [7, 1.5, 0], 0, 'timerfd_settime(7, 1.5, 0) = 0'],
  ['inotify_init1', [C.IN_NONBLOCK | C.IN_CLOEXEC], 8, 'inotify_init1(IN_CLOEXEC|IN_NONBLOCK) = 8'],
  [
    'inotify_add_watch',
    [8, '/proc/self/fd/5', C.IN_MODIFY | C.IN_ATTRIB],
    -os.errno.ENOENT,
    'inotify_add_watch(8, "/proc/self/fd/5", IN_ATTRIB|IN_MODIFY) = -1 ENOENT',
  ],
  ['inotify_rm_watch', [8, 1], 0, 'inotify_rm_watch(8, 1) = 0'],
  ['prctl', [38, 1], 0, 'prctl(38, 1) = 0'],
  ['landlock_create_ruleset', [null, 1], 7, 'landlock_create_ruleset(NULL, 1) = 7'],
  [
    'landlock_create_ruleset',
    [new Uint8Array(BigUint64Array.of(0xffffn, 3n).buffer), 0],
    9,
    'landlock_create_ruleset({0xffff, 0x3}, 0) = 9',
  ],
  ['landlock_add_rule', [9, 12, 5], 0, 'landlock_add_rule(9, 0xc, 5) = 0'],
  ['landlock_restrict_process', [9, 5_000], 12, 'landlock_restrict_process(9, 5000) = 12'],
  ['seccomp', [1, 5, new Uint8Array(16)], 0, 'seccomp(1, 0x5, [2 instructions]) = 0'],
];

test.each(ROWS.map(([name, args, result, line, read]) => [line, name, args, result, read] as const))(
  'prints %s',
  (line, name, args, result, read) => {
    expect(lineOf(name, args, result, read)).toBe(line);
  },
);

describe('The list of traced calls', () => {
  /** The calls that are not printed, with the reason. */
  const NOT_TRACED: Readonly<Record<string, string>> = {
    inet_pton: 'no system call',
    inet_ntop: 'no system call',
    getpwnam: 'a library, which makes calls of its own',
    getpwuid: 'likewise',
    getgrnam: 'likewise',
    IoUring: 'a class, whose user prints io_uring_setup',
    HostLoop: "the calls of Node's own loop, which are not of this program",
    OwnedFd: 'closes when it is garbage, or the thread ends: no program makes that call',
    SignalHandler: 'a class; its handler runs where it interrupts, and may not print',
  };
  const trace = traced(native, () => {}) as unknown as Readonly<Record<string, unknown>>;
  const functions = Object.keys(calls).filter((name) => typeof calls[name] === 'function');

  test('has each call of the addon, with known exceptions', () => {
    const untouched = functions.filter((name) => trace[name] === calls[name]);
    expect(untouched.sort()).toEqual(Object.keys(NOT_TRACED).sort());
  });

  test('has no call that the addon does not have', () => {
    expect(Object.keys(trace).sort()).toEqual(Object.keys(calls).sort());
  });

  test('has a row above for each call', () => {
    const names = functions.filter((name) => !(name in NOT_TRACED));
    expect([...new Set(ROWS.map(([name]) => name))].sort()).toEqual(names.sort());
  });

  test('leaves the addon itself as it was', () => {
    expect(trace['constants']).toBe(native.constants);
    expect(functions.filter((name) => calls[name] !== (native as unknown as Record<string, unknown>)[name])).toEqual(
      [],
    );
  });
});

test('a traced addon does the same, and prints its calls in their order', () => {
  using fds = new Descriptors();
  const [a, b] = fds.pair();
  const lines: string[] = [];
  const trace = traced(native, (line) => lines.push(line));
  const epfd = fds.own(trace.epoll_create1(C.EPOLL_CLOEXEC));
  const pairs = new Uint32Array(8);
  const buffer = new Uint8Array(64);
  expect(trace.epoll_ctl(epfd, C.EPOLL_CTL_ADD, b, C.EPOLLIN)).toBe(0);
  expect(trace.recv(b, buffer, 0, 64, 0)).toBe(-os.errno.EAGAIN);
  expect(trace.send(a, bytes('hello'), 0, 5, C.MSG_NOSIGNAL)).toBe(5);
  expect(trace.epoll_wait(epfd, pairs, -1)).toBe(1);
  expect([...pairs.subarray(0, 2)]).toEqual([b, C.EPOLLIN]);
  expect(trace.recv(b, buffer, 0, 64, 0)).toBe(5);
  expect(buffer.subarray(0, 5)).toEqual(bytes('hello'));
  expect(lines).toEqual([
    `epoll_create1(EPOLL_CLOEXEC) = ${epfd}`,
    `epoll_ctl(${epfd}, EPOLL_CTL_ADD, ${b}, EPOLLIN) = 0`,
    `recv(${b}, "", 64, 0) = -1 EAGAIN`,
    `send(${a}, "hello", 5, MSG_NOSIGNAL) = 5`,
    `epoll_wait(${epfd}, [[${b}, EPOLLIN]], -1) = 1`,
    `recv(${b}, "hello", 64, 0) = 5`,
  ]);
});

test('a call with a wrong argument throws, and is not printed', () => {
  const lines: string[] = [];
  const trace = traced(native, (line) => lines.push(line));
  expect(() => trace.recv(0, new Uint8Array(4), 0, 5, 0)).toThrow('length');
  expect(lines).toEqual([]);
});

test('bytes of a client are escaped: none moves the cursor or ends the line', () => {
  const all = Uint8Array.from({ length: 256 }, (_, i) => i);
  for (let from = 0; from < 256; from += 32) {
    const line = lineOf('recv', [3, all, from, 32, 0], 32);
    expect(line).toMatch(/^[ -~]*$/);
  }
});
