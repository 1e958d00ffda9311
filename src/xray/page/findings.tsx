/** What is probably wrong with the program, in sentences with figures. */

import { language, words } from '../desk/settings.js';
import { findingSentence } from '../view/sentences.js';
import type { Finding, State } from '../view/state.js';

interface FindingsProps {
  readonly state: State;
  onGoTo(turn: number): void;
}

export function Findings({ state, onGoTo }: FindingsProps) {
  const { findings } = words();
  return (
    <section class="panel findings" aria-label={findings.title}>
      <header>
        <h2>{findings.title}</h2>
      </header>
      {state.findings.length === 0 && <p class="empty">{findings.none}</p>}
      <ul>
        {state.findings.map((finding) => (
          <Item key={`${finding.lint} ${finding.key ?? ''}`} finding={finding} onGoTo={onGoTo} />
        ))}
      </ul>
    </section>
  );
}

function Item({ finding, onGoTo }: Pick<FindingsProps, 'onGoTo'> & { readonly finding: Finding }) {
  const { findings } = words();
  return (
    <li data-lint={finding.lint}>
      {findingSentence(finding, language.value)}
      {finding.count > 1 && ` (${findings.times(finding.count)})`}
      <button type="button" onClick={() => onGoTo(finding.lastTurn)}>
        {findings.at(finding.lastTurn)}
      </button>
    </li>
  );
}
