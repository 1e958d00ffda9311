/** Rows by key, as a map that is never changed. A changed copy shares what is the same: with 1,000 rows it costs a 64th of a whole copy. */
const BUCKETS = 64;

export class Rows<Row> implements ReadonlyMap<string, Row> {
  readonly #buckets: readonly ReadonlyMap<string, Row>[];
  readonly #size: number;

  constructor(buckets: readonly ReadonlyMap<string, Row>[] = Array(BUCKETS).fill(new Map()), size = 0) {
    this.#buckets = buckets;
    this.#size = size;
  }

  get size(): number {
    return this.#size;
  }

  get(key: string): Row | undefined {
    return this.#buckets[bucketOf(key)]?.get(key);
  }

  has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  /** For RowsDraft. */
  buckets(): ReadonlyMap<string, Row>[] {
    return this.#buckets.slice();
  }

  *[Symbol.iterator](): Generator<[string, Row], undefined, unknown> {
    for (const bucket of this.#buckets) yield* bucket;
  }

  entries(): Generator<[string, Row], undefined, unknown> {
    return this[Symbol.iterator]();
  }

  *keys(): Generator<string, undefined, unknown> {
    for (const bucket of this.#buckets) yield* bucket.keys();
  }

  *values(): Generator<Row, undefined, unknown> {
    for (const bucket of this.#buckets) yield* bucket.values();
  }

  forEach(each: (value: Row, key: string, map: Rows<Row>) => void): void {
    for (const [key, value] of this) each(value, key, this);
  }
}

/** Changes of rows. It copies the parts that change, once. */
export class RowsDraft<Row> {
  readonly #rows: Rows<Row>;
  #buckets: ReadonlyMap<string, Row>[] | undefined;
  readonly #copies = new Map<number, Map<string, Row>>();
  #size: number;

  constructor(rows: Rows<Row>) {
    this.#rows = rows;
    this.#size = rows.size;
  }

  get size(): number {
    return this.#size;
  }

  get(key: string): Row | undefined {
    return this.#buckets === undefined ? this.#rows.get(key) : this.#buckets[bucketOf(key)]?.get(key);
  }

  set(key: string, row: Row): void {
    const bucket = this.#own(key);
    if (!bucket.has(key)) this.#size++;
    bucket.set(key, row);
  }

  delete(key: string): void {
    if (this.get(key) !== undefined && this.#own(key).delete(key)) this.#size--;
  }

  /** As they are now: changes during the iteration are not seen. */
  all(): Row[] {
    return (this.#buckets ?? this.#rows.buckets()).flatMap((bucket) => [...bucket.values()]);
  }

  /** The rows with the changes. The draft must not be used after it. */
  done(): Rows<Row> {
    return this.#buckets === undefined ? this.#rows : new Rows(this.#buckets, this.#size);
  }

  #own(key: string): Map<string, Row> {
    const i = bucketOf(key);
    let copy = this.#copies.get(i);
    if (copy === undefined) {
      this.#buckets ??= this.#rows.buckets();
      copy = new Map(this.#buckets[i]);
      this.#buckets[i] = copy;
      this.#copies.set(i, copy);
    }
    return copy;
  }
}

/** Rows are numbered one after the other, so their last two digits spread them. */
function bucketOf(key: string): number {
  const { length } = key;
  return (10 * key.charCodeAt(length - 2) + key.charCodeAt(length - 1)) % BUCKETS;
}
