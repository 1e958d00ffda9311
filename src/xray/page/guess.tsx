/** The switch for guessing, and the result of the last guess. */
import type { Guess, Verdict } from '../desk/guess.js';
import { language, words } from '../desk/settings.js';
import { SENTENCES } from '../view/sentences.js';

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
