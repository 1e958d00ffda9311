/**
 * The addon's functions and constants, as types.
 *
 * Each function is the system call of its name, documented by its man page. It returns n >= 0 or -errno. A wrong argument (a string for
 * a descriptor, an offset beyond the buffer) is a bug of the caller: it throws TypeError or RangeError before the call.
 *
 * The arrays belong to the caller; the addon reads or fills them during the call and keeps none. A job returns its bytes in a
 * new array.
 */

export interface Native {
  // native/epoll.cc — man 2 epoll_create1, epoll_ctl, epoll_wait
  epoll_create1(flags: number): number;
  epoll_ctl(epfd: number, op: number, fd: number, events: number): number;
  /** Fills `pairs` with [fd, events] and returns how many pairs; at most 4,096 and half the array's length. */
  epoll_wait(epfd: number, pairs: Uint32Array, timeoutMs: number): number;
  /** epoll_wait() with a fractional timeout, which the kernel gets in nanoseconds. Linux 5.11. */
  epoll_pwait2(epfd: number, pairs: Uint32Array, timeoutMs: number): number;

  // native/socket.cc — an address is the bytes of a sockaddr: src/linux/socket-address.ts makes and reads them
  socket(domain: number, type: number, protocol: number): number;
  /** Fills `fds` with the two descriptors. */
  socketpair(domain: number, type: number, protocol: number, fds: Int32Array): number;
  bind(fd: number, address: Uint8Array): number;
  listen(fd: number, backlog: number): number;
  /** Fills `address` with the peer's sockaddr (cut to its length), unless null. */
  accept4(fd: number, address: Uint8Array | null, flags: number): number;
  connect(fd: number, address: Uint8Array): number;
  shutdown(fd: number, how: number): number;
  /** An option whose value is an int. */
  setsockopt(fd: number, level: number, name: number, value: number): number;
  /** The value of an option that is an int. */
  getsockopt(fd: number, level: number, name: number): number;
  /** Fills `address` and returns the sockaddr's length. */
  getsockname(fd: number, address: Uint8Array): number;
  getpeername(fd: number, address: Uint8Array): number;
  /** Text to address bytes (4 or 16). Returns 1 if the text is an address, 0 if not. */
  inet_pton(family: number, text: string, bytes: Uint8Array): number;
  /** Address bytes to text. */
  inet_ntop(family: number, bytes: Uint8Array): string;

  // native/stream_io.cc
  /**
   * Each argument costs time, so these four have a short form, which takes the whole buffer. There recv() uses no flags, and
   * send() MSG_NOSIGNAL.
   */
  recv(fd: number, buffer: Uint8Array, offset?: number, length?: number, flags?: number): number;
  send(fd: number, buffer: Uint8Array, offset?: number, length?: number, flags?: number): number;
  read(fd: number, buffer: Uint8Array, offset?: number, length?: number): number;
  write(fd: number, buffer: Uint8Array, offset?: number, length?: number): number;
  /** Writes `buffers` in order, the first one from `firstOffset` on; at most 64 of them in one call. */
  writev(fd: number, buffers: readonly Uint8Array[], firstOffset: number): number;
  /** Sends from `position` of the file, whose own offset stays. */
  sendfile(outFd: number, inFd: number, position: number, count: number): number;

  // native/file.cc
  /** openat2_walk, if the kernel has no openat2. */
  openat2(dirFd: number, path: string, flags: number, mode: number, resolve: number): number;
  /** openat2 by means of openat(2), for RESOLVE_BENEATH with or without links: native/openat2_walk.cc. */
  openat2_walk(dirFd: number, path: string, flags: number, mode: number, resolve: number): number;
  /** Fills `stat`: the fields are at the STAT_* indexes. */
  fstat(fd: number, stat: Float64Array): number;
  /** The kind of filesystem of the file: f_type, 32 bits. */
  fstatfs(fd: number): number;
  pread(fd: number, buffer: Uint8Array, offset: number, length: number, position: number): number;
  preadv2(fd: number, buffer: Uint8Array, offset: number, length: number, position: number, flags: number): number;
  close(fd: number): number;
  fcntl(fd: number, command: number, argument: number): number;
  /** Fills `fds` with the reading and the writing end. */
  pipe2(fds: Int32Array, flags: number): number;

