/** When a program is looked at: again and again, and soon after held threads have reported what is ready. */

/** Between two looks at a program that runs, and at one that is held. */
const LOOK_MS = 100;
const HELD_LOOK_MS = 200;

/** Looks take at most a tenth of the time: on a large or busy machine one takes 30 ms. */
const REST = 10;

/** Reports of several threads come together: one look follows them. */
const REPORTS_MS = 5;

interface Looked {
  look(): void;
  heldThreads(): readonly number[];
  /** Asks a held thread for a report. */
  ask(tid: number): void;
}

export class LookTimers {
  readonly #looked: Looked;
  #poller: NodeJS.Timeout | undefined;
  #soon: NodeJS.Timeout | undefined;

  constructor(looked: Looked) {
    this.#looked = looked;
  }

  /** From now on. Held threads are asked first, and a look follows their reports. */
  poll(): void {
    const held = this.#looked.heldThreads();
    const beginMs = performance.now();
    if (held.length === 0) this.#looked.look();
    else for (const tid of held) this.#looked.ask(tid);
    const restMs = REST * (performance.now() - beginMs);
    this.#poller = setTimeout(() => this.poll(), Math.max(held.length === 0 ? LOOK_MS : HELD_LOOK_MS, restMs));
  }

  soon(): void {
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined;
      this.#looked.look();
    }, REPORTS_MS);
  }

  stop(): void {
    clearTimeout(this.#poller);
    clearTimeout(this.#soon);
  }
}
