/** System calls by what they do to a descriptor. */
import type { Call, DescriptorKind } from '../records.js';

/** Calls whose result is a new descriptor. */
const OPENS: Readonly<Record<string, DescriptorKind>> = {
  accept4: 'connection',
  socket: 'connection',
  epoll_create1: 'epoll',
  eventfd: 'eventfd',
  timerfd_create: 'timerfd',
  inotify_init1: 'inotify',
  openat2: 'file',
  openat2_walk: 'file',
  openat2_job: 'file',
  openat2_walk_job: 'file',
  posix_openpt: 'other',
  landlock_create_ruleset: 'other',
};

/** The kind of a descriptor that is not known, by a call on it. */
const GUESSES: Readonly<Record<string, DescriptorKind>> = {
  accept4: 'listener',
  listen: 'listener',
  recv: 'connection',
  send: 'connection',
  writev: 'connection',
  sendfile: 'connection',
  sendfile_job: 'connection',
  connect: 'connection',
  shutdown: 'connection',
  getpeername: 'connection',
  epoll_ctl: 'epoll',
  epoll_wait: 'epoll',
  epoll_pwait2: 'epoll',
  eventfd_read: 'eventfd',
  eventfd_write: 'eventfd',
  timerfd_settime: 'timerfd',
  inotify_add_watch: 'inotify',
  inotify_rm_watch: 'inotify',
  pread: 'file',
  preadv2: 'file',
  fstat: 'file',
};

/** The place of the length in the arguments, for calls that show it. */
const LENGTH_AT: Readonly<Record<string, number>> = { recv: 2, read: 2, send: 2, write: 2, sendfile: 3 };

/** A timerfd is served by arming it again: then it is no longer readable. */
const READS = new Set(['recv', 'read', 'accept4', 'eventfd_read', 'timerfd_settime']);
const SENDS = new Set(['send', 'write', 'writev', 'sendfile', 'sendfile_job', 'eventfd_write']);
const READINESS_WAITS = new Set(['epoll_wait', 'epoll_pwait2', 'poll', 'select', 'io_uring_enter']);
const BLOCKING_WAITS = new Set(['accept4', 'recv', 'read', 'send', 'write', 'connect']);

const REQUEST = /^(?:GET|HEAD|POST|PUT|DELETE|OPTIONS|PATCH|CONNECT|TRACE) /;

export const isRead = (call: Call): boolean => READS.has(call.call);
export const isSend = (call: Call): boolean => SENDS.has(call.call);
export const isReadinessWait = (call: Call): boolean => READINESS_WAITS.has(call.call);
/** The call may be the wait of a turn, if its descriptor blocks. */
export const mayWait = (call: Call): boolean =>
  READINESS_WAITS.has(call.call) || (BLOCKING_WAITS.has(call.call) && !call.isOperation);
export const isClose = (call: Call): boolean => call.call === 'close' || call.call === 'close_job';
/** The call is made by a disk thread or by io_uring, and recorded when it is done. */
export const isJob = (call: Call): boolean => call.isOperation === true || call.call.endsWith('_job');
export const isWouldBlock = (call: Call): boolean => call.errno === 'EAGAIN' || call.errno === 'EWOULDBLOCK';
export const isFull = (call: Call): boolean => call.errno === 'EMFILE' || call.errno === 'ENFILE';
/** Its first bytes begin a request of HTTP. */
export const beginsRequest = (call: Call): boolean => isRead(call) && REQUEST.test(call.head ?? '');

export const guessedKind = ({ call }: Pick<Call, 'call'>): DescriptorKind => GUESSES[call] ?? 'other';

/** The descriptors that it has opened, and their kind. */
export function opened(
  call: Pick<Call, 'call' | 'args' | 'ret'>,
): readonly (readonly [fd: number, kind: DescriptorKind])[] {
  if (call.ret < 0) return [];
  if (call.call === 'landlock_create_ruleset' && call.args[0] === 'NULL') return []; // its result is a version
  const kind = OPENS[call.call];
  if (kind !== undefined) return [[call.ret, kind]];
  if (call.call === 'fcntl' && call.args[1] === 'F_DUPFD_CLOEXEC') return [[call.ret, 'other']];
  if (call.call === 'pipe2') return pair(call.args[0], 'pipe');
  if (call.call === 'socketpair') return pair(call.args[3], 'connection');
  return [];
}

function pair(text: string | undefined, kind: DescriptorKind): readonly (readonly [number, DescriptorKind])[] {
  return Array.from(text?.matchAll(/\d+/g) ?? [], ([fd]) => [Number(fd), kind] as const);
}

/** The bytes that the call was given to send, or had room to receive; undefined if the number is not known. */
export function length(call: Call): number | undefined {
  const n = Number(call.args[LENGTH_AT[call.call] ?? -1]);
  return Number.isInteger(n) ? n : call.given;
}

/** Bytes that it has moved. */
export function moved(call: Call): number {
  if (call.ret <= 0 || call.call === 'accept4' || !(isRead(call) || isSend(call) || call.call.startsWith('pread')))
    return 0;
  return call.bytes ?? call.ret;
}
