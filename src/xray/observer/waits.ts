/** The calls in which a thread may wait: for which descriptors and until when, and how each is made without waiting. */
import { constants as os } from 'node:os';
import { isNotReady } from '../../native/errno.js';
import type { Call } from '../../native/intercept.js';
import type { Native } from '../../native/native-api.js';
import type { ObservedTurn } from '../protocol.js';
import type { AcceptLock } from './accept-lock.js';
import type { Asks } from './recorder.js';
import type { Operation, Rings } from './rings.js';

export interface Wait {
  /** Pairs of poll(2), with room for one more. */
  readonly pollfds: Int32Array;
  readonly count: number;
  /** Negative: for ever. */
  readonly timeoutMs: number;
  /** Makes the call so that it returns at once. @returns  undefined: the program goes on waiting */
  attempt(isLate: boolean): number | undefined;
  /** The result if a signal comes. Default: EINTR. */
  interrupted?(): number;
  /** Makes the call so that it waits. */
  block(leftMs: number): number;
  /** The set of poll or select: what the call asks for. */
  readonly asks?: Asks;
  /** The number of events, if the result of the call is not that number. */
  eventCount?(): number;
  /** The operations of io_uring that this wait found done. */
  readonly done?: () => readonly Operation[];
  /** The descriptors that are ready by a result. */
  events(result: number): ObservedTurn['events'];
}

/** The half of a pollfd's second word that has the events. */
const EVENTS_MASK = 0xffff;

export const { EINTR } = os.errno;

type Arguments = readonly unknown[];

function one(fd: number, events: number): Int32Array {
  return Int32Array.of(fd, events, 0, 0);
}

/** The calls that wait for the readiness of others. @returns  undefined for another call */
export function readinessWait(native: Native, name: string, call: Call, args: Arguments): Wait | undefined {
  switch (name) {
    case 'epoll_wait':
    case 'epoll_pwait2':
      return epollWait(native, call, args);
    case 'poll':
      return pollWait(call, args);
    case 'select':
      return selectWait(native, call, args);
    default:
      return undefined;
  }
}

function epollWait({ constants }: Native, call: Call, [epfd, pairs, timeoutMs]: Arguments): Wait {
  const words = pairs as Uint32Array;
  return {
    pollfds: one(epfd as number, constants.POLLIN),
    count: 1,
    timeoutMs: timeoutMs as number,
    attempt: (isLate) => nothingYet(call(epfd, pairs, 0), isLate),
    block: (leftMs) => call(epfd, pairs, leftMs),
    events: (n) => epollEvents(words, n),
  };
}

/** The events that epoll_wait has written. */
export function epollEvents(pairs: Uint32Array, n: number): ObservedTurn['events'] {
  return Array.from({ length: Math.max(0, n) }, (_, i) => [pairs[2 * i] as number, pairs[2 * i + 1] as number]);
}

function pollWait(call: Call, [pollfds, count, timeoutMs]: Arguments): Wait {
  const own = pollfds as Int32Array;
  const length = count as number;
  const copy = new Int32Array(2 * (length + 1));
  copy.set(own.subarray(0, 2 * length));
  return {
    pollfds: copy,
    count: length,
    timeoutMs: timeoutMs as number,
    asks: () => ({
      by: 'poll',
      asks: Array.from({ length }, (_, i) => [copy[2 * i] as number, (copy[2 * i + 1] as number) & EVENTS_MASK]),
    }),
    attempt: (isLate) => nothingYet(call(pollfds, count, 0), isLate),
    block: (leftMs) => call(pollfds, count, leftMs),
    events: () => pollEvents(own, length),
  };
}

function pollEvents(pollfds: Int32Array, count: number): ObservedTurn['events'] {
  const events: [number, number][] = [];
  for (let i = 0; i < count; i++) {
    const revents = (pollfds[2 * i + 1] as number) >>> 16;
    if (revents !== 0) events.push([pollfds[2 * i] as number, revents]);
  }
  return events;
}

function selectWait({ constants }: Native, call: Call, [count, readable, writable, timeoutMs]: Arguments): Wait {
  const { POLLIN, POLLOUT } = constants;
  const sets = [readable, writable] as readonly (Uint32Array | null)[];
  const asked = sets.map((set) => set?.slice());
  const eventsOf = ([reads, writes]: readonly (Uint32Array | null | undefined)[]): [number, number][] =>
    Array.from({ length: count as number }, (_, fd): [number, number] => [
      fd,
      (has(reads, fd) ? POLLIN : 0) | (has(writes, fd) ? POLLOUT : 0),
    ]).filter(([, events]) => events !== 0);
  const all = eventsOf(sets);
  return {
    pollfds: Int32Array.from([...all.flat(), 0, 0]),
    count: all.length,
    timeoutMs: timeoutMs as number,
    asks: () => ({ by: 'select', asks: all }),
    attempt: (isLate) => {
      const n = nothingYet(call(count, readable, writable, 0), isLate);
      // The kernel has cleared the sets, and they are needed again.
      if (n === undefined) for (const [i, set] of sets.entries()) set?.set(asked[i] as Uint32Array);
      return n;
    },
    block: (leftMs) => call(count, readable, writable, leftMs),
    events: (n) => (n > 0 ? eventsOf(sets) : []),
  };
}

