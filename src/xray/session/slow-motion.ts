/** Ticks at the speed of slow motion: at each, the program may run a turn. */

/** Slower than that, a reader pauses the program and steps. Faster, single turns cannot be seen. */
export const TURNS_PER_SECOND_MIN = 0.01;
export const TURNS_PER_SECOND_MAX = 1_000;

export class SlowMotion {
  readonly #onTick: () => void;
  #turnsPerSecond: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(onTick: () => void) {
    this.#onTick = onTick;
  }

  get turnsPerSecond(): number | undefined {
    return this.#turnsPerSecond;
  }

  /**
   * undefined: does not tick.
   * @throws  RangeError
   */
  set(turnsPerSecond: number | undefined): void {
    const isRight = (n: number): boolean => n >= TURNS_PER_SECOND_MIN && n <= TURNS_PER_SECOND_MAX;
    if (turnsPerSecond !== undefined && !isRight(turnsPerSecond)) {
      const expected = `${TURNS_PER_SECOND_MIN} to ${TURNS_PER_SECOND_MAX}`;
      throw new RangeError(`turnsPerSecond: expected ${expected}, got ${turnsPerSecond}`);
    }
    this.stop();
    this.#turnsPerSecond = turnsPerSecond;
    if (turnsPerSecond !== undefined) this.#begin(1000 / turnsPerSecond);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #begin(tickMs: number): void {
    this.#timer = setTimeout(() => {
      this.#begin(tickMs);
      this.#onTick();
    }, tickMs);
  }
}
