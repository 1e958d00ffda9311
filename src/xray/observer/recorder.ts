/** Makes the lines of turns and calls, and decides which turns are recorded: whole ones, at most so many a second. */
import { performance } from 'node:perf_hooks';
import {
  type ObservedAsks,
  type ObservedCall,
  type ObservedLine,
  type ObservedReadiness,
  type ObservedSubmits,
  type ObservedTurn,
  PAIRS_MAX,
} from '../protocol.js';

/** Turns that are recorded in a row, before the rate holds. */
const TURNS_AT_ONCE = 200;
const TURNS_PER_SECOND = 40;

/**
 * A turn has so many calls, or counts as several: on a server with 64 busy connections, 40 turns a second would be half of its work, and
 * recording a call costs more than making it.
 */
const CALLS_PER_TURN = 10;

/** How often counts of turns that are not recorded are sent, and readiness while the program runs. */
export const COUNTS_EVERY_MS = 100;

/** The lines of a long turn are sent before its end. */
const LINES_KEPT_MAX = 100;

/** Gives the set of a wait by poll or select. */
export type Asks = () => Pick<ObservedAsks, 'by' | 'asks'>;

interface TurnBegin {
  /** Called for a turn that is recorded. */
  readonly events: () => ObservedTurn['events'];
  /** How many events there are. */
  readonly count: number;
  readonly sleptMs: number;
  /** A turn that was waited for is always recorded. */
  readonly isStepped: boolean;
  readonly asks?: Asks | undefined;
  /** The events are operations that are done. */
  readonly isDone?: boolean;
}

/** The moment zero of performance.now(), in microseconds of CLOCK_MONOTONIC. */
const ZERO_MICROS = Number(process.hrtime.bigint()) / 1000 - 1000 * performance.now();

export class Recorder {
  readonly #sendLines: (lines: readonly ObservedLine[]) => void;
  readonly #now: () => number;
  readonly #readiness: () => ObservedReadiness['readable'];
  #tokens = TURNS_AT_ONCE;
  #callsOfTurn = 0;
  #refilledMs: number;
  #lines: ObservedLine[] = [];
  #skipped = { turns: 0, calls: 0, events: 0 };
  #countsSentMs = 0;
  #readinessSentMs = 0;
  /** Whether the calls of this turn are recorded. Those before the first wait are. */
  #isRecording = true;
  /** The last set, as text. */
  #asked = '';
  #flush: NodeJS.Immediate | undefined;
  #flushCounts: NodeJS.Timeout | undefined;

  /** @param now  real milliseconds */
  constructor(
    send: (lines: readonly ObservedLine[]) => void,
    now: () => number,
    readiness: () => ObservedReadiness['readable'],
  ) {
    this.#sendLines = send;
    this.#now = now;
    this.#readiness = readiness;
    this.#refilledMs = now();
  }

  get isRecording(): boolean {
    return this.#isRecording;
  }

  /** Microseconds of CLOCK_MONOTONIC, to a tenth, for a moment of the real clock. */
  micros(ms: number): number {
    return Math.round(10 * (1000 * ms + ZERO_MICROS)) / 10;
  }

  /** A wait has returned. */
  beginTurn({ events, count, sleptMs, isStepped, asks, isDone }: TurnBegin): void {
    const nowMs = this.#now();
    this.#isRecording = isStepped || this.#takeToken(nowMs);
    this.#callsOfTurn = 0;
    if (this.#isRecording) {
      this.#addCounts();
      this.asks(asks);
      this.#add({
        t: this.micros(nowMs),
        events: events().slice(0, PAIRS_MAX),
        sleptMs: Math.round(1000 * sleptMs) / 1000,
        ...(isDone && { isDone }),
      });
    } else {
      this.#skipped.turns++;
      this.#skipped.events += count;
    }
  }

  #takeToken(nowMs: number): boolean {
    this.#tokens = Math.min(TURNS_AT_ONCE, this.#tokens + ((nowMs - this.#refilledMs) / 1000) * TURNS_PER_SECOND);
    this.#refilledMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }

  /** A wait is about to begin that gets its set with each call. The set is recorded if it has changed. */
  asks(asks: Asks | undefined): void {
    if (!this.#isRecording || asks === undefined) return;
    const { by, asks: all } = asks();
    const set = { by, asks: all.slice(0, PAIRS_MAX) };
    const text = JSON.stringify(set);
    if (text === this.#asked) return;
    this.#asked = text;
    this.#add({ t: this.micros(this.#now()), ...set });
  }

  /** Operations were passed to a ring. */
  submits(submits: ObservedSubmits['submits']): void {
    if (this.#isRecording && submits.length > 0)
      this.#add({ t: this.micros(this.#now()), submits: submits.slice(0, PAIRS_MAX) });
  }

  /** A send is about to wait for room. */
  asksForRoom(fd: number, bits: number): void {
    if (this.#isRecording) this.#add({ t: this.micros(this.#now()), by: 'send', asks: [[fd, bits]] });
  }

  call(call: ObservedCall): void {
    if (++this.#callsOfTurn > CALLS_PER_TURN) this.#tokens -= 1 / CALLS_PER_TURN;
    this.#add(call);
  }

  skipCall(): void {
    this.#skipped.calls++;
  }

  #add(line: ObservedLine): void {
    this.#lines.push(line);
    if (this.#lines.length >= LINES_KEPT_MAX) this.#send();
    // For a thread that waits in Node's own loop. One that waits in a call flushes before it.
    else this.#flush ??= setImmediate(() => this.flush());
  }

  /** The turn ends, or nothing happens for a while. @returns  whether counts are left to be sent, after COUNTS_EVERY_MS */
  flush(): boolean {
    const nowMs = this.#now();
    if (this.#isRecording && nowMs - this.#readinessSentMs >= COUNTS_EVERY_MS) {
      this.#readinessSentMs = nowMs;
      this.#lines.push({ readable: this.#readiness() });
    }
    if (nowMs - this.#countsSentMs >= COUNTS_EVERY_MS) this.#addCounts();
    this.#send();
    if (this.#skipped.calls === 0 && this.#skipped.turns === 0) return false;
    this.#flushCounts ??= setTimeout(() => {
      this.#flushCounts = undefined;
      this.flush();
    }, COUNTS_EVERY_MS).unref();
    return true;
  }

  /** A line that does not wait for the end of the turn. */
  sendNow(line: ObservedLine): void {
    this.#addCounts();
    this.#lines.push(line);
    this.#send();
  }

  #addCounts(): void {
    this.#countsSentMs = this.#now();
    if (this.#skipped.calls === 0 && this.#skipped.turns === 0) return;
    this.#lines.push({ skipped: this.#skipped });
    this.#skipped = { turns: 0, calls: 0, events: 0 };
  }

  #send(): void {
    clearImmediate(this.#flush);
    this.#flush = undefined;
    this.#sendLines(this.#lines);
    this.#lines = [];
  }
}
