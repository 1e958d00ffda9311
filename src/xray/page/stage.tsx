/** One program: its wheel, what it has just done, its descriptors, its calls. */
import { useEffect, useMemo } from 'preact/hooks';
import type { Desk } from '../desk/desk.js';
import { Guess } from '../desk/guess.js';
import { language, scheme, words } from '../desk/settings.js';
import type { Track } from '../desk/track.js';
import { sentenceOf } from '../view/sentences.js';
import { Charts } from './charts.js';
import { Findings } from './findings.js';
import { GuessBar } from './guess.js';
import { InterestTable } from './interest-table.js';
import { Narration } from './narration.js';
import { Timeline } from './timeline.js';
import { Wheel } from './wheel.js';

interface StageProps {
  readonly desk: Desk;
  readonly track: Track;
  /** No second program is shown beside it. */
  readonly isOne: boolean;
}

export function Stage({ desk, track, isOne }: StageProps) {
  const state = track.view.value;
  const guess = useMemo(() => new Guess(), [track]);
  useEffect(() => guess.onMoment(state), [state.turn]);
  const model = state.header?.model;
  const about = desk.models.value.find(({ name }) => name === model);
  const teaches = language.value === 'zh' ? (about?.teachesZh ?? about?.teaches) : about?.teaches;
  return (
    <article class="stage" aria-label={model ?? words().name} data-model={model}>
      <h2>
        {model === 'server' ? words().server : model} <small>{teaches}</small>
      </h2>
      <div class="column">
        <Wheel state={state} />
        <Charts state={state} colours={scheme.value} />
        <Findings state={state} onGoTo={(turn) => desk.goBackTo((projector) => projector.goToTurnOf(track, turn))} />
      </div>
      <div class="column">
        <Narration
          track={track}
          isLive={desk.isLive.value}
          isFast={desk.isRunning.value && desk.projector.speed.value === 'full'}
        />
        <InterestTable
          state={state}
          guessing={isOne ? guess.guessing.value : undefined}
          onJump={(descriptor) => desk.goBackTo((projector) => projector.goToNextReport(track, descriptor))}
        >
          {isOne && <GuessBar guess={guess} />}
        </InterestTable>
        <Timeline
          track={track}
          onGoTo={(position) => desk.goBackTo((projector) => projector.goTo(track, position))}
          describe={({ record }) => sentenceOf(record, state, language.value)}
        />
      </div>
    </article>
  );
}
