/**
 * System calls as strace(1) prints them: the names of the addon's calls, and a format for each argument. Buffers that the kernel
 * fills are shown after the call.
 */
import { errorCode } from './errno.js';
import { hostAndPort } from './host-and-port.js';
import { type ConstantName, type Native, STAT_SIZE } from './native-api.js';

/** Formats an argument, after the call: buffers that the kernel fills are filled then. */
export type Format = (value: unknown, result: number, all: readonly unknown[]) => string;

/** Shows the first of `length` bytes from `offset` on. */
export type ShowBytes = (bytes: Uint8Array, offset: number, length: number) => string;

/** Bytes of a buffer that are shown. strace: 32. */
export const SHOWN_BYTES_MAX = 48;

/** The format of a descriptor. */
export const descriptor: Format = (value) => String(value);

/**
 * The calls of the addon, with the formats of their arguments.
 * @param text  shows bytes: quotedBytes(), unless some must be hidden
 */
export function argumentFormats(
  native: Native,
  text: ShowBytes = quotedBytes,
): Readonly<Record<string, readonly Format[]>> {
  const { constants } = native;
  const flags = (...names: ConstantName[]): Format => {
    return (value) => {
      const parts: string[] = names.filter(
        (name) => constants[name] !== 0 && ((value as number) & constants[name]) !== 0,
      );
      const named = names.reduce((sum, name) => sum | constants[name], 0);
      const rest = ((value as number) & ~named) >>> 0;
      if (rest !== 0) parts.push(`0x${rest.toString(16)}`);
      return parts.join('|') || '0';
    };
  };
  const oneOf = (...names: ConstantName[]): Format => {
    return (value) => names.find((name) => constants[name] === value) ?? String(value);
  };
  const plain: Format = (value) => (value === null ? 'NULL' : String(value));
  const path: Format = (value) => JSON.stringify(value);
  const events = flags(
    'EPOLLIN',
    'EPOLLPRI',
    'EPOLLOUT',
    'EPOLLERR',
    'EPOLLHUP',
    'EPOLLRDHUP',
    'EPOLLONESHOT',
    'EPOLLET',
  );
  const pairs: Format = (value, result) => {
    const words = value as Uint32Array;
    const shown = Array.from(
      { length: Math.max(0, result) },
      (_, i) => `[${words[2 * i]}, ${events(words[2 * i + 1], 0, [])}]`,
    );
    return `[${shown.join(', ')}]`;
  };
  const pollEvents = flags('POLLIN', 'POLLOUT', 'POLLPRI', 'POLLERR', 'POLLHUP', 'POLLNVAL');
  const pollfds: Format = (value, _result, all) => {
    const words = value as Int32Array;
    const shown = Array.from({ length: all[1] as number }, (_, i) => {
      const revents = (words[2 * i + 1] as number) >>> 16;
      return `${words[2 * i]}${revents === 0 ? '' : `: ${pollEvents(revents, 0, [])}`}`;
    });
    return `[${shown.join(', ')}]`;
  };
  const fdSet: Format = (value) => {
    if (value === null) return 'NULL';
    const words = value as Uint32Array;
    const members: number[] = [];
    for (let fd = 0; fd < 32 * words.length; fd++)
      if (((words[fd >>> 5] as number) >>> (fd & 31)) & 1) members.push(fd);
    return `{${members.join(' ')}}`;
  };
  const address: Format = (value) => (value === null ? 'NULL' : addressText(value as Uint8Array, native));
  const filledAddress: Format = (value, result, all) => (result < 0 ? '...' : address(value, result, all));
  const filled: Format = (value, result, all) => text(value as Uint8Array, all[2] as number, result);
  const given: Format = (value, _result, all) => text(value as Uint8Array, all[2] as number, all[3] as number);
  const chunks: Format = (value) =>
    `[${(value as Uint8Array[]).map((chunk) => text(chunk, 0, chunk.length)).join(', ')}]`;
  const hidden: Format = () => '';
  const fd = descriptor;
  const filledPair: Format = (value, result) => (result < 0 ? '...' : `[${(value as Int32Array).join(', ')}]`);
  const filledPath: Format = (value, result) => (result < 0 ? '...' : text(value as Uint8Array, 0, result));
  const openFlags = flags(
    'O_RDWR',
    'O_PATH',
    'O_DIRECTORY',
    'O_NONBLOCK',
    'O_CLOEXEC',
    'O_NOCTTY',
    'O_NOFOLLOW',
    'O_CREAT',
  );
  const socketType: Format = (value) => {
    const kind = (value as number) & ~(constants.SOCK_NONBLOCK | constants.SOCK_CLOEXEC);
    const more = flags('SOCK_NONBLOCK', 'SOCK_CLOEXEC')((value as number) & ~kind, 0, []);
    return `${oneOf('SOCK_STREAM', 'SOCK_DGRAM')(kind, 0, [])}${more === '0' ? '' : `|${more}`}`;
  };
  const option: Format = (value, _result, all) => {
    if (all[1] === constants.IPPROTO_TCP) {
      return oneOf(
        'TCP_NODELAY',
        'TCP_CORK',
        'TCP_DEFER_ACCEPT',
        'TCP_KEEPIDLE',
        'TCP_KEEPINTVL',
        'TCP_KEEPCNT',
      )(value, 0, []);
    }
    return oneOf('SO_REUSEADDR', 'SO_REUSEPORT', 'SO_ERROR', 'SO_LINGER', 'SO_SNDBUF', 'SO_RCVBUF')(value, 0, []);
  };
  const messageFlags = flags('MSG_NOSIGNAL', 'MSG_MORE', 'MSG_DONTWAIT', 'MSG_PEEK');
  const fcntlArgument: Format = (value, result, all) =>
    all[1] === constants.F_SETFL ? openFlags(value, result, all) : plain(value, result, all);
  const resolveFlags = flags(
    'RESOLVE_BENEATH',
    'RESOLVE_NO_MAGICLINKS',
    'RESOLVE_NO_SYMLINKS',
    'RESOLVE_NO_XDEV',
    'RESOLVE_CACHED',
  );
  const fileStat: Format = (value) => `{size=${(value as Float64Array)[STAT_SIZE]}}`;
  const openedStat: Format = (value, result, all) => (result < 0 ? '...' : fileStat(value, result, all));
  const openat2 = [oneOf('AT_FDCWD'), path, openFlags, plain, resolveFlags];
  const openat2_job = [oneOf('AT_FDCWD'), path, openFlags, resolveFlags, openedStat];
  const names: Format = (value) => text(value as Uint8Array, 0, (value as Uint8Array).length);
  const openat2_stat_job = [fd, path, names, resolveFlags, hidden];
  const inotifyMask = flags(
    'IN_ATTRIB',
    'IN_CREATE',
    'IN_DELETE',
    'IN_DELETE_SELF',
    'IN_CLOSE_WRITE',
    'IN_MODIFY',
    'IN_MOVE_SELF',
    'IN_MOVED_FROM',
    'IN_MOVED_TO',
    'IN_ONLYDIR',
  );
  const hex: Format = (value) => `0x${(value as number).toString(16)}`;
  const ruleset: Format = (value) => {
    if (value === null) return 'NULL';
    const { buffer, byteOffset, length } = value as Uint8Array;
    return `{${Array.from(new BigUint64Array(buffer, byteOffset, length / 8), (word) => `0x${word.toString(16)}`).join(', ')}}`;
  };
  const instructions: Format = (value) => `[${(value as Uint8Array).length / 8} instructions]`;
  return {
    epoll_create1: [flags('EPOLL_CLOEXEC')],
    epoll_ctl: [fd, oneOf('EPOLL_CTL_ADD', 'EPOLL_CTL_MOD', 'EPOLL_CTL_DEL'), fd, events],
    epoll_wait: [fd, pairs, plain],
    epoll_pwait2: [fd, pairs, plain],
    socket: [oneOf('AF_INET', 'AF_INET6', 'AF_UNIX'), socketType, plain],
    socketpair: [oneOf('AF_UNIX'), socketType, plain, filledPair],
    bind: [fd, address],
    listen: [fd, plain],
    accept4: [fd, filledAddress, flags('SOCK_NONBLOCK', 'SOCK_CLOEXEC')],
    connect: [fd, address],
    shutdown: [fd, oneOf('SHUT_RD', 'SHUT_WR', 'SHUT_RDWR')],
    setsockopt: [fd, oneOf('SOL_SOCKET', 'IPPROTO_TCP', 'IPPROTO_IPV6'), option, plain],
    getsockopt: [fd, oneOf('SOL_SOCKET', 'IPPROTO_TCP', 'IPPROTO_IPV6'), option],
    getsockname: [fd, filledAddress],
    getpeername: [fd, filledAddress],
    recv: [fd, filled, hidden, plain, messageFlags],
    send: [fd, given, hidden, plain, messageFlags],
    read: [fd, filled, hidden, plain],
    write: [fd, given, hidden, plain],
    writev: [fd, chunks, plain],
    sendfile: [fd, fd, plain, plain],
    openat2,
    openat2_walk: openat2,
    openat2_job,
    openat2_walk_job: openat2_job,
    openat2_stat_job,
    openat2_walk_stat_job: openat2_stat_job,
    fstat: [fd, fileStat],
    fstatfs: [fd],
    pread: [fd, filled, hidden, plain, plain],
    preadv2: [fd, filled, hidden, plain, plain, flags('RWF_NOWAIT')],
    pread_job: [fd, plain, plain, (value, result) => text(value as Uint8Array, 0, result)],
    sendfile_job: [fd, fd, plain, plain],
    close_job: [fd],
    getdents64_job: [fd, plain, hidden],
    close: [fd],
    fcntl: [fd, oneOf('F_GETFL', 'F_SETFL', 'F_GETFD', 'F_SETFD', 'F_DUPFD_CLOEXEC'), fcntlArgument],
    pipe2: [filledPair, openFlags],
    posix_openpt: [openFlags],
    unlockpt: [fd],
    ptsname_r: [fd, filledPath],
    select: [plain, fdSet, fdSet, plain],
    poll: [pollfds, plain, plain],
    io_uring_enter: [fd, plain, plain, flags('IORING_ENTER_GETEVENTS')],
    eventfd: [plain, flags('EFD_CLOEXEC', 'EFD_NONBLOCK')],
    eventfd_write: [fd, plain],
    eventfd_read: [fd],
    timerfd_create: [oneOf('CLOCK_MONOTONIC'), flags('TFD_CLOEXEC', 'TFD_NONBLOCK')],
    timerfd_settime: [fd, plain, plain],
    inotify_init1: [flags('IN_CLOEXEC', 'IN_NONBLOCK')],
    inotify_add_watch: [fd, path, inotifyMask],
    prctl: [plain, plain],
    landlock_create_ruleset: [ruleset, plain],
    landlock_add_rule: [fd, hex, fd],
    landlock_restrict_process: [fd, plain],
    seccomp: [plain, hex, instructions],
    inotify_rm_watch: [fd, plain],
  };
}

