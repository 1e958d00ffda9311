/**
 * The states of a program at each of its last 1,000 turns, while new records come. It keeps their records, and a state for each 100 of
 * them: a turn is at most 100 turns of records away from a state that is there.
 */
import type { Header, XrayRecord } from '../records.js';
import { INITIAL, reduce } from './reduce.js';
import type { State } from './state.js';

const TURNS_A_CHUNK = 100;
const TURNS_KEPT = 1000;

/** A bound, because looks at the kernel also come without turns: a record counts 1, a look the number of its descriptors. About 20 MB. */
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

  /** The state after the last record. */
  get live(): State {
    return this.#live;
  }

  /** The first turn that can be shown. Turn 0 is before the first wait. */
  get firstTurn(): number {
    return this.#first.base.turn;
  }

  /** A line of the program. A header begins anew. */
  push(line: Header | XrayRecord): void {
    this.#live = reduce(this.#live, line);
    if ('xray' in line) {
      this.#chunks = [{ base: this.#live, records: [], weight: 0 }];
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
    }
  }
}
