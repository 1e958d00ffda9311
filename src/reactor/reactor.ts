/**
 * The reactor: waits for readiness, and dispatches each event to whoever waits for that descriptor. Single-threaded.
 *
 * One turn:
 *
 *   1. wait      until a descriptor is ready (epoll_wait)
 *   2. clock     read once; everything in this turn happens at this moment
 *   3. dispatch  each event to its handler
 *   4. flush     what they have written: sending is done for several in a row, with the processor's caches full of it
 *   5. deadlines those due are called, after the events: what arrived just in time counts as in time
 *   6. arm       the timer descriptor for the nearest deadline, where that has come nearer
 *
 * Whatever is waited for is a descriptor: deadlines are a timerfd, and wakeups from other threads an eventfd. So one
 * wait is enough, whoever does it:
 *
 *   run()     this thread, inside epoll_wait. Nothing else of Node runs meanwhile.
 *   attach()  Node's own loop, on the epoll descriptor, which is itself readable while an event is pending. Each wake
 *             is a turn that does not wait. Timers, promises and signal handlers go on.
 */
import { performance } from 'node:perf_hooks';
import { EVENTS_PER_TURN, FLUSHED_TOGETHER_MAX } from '../limits.js';
import { kindOf, milliseconds } from '../linux/arguments.js';
import { Epoll } from '../linux/epoll.js';
import { constants, native } from '../native/addon.js';
import type { HostLoopWatch, OwnedFd } from '../native/native-api.js';
import { checked } from '../native/system-error.js';
import { Deadlines, type Expirable } from './deadlines.js';
import { InterestSet } from './interest-set.js';
import { ALWAYS_REPORTED, READABLE, type ReadinessHandler } from './readiness.js';

export interface ReactorOptions {
  /**
   * Called when a handler throws. Its descriptor is unregistered already, since it would throw again at once; the other
   * events of the batch are dispatched in any case.
   *
   * Without it turn() throws the error when the batch is done: out of run(), or, attached, as an `uncaughtException`.
   * @param fd  the descriptor whose handler threw; undefined for a deadline
   */
  readonly onError?: (error: unknown, fd: number | undefined) => void;
  /** Called in a turn after wake(). Several wake() may come as one call. */
  readonly onWake?: () => void;
}

/** Has something to write, which leaves when it is flushed. */
export interface Flushable {
  flush(): void;
}

/** The timer is armed for at most so long ahead; further deadlines are looked at again then. 24 days. */
const ARM_MS_MAX = 2 ** 31;

/** Wakes the reactor with this `wakeFd`, from any thread of the process; while that reactor is open, for afterwards the number may be another's. */
export function wakeReactor(wakeFd: number): void {
  checked(native.eventfd_write(wakeFd, 1), 'eventfd_write');
}

export class Reactor {
  readonly #epoll = new Epoll();
  readonly #pairs = new Uint32Array(2 * EVENTS_PER_TURN);
  readonly #interests = new InterestSet();
  /** Few, and none as a rule. */
  readonly #firstFds = new Set<number>();
  readonly #deadlines = new Deadlines();
  readonly #options: ReactorOptions;
  /** Number to give to another thread, which wakes this reactor with wakeReactor(). */
  readonly wakeFd: number;
  readonly #timerFd: number;
  /** Of the two above: what closes them, also where this thread is ended from outside. */
  readonly #ownedFds: readonly OwnedFd[];
  /** The moment for which the timer descriptor is armed. */
  #armedMs = Number.POSITIVE_INFINITY;
  /** Counts turns; stamps registrations. */
  #turn = 0;
  #eventCount = 0;
  #nowMs = 0;
  #wallClockMs = 0;
  /** When that was read, by the other clock. */
  #wallClockReadMs = Number.NEGATIVE_INFINITY;
  #isInTurn = false;
  #isRunning = false;
  #hostLoop: HostLoopWatch | undefined;
  /** To be flushed: those from the first number up to the second. */
  readonly #unflushed: (Flushable | undefined)[] = [];
  #flushedCount = 0;
  #unflushedCount = 0;
  #errors: unknown[] = [];

