/**
 * Python's select.epoll in TypeScript: the same methods with the same guarantees, for any descriptor that epoll can wait for.
 *
 *     const epoll = new Epoll();
 *     try {
 *       epoll.register(fd, EPOLLIN);
 *       for (const [fd, events] of epoll.poll()) if (events & EPOLLIN) …
 *     } finally {
 *       epoll.close();
 *     }
 *
 * From Node 24 on, `using epoll = new Epoll();` closes it, too.
 */
import { constants, native } from '../native/addon.js';
import { isInterrupted, isMissingCall } from '../native/errno.js';
import { checked } from '../native/system-error.js';
import { INT_MAX, milliseconds, wholeNumber } from './arguments.js';
import { OwnedDescriptor } from './owned-descriptor.js';

// Unsigned 32-bit numbers, as in the kernel: EPOLLET is 2 ** 31 and not negative. Test them with `&`, and compare the result
// with 0: `events & EPOLLET` is negative, because bit operations in JavaScript are signed.
/** There is something to read, or the end of the stream, or a connection to accept. */
export const EPOLLIN = constants.EPOLLIN;
/** Writing would not block. */
export const EPOLLOUT = constants.EPOLLOUT;
/** There is urgent data; for sysfs and GPIO files, the value changed. */
export const EPOLLPRI = constants.EPOLLPRI;
/** An error condition. Reported whether asked for or not. */
export const EPOLLERR = constants.EPOLLERR;
/** Both directions are closed. Reported whether asked for or not. */
export const EPOLLHUP = constants.EPOLLHUP;
/** The peer has closed, or shut down, its writing half. */
export const EPOLLRDHUP = constants.EPOLLRDHUP;
/** Edge-triggered: reported when something new comes (bytes, room, a connection), not as long as it is there. */
export const EPOLLET = constants.EPOLLET;
/** Reported once, and again only after modify(). */
export const EPOLLONESHOT = constants.EPOLLONESHOT;
/** If several epoll descriptors wait for this one, the kernel wakes one or a few of them, not all. */
export const EPOLLEXCLUSIVE = constants.EPOLLEXCLUSIVE;
/** The system does not suspend while the event is pending. */
export const EPOLLWAKEUP = constants.EPOLLWAKEUP;
/** The same as EPOLLIN. */
export const EPOLLRDNORM = constants.EPOLLRDNORM;
/** Priority-band data can be read. Unused on Linux in practice. (poll(2)) */
export const EPOLLRDBAND = constants.EPOLLRDBAND;
/** The same as EPOLLOUT. */
export const EPOLLWRNORM = constants.EPOLLWRNORM;
/** Priority data can be written. (poll(2)) */
export const EPOLLWRBAND = constants.EPOLLWRBAND;
/** Ignored by the kernel; here because Python has it. */
export const EPOLLMSG = constants.EPOLLMSG;
/** Flag of epoll_create1(2): a program that is started does not inherit the epoll descriptor. An Epoll always sets it. */
export const EPOLL_CLOEXEC = constants.EPOLL_CLOEXEC;

/** CPython's default: FD_SETSIZE - 1. */
const EVENTS_DEFAULT = 1023;

/** The addon's epoll_wait() copies at most so many. */
const EVENTS_MAX = 4096;

/**
 * The time for which an iteration takes events without returning to Node's own loop. Without this bound its timers would wait
 * for ever if a descriptor is always ready.
 */
const RUN_MS = 1;

/** A descriptor, and the events for which it is ready. */
export type ReadyEvent = [fd: number, events: number];

/**
 * A set of descriptors to wait for: Python's `select.epoll`. Not for Node's own loop, which its poll() stops: use a Reactor there.
 * Source: epoll(7).
 */
export class Epoll extends OwnedDescriptor {
  /** Iterations that wait for an event. */
  readonly #waiting = new Set<() => void>();
  /** poll() fills it, and grows it to the largest `maxEvents` it was called with. */
  #pairs = new Uint32Array(0);

  /** An empty set. @throws  SystemError EMFILE | ENFILE | ENOMEM  (epoll_create1(2)) */
  constructor();
  /** @internal  fromFd() is the public way. */
  constructor(fd: number);
  constructor(fd: number = checked(native.epoll_create1(EPOLL_CLOEXEC), 'epoll_create1')) {
    super(fd, 'Epoll');
  }

  /**
   * An Epoll for an open descriptor, which it owns from then on: close() closes it, and so does garbage collection. Do not
   * close it elsewhere: its number may have been reused.
   * @throws  RangeError if fd cannot be a descriptor. If it is not an epoll descriptor, the first use throws EINVAL.
   */
  static fromFd(fd: number): Epoll {
    return new Epoll(wholeNumber('fd', fd, 0, INT_MAX));
  }

  /**
   * Adds a descriptor to the interest set.
   * @param events  the EPOLL* bits to wait for
   * @throws        SystemError EEXIST (it is there already) | EBADF | EPERM (a regular file or folder, which is always
   *                ready) | EINVAL (this epoll's own descriptor; EPOLLEXCLUSIVE with bits that it excludes, or for an epoll
   *                descriptor) | ELOOP (epoll in epoll in epoll …) | ENOSPC | ENOMEM  (epoll_ctl(2))
   */
  register(fd: number, events: number = EPOLLIN | EPOLLPRI | EPOLLOUT): void {
    checked(native.epoll_ctl(this.fileno(), constants.EPOLL_CTL_ADD, fd, events), 'epoll_ctl');
  }

