/** States that the reader must know, each with its own sentence. */

import type { Desk } from '../desk/desk.js';
import { count } from '../desk/figures.js';
import { language, words } from '../desk/settings.js';
import type { ProgramState } from '../records.js';
import { SENTENCES, sentenceOf } from '../view/sentences.js';
import type { State } from '../view/state.js';

/** What the program does, and which moment of it the page shows. */
export function StatusLine({ desk, state }: { readonly desk: Desk; readonly state: State }) {
  const { status } = words();
  const isLive = desk.isLive.value && !desk.projector.isRecorded.value;
  const isPast = desk.isInThePast.value;
  return (
    <p class="status" role="status">
      <span class={isLive && !isPast ? 'moment live' : 'moment'}>
        {!isLive ? status.replaying : isPast ? status.past : status.live}
      </span>
      <span class="doing">{doing(desk, state)}</span>
      {isPast && (
        <button type="button" onClick={() => desk.projector.toNow()}>
          {status.toNow}
        </button>
      )}
    </p>
  );
}

function doing(desk: Desk, state: State): string {
  const { status } = words();
  const { behind } = state;
  const { turn } = desk.projector.tracks.value[0]?.latest.value ?? state;
  if (desk.phase.value === 'connecting') return status.connecting;
  if (desk.phase.value === 'recording') return status.recording;
  if (desk.projector.sharedTime.value !== undefined) return status.clock(desk.projector.sharedTime.value.toFixed(3));
  if (desk.isInThePast.value) return status.pastTurn(state.turn, turn);
  if (behind !== undefined) return SENTENCES[language.value].program.behind(behind.shown, behind.turns);
  if (state.program === 'running' && desk.projector.speed.value !== 'full') return status.slow;
  const isHeld = state.program === 'paused' || (state.program === 'stepping' && !state.isReady);
  if (isHeld && !desk.isLive.value) return state.isReady ? status.wasPaused : status.wasAsleep;
  return sentenceOf(programRecord(state), state, language.value);
}

function programRecord({ t, program, isReady, exit }: State): ProgramState {
  return { t, program, isReady, ...(exit && { exit }) };
}

/** Messages for unusual states. Empty most of the time. */
export function Notices({ desk, state }: { readonly desk: Desk; readonly state: State }) {
  const { status } = words();
  const { dropped } = state.counts;
  const phase = desk.phase.value;
  const ended = desk.projector.tracks.value
    .map((track) => track.latest.value)
    .find(({ program }) => program === 'ended');
  return (
    <div class="notices" role="status">
      {phase === 'refused' && <p class="bad">{status.refused}</p>}
      {phase === 'lost' && <p class="bad">{status.lost}</p>}
      {desk.problem.value !== undefined && <p class="bad">{desk.problem.value}</p>}
      {desk.fileName.value !== undefined && (
        <p>
          {status.replay(desk.fileName.value)}
          {desk.models.value.length > 0 && (
            <button type="button" onClick={() => void desk.start({})}>
              {status.toLive}
            </button>
          )}
        </p>
      )}
      {ended && <Ended state={ended} desk={desk} />}
      {dropped > 0 && (
        <p class="bad" data-notice="dropped">
          {status.dropped(count(dropped))}
        </p>
      )}
    </div>
  );
}

function Ended({ desk, state }: { readonly desk: Desk; readonly state: State }) {
  return (
    <p class="bad" data-notice="ended">
      {sentenceOf(programRecord(state), state, language.value)}
      {desk.canRestart.value && (
        <button type="button" onClick={() => void desk.restart()}>
          {words().status.restart}
        </button>
      )}
    </p>
  );
}
