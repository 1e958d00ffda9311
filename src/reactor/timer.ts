/** The reactor's time: its two clocks, its deadlines, and the timerfd that is armed for the nearest of them. */
import { performance } from 'node:perf_hooks';
import { Timer as TimerDescriptor } from '../linux/timer.js';
import { Deadlines, type Expirable } from './deadlines.js';
import type { ReadinessHandler } from './readiness.js';

/** The descriptor is armed for at most 24 days ahead. For a later deadline it fires then, and is armed again. */
const ARM_MS_MAX = 2 ** 31;

export class Timer implements ReadinessHandler {
  /** @throws  SystemError EMFILE | ENFILE | ENOMEM */
  readonly #descriptor = new TimerDescriptor();
  readonly #deadlines = new Deadlines();
  /** The moment for which the descriptor is armed. NaN: it has fired. */
  #armedMs = Number.POSITIVE_INFINITY;
  #isInTurn = false;
  #nowMs = 0;
  #wallClockMs = 0;
  /** When the wall clock was read, in milliseconds of CLOCK_MONOTONIC. */
  #wallClockReadMs = Number.NEGATIVE_INFINITY;

  /** Readable when the nearest deadline is due. */
  get fd(): number {
    return this.#descriptor.fileno();
  }

  /** Milliseconds of CLOCK_MONOTONIC, which stand still during a turn. */
  get nowMs(): number {
    return this.#isInTurn ? this.#nowMs : performance.now();
  }

  /** Milliseconds since 1970. The clock is read again when the last reading is a millisecond old, not for each Date header. */
  get wallClockMs(): number {
    const nowMs = this.nowMs;
    if (nowMs - this.#wallClockReadMs >= 1) {
      this.#wallClockMs = Date.now();
      this.#wallClockReadMs = nowMs;
    }
    return this.#wallClockMs;
  }

  get isInTurn(): boolean {
    return this.#isInTurn;
  }

  beginTurn(): void {
    this.#isInTurn = true;
    this.#nowMs = performance.now();
  }

  endTurn(): void {
    this.#isInTurn = false;
  }

  set(entry: Expirable, delayMs: number): void {
    this.#deadlines.set(entry, Math.ceil(this.nowMs + Math.max(1, delayMs)));
    if (!this.#isInTurn) this.arm();
  }

  clear(entry: Expirable): void {
    this.#deadlines.clear(entry);
  }

  /** Removes one entry that is due, and returns it; undefined if none is due. */
  takeDue(): Expirable | undefined {
    return this.#deadlines.takeDue(this.#nowMs);
  }

  /**
   * Arms the descriptor if the nearest deadline has come nearer. If that deadline was put off, the descriptor stays
   * armed and fires once too early: that costs less than a system call for each request.
   */
  arm(): void {
    const nextMs = this.#deadlines.nextMs;
    if (nextMs >= this.#armedMs || this.#descriptor.closed) return;
    const hasFired = Number.isNaN(this.#armedMs);
    const isIdle = nextMs === Number.POSITIVE_INFINITY;
    if (isIdle && !hasFired) return;
    this.#armedMs = nextMs;
    if (isIdle) this.#descriptor.clear();
    else this.#descriptor.set(Math.min(ARM_MS_MAX, Math.max(0, nextMs - performance.now())));
  }

  /** The descriptor stays readable until arm() arms it again or disarms it: it need not be read. */
  onReady(): void {
    this.#armedMs = Number.NaN;
  }

  close(): void {
    this.#descriptor.close();
  }
}
