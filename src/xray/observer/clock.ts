/** A clock that can be stopped, and goes on from where it stood: no deadline comes nearer meanwhile. */
export class StoppableClock {
  readonly #real: () => number;
  /** The real time at which it was stopped. undefined: it runs. */
  #stoppedMs: number | undefined;
  /** How long it has stood still, before. */
  #stoodMs = 0;

  constructor(real: () => number) {
    this.#real = real;
  }

  /** Milliseconds. An arrow function, since it takes the place of performance.now. */
  readonly now = (): number => (this.#stoppedMs ?? this.#real()) - this.#stoodMs;

  stop(): void {
    this.#stoppedMs ??= this.#real();
  }

  start(): void {
    if (this.#stoppedMs === undefined) return;
    this.#stoodMs += this.#real() - this.#stoppedMs;
    this.#stoppedMs = undefined;
  }
}
