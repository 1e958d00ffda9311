/** How long each thing that happens stays before the next one is shown. */
import { isBeat } from './clock.js';
import { isMotionReduced } from './settings.js';
import type { Track } from './track.js';

/** Turns a second; full: as fast as it is. */
export const SPEEDS = ['full', '4', '2', '1', '0.5'] as const;
export type Speed = (typeof SPEEDS)[number];

/** For a recording that is played at full speed. */
const TURNS_PER_SECOND_MAX = 20;
/** A turn that was stepped. */
const STEP_MS = 900;
const BEAT_MS = { least: 30, most: 600 };
/** The share of a turn's time in which its calls are shown; for the rest of it the page stands still. */
const SHARE = 0.85;
/** If the page is further behind, it skips the records between. */
const BEATS_AHEAD_MAX = 400;

/** @returns  0: show everything at once */
export function beatMs(tracks: readonly Track[], speed: Speed, isRecorded: boolean): number {
  const isRunning = tracks.some(({ latest }) => latest.value.program === 'running');
  if (document.hidden || (!isRecorded && (isMotionReduced() || (isRunning && speed === 'full')))) return 0;
  const turnMs = speed !== 'full' ? 1_000 / Number(speed) : isRecorded ? 1_000 / TURNS_PER_SECOND_MAX : STEP_MS;
  const { beats, turns } = ahead(tracks);
  if (!isRecorded && beats >= BEATS_AHEAD_MAX) return 0;
  const inTurn = Math.max(4, beats / Math.max(1, turns));
  const ms = (turnMs * SHARE) / inTurn;
  const hurry = isRecorded ? 1 : Math.max(1, turns - 1);
  return Math.min(BEAT_MS.most, Math.max(speed === 'full' ? 1 : BEAT_MS.least, ms)) / hurry;
}

/** What has come and is not shown yet; not more than needed. */
function ahead(tracks: readonly Track[]): { readonly beats: number; readonly turns: number } {
  let beats = 0;
  let turns = 0;
  for (const track of tracks) {
    const end = Math.min(track.end, track.position + BEATS_AHEAD_MAX * 2);
    for (let position = track.position; position < end; position++) {
      const record = track.record(position);
      if (record === undefined) continue;
      if (isBeat(record)) beats++;
      if ('events' in record) turns++;
    }
  }
  return { beats, turns };
}
