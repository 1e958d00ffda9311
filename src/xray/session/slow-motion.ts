/** Ticks at the speed of slow motion: at each, the program may run a turn. */

const TURNS_PER_SECOND_MAX = 1_000;

export class SlowMotion {
  readonly #onTick: () => void;
  #tickMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(onTick: () => void) {
    this.#onTick = onTick;
  }

  /**
   * undefined: does not tick.
   * @throws  RangeError
   */
  set(turnsPerSecond: number | undefined): void {
    if (turnsPerSecond !== undefined && !(turnsPerSecond > 0 && turnsPerSecond <= TURNS_PER_SECOND_MAX)) {
      const expected = `more than 0 and at most ${TURNS_PER_SECOND_MAX}`;
      throw new RangeError(`turnsPerSecond: expected ${expected}, got ${turnsPerSecond}`);
    }
    this.stop();
    if (turnsPerSecond === undefined) return;
    this.#tickMs = 1000 / turnsPerSecond;
    this.#begin();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #begin(): void {
    this.#timer = setTimeout(() => {
      this.#begin();
      this.#onTick();
    }, this.#tickMs);
  }
}
