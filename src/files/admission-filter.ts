/** Keys that were seen lately: of as many as memory is to be spent on, in two generations, of which the older one is dropped whole. */
export class AdmissionFilter {
  readonly #generationMax: number;
  #young = new Set<string>();
  #old = new Set<string>();

  /** @param keysMax  at least half as many are remembered */
  constructor(keysMax: number) {
    this.#generationMax = Math.ceil(keysMax / 2);
  }

  has(key: string): boolean {
    return this.#young.has(key) || this.#old.has(key);
  }

  add(key: string): void {
    if (this.#young.size >= this.#generationMax) {
      this.#old = this.#young;
      this.#young = new Set();
    }
    this.#young.add(key);
  }
}
