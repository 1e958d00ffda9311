/**
 * The system calls of a server that has started: found by strace(1) of Node 20 to 26 under load, while it collects garbage, lists
 * folders, notices changes, starts a thread and ends; and the calls that other versions of libc, libuv and V8 make for the same.
 *
 * All others are refused: execve and fork; socket, bind, connect; ptrace and process_vm_readv; mount, bpf and modules; io_uring,
 * userfaultfd and 300 more.
 */
import { arch, pid } from 'node:process';
import type { Condition, Rule } from './seccomp-filter.js';

export interface Architecture {
  /** AUDIT_ARCH_* of linux/audit.h: whose table the numbers belong to. */
  readonly audit: number;
  /** Its column in the table. */
  readonly column: 0 | 1;
}

const ARCHITECTURES: Readonly<Partial<Record<NodeJS.Architecture, Architecture>>> = {
  x64: { audit: 0xc000_003e, column: 0 },
  arm64: { audit: 0xc000_00b7, column: 1 },
};

/** undefined for an architecture that has not been tried. */
export function currentArchitecture(): Architecture | undefined {
  return ARCHITECTURES[arch];
}

/** The highest number when this list was made (Linux 6.19). A program that makes a later call expects ENOSYS. */
export const NEWEST_NUMBER = 470;

const NONE = undefined;

/** Numbers of x86-64 and arm64. Not from a header: those of the build machine can be older than the calls. */
// biome-ignore format: a table of a hundred rows reads better in paragraphs
export const NUMBERS = {
  // of each request, and so first in the filter
  recvfrom: [45, 207], sendto: [44, 206], epoll_wait: [232, NONE], epoll_pwait: [281, 22], epoll_pwait2: [441, 441],
  read: [0, 63], write: [1, 64], writev: [20, 66], futex: [202, 98],
  // of each connection
  accept4: [288, 242], close: [3, 57], shutdown: [48, 210], sendfile: [40, 71], readv: [19, 65], recvmsg: [47, 212],
  getsockname: [51, 204], getpeername: [52, 205], getsockopt: [55, 209], setsockopt: [54, 208],
  // of files
  openat2: [437, 437], openat: [257, 56], open: [2, NONE], pread64: [17, 67], preadv: [295, 69], preadv2: [327, 286],
  fstat: [5, 80], fstatfs: [138, 44], newfstatat: [262, 79], stat: [4, NONE], lstat: [6, NONE], statx: [332, 291], lseek: [8, 62],
  getdents64: [217, 61], fadvise64: [221, 223], readahead: [187, 213], cachestat: [451, 451], readlink: [89, NONE],
  readlinkat: [267, 78], fcntl: [72, 25], ioctl: [16, 29], dup: [32, 23], dup2: [33, NONE], dup3: [292, 24],
  fsync: [74, 82], fdatasync: [75, 83], getcwd: [79, 17],
  // of waiting
  epoll_create1: [291, 20], epoll_ctl: [233, 21], eventfd2: [290, 19], timerfd_create: [283, 85],
  timerfd_settime: [286, 86], inotify_init1: [294, 26], inotify_add_watch: [254, 27], inotify_rm_watch: [255, 28],
  pipe2: [293, 59], poll: [7, NONE], ppoll: [271, 73],
  // of memory: V8 compiles into memory that it then makes executable
  mmap: [9, 222], munmap: [11, 215], mprotect: [10, 226], mremap: [25, 216], madvise: [28, 233], brk: [12, 214],
  mincore: [27, 232], membarrier: [324, 283], pkey_alloc: [330, 289], pkey_mprotect: [329, 288], pkey_free: [331, 290],
  // of threads
  clone: [56, 220], clone3: [435, 435], set_robust_list: [273, 99], set_tid_address: [218, 96], rseq: [334, 293],
  prctl: [157, 167], exit: [60, 93], gettid: [186, 178], sched_yield: [24, 124], sched_getaffinity: [204, 123],
  sched_getparam: [143, 121], sched_getscheduler: [145, 120], getcpu: [309, 168], sigaltstack: [131, 132],
  rt_sigaction: [13, 134], rt_sigprocmask: [14, 135], rt_sigreturn: [15, 139], restart_syscall: [219, 128],
  tgkill: [234, 131], kill: [62, 129],
  // of the process itself, and the time
  exit_group: [231, 94], getpid: [39, 172], getppid: [110, 173], getuid: [102, 174], geteuid: [107, 175],
  getgid: [104, 176], getegid: [108, 177], capget: [125, 90], getrusage: [98, 165], prlimit64: [302, 261],
  sysinfo: [99, 179], uname: [63, 160], times: [100, 153], clock_gettime: [228, 113], clock_getres: [229, 114],
  clock_nanosleep: [230, 115], nanosleep: [35, 101], gettimeofday: [96, 169], time: [201, NONE], getrandom: [318, 278],
  // for a process without a supervisor, which removes its logs and sockets itself
  unlink: [87, NONE], unlinkat: [263, 35],
  // for libuv, if it has a ring
  io_uring_setup: [425, 425], io_uring_enter: [426, 426],
} as const satisfies Readonly<Record<string, readonly [number, number | undefined]>>;