  // native/disk_jobs.cc — on a thread: `done` is called with the result in a later turn of Node's own loop. The caller keeps
  // descriptors open until then. A job does not keep the process alive.
  /** openat2, and fstat and fstatfs of what it has opened. */
  openat2_job(dirFd: number, path: string, flags: number, resolve: number, done: OpenedCallback): void;
  openat2_walk_job(dirFd: number, path: string, flags: number, resolve: number, done: OpenedCallback): void;
  /** The thread allocates `count` bytes when the job begins; `bytes` are those that were read. */
  pread_job(fd: number, count: number, position: number, done: (n: number, bytes: Buffer) => void): void;
  sendfile_job(outFd: number, inFd: number, position: number, count: number, done: (n: number) => void): void;
  close_job(fd: number, done: (n: number) => void): void;
  /**
   * The files, folders and symbolic links in a folder, and their number. For each, `names` has 'f', 'd' or 'l', the name and
   * a NUL.
   */
  getdents64_job(fd: number, countMax: number, done: (n: number, names: Buffer) => void): void;
  /**
   * openat2 with O_PATH, and fstat, of `prefix` and each of `names`, which end with a NUL. `stats` has STAT_LENGTH numbers
   * for each. If a name cannot be opened, its mode is -errno.
   */
  openat2_stat_job(dirFd: number, prefix: string, names: Uint8Array, resolve: number, done: StatsCallback): void;
  openat2_walk_stat_job(dirFd: number, prefix: string, names: Uint8Array, resolve: number, done: StatsCallback): void;

  // native/multiplex.cc — for the models
  /** The kernel's fd_set laid over 32 words: descriptor n is bit n % 32 of word n / 32. null: an empty set. */
  select(count: number, readable: Uint32Array | null, writable: Uint32Array | null, timeoutMs: number): number;
  /** The kernel's pollfd laid over two words each: the descriptor; then events in the low, revents in the high half. */
  poll(pollfds: Int32Array, count: number, timeoutMs: number): number;

  // native/io_uring.cc — man 7 io_uring
  /** Returns the number of submissions that the kernel has taken. */
  io_uring_enter(fd: number, toSubmit: number, minComplete: number, flags: number): number;
  /**
   * io_uring_setup(2) and mmap(2): a ring, the memory shared with the kernel, and an arena for the buffers of operations.
   * @param params  filled with the words of a struct io_uring_params
   */
  IoUring: new (
    entries: number,
    arenaBytes: number,
    params: Uint32Array,
  ) => IoUring;

  // native/event_fds.cc — descriptors for wakeups, timers and changes on disk
  eventfd(initial: number, flags: number): number;
  /** Adds `value` to the counter; from any thread. */
  eventfd_write(fd: number, value: number): number;
  /** Returns the counter and sets it to 0. If it is 0: -EAGAIN. */
  eventfd_read(fd: number): number;
  timerfd_create(clock: number, flags: number): number;
  /** Times from now in milliseconds, fractions allowed; 0 disarms. */
  timerfd_settime(fd: number, delayMs: number, intervalMs: number): number;
  inotify_init1(flags: number): number;
  inotify_add_watch(fd: number, path: string, mask: number): number;
  inotify_rm_watch(fd: number, watch: number): number;

  // native/pty.cc
  posix_openpt(flags: number): number;
  unlockpt(fd: number): number;
  /** Fills `path` with the path of the other end and a NUL, and returns its length. Too short: -ERANGE. */
  ptsname_r(fd: number, path: Uint8Array): number;

  // native/users.cc — each returns 1; 0 if there is no such user or group; or -errno (ENOENT without /etc/passwd)
  /** man 3 getpwnam. @param ids  gets the ids of the user and of its group */
  getpwnam(name: string, ids: Float64Array): number;
  /** man 3 getpwuid. @param ids  likewise */
  getpwuid(uid: number, ids: Float64Array): number;
  /** man 3 getgrnam. @param ids  gets the group's id */
  getgrnam(name: string, ids: Float64Array): number;

