/** States that a reader has to know of, each with a sentence of its own. */

import type { Desk } from '../desk/desk.js';
import { count } from '../desk/figures.js';
import { language, words } from '../desk/settings.js';
import { SENTENCES, sentenceOf } from '../view/sentences.js';
import type { State } from '../view/state.js';

/** In a word: what the program does, and which moment the page shows. */
export function Badge({ desk, state }: { readonly desk: Desk; readonly state: State }) {
  const { status } = words();
  const isAsleep = isHeld(state) && !state.isReady;
  const program = {
    starting: status.connecting,
    running: desk.speed.value === 'full' ? status.running : status.slow,
    paused: status.paused,
    stepping: status.stepping,
    ended: status.ended,
  }[state.program];
  const isLive = desk.isLive.value && !desk.isRecorded.value;
  const moment = !isLive ? status.replaying : desk.isInThePast.value ? status.past : status.live;
  return (
    <p class="badge" role="status">
      <span class={`moment ${isLive && !desk.isInThePast.value ? 'live' : ''}`}>{moment}</span>
      {state.program !== 'starting' && <span>{program}</span>}
      {isAsleep && <span>{status.asleepShort}</span>}
    </p>
  );
}

/** All that is out of the ordinary. Empty most of the time. */
export function Notices({ desk, state }: { readonly desk: Desk; readonly state: State }) {
  const { status } = words();
  const { program } = SENTENCES[language.value];
  const { dropped } = state.counts;
  const phase = desk.phase.value;
  return (
    <div class="notices" role="status">
      {phase === 'connecting' && <p>{status.connecting}</p>}
      {phase === 'refused' && <p class="bad">{status.refused}</p>}
      {phase === 'lost' && <p class="bad">{status.lost}</p>}
      {phase === 'recording' && <p>{status.recording}</p>}
      {desk.sharedTime.value !== undefined && <p>{status.clock(desk.sharedTime.value.toFixed(3))}</p>}
      {desk.problem.value !== undefined && <p class="bad">{desk.problem.value}</p>}
      {desk.fileName.value !== undefined && (
        <p>
          {status.replay(desk.fileName.value)}
          <button type="button" onClick={() => void desk.start({})}>
            {status.toLive}
          </button>
        </p>
      )}
      {phase === 'ready' && state.program === 'starting' && <p>{program.starting()}</p>}
      {isHeld(state) && !state.isReady && <p data-notice="asleep">{program.asleep()}</p>}
      {state.program === 'ended' && <Ended state={state} desk={desk} />}
      {desk.isInThePast.value && (
        <p>
          {status.pastTurn(desk.place.value.shown, desk.place.value.last)}
          <button type="button" onClick={() => desk.toNow()}>
            {status.toNow}
          </button>
        </p>
      )}
      {state.behind && <p data-notice="behind">{program.behind(state.behind.shown, state.behind.turns)}</p>}
      {dropped > 0 && (
        <p class="bad" data-notice="dropped">
          {status.dropped(count(dropped))}
        </p>
      )}
    </div>
  );
}

function Ended({ desk, state }: { readonly desk: Desk; readonly state: State }) {
  const { t, program, isReady, exit } = state;
  const record = { t, program, isReady, ...(exit && { exit }) };
  return (
    <p class="bad" data-notice="ended">
      {sentenceOf(record, state, language.value)}
      {desk.isLive.value && (
        <button type="button" onClick={() => void desk.restart()}>
          {words().status.restart}
        </button>
      )}
    </p>
  );
}

/** Its clock stands still. */
function isHeld({ program }: State): boolean {
  return program === 'paused' || program === 'stepping';
}