export type SystemCall = keyof typeof NUMBERS;

export const ENOSYS = 38;

const MSG_FASTOPEN = 0x2000_0000;

const CLONE_THREAD = 0x0001_0000;
/** CLONE_PTRACE, VFORK, PARENT, NEWNS, UNTRACED, and NEWCGROUP to NEWNET: no thread is started with these. */
const CLONE_NEVER = 0x7e82_e000;

const SO_LINGER = 13;

/** asm-generic/ioctls.h: flags of descriptors, and sizes of terminals. Without TIOCSTI, which types into a terminal. */
// biome-ignore format: in the order of the header
const IOCTLS = [
  0x5401, 0x5402, 0x5403, 0x5404, // TCGETS, TCSETS, TCSETSW, TCSETSF
  0x802c_542a, 0x402c_542b, 0x402c_542c, 0x402c_542d, // the same with 2 at the end: glibc 2.42
  0x5413, 0x541b, 0x5421, 0x5450, 0x5451, // TIOCGWINSZ, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX
];

/** PR_SET_NAME, PR_GET_NAME, PR_SET_VMA (names of memory), PR_GET_NO_NEW_PRIVS. */
const PRCTLS = [15, 16, 0x5356_4d41, 39];

/** Conditions on arguments. */
const CONDITIONS: Readonly<Partial<Record<SystemCall, Condition>>> = {
  // A listening socket that is shut down could be connected by it, past Landlock.
  sendto: { argument: 3, mask: MSG_FASTOPEN, oneOf: [0] },
  // Only one option is allowed. Others can make a listening socket deaf that other workers share, or lead their connections
  // here (SO_ATTACH_FILTER, SO_ATTACH_REUSEPORT_CBPF).
  setsockopt: { argument: 2, oneOf: [SO_LINGER] },
  ioctl: { argument: 1, oneOf: IOCTLS },
  clone: { argument: 0, mask: CLONE_THREAD | CLONE_NEVER, oneOf: [CLONE_THREAD] },
  prctl: { argument: 0, oneOf: PRCTLS },
  // This process alone.
  kill: { argument: 0, oneOf: [pid] },
  // F_DUPFD to F_SETLKW, and F_DUPFD_CLOEXEC. Not F_SETOWN: the kernel sends signals to the owner, whichever process it is.
  fcntl: { argument: 1, oneOf: [0, 1, 2, 3, 4, 5, 6, 7, 1030] },
  tgkill: { argument: 0, oneOf: [pid] },
  prlimit64: { argument: 0, oneOf: [0, pid] },
};

const WRITING: ReadonlySet<SystemCall> = new Set(['unlink', 'unlinkat']);

export interface Needs {
  /** Whether the process itself removes files. */
  readonly isWriting: boolean;
  /** The io_uring descriptors that libuv made before this process could prevent it; undefined if they are not known. */
  readonly ioUringFds: readonly number[] | undefined;
}

/** The calls that are allowed, and those that get another error than EPERM. */
export function serverRules({ column }: Architecture, { isWriting, ioUringFds }: Needs): Rule[] {
  const rules: Rule[] = [];
  for (const [name, numbers] of Object.entries(NUMBERS) as [SystemCall, (typeof NUMBERS)[SystemCall]][]) {
    const number = numbers[column];
    if (number === undefined || (WRITING.has(name) && !isWriting)) continue;
    // The flags of clone3 are behind a pointer, which no filter follows: without it, libc uses clone.
    // No filter sees the calls of io_uring: without it, libuv makes them one by one.
    if (name === 'clone3' || name === 'io_uring_setup') rules.push({ number, errno: ENOSYS });
    else if (name === 'io_uring_enter') {
      // libuv ends the process if it cannot use a ring that it has.
      if (ioUringFds === undefined) rules.push({ number });
      else if (ioUringFds.length > 0) rules.push({ number, where: { argument: 0, oneOf: ioUringFds } });
    } else {
      const where = CONDITIONS[name];
      rules.push(where === undefined ? { number } : { number, where });
    }
  }
  return rules;
}
