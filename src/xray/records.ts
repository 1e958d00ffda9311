/**
 * The records of the X-ray about a program, each a line of JSON. A file of these lines is a recording. The first
 * line is the header.
 *
 * Times (`t`) are microseconds since the header's moment, by CLOCK_MONOTONIC; durations (`dur`) are microseconds too. A `tid` is the
 * number of a thread, given by the X-ray in the order in which threads appeared; it holds across processes. A descriptor is known by
 * the process of its thread and its number.
 */

export interface Header {
  /** The version of this format. */
  readonly xray: 1;
  /** The name of the model; `server` for the real server. */
  readonly model: string;
  /** As uname(2) gives it. */
  readonly kernel: string;
  readonly node: string;
  readonly clock: 'CLOCK_MONOTONIC';
  /** The programming language of the observed program. */
  readonly language: string;
  /** The wall clock at t = 0, in ISO 8601. */
  readonly startedAt: string;
  /** Where it listens, on 127.0.0.1; 0: on Unix sockets alone. */
  readonly port: number;
}

/** A thread of the observed program has begun to be observed. */
export interface ThreadBegan {
  readonly t: number;
  readonly tid: number;
  readonly pid: number;
  /** `main`, or the number of a worker thread of Node. */
  readonly thread: string;
}

/** A thread has ended. */
interface ThreadEnded {
  readonly t: number;
  readonly tid: number;
  readonly gone: true;
}

/** A wait has returned: a turn begins. It lasts until the next wait of the thread. */
export interface Turn {
  readonly t: number;
  readonly tid: number;
  /** Counts the turns of all threads. */
  readonly turn: number;
  /** What the wait reported: descriptors with bits of EPOLL*; for a call that blocks, its descriptor. */
  readonly events: readonly (readonly [fd: number, mask: number])[];
  readonly sleptMs: number;
  /** The wait was for a ring of io_uring: the descriptors are those of operations that are done, and not ready ones. */
  readonly isDone?: true;
}

/**
 * A thread is about to wait in poll or select, which get their whole set with each call: descriptors with bits of EPOLL*. Recorded
 * if the set has changed. Or it is about to wait in a send that blocks, until there is room in the send buffer.
 */
export interface Asks {
  readonly t: number;
  readonly tid: number;
  readonly by: 'poll' | 'select' | 'send';
  readonly asks: readonly (readonly [fd: number, mask: number])[];
}

/** A thread has passed operations to a ring of io_uring, named as the calls that do the same. Each is a Call when it is done. */
export interface Submits {
  readonly t: number;
  readonly tid: number;
  readonly submits: readonly (readonly [call: string, fd: number])[];
}

/** A system call. The first call of a turn is its wait. */
export interface Call {
  readonly t: number;
  readonly dur: number;
  /** The turn to which it belongs; 0 before the first wait of its thread. */
  readonly turn: number;
  readonly tid: number;
  readonly call: string;
  /** Its first argument, if that is a descriptor; otherwise -1. */
  readonly fd: number;
  /** All arguments, as strace(1) prints them. */
  readonly args: readonly string[];
  /** n >= 0, or -1 with `errno`. */
  readonly ret: number;
  readonly errno?: string;
  /** Bytes moved. */
  readonly bytes?: number;
  /** The first bytes moved, at most 48, as latin1. Values of Cookie, Authorization and their like are replaced by `*`. */
  readonly head?: string;
  /** Bytes that it was given to send, if its arguments do not show it (writev). */
  readonly given?: number;
  /** Requests of HTTP/1 whose first line ends among the bytes received. */
  readonly requests?: number;
  /** Made after the turn, by a callback of Node's own loop: the time before it is not the turn's. */
  readonly isAsync?: true;
  /** An operation of io_uring: `t` is when it was submitted, and `dur` lasts until a wait found it done. */
  readonly isOperation?: true;
  /** The line of source that made it, such as `src/models/epoll.ts:48`. */
  readonly src?: string;
  /** The text of that line, the first time that it appears in a recording, if the X-ray has the source. */
  readonly line?: string;
}

export type DescriptorKind =
  | 'listener'
  | 'connection'
  | 'epoll'
  | 'eventfd'
  | 'timerfd'
  | 'inotify'
  | 'pipe'
  | 'file'
  | 'other';

/** The kernel's state of a descriptor. */
export interface KernelDescriptor {
  readonly fd: number;
  readonly kind: DescriptorKind;
  /** The peer of a connection, the address of a listener: `127.0.0.1:8080`. */
  readonly address?: string;
  /** Unread bytes; for a listener, connections in its accept queue (/proc/PID/net/tcp). */
  readonly rx: number;
  /** Bytes that the peer has not acknowledged. */
  readonly tx: number;
  /** The answer of poll(2) with a timeout of 0: bits of POLL*, equal to those of EPOLL*. null: not asked. */
  readonly readable: number | null;
  /** The bits with which it is in an interest set (the tfd lines of /proc/PID/fdinfo). null: it is in none. */
  readonly mask: number | null;
  /** The process has closed this number, but it is still in an interest set, because a duplicate of it is open. */
  readonly isClosed?: true;
}

/** Descriptors in a look: a page shows no more. */
export const LOOKED_MAX = 500;

/** A look from outside, which changes nothing. All descriptors of the process that the X-ray follows, if those are fewer
 * than LOOKED_MAX. */
export interface KernelLook {
  readonly t: number;
  readonly pid: number;
  readonly kernel: readonly KernelDescriptor[];
}

/** What the observed program as a whole is doing. */
export interface ProgramState {
  readonly t: number;
  /**
   * starting  no thread has waited yet
   * running   freely, or in slow motion
   * paused    each thread is held before its next wait, and its clock stands still
   * stepping  paused, and one turn may run: at once, or as soon as a descriptor is ready
   * ended     the process is gone
   */
  readonly program: 'starting' | 'running' | 'paused' | 'stepping' | 'ended';
  /** While paused or stepping: whether a wait would return at once. If not, the program is asleep. */
  readonly isReady: boolean;
  /** How the process has ended. */
  readonly exit?: { readonly code: number | null; readonly signal: string | null };
}

/** Turns that were not recorded, since the program is faster than the X-ray records. Only counts are known. */
export interface Skipped {
  readonly t: number;
  readonly tid: number;
  readonly skipped: { readonly turns: number; readonly calls: number; readonly events: number };
}

/** Records that were lost, since the X-ray did not read fast enough. */
export interface Dropped {
  readonly t: number;
  readonly tid: number;
  readonly dropped: number;
}

export type ClientAct =
  | 'connect'
  | 'send'
  | 'receive'
  | 'stop-reading'
  | 'read-again'
  | 'half-close'
  | 'reset'
  | 'close';

/** A client of an experiment has done something. */
export interface ClientActed {
  readonly t: number;
  /** Its number within the experiment, from 1. */
  readonly client: number;
  readonly does: ClientAct;
  /** Its own port, by which its connection is found. */
  readonly port: number;
  readonly bytes?: number;
}

export const EXPERIMENTS = ['silent', 'drip', 'burst', 'slow-reader', 'reset', 'half-close', 'reused'] as const;

export type ExperimentName = (typeof EXPERIMENTS)[number];

export interface ExperimentMark {
  readonly t: number;
  readonly experiment: ExperimentName;
  readonly state: 'begins' | 'ends';
}

export type XrayRecord =
  | ThreadBegan
  | ThreadEnded
  | Turn
  | Asks
  | Submits
  | Call
  | KernelLook
  | ProgramState
  | Skipped
  | Dropped
  | ClientActed
  | ExperimentMark;
