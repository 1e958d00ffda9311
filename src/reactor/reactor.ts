/**
 * The reactor: waits for readiness, and dispatches each event to the handler of its descriptor. Single-threaded.
 *
 * One turn:
 *
 *   1. wait       until a descriptor is ready (epoll_wait)
 *   2. clock      is read once; the turn happens at one moment
 *   3. dispatch   each event to its handler
 *   4. flush      what the handlers have written, up to 16 connections in a row (flush-list.ts)
 *   5. deadlines  that are due, after the events: bytes that arrived just in time are in time
 *   6. arm        the timer descriptor, if the nearest deadline has come nearer (timer.ts)
 *
 * The reactor waits for descriptors only: deadlines are a timerfd, and wakeups from other threads an eventfd. So one
 * wait is enough, in either of two places:
 *
 *   run()     this thread, in epoll_wait. Nothing else of Node runs meanwhile.
 *   attach()  Node's own loop, on the epoll descriptor, which is itself readable while an event is pending. Each wakeup
 *             is a turn that does not wait. Node's timers, promises and signal handlers go on.
 */
import { kindOf, milliseconds } from '../linux/arguments.js';
import { Epoll } from '../linux/epoll.js';
import { Waker } from '../linux/waker.js';
import { constants, native } from '../native/addon.js';
import type { HostLoopWatch } from '../native/native-api.js';
import { checkOptions } from '../options/check-options.js';
import type { Expirable } from './deadlines.js';
import { type Flushable, FlushList } from './flush-list.js';
import { HandlerErrors } from './handler-errors.js';
import { InterestSet } from './interest-set.js';
import { REACTOR_OPTIONS, type ReactorOptions } from './reactor-options.js';
import { ALWAYS_REPORTED, READABLE, type ReadinessHandler } from './readiness.js';
import { Timer } from './timer.js';

/** Events taken from the kernel in one turn. More wait for the next turn, so that Node's own loop gets its share. */
export const EVENTS_PER_TURN = 1024;

/** Wakes the reactor with this `wakeFd`, from any thread of the process. Only while it is open: the number may be reused later. */
export function wakeReactor(wakeFd: number): void {
  Waker.wake(wakeFd);
}

/**
 * Calls a handler for each descriptor that is ready: `register(fd, READABLE, handler)`, then attach() to wait within Node's own loop,
 * or run() to wait on this thread alone.
 *
 * HUNG_UP and FAILED are reported whatever the interest is, and as long as they last. So an interest of 0 does not let a descriptor
 * rest: once its peer has gone, its handler is called in each turn. Unregister it, or register it EDGE_TRIGGERED.
 */
export class Reactor {
  readonly #onWake: (() => void) | undefined;
  readonly #errors: HandlerErrors;
  readonly #epoll: Epoll;
  readonly #pairs = new Uint32Array(2 * EVENTS_PER_TURN);
  readonly #interests = new InterestSet();
  /** Usually empty: only a folder watch is one. */
  readonly #priorityFds = new Set<number>();
  readonly #timer: Timer;
  readonly #flushList = new FlushList();
  /** The number that another thread passes to wakeReactor() to wake this reactor. */
  readonly wakeFd: number;
  readonly #waker: Waker;
  /** Closed with the reactor, or with its thread. */
  readonly #owned: { close(): void }[] = [];
  /** Counts turns; stamps registrations. */
  #turn = 0;
  #eventCount = 0;
  #isRunning = false;
  #hostLoop: HostLoopWatch | undefined;

