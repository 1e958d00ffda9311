/** The longest field of a request that is remembered. A host has up to 253 characters and a port 6, but a client may send 16 KiB. */
export const REMEMBERED_FIELD_CHARACTERS_MAX = 260;

/**
 * Remembers values by keys that clients choose, in bounded memory. There are two generations: when the younger is full, the
 * older is dropped. A key of the older that is used moves to the younger. A look-up costs as much as that of a Map, and no
 * order is kept.
 */
export class Memo<Value> {
  readonly #generationMax: number;
  readonly #keyCharactersMax: number;
  #young = new Map<string, Value>();
  #old = new Map<string, Value>();

  /**
   * @param entriesMax        so many at most, and at least half as many, are remembered
   * @param keyCharactersMax  values of longer keys are not remembered: they could fill memory
   */
  constructor(entriesMax: number, keyCharactersMax: number = Number.POSITIVE_INFINITY) {
    this.#generationMax = Math.ceil(entriesMax / 2);
    this.#keyCharactersMax = keyCharactersMax;
  }

  get(key: string): Value | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: string, value: Value): void {
    if (key.length > this.#keyCharactersMax) return;
    if (this.#young.size >= this.#generationMax) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
  }
}