/**
 * The operations were submitted at once, as the program means it: the kernel works on them while the thread waits, or is held.
 * @param submitted  the result of that
 */
export function ringWait(native: Native, rings: Rings, submitted: number, call: Call, args: Arguments): Wait {
  const [fd, toSubmit, minComplete, flags] = args;
  const { POLLIN, POLLOUT } = native.constants;
  let found: readonly Operation[] | undefined;
  const done = (): readonly Operation[] => {
    found ??= rings.done(fd as number);
    return found;
  };
  const returnsAtOnce = submitted !== toSubmit; // the kernel does not wait if it has taken fewer
  return {
    pollfds: one(fd as number, POLLIN),
    count: 1,
    timeoutMs: returnsAtOnce ? 0 : -1,
    attempt: () => (returnsAtOnce ? submitted : failureOr(call(fd, 0, 0, flags), submitted)),
    interrupted: () => (submitted === 0 ? -EINTR : submitted),
    block: () => (returnsAtOnce ? submitted : failureOr(call(fd, 0, minComplete, flags), submitted)),
    done,
    eventCount: () => done().length,
    events: () =>
      done().map(({ name, args }) => [args[0] as number, name === 'send' ? POLLOUT : name === 'close' ? 0 : POLLIN]),
  };
}

function failureOr(n: number, result: number): number {
  return n < 0 && result === 0 ? n : result;
}

function has(set: Uint32Array | null | undefined, fd: number): boolean {
  return set !== null && set !== undefined && (((set[fd >>> 5] as number) >>> (fd & 31)) & 1) !== 0;
}

/** Another thread may have taken what was ready. */
function nothingYet(n: number, isLate: boolean): number | undefined {
  return n === 0 && !isLate ? undefined : n;
}

/** A call that waits for its own descriptor, which is blocking. @returns  undefined for a call that returns at once (MSG_DONTWAIT) */
export function blockingWait(
  native: Native,
  name: string,
  call: Call,
  args: Arguments,
  lock: AcceptLock,
): Wait | undefined {
  const { POLLIN, POLLOUT } = native.constants;
  switch (name) {
    case 'accept4':
      return acceptWait(native, call, args, lock);
    case 'read':
      return ownWait(POLLIN, call, args);
    case 'recv':
      return isDontWait(native, args) ? undefined : ownWait(POLLIN, call, args);
    case 'write':
      return ownWait(POLLOUT, call, args);
    case 'send':
      return isDontWait(native, args) ? undefined : sendWait(native, call, args);
    case 'connect':
      // There is nothing to poll before it.
      return { ...ownWait(POLLOUT, call, args), count: 0, timeoutMs: 0, events: () => [] };
    default:
      return undefined;
  }
}

function isDontWait({ constants }: Native, [, , , , flags = 0]: Arguments): boolean {
  return ((flags as number) & constants.MSG_DONTWAIT) !== 0;
}

/** A call on a non-blocking descriptor that a loop repeats again and again: the loop has no other wait. */
export function busyWait({ constants }: Native, call: Call, args: Arguments): Wait {
  const wait = ownWait(constants.POLLIN, call, args);
  return { ...wait, timeoutMs: 0, events: (result) => (result < 0 ? [] : wait.events(result)) };
}

function ownWait(events: number, call: Call, args: Arguments): Wait {
  const pollfds = one(args[0] as number, events);
  return {
    pollfds,
    count: 1,
    timeoutMs: -1,
    attempt: () => call(...args),
    block: () => call(...args),
    eventCount: () => 1,
    events: () => pollEvents(pollfds, 1),
  };
}

function acceptWait({ constants, poll }: Native, call: Call, args: Arguments, lock: AcceptLock): Wait {
  const wait = ownWait(constants.POLLIN, call, args);
  const attempt = (): number | undefined =>
    lock.run(() => (poll(wait.pollfds, 1, 0) === 0 ? undefined : call(...args)));
  return { ...wait, attempt };
}

/** A send that blocks returns when all is sent, which may take several waits. */
function sendWait({ constants }: Native, call: Call, args: Arguments): Wait {
  const { MSG_DONTWAIT, MSG_NOSIGNAL, POLLOUT } = constants;
  const [fd, bytes, offset = 0, length = (bytes as Uint8Array).length, flags = MSG_NOSIGNAL] = args as [
    number,
    Uint8Array,
    number?,
    number?,
    number?,
  ];
  let sent = 0;
  const send = (more: number): number => call(fd, bytes, offset + sent, length - sent, flags | more);
  return {
    ...ownWait(POLLOUT, call, args),
    attempt: () => {
      const n = send(MSG_DONTWAIT);
      if (isNotReady(n)) return undefined;
      if (n < 0) return sent > 0 ? sent : n; // as the kernel: what was sent counts, and the next call fails
      sent += n;
      return sent < length ? undefined : sent;
    },
    interrupted: () => (sent > 0 ? sent : -EINTR),
    block: () => {
      const n = send(0);
      return n < 0 && sent > 0 ? sent : n + sent;
    },
  };
}