  // native/sandbox.cc — a process cannot take back a right that it gave up
  /** man 2 prctl, for an option that takes one argument. */
  prctl(option: number, argument: number): number;
  /** @param attributes  the bytes of a struct landlock_ruleset_attr; null with the flag that returns the version */
  landlock_create_ruleset(attributes: Uint8Array | null, flags: number): number;
  /** Adds a rule of the type LANDLOCK_RULE_PATH_BENEATH. */
  landlock_add_rule(rulesetFd: number, allowedAccess: number, parentFd: number): number;
  /**
   * Sets no_new_privs, and calls landlock_restrict_self(2) in each thread of the process, by a signal that libc reserves.
   * Waits for the threads, at most for a minute. @returns the number of threads; after an error some threads may be
   * restricted and others not
   */
  landlock_restrict_process(rulesetFd: number, timeoutMs: number): number;
  /** @param filter  the bytes of an array of struct sock_filter  @returns  0, or the id of a thread if TSYNC failed */
  seccomp(operation: number, flags: number, filter: Uint8Array): number;

  // native/host_loop.cc
  /**
   * Node's own loop calls `onReadable` while `fd` is readable. If that returns true, it calls it again at once, a few times.
   * It keeps the process alive, as a server does.
   */
  HostLoop: new (
    fd: number,
    onReadable: () => unknown,
  ) => HostLoopWatch;

  // native/owned_fd.cc
  /**
   * Owns a descriptor: closes it at close(), by garbage collection, or at the end of this thread, even if the thread is
   * terminated.
   */
  OwnedFd: new (
    fd: number,
  ) => OwnedFd;

  /** Writes a byte, the number of the signal, to a pipe. Begun once. It ends with close(), as garbage, or with its thread. */
  SignalHandler: new () => SignalHandler;

  readonly constants: Readonly<Record<ConstantName, number>>;
}

/** @param stat  indexed by STAT_*; without meaning if `fd` is negative */
type OpenedCallback = (fd: number, stat: Float64Array) => void;
/** @param found  the number of names that could be opened */
type StatsCallback = (found: number, stats: Float64Array) => void;

export interface OwnedFd {
  /** -1 once closed. */
  readonly fd: number;
  /** Idempotent. */
  close(): void;
}

/** If it could not be made, `fd` is -errno. It is closed as an OwnedFd is; then its ArrayBuffers have no bytes. */
export interface IoUring extends OwnedFd {
  /** Both rings. */
  readonly rings: ArrayBuffer;
  readonly sqes: ArrayBuffer;
  readonly arena: ArrayBuffer;
  /** Where the arena begins, for the kernel. */
  readonly address: number;
}

export interface SignalHandler {
  /** Copies `fd`, which must be non-blocking. @returns  0; -EBUSY if another object handles the signal */
  begin(number: number, fd: number): number;
  /** Restores the handler that was there before. Idempotent. */
  close(): void;
}

export interface HostLoopWatch {
  /** Whether the watch keeps the process alive. */
  ref(): void;
  unref(): void;
  /** Idempotent. The watched descriptor may be closed after it. */
  close(): void;
}

/** The indexes of the fields that fstat() fills. */
export const STAT_MODE = 0;
export const STAT_SIZE = 1;
export const STAT_MTIME_SECONDS = 2;
export const STAT_MTIME_NANOSECONDS = 3;
export const STAT_CTIME_SECONDS = 4;
export const STAT_CTIME_NANOSECONDS = 5;
/** The low 53 bits of the inode number. */
export const STAT_INODE = 6;
export const STAT_DEVICE = 7;
export const STAT_LENGTH = 8;
/** The index after them: openat2_job() puts the result of fstatfs() there. */
export const STAT_FILESYSTEM = 8;
export const OPENED_STAT_LENGTH = 9;

