/** The programs that seccomp runs, run here: what they answer to which system call. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { type Rule, seccompFilter } from '../../../src/daemon/sandbox/seccomp-filter.js';
import { NEWEST_NUMBER, NUMBERS, type SystemCall, serverRules } from '../../../src/daemon/sandbox/system-calls.js';
import { testWhere } from '../programs.js';

const X86_64 = { audit: 0xc000_003e, column: 0 } as const;
const ARM64 = { audit: 0xc000_00b7, column: 1 } as const;
const I386 = 0x4000_0003;
const X32 = 0x4000_0000;

const NOTHING_MORE = { isWriting: false, ioUringFds: [] };

interface Call {
  readonly arch?: number;
  readonly number: number;
  readonly args?: readonly (number | bigint)[];
}

/** The kernel's machine, as far as the programs use it (bpf(4) of BSD; kernel/seccomp.c). */
function answerOf(program: Uint8Array, { arch = X86_64.audit, number, args = [] }: Call): string {
  const data = new DataView(new ArrayBuffer(64));
  data.setUint32(0, number, true);
  data.setUint32(4, arch, true);
  for (const [i, arg] of args.entries()) data.setBigUint64(16 + 8 * i, BigInt.asUintN(64, BigInt(arg)), true);
  const code = new DataView(program.buffer);
  let accumulator = 0;
  for (let at = 0; at < program.length; ) {
    const operation = code.getUint16(at, true);
    const jumps = [code.getUint8(at + 2), code.getUint8(at + 3)] as const;
    const k = code.getUint32(at + 4, true);
    at += 8;
    if (operation === 0x20) accumulator = data.getUint32(k, true);
    else if (operation === 0x54) accumulator = (accumulator & k) >>> 0;
    else if (operation === 0x15) at += 8 * (accumulator === k ? jumps[0] : jumps[1]);
    else if (operation === 0x25) at += 8 * (accumulator > k ? jumps[0] : jumps[1]);
    else if (operation === 0x06) return nameOf(k);
    else throw new Error(`an instruction 0x${operation.toString(16)}`);
  }
  throw new Error('the end of the program, which the kernel would refuse');
}

function nameOf(result: number): string {
  if (result === 0x7fff_0000) return 'allowed';
  if (result === 0x8000_0000) return 'killed';
  if (result === 0x0005_0001) return 'EPERM';
  if (result === 0x0005_0026) return 'ENOSYS';
  return `0x${result.toString(16)}`;
}

describe('a filter', () => {
  const rules: Rule[] = [
    { number: 7 },
    { number: 3, where: { argument: 1, oneOf: [5, 6] } },
    { number: 9, where: { argument: 0, mask: 0xf0, oneOf: [0x10] } },
    { number: 435, errno: 38 },
  ];
  const filter = seccompFilter(rules, { audit: X86_64.audit, newestNumber: 450 });

  test.each<[string, Call, string]>([
    ['allows what is listed', { number: 7 }, 'allowed'],
    ['refuses what is not', { number: 8 }, 'EPERM'],
    ['refuses the number 0 where it is not listed', { number: 0 }, 'EPERM'],
    ['allows the first of the values', { number: 3, args: [0, 5] }, 'allowed'],
    ['allows the last of them', { number: 3, args: [0, 6] }, 'allowed'],
    ['refuses another value', { number: 3, args: [5, 7] }, 'EPERM'],
    ['does not see the upper half, which the kernel drops', { number: 3, args: [0, (1n << 40n) | 5n] }, 'allowed'],
    ['compares the bits of the mask', { number: 9, args: [0x1f] }, 'allowed'],
    ['and all of them', { number: 9, args: [0x30] }, 'EPERM'],
    ['answers with the error that is listed', { number: 435 }, 'ENOSYS'],
    ['knows nothing of later calls', { number: 451 }, 'ENOSYS'],
    ['nor of x32', { number: X32 | 7 }, 'ENOSYS'],
    ['nor of negative numbers', { number: 0xffff_ffff }, 'ENOSYS'],
    ['ends a process that calls by another table', { arch: I386, number: 7 }, 'killed'],
    ['whatever it calls', { arch: ARM64.audit, number: 451 }, 'killed'],
  ])('%s', (_title, call, expected) => {
    expect(answerOf(filter, call)).toBe(expected);
  });

  test('can allow all but what is listed', () => {
    const open = seccompFilter([{ number: 425, errno: 38 }], {
      audit: X86_64.audit,
      newestNumber: 0xffff_ffff,
      otherwise: 'allow',
    });
    expect(answerOf(open, { number: 425 })).toBe('ENOSYS');
    expect(answerOf(open, { number: 59 })).toBe('allowed');
    expect(answerOf(open, { number: 1_000 })).toBe('allowed');
  });
});

