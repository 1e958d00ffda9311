/**
 * The protocol between an observed program and the X-ray: lines of JSON over a Unix socket, one connection for each thread. The path of the
 * socket is in the environment (XRAY_SOCKET), so that threads and processes which the program starts are observed too.
 *
 * A thread sends Hello, and stops before its first wait until the X-ray has answered with `free` or `hold`. Then it runs freely, or is
 * held before its next wait. While it is held its clock stands still: deadlines do not come nearer.
 *
 * When the connection closes, the X-ray has gone, however it ended: the thread is free, and the observer sends SIGTERM to its process:
 * a program that the X-ray has started ends with it.
 */
import type { Asks, Call, Dropped, Skipped, Submits, Turn } from './records.js';

/** The variable of the environment that has the path of the X-ray's socket. */
export const XRAY_SOCKET = 'EPOLL_REACTOR_XRAY';

/** A line that is longer is a fault: the connection is closed. */
export const LINE_BYTES_MAX = 64 * 1024;

/** The most descriptors in one line, with their bits. If there are more, the first are sent. */
export const PAIRS_MAX = 2000;

/** From the X-ray to a thread. */
export type Command =
  /** Run. */
  | { readonly do: 'free' }
  /**
   * Stop before the next wait, also if the thread sleeps in one now, and say whether that wait would return at once. An armed thread
   * stays held, and its clock stands still again.
   */
  | { readonly do: 'hold' }
  /** Stay held, let the clock run, and say when the wait would return: a step is to come. */
  | { readonly do: 'arm' }
  /** Held threads only: run one turn, and be held again. */
  | { readonly do: 'go' }
  /** Held threads only: ask poll(2) again. */
  | { readonly do: 'look' };

/** The first line of a thread. */
export interface Hello {
  readonly hello: 1;
  readonly pid: number;
  readonly thread: string;
  /** The descriptor of this connection in the observed process, which no table shows. */
  readonly channel: number;
  readonly node: string;
}

/** A thread is held. Sent when it becomes held, when `isReady` changes, and for each `hold`, `arm` and `look`. */
export interface Held {
  readonly held: true;
  readonly isReady: boolean;
  /** How many commands it has obeyed since it began. `look` does not count: it changes nothing. */
  readonly obeyed: number;
  /** The answer of poll(2) for each descriptor that the thread follows: pairs of fd and bits. */
  readonly readable: readonly (readonly [fd: number, bits: number])[];
}

/*
 * A turn and its calls are as in records.ts, but for their times: microseconds of CLOCK_MONOTONIC, as process.hrtime gives it, whose zero is
 * the same in all processes. The X-ray numbers turns and threads.
 */

export type ObservedTurn = Omit<Turn, 'tid' | 'turn'>;

/** The set of poll or select, before the wait, if it has changed; or a send that blocks is about to wait. */
export type ObservedAsks = Omit<Asks, 'tid'>;

/** Operations that were passed to a ring of io_uring. */
export type ObservedSubmits = Omit<Submits, 'tid'>;

export interface ObservedCall extends Omit<Call, 'tid' | 'turn' | 'src' | 'line'> {
  /** The place in the built file: its path, line and column. */
  readonly at?: readonly [path: string, line: number, column: number];
}

export interface ObservedReadiness {
  readonly readable: readonly (readonly [fd: number, bits: number])[];
}

export type ObservedLine =
  | Hello
  | Held
  | ObservedTurn
  | ObservedAsks
  | ObservedSubmits
  | ObservedCall
  | ObservedReadiness
  | Pick<Skipped, 'skipped'>
  | Pick<Dropped, 'dropped'>;
