/** The reactor's time: its two clocks, its deadlines, and the timerfd that is armed for the nearest of them. */
import { performance } from 'node:perf_hooks';
import { constants, native } from '../native/addon.js';
import type { OwnedFd } from '../native/native-api.js';
import { checked } from '../native/system-error.js';
import { Deadlines, type Expirable } from './deadlines.js';
import type { ReadinessHandler } from './readiness.js';

/** The descriptor is armed for at most 24 days ahead. For a later deadline it fires then, and is armed again. */
const ARM_MS_MAX = 2 ** 31;

const CLOSED = -1;

export class Timer implements ReadinessHandler {
  readonly #owned: OwnedFd;
  #fd: number;
  readonly #deadlines = new Deadlines();
  /** The moment for which the descriptor is armed. NaN: it has fired. */
  #armedMs = Number.POSITIVE_INFINITY;
  #isInTurn = false;
  #nowMs = 0;
  #wallClockMs = 0;
  /** When the wall clock was read, in milliseconds of CLOCK_MONOTONIC. */
  #wallClockReadMs = Number.NEGATIVE_INFINITY;

  /** @throws  SystemError EMFILE | ENFILE | ENOMEM */
  constructor() {
    const flags = constants.TFD_CLOEXEC | constants.TFD_NONBLOCK;
    this.#fd = checked(native.timerfd_create(constants.CLOCK_MONOTONIC, flags), 'timerfd_create');
    this.#owned = new native.OwnedFd(this.#fd);
  }

  /** Readable when the nearest deadline is due. */
  get fd(): number {
    return this.#fd;
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
    if (nextMs >= this.#armedMs || this.#fd === CLOSED) return;
    const hasFired = Number.isNaN(this.#armedMs);
    const isIdle = nextMs === Number.POSITIVE_INFINITY;
    if (isIdle && !hasFired) return;
    this.#armedMs = nextMs;
    const delayMs = Math.min(ARM_MS_MAX, Math.max(0.001, nextMs - performance.now()));
    checked(native.timerfd_settime(this.#fd, isIdle ? 0 : delayMs, 0), 'timerfd_settime');
  }

  /** The descriptor stays readable until arm() arms it again or disarms it: it need not be read. */
  onReady(): void {
    this.#armedMs = Number.NaN;
  }

  close(): void {
    this.#owned.close();
    this.#fd = CLOSED;
  }
}
