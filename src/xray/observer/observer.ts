/**
 * Observes a thread: takes the place of the addon's functions, and speaks with the X-ray (protocol.ts). A turn begins when a wait
 * returns, and lasts until the next wait.
 */
import { performance } from 'node:perf_hooks';
import { isMainThread, threadId } from 'node:worker_threads';
import {
  argumentFormats,
  descriptor,
  type Format,
  quote,
  SHOWN_BYTES_MAX,
  wholeArguments,
} from '../../native/argument-formats.js';
import { errorCode } from '../../native/errno.js';
import { type Call, callsOf, intercept } from '../../native/intercept.js';
import type { HostLoopWatch, Native } from '../../native/native-api.js';
import { AcceptLock } from './accept-lock.js';
import { type CallSite, callSite } from './call-site.js';
import { Channel } from './channel.js';
import { StoppableClock } from './clock.js';
import { Descriptors } from './descriptors.js';
import { Gate, type Passed } from './gate.js';
import { gatedHostLoop } from './host-loop.js';
import { COUNTS_EVERY_MS, Recorder } from './recorder.js';
import { type Operation, Rings } from './rings.js';
import { given, MOVING, Transfers } from './transfers.js';
import { blockingWait, busyWait, EINTR, epollEvents, readinessWait, ringWait, type Wait } from './waits.js';

type Arguments = readonly unknown[];

const READINESS: ReadonlySet<string> = new Set(['epoll_wait', 'epoll_pwait2', 'poll', 'select']);
/** Calls that wait if their descriptor is blocking. */
const BLOCKING: ReadonlySet<string> = new Set(['accept4', 'connect', 'recv', 'read', 'send', 'write']);
/** Calls that change the state of descriptors. */
const CHANGING: ReadonlySet<string> = new Set(['close', 'close_job', 'fcntl', 'epoll_ctl']);

const NO_EVENTS = (): [] => [];

const result = (_: Arguments, fd: number): Iterable<number> => [fd];

/** The descriptors that a call has opened. */
const OPENING: Readonly<Record<string, (args: Arguments, result: number) => Iterable<number>>> = {
  accept4: result,
  epoll_create1: result,
  eventfd: result,
  inotify_init1: result,
  pipe2: (args) => args[0] as Int32Array,
  posix_openpt: result,
  socket: result,
  socketpair: (args) => args[3] as Int32Array,
  timerfd_create: result,
};

/** An argument with a thousand descriptors is cut: a line has a bound. */
const ARGUMENT_LENGTH_MAX = 2000;

function cut(text: string): string {
  return text.length > ARGUMENT_LENGTH_MAX ? `${text.slice(0, ARGUMENT_LENGTH_MAX)}...` : text;
}

/**
 * Observes this thread from now on, if the X-ray listens at `path`.
 * @param onGone  the X-ray has gone, now or later, and the thread is free
 */
export function observe(native: Native, path: string, onGone: () => void): void {
  const own: Native = { ...native };
  const channel = Channel.open(own, path);
  if (channel === 'gone') onGone();
  else if (channel !== undefined) new Observer(native, own, channel, onGone);
}

class Observer {
  /** The addon's own functions. */
  readonly #own: Native;
  readonly #channel: Channel;
  readonly #now: () => number;
  readonly #clock: StoppableClock;
  readonly #descriptors: Descriptors;
  readonly #transfers: Transfers;
  readonly #recorder: Recorder;
  readonly #rings: Rings;
  readonly #gate: Gate;
  readonly #lock = new AcceptLock();
  readonly #formats: Readonly<Record<string, readonly Format[]>>;
  /** Node's own loop calls when a command has come. */
  readonly #watch: HostLoopWatch;
  /** HostLoops that sleep, and that kept the process alive before. */
  #kept = 0;
  /** A callback of Node's loop runs: its waits with a timeout of 0 have been waited for there. */
  #isHosted = false;
  /** Callbacks of Node's own loop make calls when the turn is over: promises and timers, and results of disk threads. */
  #isAfterTurn = false;
  /** A busy-polling thread has no other wait than accept4. */
  #hasWaited = false;
  /** The moment of the program's clock at which the last callback of Node's loop ended. */
  #sleptSinceMs: number | undefined;