describe.each([
  ['x86-64', X86_64],
  ['arm64', ARM64],
])('the filter of a server on %s', (_name, architecture) => {
  const rules = serverRules(architecture, NOTHING_MORE);
  const filter = seccompFilter(rules, { audit: architecture.audit, newestNumber: NEWEST_NUMBER });

  function answer(name: SystemCall, ...args: (number | bigint)[]): string {
    return answerOf(filter, { arch: architecture.audit, number: NUMBERS[name][architecture.column] as number, args });
  }

  test('the filter is short enough for the kernel, and looks first for the calls of each request', () => {
    expect(filter.length / 8).toBeLessThan(4_096);
    const hot = ['recvfrom', 'sendto', 'epoll_pwait', 'read'] as const;
    const numbers = hot.map((name) => NUMBERS[name][architecture.column] as number);
    for (const number of numbers) expect(rules.findIndex((rule) => rule.number === number)).toBeLessThan(9);
  });

  test('names each call once', () => {
    expect(new Set(rules.map(({ number }) => number)).size).toBe(rules.length);
  });

  test('lets threads be started, and no process, nor anything in a namespace of its own', () => {
    const glibcThread = 0x003d_0f00;
    expect(answer('clone', glibcThread)).toBe('allowed');
    expect(answer('clone', glibcThread | 0x0040_0000)).toBe('allowed'); // musl: CLONE_DETACHED
    expect(answer('clone', 0x0120_0011)).toBe('EPERM'); // fork()
    expect(answer('clone', 0x4111)).toBe('EPERM'); // vfork(), posix_spawn()
    for (const namespace of [0x0002_0000, 0x0200_0000, 0x1000_0000, 0x2000_0000, 0x4000_0000]) {
      expect(answer('clone', glibcThread | namespace)).toBe('EPERM');
    }
    expect(answer('clone3')).toBe('ENOSYS');
  });

  test('lets a process send signals to itself alone', () => {
    expect(answer('kill', process.pid, 15)).toBe('allowed');
    expect(answer('tgkill', process.pid, process.pid, 6)).toBe('allowed');
    for (const pid of [process.ppid, 1, 0, -1, -process.pid]) expect(answer('kill', pid, 15)).toBe('EPERM');
    expect(answer('tgkill', process.ppid, process.ppid, 9)).toBe('EPERM');
    // F_GETFL, F_SETFL, F_DUPFD_CLOEXEC; and F_SETOWN, F_SETSIG, F_SETOWN_EX, by which the kernel sends them.
    for (const command of [3, 4, 1030]) expect(answer('fcntl', 5, command)).toBe('allowed');
    for (const command of [8, 10, 15]) expect(answer('fcntl', 5, command, process.ppid)).toBe('EPERM');
  });

  test('the filter has no io_uring, unless libuv has one already', () => {
    expect(answer('io_uring_setup')).toBe('ENOSYS');
    expect(answer('io_uring_enter', 4)).toBe('EPERM');
    const withRing = seccompFilter(serverRules(architecture, { isWriting: false, ioUringFds: [4, 17] }), {
      audit: architecture.audit,
      newestNumber: NEWEST_NUMBER,
    });
    const enter = (fd: number): string => answerOf(withRing, { arch: architecture.audit, number: 426, args: [fd] });
    expect([enter(4), enter(17), enter(5)]).toEqual(['allowed', 'allowed', 'EPERM']);
  });

  test('looks at the options of calls that have dangerous ones', () => {
    expect(answer('sendto', 3, 0, 1, 0x4000)).toBe('allowed'); // MSG_NOSIGNAL
    expect(answer('sendto', 3, 0, 1, 0x2000_4000)).toBe('EPERM'); // MSG_FASTOPEN connects
    expect(answer('ioctl', 0, 0x5413)).toBe('allowed'); // TIOCGWINSZ
    expect(answer('ioctl', 0, 0x5412)).toBe('EPERM'); // TIOCSTI types into the terminal
    expect(answer('prctl', 15)).toBe('allowed'); // PR_SET_NAME
    expect(answer('prctl', 22)).toBe('EPERM'); // PR_SET_SECCOMP
    expect(answer('setsockopt', 3, 1, 13)).toBe('allowed'); // SO_LINGER
    expect(answer('setsockopt', 3, 1, 26)).toBe('EPERM'); // SO_ATTACH_FILTER
    expect(answer('setsockopt', 3, 1, 51)).toBe('EPERM'); // SO_ATTACH_REUSEPORT_CBPF
    expect(answer('setsockopt', 3, 0, 64)).toBe('EPERM'); // SOL_IP: IPT_SO_SET_REPLACE
    expect(answer('prlimit64', 0, 7)).toBe('allowed');
    expect(answer('prlimit64', 1, 7)).toBe('EPERM');
  });

  test('lets files be removed by a process alone that is to write', () => {
    expect(answer('unlinkat')).toBe('EPERM');
    const writing = serverRules(architecture, { isWriting: true, ioUringFds: [] });
    expect(writing.map(({ number }) => number)).toContain(NUMBERS.unlinkat[architecture.column]);
  });
});