// biome-ignore format: a list of 130 names reads better in paragraphs
export type ConstantName =
  // epoll
  | 'EPOLL_CLOEXEC' | 'EPOLL_CTL_ADD' | 'EPOLL_CTL_MOD' | 'EPOLL_CTL_DEL' | 'EPOLLIN' | 'EPOLLPRI' | 'EPOLLOUT'
  | 'EPOLLERR' | 'EPOLLHUP' | 'EPOLLRDHUP' | 'EPOLLRDNORM' | 'EPOLLRDBAND' | 'EPOLLWRNORM' | 'EPOLLWRBAND'
  | 'EPOLLMSG' | 'EPOLLEXCLUSIVE' | 'EPOLLWAKEUP' | 'EPOLLONESHOT' | 'EPOLLET'
  // socket
  | 'AF_INET' | 'AF_INET6' | 'AF_UNIX' | 'SOCK_STREAM' | 'SOCK_DGRAM' | 'SOCK_NONBLOCK' | 'SOCK_CLOEXEC'
  | 'SOL_SOCKET' | 'SO_REUSEADDR' | 'SO_REUSEPORT' | 'SO_ERROR' | 'SO_LINGER' | 'SO_SNDBUF' | 'SO_RCVBUF' | 'SO_TYPE'
  | 'SO_ACCEPTCONN' | 'SO_KEEPALIVE' | 'IPPROTO_TCP' | 'TCP_NODELAY' | 'TCP_CORK' | 'TCP_DEFER_ACCEPT'
  | 'TCP_KEEPIDLE' | 'TCP_KEEPINTVL' | 'TCP_KEEPCNT' | 'TCP_USER_TIMEOUT' | 'IPPROTO_IPV6' | 'IPV6_V6ONLY' | 'SOMAXCONN' | 'SHUT_RD' | 'SHUT_WR' | 'SHUT_RDWR'
  // stream io
  | 'MSG_DONTWAIT' | 'MSG_MORE' | 'MSG_NOSIGNAL' | 'MSG_PEEK'
  // file
  | 'AT_FDCWD' | 'O_RDONLY' | 'O_WRONLY' | 'O_RDWR' | 'O_CREAT' | 'O_CLOEXEC' | 'O_DIRECTORY' | 'O_NOCTTY'
  | 'O_NOFOLLOW' | 'O_NONBLOCK' | 'O_PATH' | 'RESOLVE_BENEATH' | 'RESOLVE_CACHED' | 'RESOLVE_IN_ROOT'
  | 'RESOLVE_NO_MAGICLINKS' | 'RESOLVE_NO_SYMLINKS' | 'RESOLVE_NO_XDEV' | 'RWF_NOWAIT' | 'S_IFMT' | 'S_IFREG' | 'S_IFDIR'
  | 'F_GETFL' | 'F_SETFL' | 'F_GETFD' | 'F_SETFD' | 'F_DUPFD_CLOEXEC' | 'FD_CLOEXEC'
  // multiplex
  | 'FD_SETSIZE' | 'POLLIN' | 'POLLOUT' | 'POLLPRI' | 'POLLERR' | 'POLLHUP' | 'POLLNVAL'
  // io_uring
  | 'IORING_OP_ACCEPT' | 'IORING_OP_CLOSE' | 'IORING_OP_SEND' | 'IORING_OP_RECV' | 'IORING_OP_PROVIDE_BUFFERS'
  | 'IOSQE_BUFFER_SELECT' | 'IOSQE_CQE_SKIP_SUCCESS' | 'IORING_CQE_F_BUFFER' | 'IORING_CQE_BUFFER_SHIFT'
  | 'IORING_ENTER_GETEVENTS' | 'IORING_FEAT_FAST_POLL' | 'IORING_FEAT_CQE_SKIP'
  // event fds
  | 'EFD_CLOEXEC' | 'EFD_NONBLOCK' | 'TFD_CLOEXEC' | 'TFD_NONBLOCK' | 'CLOCK_MONOTONIC' | 'IN_CLOEXEC'
  | 'IN_NONBLOCK' | 'IN_ACCESS' | 'IN_OPEN' | 'IN_CLOSE_NOWRITE' | 'IN_ATTRIB' | 'IN_ISDIR' | 'IN_CLOSE_WRITE' | 'IN_CREATE' | 'IN_DELETE' | 'IN_DELETE_SELF' | 'IN_MODIFY'
  | 'IN_MOVE_SELF' | 'IN_MOVED_FROM' | 'IN_MOVED_TO' | 'IN_IGNORED' | 'IN_Q_OVERFLOW' | 'IN_UNMOUNT' | 'IN_ONLYDIR'
  | 'IN_EXCL_UNLINK';