  /** @throws  SystemError EMFILE | ENFILE | ENOMEM */
  constructor(options: ReactorOptions = {}) {
    this.#options = options;
    const ownedFds: OwnedFd[] = [];
    this.#ownedFds = ownedFds;
    try {
      this.wakeFd = checked(native.eventfd(0, constants.EFD_CLOEXEC | constants.EFD_NONBLOCK), 'eventfd');
      ownedFds.push(new native.OwnedFd(this.wakeFd));
      this.#timerFd = checked(
        native.timerfd_create(constants.CLOCK_MONOTONIC, constants.TFD_CLOEXEC | constants.TFD_NONBLOCK),
        'timerfd_create',
      );
      ownedFds.push(new native.OwnedFd(this.#timerFd));
      this.register(this.wakeFd, READABLE, () => this.#onWake());
      this.register(this.#timerFd, READABLE, () => this.#onTimer());
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /**
   * Adds a descriptor to the interest set.
   * @param interest  bits of readiness.ts, such as READABLE | WRITABLE
   * @param handler   an object that waits, or a function
   * @param isFirst   its events are dispatched before all others of their batch: what it learns, they are to know. It is called by
   *                  runPriorityHandlers(), too, and then finds perhaps nothing
   * @throws          SystemError EEXIST | EBADF | EPERM | ENOSPC  (epoll_ctl(2))
   */
  register(
    fd: number,
    interest: number,
    handler: ReadinessHandler | ((readiness: number) => void),
    isFirst: boolean = false,
  ): void {
    if (typeof handler !== 'function' && typeof handler?.onReady !== 'function') {
      throw new TypeError(`handler: expected a function or an object with onReady(), got ${kindOf(handler)}`);
    }
    this.#epoll.register(fd, interest);
    if (isFirst) this.#firstFds.add(fd);
    this.#interests.add(fd, interest, typeof handler === 'function' ? { onReady: handler } : handler, this.#turn);
  }

  /** Waits for something else on a registered descriptor; arms ONE_SHOT again. @throws SystemError ENOENT | EBADF */
  modify(fd: number, interest: number): void {
    this.#epoll.modify(fd, interest);
    this.#interests.change(fd, interest);
  }

  /** Takes a descriptor out. Before it is closed, not after. @throws SystemError ENOENT | EBADF */
  unregister(fd: number): void {
    this.#interests.remove(fd);
    this.#firstFds.delete(fd);
    this.#epoll.unregister(fd);
  }

  /** The same for a descriptor that the caller closes next, and of which there is no other: closing takes it out (epoll(7)). */
  forget(fd: number): void {
    this.#interests.remove(fd);
    this.#firstFds.delete(fd);
  }

  /**
   * Gives `entry` a deadline in `delayMs` from now, in place of any it has. Putting one off costs next to nothing.
   * @param entry    a Deadline, or an object of one's own that starts with `heapIndex` NOT_WAITING
   * @param delayMs  at least 1: what is due at once would keep a turn from ending
   */
  setDeadline(entry: Expirable, delayMs: number): void {
    milliseconds('delayMs', delayMs);
    this.#deadlines.set(entry, Math.ceil(this.nowMs + Math.max(1, delayMs)));
    if (!this.#isInTurn && !this.isClosed) this.#arm();
  }

  /** For a handler that has been called in this turn: has `one` flushed with others that have something to write. */
  flushLater(one: Flushable): void {
    this.#unflushed[this.#unflushedCount++] = one;
  }

  /** Flushes them now: for who ends what they write to. */
  flush(): void {
    while (this.#flushedCount < this.#unflushedCount) {
      const one = this.#unflushed[this.#flushedCount] as Flushable;
      this.#unflushed[this.#flushedCount++] = undefined;
      try {
        one.flush();
      } catch (error) {
        this.#report(error, undefined);
      }
    }
    this.#flushedCount = 0;
    this.#unflushedCount = 0;
  }

  clearDeadline(entry: Expirable): void {
    this.#deadlines.clear(entry);
  }

  /** The reactor's clock in milliseconds, which stands still during a turn. CLOCK_MONOTONIC; its zero is arbitrary. */
  get nowMs(): number {
    return this.#isInTurn ? this.#nowMs : performance.now();
  }

  /**
   * Milliseconds since 1970, a millisecond late at most; in a turn, as it was when it was first asked for: it is not read for each
   * date that is sent.
   */
  get wallClockMs(): number {
    const nowMs = this.nowMs;
    if (nowMs - this.#wallClockReadMs >= 1) {
      this.#wallClockMs = Date.now();
      this.#wallClockReadMs = nowMs;
    }
    return this.#wallClockMs;
  }

  /** Turns so far. */
  get turnCount(): number {
    return this.#turn;
  }

  /** Events that the kernel has reported so far. */
  get eventCount(): number {
    return this.#eventCount;
  }

  /**
   * One turn.
   * @param timeoutMs  how long to wait: -1 = for ever, 0 = not at all
   * @returns          events that the kernel reported, the reactor's own (timer, wake) among them
   */
  turn(timeoutMs: number): number {
    if (this.#isInTurn) throw new Error('turn() was called by a handler of the same reactor');
    this.#turn++;
    const count = this.#epoll.wait(this.#pairs, timeoutMs);
    this.#eventCount += count;
    this.#isInTurn = true;
    this.#nowMs = performance.now();
    try {
      this.#dispatch(count);
      this.flush();
      this.#expire();
    } finally {
      this.#isInTurn = false;
    }
    if (!this.isClosed) this.#arm();
    if (this.#errors.length > 0) this.#throwErrors();
    return count;
  }

  /**
   * Lets those that are to be first learn what has come since the wait: for a handler that goes on with bytes which were sent
   * after it, perhaps.
   */
  runPriorityHandlers(): void {
    for (const fd of this.#firstFds) {
      const handler = this.#interests.handler(fd);
      try {
        handler?.onReady(READABLE);
      } catch (error) {
        if (this.#interests.handler(fd) === handler) this.#drop(fd);
        this.#report(error, fd);
      }
    }
  }

  /** Turns until stop(). This thread waits in epoll_wait: nothing else of Node runs on it meanwhile. */
  run(): void {
    if (this.#hostLoop !== undefined) throw new Error('run() was called on a reactor that is attached');
    this.#isRunning = true;
    try {
      while (this.#isRunning) this.turn(-1);
    } finally {
      this.#isRunning = false;
    }
  }

  /** Lets run() return when the turn is done. From another thread: wake, and call it in onWake. */
  stop(): void {
    this.#isRunning = false;
  }

  /** Lets Node's own loop wait, and call turn() when an event is pending. Holds the process open, unless unref(). */
  attach(): void {
    if (this.#isRunning) throw new Error('attach() was called on a reactor that is in run()');
    this.#hostLoop ??= new native.HostLoop(this.#epoll.fileno(), () => {
      // A handler before it in the same wake of Node's loop may have detached.
      return this.#hostLoop !== undefined && this.turn(0) > 1;
    });
  }

  detach(): void {
    this.#hostLoop?.close();
    this.#hostLoop = undefined;
  }

  /** While attached: holds the process open, or does not. */
  ref(): void {
    this.#hostLoop?.ref();
  }

  unref(): void {
    this.#hostLoop?.unref();
  }

  /** Wakes a wait of this reactor; onWake is called. From another thread: wakeReactor(wakeFd). */
  wake(): void {
    if (!this.isClosed) wakeReactor(this.wakeFd);
  }

  /** Node's own loop waits for it: promises, timers, and what threads of its pool have done, come through. */
  get isAttached(): boolean {
    return this.#hostLoop !== undefined;
  }

  get isClosed(): boolean {
    return this.#epoll.closed;
  }

  /** Stops, detaches, and closes the reactor's own descriptors. Those that were registered stay open. Idempotent. */
  close(): void {
    if (this.isClosed) return;
    this.stop();
    this.detach();
    this.#interests.clear();
    this.#epoll.close();
    for (const ownedFd of this.#ownedFds) ownedFd.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #dispatch(count: number): void {
    for (const fd of this.#firstFds) {
      const i = this.#indexOf(fd, count);
      if (i === -1) continue;
      this.#dispatchOne(i);
      this.#pairs[i + 1] = 0; // not again below
    }
    for (let i = 0; i < 2 * count; i += 2) {
      this.#dispatchOne(i);
      if (this.#unflushedCount >= FLUSHED_TOGETHER_MAX) this.flush();
    }
  }

  /** Where a descriptor's event stands in the pairs; -1 where it has none. */
  #indexOf(fd: number, count: number): number {
    for (let i = 0; i < 2 * count; i += 2) if (this.#pairs[i] === fd) return i;
    return -1;
  }

  #dispatchOne(i: number): void {
    const interests = this.#interests;
    const fd = this.#pairs[i] as number;
    // An earlier handler of this batch may have closed the descriptor, and another one opened under its number: this
    // event is not for that one. If it is ready too, the next wait says so.
    const handler = interests.handlerBefore(fd, this.#turn);
    if (handler === undefined) return;
    // Or it may have lost interest in what this event reports.
    const readiness = (this.#pairs[i + 1] as number) & (interests.interest(fd) | ALWAYS_REPORTED);
    if (readiness === 0) return;
    try {
      handler.onReady(readiness);
    } catch (error) {
      if (interests.handler(fd) === handler) this.#drop(fd);
      this.#report(error, fd);
    }
  }

  /** unregister() of a descriptor that its handler may have closed: then there is nothing to take out. */
  #drop(fd: number): void {
    this.#interests.remove(fd);
    this.#firstFds.delete(fd);
    native.epoll_ctl(this.#epoll.fileno(), constants.EPOLL_CTL_DEL, fd, 0);
  }

  #expire(): void {
    for (;;) {
      const entry = this.#deadlines.takeDue(this.#nowMs);
      if (entry === undefined || this.isClosed) return;
      try {
        entry.onDeadline();
      } catch (error) {
        this.#report(error, undefined);
      }
    }
  }

  /** The timer has fired, and is readable until it is armed again or disarmed: stage 6 does it, with no need to read. */
  #onTimer(): void {
    this.#armedMs = Number.NaN;
  }

  /** A timer that is armed too early wakes once for nothing; so only one that is armed too late costs a call here. */
  #arm(): void {
    const nextMs = this.#deadlines.nextMs;
    if (nextMs >= this.#armedMs) return;
    const hasFired = Number.isNaN(this.#armedMs);
    if (nextMs === Number.POSITIVE_INFINITY && !hasFired) return;
    this.#armedMs = nextMs;
    const delayMs = Math.min(ARM_MS_MAX, Math.max(0.001, nextMs - performance.now()));
    checked(
      native.timerfd_settime(this.#timerFd, nextMs === Number.POSITIVE_INFINITY ? 0 : delayMs, 0),
      'timerfd_settime',
    );
  }

  #onWake(): void {
    native.eventfd_read(this.wakeFd);
    try {
      this.#options.onWake?.();
    } catch (error) {
      this.#report(error, undefined);
    }
  }

  #report(error: unknown, fd: number | undefined): void {
    if (this.#options.onError === undefined) {
      this.#errors.push(error);
      return;
    }
    try {
      this.#options.onError(error, fd);
    } catch (thrown) {
      this.#errors.push(thrown);
    }
  }

  #throwErrors(): never {
    const errors = this.#errors;
    this.#errors = [];
    throw errors.length === 1 ? errors[0] : new AggregateError(errors, `${errors.length} handlers threw in one turn`);
  }
}
