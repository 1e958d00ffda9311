/** What has just happened, as a sentence, with the line of source that did it and the calls of the turn so far. */

import { isBeat } from '../desk/clock.js';
import { duration } from '../desk/figures.js';
import { language, words } from '../desk/settings.js';
import type { Track } from '../desk/track.js';
import type { Call, XrayRecord } from '../records.js';
import { callText, sentenceOf } from '../view/sentences.js';
import type { State } from '../view/state.js';

const CALLS_MAX = 6;

interface NarrationProps {
  readonly track: Track;
  readonly isLive: boolean;
  /** The sentences change too fast for a screen reader to read aloud. */
  readonly isFast: boolean;
}

export function Narration({ track, isLive, isFast }: NarrationProps) {
  const { narration } = words();
  const state = track.view.value;
  const record = lastBeat(track);
  return (
    <section class="panel narration" aria-label={narration.title}>
      <p class="sentence" aria-live={isFast ? 'off' : 'polite'}>
        {record === undefined || state.turn === 0 ? narration.welcome : sentenceOf(record, state, language.value)}
      </p>
      {state.turn === 0 && isLive && state.header !== undefined && state.header.port > 0 && (
        <p class="invite">{narration.invite(state.header.port)}</p>
      )}
      <Source state={state} call={record !== undefined && 'call' in record ? record : undefined} />
      <Log track={track} />
    </section>
  );
}

function Source({ state, call }: { readonly state: State; readonly call: Call | undefined }) {
  const src = call?.src;
  return (
    <code class={src === undefined ? 'source none' : 'source'} title={words().narration.source}>
      <small>{src ?? ' '}</small>
      {(src !== undefined && state.lines.get(src)?.trim()) || ' '}
    </code>
  );
}

/** The calls of the turn, as strace(1) prints them. */
function Log({ track }: { readonly track: Track }) {
  const calls = callsOfTurn(track);
  return (
    <ol class="log" aria-label={words().narration.calls}>
      {calls.slice(-CALLS_MAX).map((call) => (
        <li key={`${call.t} ${call.call} ${call.fd}`}>
          <time>{duration(call.dur)}</time>
          <span>{callText(call)}</span>
        </li>
      ))}
    </ol>
  );
}

/** The last that were made in the turn that is shown, oldest first. */
function callsOfTurn(track: Track): readonly Call[] {
  const { turn } = track.view.value;
  const calls: Call[] = [];
  for (let position = track.position - 1; position >= track.begin && calls.length < CALLS_MAX; position--) {
    const record = track.record(position);
    if (record !== undefined && 'call' in record && record.turn === turn) calls.unshift(record);
    if (record !== undefined && 'events' in record && record.turn === turn) break;
  }
  return calls;
}

/** The last call or event. The state of the program (paused, asleep) is shown elsewhere. */
function lastBeat(track: Track): XrayRecord | undefined {
  for (let position = track.position - 1; position >= track.begin; position--) {
    const record = track.record(position);
    if (record !== undefined && isBeat(record) && !('program' in record)) return record;
  }
  return undefined;
}