/** The arguments, completed by those that the short forms leave out. */
export function wholeArguments(
  name: string,
  args: readonly unknown[],
  { MSG_NOSIGNAL }: Native['constants'],
): readonly unknown[] {
  if (!/^(?:recv|send|read|write)$/.test(name) || args.length !== 2) return args;
  const all = [...args, 0, (args[1] as Uint8Array).length];
  return name === 'recv' ? [...all, 0] : name === 'send' ? [...all, MSG_NOSIGNAL] : all;
}

export function resultText(result: number): string {
  return result < 0 ? `-1 ${errorCode(result)}` : `${result}`;
}

/** Bytes in quotes, cut to the first 48. */
export function quotedBytes(bytes: Uint8Array, offset: number, length: number): string {
  const shown = Math.min(Math.max(0, length), SHOWN_BYTES_MAX);
  return quote(Buffer.from(bytes.subarray(offset, offset + shown)).toString('latin1'), length > shown);
}

/** @param isCut  whether more bytes follow that are not shown */
export function quote(latin1: string, isCut: boolean): string {
  const text = JSON.stringify(latin1).replace(
    /[\x7f-\xff]/g, // letters to JSON; to a terminal, 0x9b begins an escape sequence
    (character) => `\\x${character.charCodeAt(0).toString(16)}`,
  );
  return isCut ? `${text}...` : text;
}

function addressText(bytes: Uint8Array, { constants, inet_ntop }: Native): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const family = view.getUint16(0, true);
  if (family === constants.AF_UNIX) return 'AF_UNIX';
  const digits = family === constants.AF_INET ? bytes.subarray(4, 8) : bytes.subarray(8, 24);
  return hostAndPort(inet_ntop(family, digits), view.getUint16(2));
}
