/**
 * One program on the page: its records, and the moment of them that is shown, which may be within a turn. Records come in pieces of any
 * size, and are applied once a frame; a tab that is not visible gets no frames, and applies them by a timer.
 */
import { signal } from '@preact/signals';
import type { Header, XrayRecord } from '../records.js';
import { excerpt } from '../view/excerpt.js';
import { Player } from '../view/player.js';
import { INITIAL, reduce } from '../view/reduce.js';
import type { State } from '../view/state.js';
import type { Playable } from './clock.js';

/** The share of a frame in which records are applied. The rest waits for the next frame; if it is much, the frame takes longer. */
const APPLY_MS = 8;
const MUCH = 5_000;
/** Reading the clock costs more than applying a record. */
const BATCH = 100;
const HIDDEN_MS = 500;
/** Applying up to so many records is faster than starting from a state that the player keeps. */
const NEAR = 200;

export class Track implements Playable {
  /** Different from those of other tracks. */
  readonly name: string;
  readonly view = signal<State>(INITIAL);
  /** The program after its last record, though the page may show an earlier moment. */
  readonly latest = signal<State>(INITIAL);
  /** When its experiment began: the zero of the clock that two tracks share. */
  origin = 0;
  readonly #onApplied: () => void;
  readonly #player = new Player();
  readonly #waiting: (Header | XrayRecord)[] = [];
  /** Those that the player keeps, by their position less `begin`. */
  #records: XrayRecord[] = [];
  /** The times of the records. A call is recorded when it returns, with the time at which it began: here the times never decrease. */
  #times: number[] = [];
  #turns: number[] = [];
  #begin = 0;
  #position = 0;
  #isScheduled = false;
  /** Its first records have not been shown. */
  #isNew = true;

  /** @param onApplied  records have come */
  constructor(name: string, onApplied: () => void) {
    this.name = name;
    this.#onApplied = onApplied;
  }

  get begin(): number {
    return this.#begin;
  }

  get end(): number {
    return this.#begin + this.#records.length;
  }

  get position(): number {
    return this.#position;
  }

  get isAtEnd(): boolean {
    return this.#position >= this.end;
  }

  get turns(): readonly number[] {
    return this.#turns;
  }

  /** The recording, as far as it is kept. */
  get lines(): readonly (Header | XrayRecord)[] {
    const { header } = this.latest.value;
    if (header === undefined) return [];
    if (this.#begin === 0) return [header, ...this.#records];
    return [header, ...excerpt(this.#player.at(this.#turnAt(this.#begin) - 1), this.#records)];
  }

  record(position: number): XrayRecord | undefined {
    return this.#records[position - this.#begin];
  }

  time(position: number): number {
    return (this.#times[position - this.#begin] ?? this.latest.value.t) - this.origin;
  }

  push(records: readonly (Header | XrayRecord)[]): void {
    for (const record of records) this.#waiting.push(record);
    this.#schedule();
  }

  goTo(position: number): void {
    const to = Math.min(this.end, Math.max(this.#begin, position));
    this.view.value = this.#stateAt(to);
    this.#position = to;
  }

  #stateAt(position: number): State {
    if (position === this.end) return this.#player.live;
    if (position >= this.#position && position - this.#position < NEAR) {
      return this.#from(this.view.value, this.#position, position);
    }
    const begin = this.#turns.findLast((each) => each < position);
    if (begin === undefined) return this.#from(this.#player.base, this.#begin, position);
    return this.#from(this.#player.at(this.#turnAt(begin) - 1), begin, position);
  }

  #from(state: State, from: number, to: number): State {
    let after = state;
    for (let position = from; position < to; position++) after = reduce(after, this.record(position) as XrayRecord);
    return after;
  }

  /** Records from before the page was opened are not played. */
  #showAll(): void {
    this.#isNew = false;
    this.goTo(this.end);
  }

  #schedule(): void {
    if (this.#isScheduled || this.#waiting.length === 0) return;
    this.#isScheduled = true;
    const apply = (): void => this.#apply();
    if (document.hidden) setTimeout(apply, HIDDEN_MS);
    else requestAnimationFrame(apply);
  }

  #apply(): void {
    this.#isScheduled = false;
    const until = document.hidden ? Infinity : performance.now() + APPLY_MS * (1 + this.#waiting.length / MUCH);
    while (this.#waiting.length > 0 && performance.now() < until) {
      for (const record of this.#waiting.splice(0, BATCH)) this.#add(record);
    }
    this.#dropOld();
    this.latest.value = this.#player.live;
    if (this.#isNew && this.#waiting.length === 0) this.#showAll();
    this.#onApplied();
    this.#schedule();
  }

  /** A header begins anew. */
  #add(record: Header | XrayRecord): void {
    if ('xray' in record) {
      this.#records = [];
      this.#times = [];
      this.#turns = [];
      this.#begin = 0;
      this.#position = 0;
      this.#isNew = true;
    } else {
      if ('events' in record) this.#turns.push(this.end);
      this.#records.push(record);
      this.#times.push(Math.max(record.t, this.#times.at(-1) ?? 0));
    }
    this.#player.push(record);
  }

  /** The player has dropped turns: what is kept here begins with the first turn that it can still show whole. */
  #dropOld(): void {
    const { firstTurn } = this.#player;
    const kept = this.#turns.findIndex((each) => this.#turnAt(each) > firstTurn);
    if (kept <= 0) return;
    this.#turns = this.#turns.slice(kept);
    const begin = this.#turns[0] as number;
    this.#records = this.#records.slice(begin - this.#begin);
    this.#times = this.#times.slice(begin - this.#begin);
    this.#begin = begin;
    if (this.#position >= begin) return;
    this.#position = begin;
    this.view.value = this.#player.at(this.#turnAt(begin) - 1);
  }

  #turnAt(position: number): number {
    const record = this.record(position);
    return record !== undefined && 'events' in record ? record.turn : 0;
  }
}
