/**
 * Moves through the records of one program, or of two by a clock that they share: the time since their experiment began. A step is one
 * turn, of the program whose turn is next.
 */
import type { ExperimentMark, ExperimentName, XrayRecord } from '../records.js';

/** The records of a program that are kept, at positions from `begin` to `end`, and the moment that is shown. track.ts is one. */
export interface Playable {
  readonly begin: number;
  readonly end: number;
  /** The number of records in the state that is shown. */
  readonly position: number;
  readonly isAtEnd: boolean;
  /** Where turns begin, in order. */
  readonly turns: readonly number[];
  record(position: number): XrayRecord | undefined;
  /** Microseconds of the shared clock. Later positions have no earlier times. */
  time(position: number): number;
  goTo(position: number): void;
}

/** Something that a reader can see. Looks at the kernel come beside it. */
export function isBeat(record: XrayRecord): boolean {
  return 'call' in record || 'events' in record || 'client' in record || 'program' in record || 'experiment' in record;
}

/** The number of turns that have begun at the moment that is shown, and of all turns. */
export function turnsShown(tracks: readonly Playable[]): { readonly shown: number; readonly last: number } {
  let shown = 0;
  let last = 0;
  for (const track of tracks) {
    shown += begun(track);
    last += track.turns.length;
  }
  return { shown, last };
}

/** @returns  whether there was a next turn */
export function stepForward(tracks: readonly Playable[]): boolean {
  const { shown, last } = turnsShown(tracks);
  if (shown < last) goToTurn(tracks, shown + 1);
  else for (const track of tracks) track.goTo(track.end);
  return shown < last;
}

export function stepBack(tracks: readonly Playable[]): void {
  const { shown } = turnsShown(tracks);
  if (shown > 0) goToTurn(tracks, shown - 1);
}

/**
 * The end of a turn, and in the other tracks the moment at which it began.
 * @param n  counts turns of all tracks; 0 is before the first
 */
export function goToTurn(tracks: readonly Playable[], n: number): void {
  const all = tracks
    .flatMap((track) => track.turns.map((position, i) => ({ track, i, time: track.time(position) })))
    .sort((a, b) => a.time - b.time);
  const turn = all[n - 1];
  for (const track of tracks) {
    if (track === turn?.track) track.goTo(endOfTurn(track, turn.i));
    else track.goTo(turn === undefined ? (track.turns[0] ?? 0) : firstAfter(track, turn.time));
  }
}

/** One beat of the track that comes next. @returns  false if all are at their end */
export function advance(tracks: readonly Playable[]): boolean {
  const track = tracks.filter(({ isAtEnd }) => !isAtEnd).sort((a, b) => a.time(a.position) - b.time(b.position))[0];
  if (track === undefined) return false;
  let position = track.position;
  for (;;) {
    const record = track.record(position);
    position++;
    if (record === undefined || isBeat(record)) break;
  }
  track.goTo(position);
  return true;
}

function begun({ turns, position }: Playable): number {
  let n = turns.length;
  while (n > 0 && (turns[n - 1] as number) >= position) n--;
  return n;
}

/** A turn ends where the next begins, or before that where the next step was asked for. */
export function endOfTurn(track: Playable, i: number): number {
  const next = track.turns[i + 1] ?? track.end;
  for (let position = (track.turns[i] as number) + 1; position < next; position++) {
    const record = track.record(position);
    if (record !== undefined && 'program' in record && record.program === 'stepping') return position;
  }
  return next;
}

function firstAfter(track: Playable, time: number): number {
  let least = track.begin;
  let most = track.end;
  while (least < most) {
    const middle = (least + most) >> 1;
    if (track.time(middle) <= time) least = middle + 1;
    else most = middle;
  }
  return least;
}

/** Where the last whole run of an experiment begins. */
export function experimentOf(track: Playable, name: ExperimentName | undefined): number | undefined {
  const last = lastPosition(track, (record) => isMark(record, name));
  const mark = last === undefined ? undefined : track.record(last);
  if (mark === undefined || !isMark(mark, name) || mark.state !== 'ends') return undefined;
  return lastPosition(track, (record) => isMark(record, name) && record.state === 'begins');
}

/** How many turns had begun when the last run of an experiment began. undefined: it has not begun in each track. */
export function turnsBefore(tracks: readonly Playable[], name: ExperimentName): number | undefined {
  let before = 0;
  for (const track of tracks) {
    const begin = lastPosition(track, (record) => isMark(record, name) && record.state === 'begins');
    if (begin === undefined) return undefined;
    before += track.turns.filter((each) => each < begin).length;
  }
  return before;
}

function isMark(record: XrayRecord, name: ExperimentName | undefined): record is ExperimentMark {
  return 'experiment' in record && record.experiment === name;
}

function lastPosition(track: Playable, isWanted: (record: XrayRecord) => boolean): number | undefined {
  for (let position = track.end - 1; position >= track.begin; position--) {
    const record = track.record(position);
    if (record !== undefined && isWanted(record)) return position;
  }
  return undefined;
}
