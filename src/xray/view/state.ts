/** The state of the page after a number of records. reduce.ts computes it. */
import type { Call, ClientActed, DescriptorKind, ExperimentName, Header, ProgramState, Turn } from '../records.js';
import type { Rows } from './rows.js';

/** One row of the interest table. */
export interface Descriptor {
  /** `pid/fd`: a process has its own numbers. */
  readonly key: string;
  readonly pid: number;
  readonly fd: number;
  readonly kind: DescriptorKind;
  readonly address: string | undefined;
  /** When it was opened, or first seen. */
  readonly since: number;
  /** How often this number has been in use before: a reused descriptor is above 0. */
  readonly reuses: number;
  readonly isOpen: boolean;
  readonly closedAt: number | undefined;
  /** In an interest set with these bits of EPOLL*, without EPOLLERR and EPOLLHUP, which are always in it; null: in none. */
  readonly mask: number | null;
  /** Where that set is kept: in the kernel (epoll), or in each call that passes it (poll, select). */
  readonly askedBy: 'epoll' | 'poll' | 'select' | undefined;
  /** What the last wait reported for it, in the turn `eventTurn`. */
  readonly eventMask: number;
  readonly eventTurn: number;
  /** By the last look at the kernel: bits of poll(2), unread and unsent bytes. null: not looked. */
  readonly readable: number | null;
  readonly unread: number | null;
  /** When the last look showed it; 0 before the first. */
  readonly lookedAt: number;
  readonly unsent: number | null;
  readonly lastCall: Call | undefined;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly waitsFor: WaitsFor;
  readonly facts: Facts;
}

/** What the lints remember of a descriptor. Forgotten when records are missing. */
export interface Facts {
  /** Reports in a row after which nothing was read, or written. */
  readonly unreadReports: number;
  /** Reports of EPOLLOUT in a row after which nothing was written. */
  readonly unusedReports: number;
  /** The last send took less than it was given. `given` is undefined for calls that do not show it. */
  readonly shortSend: { readonly given: number | undefined; readonly taken: number } | undefined;
  /** Since the last report, a read has found the end of the unread bytes. undefined: not known. */
  readonly isDrained: boolean | undefined;
  /** The time since which bytes are unread that an edge-triggered set does not report again, by looks at the kernel. */
  readonly leftSince: number | undefined;
  /** accept has failed so often in a row, since that moment, because no descriptor was free. */
  readonly refused: { readonly times: number; readonly since: number } | undefined;
  /** An operation of io_uring that works on it: the name of the call that does the same. */
  readonly underWay: string | undefined;
  /** It was closed by a call that was recorded, and nothing is missing since. */
  readonly isClosedForSure: boolean;
}

/** The event that the program waits for on a descriptor. */
export type WaitsFor = 'connection' | 'request' | 'room' | 'deadline' | 'wakeup' | 'change' | 'nothing';

export interface Thread {
  readonly tid: number;
  readonly pid: number;
  readonly name: string;
  readonly turn: number;
  readonly isGone: boolean;
  readonly lastCall: Call | undefined;
  readonly work: Work;
}

/** The turn that a thread is in, as far as its calls show it. */
export interface Work {
  /** When its wait returned. undefined: before the first one, or records of the turn are missing. */
  readonly since: number | undefined;
  readonly events: number;
  /** The end of its last call. */
  readonly until: number;
  /** The descriptor that it works for now. */
  readonly key: string | undefined;
  /** Microseconds that it worked for each descriptor. */
  readonly spent: ReadonlyMap<string, number>;
  /** Descriptors whose last send in it was short. */
  readonly short: readonly string[];
}

export type Phase = 'wait' | 'ready' | 'dispatch' | 'flush' | 'deadlines';

/** A sentence with figures about something that is probably wrong. lints.ts finds them. */
export interface Finding {
  readonly lint: LintName;
  readonly key: string | undefined;
  /** The figures of the sentence. */
  readonly values: Readonly<Record<string, number>>;
  readonly firstTurn: number;
  readonly lastTurn: number;
  readonly count: number;
}

export type LintName =
  | 'reported-not-read'
  | 'short-send-no-epollout'
  | 'epollout-nothing-to-send'
  | 'edge-not-drained'
  | 'closed-in-set'
  | 'accept-emfile-loop'
  | 'long-turn'
  | 'one-descriptor-took-the-turn';

/** A turn in the small charts. */
export interface TurnSummary {
  readonly turn: number;
  readonly tid: number;
  readonly t: number;
  readonly events: number;
  readonly calls: number;
  readonly sleptMs: number;
  /** From the return of its wait to its last call, in microseconds. */
  readonly dur: number;
}

export interface State {
  readonly header: Header | undefined;
  /** The time of the last record. */
  readonly t: number;
  readonly program: ProgramState['program'];
  readonly isReady: boolean;
  readonly exit: ProgramState['exit'];
  /** The last turn that began, and its record. */
  readonly turn: number;
  readonly turnRecord: Turn | undefined;
  readonly phase: Phase;
  readonly lastCall: Call | undefined;
  readonly threads: ReadonlyMap<number, Thread>;
  /** By key, in no order. Closed ones stay until their number is used again. */
  readonly descriptors: Rows<Descriptor>;
  /** Keys of the descriptors with unread bytes in the last look (`leftSince`). */
  readonly left: readonly string[];
  /** The last turns, oldest first. */
  readonly turns: readonly TurnSummary[];
  readonly findings: readonly Finding[];
  readonly experiment: ExperimentName | undefined;
  /** The last act of each client of the experiment, by its number. */
  readonly clients: ReadonlyMap<number, ClientActed>;
  /** The text of each line of source that made a call, by its place, such as `src/models/epoll.ts:48`. */
  readonly lines: ReadonlyMap<string, string>;
  /** The program is faster than the X-ray records: so many turns are shown, out of so many. */
  readonly behind: { readonly t: number; readonly shown: number; readonly turns: number } | undefined;
  readonly counts: {
    readonly calls: number;
    readonly turns: number;
    readonly events: number;
    readonly requests: number;
    readonly bytesIn: number;
    readonly bytesOut: number;
    readonly asleepMs: number;
    readonly skippedTurns: number;
    readonly skippedCalls: number;
    readonly dropped: number;
  };
}