  constructor(native: Native, own: Native, channel: Channel, onGone: () => void) {
    this.#own = own;
    this.#channel = channel;
    this.#now = performance.now.bind(performance);
    this.#clock = new StoppableClock(this.#now);
    this.#descriptors = new Descriptors(own);
    this.#transfers = new Transfers();
    this.#rings = new Rings(own, this.#now);
    this.#recorder = new Recorder(
      (lines) => channel.send(lines),
      this.#now,
      () => this.#descriptors.readiness(),
    );
    this.#formats = argumentFormats(own, (bytes, offset, length) => {
      return quote(this.#transfers.show(bytes, offset, length), length > SHOWN_BYTES_MAX);
    });
    this.#gate = new Gate(own, channel, this.#clock, {
      onHeld: (report) => {
        this.#recorder.sendNow({ held: true, ...report, readable: this.#descriptors.readiness() });
      },
      onGone: () => {
        this.#leave(native);
        onGone();
      },
      beforeSleep: () => (this.#recorder.flush() ? COUNTS_EVERY_MS : Number.POSITIVE_INFINITY),
    });
    this.#watch = new own.HostLoop(channel.fd, () => this.#gate.obey());
    this.#watch.unref();
    const { pid, version } = process;
    const thread = isMainThread ? 'main' : `${threadId}`;
    channel.send([{ hello: 1, pid, thread, channel: channel.fd, node: version }]);
    performance.now = this.#clock.now;
    process.once('exit', () => this.#recorder.flush());
    Object.assign(native, this.#replacements());
  }

  /** The X-ray is gone: the addon's functions come back. The clock stays, since time must not jump. */
  #leave(native: Native): void {
    Object.assign(native, this.#own);
    this.#watch.close();
    this.#channel.close();
  }

  #replacements(): Partial<Native> {
    const calls = callsOf(this.#own);
    const replaced = Object.keys(this.#formats).map((name) => [name, this.#replacement(name, calls[name] as Call)]);
    const HostLoop = gatedHostLoop(this.#own.HostLoop, this.#gate, {
      enter: () => {
        this.#isHosted = true;
        this.#isAfterTurn = false;
      },
      leave: () => {
        this.#isHosted = false;
        this.#isAfterTurn = true;
        this.#sleptSinceMs = this.#clock.now();
        this.#recorder.flush();
      },
      keepAlive: (isKept) => {
        this.#kept += isKept ? 1 : -1;
        if (this.#kept > 0) this.#watch.ref();
        else this.#watch.unref();
      },
    });
    return { ...Object.fromEntries(replaced), HostLoop, IoUring: this.#rings.following(this.#own.IoUring) };
  }

  #replacement(name: string, given: Call): Call {
    const call = name === 'io_uring_enter' ? this.#submitting(given) : given;
    const replacement: Call = (...args) => {
      if (this.#isHosted && name === 'epoll_wait' && args[2] === 0) return this.#hostedWait(replacement, call, args);
      const wait = canWait ? this.#waitOf(name, call, args) : undefined;
      if (wait !== undefined) return this.#wait(name, replacement, args, wait);
      if (this.#recorder.isRecording) return this.#record(name, replacement, call, args);
      this.#recorder.skipCall();
      const result = call(...args);
      if (isNoted) this.#note(name, args, result, false);
      return result;
    };
    const canWait = READINESS.has(name) || BLOCKING.has(name) || name === 'io_uring_enter';
    const isNoted = MOVING.has(name) || name in OPENING || CHANGING.has(name);
    return replacement;
  }

  /** @returns  undefined if the call returns at once */
  #waitOf(name: string, call: Call, args: Arguments): Wait | undefined {
    if (READINESS.has(name)) {
      this.#hasWaited = true;
      return readinessWait(this.#own, name, call, args);
    }
    const fd = args[0] as number;
    if (name === 'io_uring_enter') {
      this.#hasWaited = true;
      this.#descriptors.follow(fd);
      return args[2] === 0 ? undefined : ringWait(this.#own, this.#rings, call(fd, args[1], 0, 0), call, args);
    }
    if (this.#descriptors.blocks(fd)) {
      this.#descriptors.follow(fd);
      return blockingWait(this.#own, name, call, args, this.#lock);
    }
    return name === 'accept4' && !this.#hasWaited ? busyWait(this.#own, call, args) : undefined;
  }

  /** A call of io_uring_enter, whose operations are noted. */
  #submitting(call: Call): Call {
    return (...args) => {
      const n = call(...args);
      if (n > 0) this.#recorder.submits(this.#rings.submitted(args[0] as number, args[1] as number, n));
      return n;
    };
  }

  /** The wait of a thread that stands still meanwhile. */
  #wait(name: string, replacement: Call, args: Arguments, wait: Wait): number {
    const beginMs = this.#clock.now();
    const endMs = wait.timeoutMs < 0 ? Number.POSITIVE_INFINITY : beginMs + wait.timeoutMs;
    this.#isAfterTurn = false;
    this.#recorder.asks(wait.asks);
    const awaited = { pollfds: wait.pollfds, count: wait.count, endMs };
    let passed: Passed;
    let result: number | undefined;
    let isStuck = false;
    do {
      if (name === 'send' && !isStuck && this.#own.poll(wait.pollfds, 1, 0) === 0) {
        isStuck = true;
        this.#recorder.asksForRoom(args[0] as number, this.#own.constants.POLLOUT);
      }
      passed = this.#gate.pass(awaited);
      if (passed === 'unobserved') {
        // Whole milliseconds, rounded up: a timeout never fires early.
        return wait.block(endMs === Number.POSITIVE_INFINITY ? -1 : Math.max(0, Math.ceil(endMs - this.#clock.now())));
      }
      result = passed === 'interrupted' ? (wait.interrupted?.() ?? -EINTR) : wait.attempt(passed === 'late');
    } while (result === undefined);
    const sleptMs = this.#clock.now() - beginMs;
    const n = result;
    const [events, count] = n < 0 ? [NO_EVENTS, 0] : [() => wait.events(n), wait.eventCount?.() ?? n];
    const { asks, done } = wait;
    const isDone = done !== undefined;
    this.#recorder.beginTurn({ events, count, sleptMs, isStepped: this.#gate.beginTurn(), asks, isDone });
    this.#waited(name, replacement, sleptMs, args, result);
    if (done !== undefined && n >= 0) for (const operation of done()) this.#done(replacement, operation);
    return result;
  }

  /** The wait of a reactor for which Node's own loop has waited. */
  #hostedWait(replacement: Call, call: Call, args: Arguments): number {
    const result = call(...args);
    const sleptMs = this.#sleptSinceMs === undefined ? 0 : this.#clock.now() - this.#sleptSinceMs;
    this.#sleptSinceMs = undefined;
    this.#hasWaited = true;
    this.#recorder.beginTurn({
      events: () => epollEvents(args[1] as Uint32Array, result),
      count: Math.max(0, result),
      sleptMs,
      isStepped: this.#gate.beginTurn(),
    });
    this.#waited('epoll_wait', replacement, sleptMs, args, result);
    return result;
  }

  /** The wait is the first call of its turn. */
  #waited(name: string, replacement: Call, sleptMs: number, args: Arguments, result: number): void {
    if (this.#recorder.isRecording) {
      this.#report(name, callSite(replacement), this.#now() - sleptMs, sleptMs, args, result);
      return;
    }
    this.#recorder.skipCall();
    this.#note(name, args, result, false);
  }

  /** The wait has found an operation done. */
  #done(replacement: Call, { name, args, result, sinceMs }: Operation): void {
    if (this.#recorder.isRecording) {
      this.#report(name, callSite(replacement), sinceMs, this.#now() - sinceMs, args, result, true);
      return;
    }
    this.#recorder.skipCall();
    this.#note(name, args, result, false);
  }

  #record(name: string, replacement: Call, call: Call, args: Arguments): number {
    const site = callSite(replacement);
    const t = this.#now();
    return intercept(call, args, (all, result) => this.#report(name, site, t, this.#now() - t, all, result));
  }

  #report(
    name: string,
    site: CallSite | undefined,
    t: number,
    durMs: number,
    known: Arguments,
    n: number,
    isOperation = false,
  ): void {
    const formats = this.#formats[name] as readonly Format[];
    const args = wholeArguments(name, known, this.#own.constants);
    this.#transfers.begin(name, args);
    const shown = args.map((arg, i) => cut((formats[i] ?? String)(arg, n, args))).filter((arg) => arg !== '');
    const head = this.#note(name, args, n, true);
    const toSend = given(name, args);
    const requests = this.#transfers.requests(name, args, n);
    this.#recorder.call({
      t: this.#recorder.micros(t),
      dur: Math.round(10_000 * durMs) / 10,
      call: name,
      fd: formats[0] === descriptor ? (args[0] as number) : -1,
      args: shown,
      ret: Math.max(-1, n),
      ...(n < 0 && { errno: errorCode(n) }),
      ...(n >= 0 && MOVING.has(name) && { bytes: n }),
      ...(head !== undefined && { head }),
      ...(toSend !== undefined && { given: toSend }),
      ...(requests > 0 && { requests }),
      ...(this.#isAfterTurn && { isAsync: true as const }),
      ...(isOperation && { isOperation }),
      ...(site !== undefined && { at: site }),
    });
  }

  /** Notes what a call has done to descriptors and streams. @returns  the first bytes that it moved, if they are `shown` */
  #note(name: string, args: Arguments, n: number, isShown: boolean): string | undefined {
    const fd = args[0] as number;
    if (MOVING.has(name)) {
      if (isShown) return this.#transfers.moved(name, args, n);
      this.#transfers.skipped(name, args, n);
    } else if (name === 'close' || name === 'close_job') {
      this.#descriptors.closed(fd);
      this.#transfers.closed(fd);
    } else if (name === 'fcntl') {
      const { F_SETFL, F_DUPFD_CLOEXEC } = this.#own.constants;
      if (args[1] === F_SETFL) this.#descriptors.changed(fd);
      else if (args[1] === F_DUPFD_CLOEXEC && n >= 0) this.#descriptors.opened(n, false);
    } else if (name === 'epoll_ctl') {
      if (args[1] === this.#own.constants.EPOLL_CTL_ADD) this.#descriptors.follow(args[2] as number);
    } else {
      const opened = n < 0 ? [] : (OPENING[name]?.(args, n) ?? []);
      const { SOCK_NONBLOCK } = this.#own.constants;
      const isNonBlocking = name === 'accept4' && ((args[2] as number) & SOCK_NONBLOCK) !== 0;
      for (const each of opened) this.#descriptors.opened(each, isNonBlocking);
    }
    return undefined;
  }
}
