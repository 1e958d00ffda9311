/** What clients can do to the program, at a click. Each plays in slow motion, and says what to watch. */

import type { Desk } from '../desk/desk.js';
import { language, words } from '../desk/settings.js';
import { EXPERIMENTS, type ExperimentName } from '../records.js';
import { SENTENCES } from '../view/sentences.js';

export function Experiments({ desk }: { readonly desk: Desk }) {
  const { experiments } = words();
  const running = desk.experiment.value;
  const shown = running ?? desk.lastExperiment.value;
  return (
    <section class="panel experiments" aria-label={experiments.title}>
      <header>
        <h2>{experiments.title}</h2>
        <p class="watch" aria-live="polite">
          {shown === undefined ? experiments.hint : SENTENCES[language.value].experiments[shown]()}{' '}
          {shown !== undefined && running === undefined && desk.projector.isSettled.value && <i>{experiments.ran}</i>}
        </p>
      </header>
      <ol>
        {EXPERIMENTS.map((name, i) => (
          <li key={name}>
            <button
              type="button"
              aria-pressed={name === shown}
              aria-keyshortcuts={`${i + 1}`}
              disabled={!desk.canExperiment.value}
              title={SENTENCES[language.value].experiments[name]()}
              onClick={() => void desk.runExperiment(name)}
            >
              <kbd>{i + 1}</kbd>
              <Sketch name={name} />
              <span>{experiments.names[name]}</span>
            </button>
          </li>
        ))}
      </ol>
    </section>
  );
}

/** The clients on the left; dots are the bytes that they send. */
const SKETCHES: Readonly<Record<ExperimentName, string>> = {
  silent: 'M3 4h3M3 8h3M3 12h3M21 3v10',
  drip: 'M3 8h2M8 8h.1M12 8h.1M16 8h.1M21 3v10',
  burst: 'M3 3h13M3 6.3h13M3 9.6h13M3 13h13M21 3v10',
  'slow-reader': 'M19 8H9M12 5 9 8l3 3M5 4v8M21 3v10',
  reset: 'M3 8h6M12 5l5 6M17 5l-5 6M21 3v10',
  'half-close': 'M3 5h7M12 3v4M17 11H4M7 8.5 4 11l3 2.5M21 3v10',
  reused: 'M4 10a5 4 0 0 1 10-2M14 5v3h-3M21 3v10',
};

function Sketch({ name }: { readonly name: ExperimentName }) {
  return (
    <svg class="sketch" viewBox="0 0 24 16" aria-hidden="true">
      <path d={SKETCHES[name]} />
    </svg>
  );
}
