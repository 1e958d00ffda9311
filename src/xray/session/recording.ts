/**
 * The records of a session: the last 1,000 turns are kept, and what is new goes to subscribers in batches.
 *
 * They are kept in blocks. Each block begins with the state that a new reader needs: the threads, the state of the program, an experiment
 * that runs, and then a look at the kernel. So a late subscriber, or a file, begins at a block.
 */
import type { Header, XrayRecord } from '../records.js';
import type { OnLines } from './observed-program.js';

/** Turns that are kept at least, if they fit into CHARACTERS_MAX. */
export const TURNS_KEPT = 1_000;
export const TURNS_PER_BLOCK = 100;

/** The text of all blocks. A turn has some hundred characters for each of its calls. */
export const CHARACTERS_MAX = 16 * 1024 * 1024;
const CHARACTERS_PER_BLOCK = CHARACTERS_MAX / 16;

/** At most 40 batches a second. */
const BATCH_MS = 25;

interface Block {
  readonly preamble: readonly string[];
  readonly lines: string[];
  /** Places whose text is in this block. */
  readonly places: Set<string>;
  turns: number;
  characters: number;
}

export class Recording {
  /** The records with which a block begins. */
  readonly #preamble: () => readonly XrayRecord[];
  /** A block has begun: a look is due. */
  readonly #onBlock: () => void;
  readonly #blocks: Block[] = [];
  #block: Block;
  readonly #subscribers = new Set<OnLines>();
  #pending: string[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(preamble: () => readonly XrayRecord[], onBlock: () => void) {
    this.#preamble = preamble;
    this.#onBlock = onBlock;
    this.#block = this.#begin([]);
  }

  /** @param line  the text of the line of source at `src`, if it is known */
  add(record: XrayRecord, line?: string): void {
    if (this.#isFull('events' in record)) {
      this.#block = this.#begin(this.#preamble());
      this.#dropOld();
      this.#onBlock();
    }
    const block = this.#block;
    let text = JSON.stringify(record);
    if ('call' in record && record.src !== undefined && line !== undefined && !block.places.has(record.src)) {
      block.places.add(record.src);
      text = JSON.stringify({ ...record, line });
    }
    if ('events' in record) block.turns++;
    block.lines.push(text);
    block.characters += text.length;
    if (this.#subscribers.size === 0) return;
    this.#pending.push(text);
    this.#timer ??= setTimeout(() => this.flush(), BATCH_MS);
  }

  /** First all lines that are kept, at once; then new ones. */
  subscribe(header: Header, onLines: OnLines): () => void {
    this.flush(); // so that no line comes twice
    this.#subscribers.add(onLines);
    const preamble = this.#blocks[0]?.preamble ?? [];
    onLines([JSON.stringify(header), ...preamble, ...this.#blocks.flatMap(({ lines }) => lines)]);
    return () => this.#subscribers.delete(onLines);
  }

  /** Sends what waits. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const lines = this.#pending;
    if (lines.length === 0) return;
    this.#pending = [];
    for (const onLines of this.#subscribers) onLines(lines);
  }

  /** A block begins with a turn, unless a turn has no end. */
  #isFull(isTurn: boolean): boolean {
    const { turns, characters } = this.#block;
    if (isTurn) return turns >= TURNS_PER_BLOCK || characters >= CHARACTERS_PER_BLOCK;
    return characters >= 2 * CHARACTERS_PER_BLOCK;
  }

  #begin(records: readonly XrayRecord[]): Block {
    const preamble = records.map((record) => JSON.stringify(record));
    const block = { preamble, lines: [], places: new Set<string>(), turns: 0, characters: 0 };
    this.#blocks.push(block);
    return block;
  }

  #dropOld(): void {
    let turns = this.#blocks.reduce((sum, block) => sum + block.turns, 0);
    let characters = this.#blocks.reduce((sum, block) => sum + block.characters, 0);
    for (;;) {
      const [oldest] = this.#blocks as [Block, ...Block[]];
      const isNeeded = turns - oldest.turns < TURNS_KEPT && characters <= CHARACTERS_MAX - 2 * CHARACTERS_PER_BLOCK;
      if (isNeeded || this.#blocks.length === 1) return;
      this.#blocks.shift();
      turns -= oldest.turns;
      characters -= oldest.characters;
    }
  }
}