  /**
   * A reactor that waits for nothing yet.
   * @throws  SystemError EMFILE | ENFILE | ENOMEM; TypeError for options that are unknown or of another type
   */
  constructor(options: ReactorOptions = {}) {
    checkOptions(options, REACTOR_OPTIONS);
    this.#epoll = new Epoll();
    this.#onWake = options.onWake;
    this.#errors = new HandlerErrors(options.onError);
    try {
      this.#timer = new Timer();
      this.#owned.push(this.#timer);
      this.#waker = new Waker();
      this.#owned.push(this.#waker);
      this.wakeFd = this.#waker.fileno();
      this.register(this.#timer.fd, READABLE, this.#timer);
      this.register(this.wakeFd, READABLE, () => this.#wake());
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /**
   * Adds a descriptor to the interest set.
   * @param interest    bits of readiness.ts, such as READABLE | WRITABLE
   * @param handler     an object with onReady(), or a function
   * @param isPriority  its events are dispatched before all others of the batch. runPriorityHandlers() calls it too, with or
   *                    without an event
   * @throws            SystemError EEXIST | EBADF | EPERM | ENOSPC  (epoll_ctl(2))
   */
  register(
    fd: number,
    interest: number,
    handler: ReadinessHandler | ((readiness: number) => void),
    isPriority: boolean = false,
  ): void {
    if (typeof handler !== 'function' && typeof handler?.onReady !== 'function') {
      throw new TypeError(`handler: expected a function or an object with onReady(), got ${kindOf(handler)}`);
    }
    this.#epoll.register(fd, interest);
    if (isPriority) this.#priorityFds.add(fd);
    this.#interests.add(fd, interest, typeof handler === 'function' ? { onReady: handler } : handler, this.#turn);
  }

  /** Replaces the interest in a registered descriptor; arms ONE_SHOT again. @throws SystemError ENOENT | EBADF */
  modify(fd: number, interest: number): void {
    this.#epoll.modify(fd, interest);
    this.#interests.change(fd, interest);
  }

  /** Removes a descriptor from the interest set. Call it before closing the descriptor. @throws SystemError ENOENT | EBADF */
  unregister(fd: number): void {
    this.dropBeforeClose(fd);
    this.#epoll.unregister(fd);
  }

  /** unregister() without a system call, if the caller closes `fd` next and `fd` has no duplicate: closing removes it (epoll(7)). */
  dropBeforeClose(fd: number): void {
    this.#interests.remove(fd);
    this.#priorityFds.delete(fd);
  }

  /**
   * Gives `entry` a deadline in `delayMs`, in place of any it has. Putting a deadline off costs next to nothing.
   * @param entry    a Deadline, or any object that starts with `heapIndex` NOT_WAITING
   * @param delayMs  at least 1: with 0, a handler that sets its deadline anew would keep the turn from ending
   * @throws         TypeError | RangeError for what is no number of milliseconds
   */
  setDeadline(entry: Expirable, delayMs: number): void {
    this.#timer.set(entry, milliseconds('delayMs', delayMs));
  }

  /** Takes a deadline away, if there is one. */
  clearDeadline(entry: Expirable): void {
    this.#timer.clear(entry);
  }

  /** For a handler, during a turn: `one` is flushed in this turn, in a row with others. */
  flushLater(one: Flushable): void {
    this.#flushList.add(one);
  }

  /** Flushes now. For a caller that closes connections that have written in this turn. */
  flush(): void {
    this.#flushList.flush(this.#errors.report);
  }

  /** The reactor's clock in milliseconds, which stands still during a turn. CLOCK_MONOTONIC; its zero is arbitrary. */
  get nowMs(): number {
    return this.#timer.nowMs;
  }

  /** Milliseconds since 1970: at most a millisecond late, and the same for the whole turn once it is read. */
  get wallClockMs(): number {
    return this.#timer.wallClockMs;
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
   * @returns          events that the kernel reported, the reactor's own (timer, wakeup) among them
   * @throws           the errors of handlers, without `onError`; Error if a handler of this reactor calls it
   */
  turn(timeoutMs: number): number {
    const timer = this.#timer;
    if (timer.isInTurn) throw new Error('turn() was called by a handler of the same reactor');
    this.#turn++;
    const count = this.#epoll.wait(this.#pairs, timeoutMs);
    this.#eventCount += count;
    timer.beginTurn();
    try {
      this.#dispatch(count);
      this.flush();
      this.#expire();
    } finally {
      timer.endTurn();
    }
    timer.arm();
    this.#errors.throwReported();
    return count;
  }

  /** Calls the priority handlers: a pipelined request may have been sent after a change on disk that they have not seen. */
  runPriorityHandlers(): void {
    for (const fd of this.#priorityFds) {
      const handler = this.#interests.handler(fd);
      if (handler !== undefined) this.#call(fd, handler, READABLE);
    }
  }

  /**
   * Turns until stop(). This thread waits in epoll_wait: nothing else of Node runs on it meanwhile.
   * @throws  as turn(); Error for a reactor that is attached
   */
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

  /** Node's own loop waits, and calls turn() when an event is pending. It keeps the process alive, unless unref() is called. @throws Error in run() */
  attach(): void {
    if (this.#isRunning) throw new Error('attach() was called on a reactor that is in run()');
    this.#hostLoop ??= new native.HostLoop(this.#epoll.fileno(), () => {
      // An earlier handler in the same wakeup of Node's loop may have detached the reactor.
      return this.#hostLoop !== undefined && this.turn(0) > 1;
    });
  }

  /** Ends what attach() began. The registered descriptors stay. */
  detach(): void {
    this.#hostLoop?.close();
    this.#hostLoop = undefined;
  }

  /** While attached: keeps the process alive, as attach() does. */
  ref(): void {
    this.#hostLoop?.ref();
  }

  /** While attached: lets the process exit although descriptors are registered. */
  unref(): void {
    this.#hostLoop?.unref();
  }

  /** Wakes a wait of this reactor; onWake is called. From another thread: wakeReactor(wakeFd). */
  wake(): void {
    if (!this.isClosed) wakeReactor(this.wakeFd);
  }

  /** Node's own loop waits, so promises, timers and results of Node's thread pool are served. */
  get isAttached(): boolean {
    return this.#hostLoop !== undefined;
  }

  /** close() was called. */
  get isClosed(): boolean {
    return this.#epoll.closed;
  }

  /** Stops, detaches, and closes the reactor's own descriptors. The registered descriptors stay open. Idempotent. */
  close(): void {
    if (this.isClosed) return;
    this.stop();
    this.detach();
    this.#interests.clear();
    this.#epoll.close();
    for (const one of this.#owned) one.close();
  }

  /** The same as close(), for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  #dispatch(count: number): void {
    for (const fd of this.#priorityFds) {
      const i = this.#indexOf(fd, count);
      if (i === -1) continue;
      this.#dispatchOne(i);
      this.#pairs[i + 1] = 0; // so that the loop below skips it
    }
    for (let i = 0; i < 2 * count; i += 2) {
      this.#dispatchOne(i);
      if (this.#flushList.isFull) this.flush();
    }
  }

  /** The place of a descriptor's event in the pairs; -1 if it has none. */
  #indexOf(fd: number, count: number): number {
    for (let i = 0; i < 2 * count; i += 2) if (this.#pairs[i] === fd) return i;
    return -1;
  }

  #dispatchOne(i: number): void {
    const interests = this.#interests;
    const fd = this.#pairs[i] as number;
    // An earlier handler of this batch may have closed the descriptor, and another one may have its number now. This
    // event is not for the new one; if that is ready too, the next wait reports it.
    const handler = interests.handlerBefore(fd, this.#turn);
    if (handler === undefined) return;
    // Or the handler may have lost interest in what this event reports.
    const readiness = (this.#pairs[i + 1] as number) & (interests.interest(fd) | ALWAYS_REPORTED);
    if (readiness !== 0) this.#call(fd, handler, readiness);
  }

  #call(fd: number, handler: ReadinessHandler, readiness: number): void {
    try {
      handler.onReady(readiness);
    } catch (error) {
      if (this.#interests.handler(fd) === handler) {
        this.dropBeforeClose(fd);
        // Not unregister(), which throws: the handler may have closed the descriptor.
        native.epoll_ctl(this.#epoll.fileno(), constants.EPOLL_CTL_DEL, fd, 0);
      }
      this.#errors.report(error, fd);
    }
  }

  #expire(): void {
    while (!this.isClosed) {
      const entry = this.#timer.takeDue();
      if (entry === undefined) return;
      try {
        entry.onDeadline();
      } catch (error) {
        this.#errors.report(error);
      }
    }
  }

  #wake(): void {
    this.#waker.read();
    try {
      this.#onWake?.();
    } catch (error) {
      this.#errors.report(error);
    }
  }
}