/** By name, as this machine's headers have them. */
function headerNumbers(path: string): Map<string, number> {
  const numbers = new Map<string, number>();
  for (const [, name, number] of readFileSync(path, 'utf8').matchAll(/^#define __NR(?:3264)?_(\w+)\s+(\d+)/gm)) {
    numbers.set(name as string, Number(number));
  }
  return numbers;
}

describe('no dangerous call is in the list', () => {
  const X86_64_HEADER = '/usr/include/x86_64-linux-gnu/asm/unistd_64.h';
  const DANGEROUS =
    'execve execveat fork vfork socket socketpair connect bind listen sendmsg sendmmsg ptrace process_vm_readv ' +
    'process_vm_writev mount umount2 pivot_root chroot setns unshare bpf perf_event_open userfaultfd kexec_load init_module ' +
    'finit_module keyctl add_key request_key open_by_handle_at io_uring_register memfd_create setuid setgid setgroups ' +
    'setresuid capset seccomp landlock_restrict_self pidfd_getfd pidfd_send_signal rt_sigqueueinfo iopl ioperm ' +
    'personality quotactl reboot swapon chmod fchmodat chown rename renameat2 link symlinkat mkdirat mknodat truncate';

  testWhere(existsSync(X86_64_HEADER), 'there are no headers of x86-64')('on x86-64', () => {
    const header = headerNumbers(X86_64_HEADER);
    const filter = seccompFilter(serverRules(X86_64, { isWriting: true, ioUringFds: [4] }), {
      audit: X86_64.audit,
      newestNumber: NEWEST_NUMBER,
    });
    for (const name of DANGEROUS.split(' ')) {
      expect(header.has(name)).toBe(true);
      expect([name, answerOf(filter, { number: header.get(name) as number })]).toEqual([name, 'EPERM']);
    }
  });
});

describe('the numbers are those of the headers', () => {
  test.each([
    ['x86-64', 0, '/usr/include/x86_64-linux-gnu/asm/unistd_64.h'],
    ['arm64', 1, '/usr/include/asm-generic/unistd.h'],
  ] as const)('of %s', (_name, column, path) => {
    if (!existsSync(path)) return;
    const header = headerNumbers(path);
    header.set('cachestat', 451); // Linux 6.5
    // The generic table has one name for both widths.
    if (column === 1) header.set('newfstatat', header.get('fstatat') as number);
    for (const [name, numbers] of Object.entries(NUMBERS)) {
      expect([name, numbers[column]]).toEqual([name, header.get(name)]);
    }
  });
});