  /**
   * Replaces the events of a registered descriptor, and arms EPOLLONESHOT again.
   * @throws  SystemError ENOENT (not registered) | EBADF | EINVAL (EPOLLEXCLUSIVE, now or when it was registered)  (epoll_ctl(2))
   */
  modify(fd: number, events: number): void {
    checked(native.epoll_ctl(this.fileno(), constants.EPOLL_CTL_MOD, fd, events), 'epoll_ctl');
  }

  /**
   * Removes a descriptor from the interest set. Call it before closing the descriptor: afterwards it fails with EBADF, and as
   * long as a duplicate is open, the kernel reports events under the closed number.
   * @throws  SystemError ENOENT (not registered) | EBADF  (epoll_ctl(2))
   */
  unregister(fd: number): void {
    checked(native.epoll_ctl(this.fileno(), constants.EPOLL_CTL_DEL, fd, 0), 'epoll_ctl');
  }

  /**
   * Waits for readiness. This thread stands still meanwhile, and with it Node's timers, promises and signal handlers.
   *
   * A signal ends the wait early, with no events: its handler runs when this thread returns to Node's loop, and not before.
   * (In Python, the handler runs during the wait, which then goes on: PEP 475.) To wait on, for the time that is left:
   *
   *     const endMs = performance.now() + 1500;
   *     let events: ReadyEvent[];
   *     do events = epoll.poll(Math.max(0, endMs - performance.now()));
   *     while (events.length === 0 && performance.now() < endMs);
   *
   * @param timeoutMs  -1 (or any negative number, or Infinity) = for ever, 0 = return at once; may be a fraction
   * @param maxEvents  at least 1; one call returns at most 4,096. The kernel keeps the other events for the next call.
   * @returns          [fd, events] pairs; none on timeout, or when a signal came (EINTR)
   * @throws           SystemError EBADF | EINVAL (not an epoll descriptor)  (epoll_wait(2))
   */
  poll(timeoutMs: number = -1, maxEvents: number = EVENTS_DEFAULT): ReadyEvent[] {
    const length = 2 * Math.min(wholeNumber('maxEvents', maxEvents, 1, Number.MAX_SAFE_INTEGER), EVENTS_MAX);
    if (this.#pairs.length < length) this.#pairs = new Uint32Array(length);
    const pairs = this.#pairs;
    const count = this.wait(pairs.subarray(0, length), timeoutMs);
    const events = new Array<ReadyEvent>(count);
    for (let i = 0; i < count; i++) events[i] = [pairs[2 * i] as number, pairs[2 * i + 1] as number];
    return events;
  }

  /**
   * poll() without allocations.
   * @param pairs      filled with [fd, events] pairs; twice as long as the number of events wanted
   * @param timeoutMs  as for poll()
   * @returns          pairs written; 0 on timeout or EINTR
   * @throws           SystemError EBADF | EINVAL (no room for a pair, or not an epoll descriptor)  (epoll_wait(2))
   */
  wait(pairs: Uint32Array, timeoutMs: number): number {
    const count = this.#wait(pairs, timeoutMs);
    return isInterrupted(count) ? 0 : checked(count, 'epoll_wait');
  }

  #wait(pairs: Uint32Array, timeoutMs: number): number {
    const fd = this.fileno();
    if (timeoutMs === (timeoutMs | 0)) return native.epoll_wait(fd, pairs, timeoutMs);
    milliseconds('timeoutMs', timeoutMs);
    if (timeoutMs < 0 || timeoutMs > Number.MAX_SAFE_INTEGER) return native.epoll_wait(fd, pairs, -1);
    const count = native.epoll_pwait2(fd, pairs, timeoutMs);
    // Before Linux 5.11: whole milliseconds, rounded up so that a timer never fires early.
    return isMissingCall(count) ? native.epoll_wait(fd, pairs, Math.min(Math.ceil(timeoutMs), INT_MAX)) : count;
  }

  /**
   * Waits in Node's own loop: `for await (const [fd, events] of epoll)`. Timers, promises and signal handlers go on. Ends
   * when this Epoll is closed; until then it keeps the process alive.
   *
   * Each event is taken from the kernel when the body asks for the next one. So none is for a descriptor that the body has taken
   * out, or closed and opened anew. A Reactor costs less for each event.
   * @yields  a [fd, events] pair
   * @throws  SystemError ELOOP (a set below this one is nested too deeply) | EMFILE | ENOMEM
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<ReadyEvent, void, void> {
    let breakMs = performance.now() + RUN_MS;
    while (!this.closed) {
      if (performance.now() > breakMs) {
        await new Promise(setImmediate);
        breakMs = performance.now() + RUN_MS;
        if (this.closed) return;
      }
      const [event] = this.poll(0, 1);
      if (event === undefined) await this.#readable();
      else yield event;
    }
  }

  /** Resolves when an event is pending, or this Epoll is closed. */
  #readable(): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        watch.close();
        this.#waiting.delete(done);
        resolve();
      };
      const watch = new native.HostLoop(this.fileno(), done);
      this.#waiting.add(done);
    });
  }

  /** Closes the epoll descriptor, and ends iterations. The registered descriptors stay open. A second call does nothing. */
  override close(): void {
    super.close();
    for (const done of this.#waiting) done();
  }
}
