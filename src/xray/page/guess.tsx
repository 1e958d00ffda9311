/** Guess first: before a step the reader marks the descriptors that they expect, and then the page says which were reported. */
import { computed, signal } from '@preact/signals';
import { language, words } from '../desk/settings.js';
import { SENTENCES } from '../view/sentences.js';
import type { State } from '../view/state.js';
import type { Guessing } from './interest-table.js';

interface Verdict {
  /** Of the turn that it is about. */
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

export function GuessBar({ guess }: { readonly guess: Guess }) {
  const text = words().guess;
  const { all, right } = guess.score.value;
  return (
    <div class="guess">
      <label>
        <input
          type="checkbox"
          checked={guess.isOn.value}
          onChange={(event) => {
            guess.isOn.value = event.currentTarget.checked;
          }}
        />
        {text.title}
      </label>
      <p role="status">
        {!guess.isOn.value || guess.verdict.value === undefined ? (
          text.hint
        ) : (
          <Judgement verdict={guess.verdict.value} />
        )}
        {guess.isOn.value && all > 0 && ` ${text.score(right, all)}`}
      </p>
    </div>
  );
}

function Judgement({ verdict: { reported, missed, wrong, isEmpty } }: { readonly verdict: Verdict }) {
  const text = SENTENCES[language.value].guess;
  if (missed.length + wrong.length === 0) return <span class="right">{text.right(reported.map(String))}</span>;
  const parts = [isEmpty ? words().guess.nothingMarked : ''];
  if (missed.length > 0) parts.push(text.missed(missed.map(String)));
  if (wrong.length > 0) parts.push(text.wrong(wrong.map(String)));
  return parts.join(' ');
}
