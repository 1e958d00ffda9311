/** Guess first: before a step the reader marks the descriptors that they expect, and after it the page shows which were reported. */
import { computed, signal } from '@preact/signals';
import type { State } from '../view/state.js';

/** The marks of a reader, by the keys of descriptors. */
export interface Guessing {
  readonly expected: ReadonlySet<string>;
  toggle(key: string): void;
}

export interface Verdict {
  /** The turn that was guessed. */
  readonly turn: number;
  readonly reported: readonly number[];
  readonly missed: readonly number[];
  readonly wrong: readonly number[];
  readonly isEmpty: boolean;
}

export class Guess {
  readonly isOn = signal(false);
  readonly expected = signal<ReadonlySet<string>>(new Set());
  readonly verdict = signal<Verdict | undefined>(undefined);
  readonly score = signal({ right: 0, all: 0 });
  /** The turn after which the guess was made. */
  #turn = 0;
  readonly guessing = computed<Guessing | undefined>(() =>
    this.isOn.value ? { expected: this.expected.value, toggle: (key) => this.#toggle(key) } : undefined,
  );

  /** The page shows another moment. If it is the next turn, the guess is judged. */
  onMoment(state: State): void {
    const turn = this.#turn;
    this.#turn = state.turn;
    if (state.turn === turn) return;
    const isJudged = this.isOn.peek() && state.turn > turn && state.turnRecord !== undefined;
    this.verdict.value = isJudged ? judge(state, this.expected.peek()) : undefined;
    const { verdict } = this;
    if (verdict.value !== undefined && !verdict.value.isEmpty) {
      const isRight = verdict.value.missed.length + verdict.value.wrong.length === 0;
      const { right, all } = this.score.peek();
      this.score.value = { right: right + (isRight ? 1 : 0), all: all + 1 };
    }
    if (this.expected.peek().size > 0) this.expected.value = new Set();
  }

  #toggle(key: string): void {
    const next = new Set(this.expected.value);
    if (!next.delete(key)) next.add(key);
    this.expected.value = next;
  }
}

function judge(state: State, expected: ReadonlySet<string>): Verdict {
  const reported = (state.turnRecord?.events ?? []).map(([fd]) => fd);
  const marked = [...expected].flatMap((key) => state.descriptors.get(key)?.fd ?? []);
  return {
    turn: state.turn,
    reported,
    missed: reported.filter((fd) => !marked.includes(fd)),
    wrong: marked.filter((fd) => !reported.includes(fd)),
    isEmpty: expected.size === 0,
  };
}
