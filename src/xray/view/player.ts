/**
 * Goes forward and back in the turns of a program, while new records come. It keeps the records of the last 1,000 turns, and a state
 * for each 100 of them: a turn is at most 100 turns of records away from a state that is there.
 */
import type { Header, XrayRecord } from '../records.js';
import { INITIAL, reduce } from './reduce.js';
import type { State } from './state.js';

const TURNS_A_CHUNK = 100;
const TURNS_KEPT = 1000;

/** Looks at the kernel come also while no turn does: a record weighs 1, a look as much as it has descriptors. About 20 MB. */
const WEIGHT_A_CHUNK = 6000;
const WEIGHT_KEPT = 60_000;

interface Chunk {
  /** Before the first record. */
  readonly base: State;
  readonly records: XrayRecord[];
  weight: number;
}

export class Player {
  #chunks: Chunk[] = [{ base: INITIAL, records: [], weight: 0 }];
  #live: State = INITIAL;
  /** The turn that is shown, after its last record, and the state then. undefined: the live end. */
  #shown: State | undefined;

  /** The state that is shown. */
  get state(): State {
    return this.#shown ?? this.#live;
  }

  /** The state after the last record. */
  get live(): State {
    return this.#live;
  }

  get isLive(): boolean {
    return this.#shown === undefined;
  }

  /** The turns that can be shown: from the first to that of the live end. Turn 0 is before the first wait. */
  get firstTurn(): number {
    return this.#first.base.turn;
  }

  get lastTurn(): number {
    return this.#live.turn;
  }

  /** A line of the program. A header begins anew. */
  push(line: Header | XrayRecord): void {
    this.#live = reduce(this.#live, line);
    if ('xray' in line) {
      this.#chunks = [{ base: this.#live, records: [], weight: 0 }];
      this.#shown = undefined;
      return;
    }
    const chunk = this.#last;
    chunk.records.push(line);
    chunk.weight += 'kernel' in line ? 1 + line.kernel.length : 1;
    if (this.#live.turn - chunk.base.turn < TURNS_A_CHUNK && chunk.weight < WEIGHT_A_CHUNK) return;
    this.#chunks.push({ base: this.#live, records: [], weight: 0 });
    this.#dropOld();
  }

  /** The state after the last record of a turn; of the nearest one that is kept. */
  at(turn: number): State {
    const chunk = this.#chunks.findLast(({ base }) => base.turn <= turn) ?? this.#first;
    let state = chunk.base;
    for (const record of chunk.records) {
      if ('events' in record && record.turn > turn) break;
      state = reduce(state, record);
    }
    return state;
  }

  /** Shows a turn. The last one is shown as it is, and not the live end after it. */
  goTo(turn: number): void {
    this.#shown = this.at(turn);
  }

  /** @returns  false if there is no turn after the one that is shown: then the live end is shown */
  forward(): boolean {
    if (this.#shown === undefined) return false;
    const { turn } = this.#shown;
    const next = this.find(turn + 1, 'forward', (record) => 'events' in record);
    if (next === undefined) this.goLive();
    else this.goTo(next);
    return next !== undefined;
  }

  /** @returns  false if there is no turn before the one that is shown */
  back(): boolean {
    const { turn } = this.state;
    if (turn <= this.firstTurn) return false;
    this.goTo(this.find(turn - 1, 'back', (record) => 'events' in record) ?? this.firstTurn);
    return true;
  }

  goLive(): void {
    this.#shown = undefined;
  }

  /** Shows the next turn with such a record, or the one before. @returns  false if there is none */
  jump(direction: 'forward' | 'back', isWanted: (record: XrayRecord) => boolean): boolean {
    const { turn } = this.state;
    const found = this.find(direction === 'forward' ? turn + 1 : turn - 1, direction, isWanted);
    if (found !== undefined) this.goTo(found);
    return found !== undefined;
  }

  /** @returns  the first turn with such a record, from `turn` on or from it back */
  find(turn: number, direction: 'forward' | 'back', isWanted: (record: XrayRecord) => boolean): number | undefined {
    let found: number | undefined;
    for (const [of, record] of this.records(direction === 'forward' ? turn : this.firstTurn)) {
      if (direction === 'back' && of > turn) break;
      if (!isWanted(record)) continue;
      found = of;
      if (direction === 'forward') break;
    }
    return found;
  }

  /** The records that are kept, with their turns, from `turn` on. */
  *records(turn: number = this.firstTurn): Generator<readonly [turn: number, record: XrayRecord], void, void> {
    for (const [i, { base, records }] of this.#chunks.entries()) {
      const next = this.#chunks[i + 1];
      if (next !== undefined && next.base.turn < turn) continue;
      let of = base.turn;
      for (const record of records) {
        if ('events' in record) of = record.turn;
        if (of >= turn) yield [of, record];
      }
    }
  }

  /** The state before the first record that is kept. */
  get base(): State {
    return this.#first.base;
  }

  get #first(): Chunk {
    return this.#chunks[0] as Chunk;
  }

  get #last(): Chunk {
    return this.#chunks.at(-1) as Chunk;
  }

  #dropOld(): void {
    let weight = this.#chunks.reduce((sum, chunk) => sum + chunk.weight, 0);
    for (;;) {
      const [first, second] = this.#chunks;
      if (first === undefined || second === undefined) return;
      if (this.#live.turn - second.base.turn < TURNS_KEPT && weight <= WEIGHT_KEPT) return;
      this.#chunks.shift();
      weight -= first.weight;
      if (this.#shown !== undefined && this.#shown.turn < second.base.turn) this.goTo(second.base.turn);
    }
  }
}
