/**
 * The bytes of a file that a Range field asks for.
 *
 *     Range        = range-unit "=" range-set                        RFC 9110 §14.2, §14.1.1
 *     range-unit   = "bytes"                                         in any case, §14.1
 *     range-set    = 1#range-spec, with empty elements               §5.6.1.2
 *     range-spec   = int-range / suffix-range                        §14.1.2: no other-range
 *     int-range    = first-pos "-" [ last-pos ]
 *     suffix-range = "-" suffix-length
 *
 * Blanks are allowed around commas, and after the "=" as in the RFC's `bytes= 0-999, 4500-5499, -1000`. Within a range-spec
 * they are not (nginx accepts them there). One malformed range-spec makes the whole set invalid (§14.1.1).
 */

/** Bytes [start, end) of a file, at least one. A Range field names the last byte instead of the end. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** The Range is ignored: 200 with the whole file. */
export const IGNORE = 'ignore';
/** No range contains a byte of the file: 416. */
export const UNSATISFIABLE = 'unsatisfiable';

/**
 * Ranges of one request, including merged and empty ones. A range costs the client 4 bytes (`0-0,`), so a head of 16 KiB has
 * room for 4,096 of them. It costs the server a part head of 150 bytes and a read or sendfile(). If there are more, the Range
 * is ignored (§14.2 MAY): the client must be prepared for the whole file (§15.5.17, note), and a 416 would end an honest
 * download. Apache (MaxRanges): 200 with the whole file; nginx (max_ranges): no limit.
 */
export const RANGES_MAX = 100;

const UNIT = 'bytes=';

const SP = 0x20;
const HTAB = 0x09;
const COMMA = 0x2c;
const DASH = 0x2d;
const DIGIT_0 = 0x30;

/**
 * The ranges of a file that a Range field asks for, at least one. Ranges that overlap or touch are merged (§15.3.7.2 MAY coalesce),
 * so no byte is sent twice. They keep the order of the field (§15.3.7.2 SHOULD); a merged range has the place of its first
 * part. Gaps are kept, even small ones.
 *
 * An invalid Range is ignored (§14.2 MAY ignore or reject; nginx rejects). So is any Range of an empty file (§14.2 MAY): `bytes=-1`
 * is satisfiable there (§14.1.2), but no Content-Range could say so.
 *
 * @param header  the field's value, without blanks around it
 * @param size    the size of the file in bytes
 */
export function parseByteRanges(
  header: string,
  size: number,
): typeof IGNORE | typeof UNSATISFIABLE | readonly ByteRange[] {
  if (size === 0 || header.slice(0, UNIT.length).toLowerCase() !== UNIT) return IGNORE;
  const specs = new RangeSetReader(header, UNIT.length).read();
  if (specs === undefined || specs.length === 0) return IGNORE;
  const ranges: ByteRange[] = [];
  for (const spec of specs) {
    const range = rangeOf(spec, size);
    if (range.start < range.end) ranges.push(range);
  }
  if (ranges.length < 2) return ranges.length === 0 ? UNSATISFIABLE : ranges;
  return merged(ranges);
}

/** Content-Range = "bytes" SP first-pos "-" last-pos "/" complete-length (§14.4), of a 206 or of one of its parts. */
export function contentRange({ start, end }: ByteRange, size: number): string {
  return `bytes ${start}-${end - 1}/${size}`;
}

/** Content-Range = unsatisfied-range = "*" "/" complete-length (§14.4), which a 416 SHOULD have (§15.5.17). */
export function unsatisfiedRange(size: number): string {
  return `bytes */${size}`;
}

/**
 * A range as written: the first and the last position, or Infinity if there is no last. For a suffix, `first` is ABSENT and
 * `last` is its length.
 */
interface RangeSpec {
  readonly first: number;
  readonly last: number;
}

const ABSENT = -1;

/** A range beyond the end of the file is cut there, and a suffix longer than the file is the whole file (§14.1.2). */
function rangeOf({ first, last }: RangeSpec, size: number): ByteRange {
  return first === ABSENT
    ? { start: Math.max(0, size - last), end: size }
    : { start: first, end: Math.min(last + 1, size) };
}

function merged(ranges: readonly ByteRange[]): readonly ByteRange[] {
  const byStart = ranges.map((range, place) => ({ ...range, place })).sort((a, b) => a.start - b.start);
  const apart: { start: number; end: number; place: number }[] = [];
  for (const range of byStart) {
    const last = apart.at(-1);
    if (last !== undefined && range.start <= last.end) {
      last.end = Math.max(last.end, range.end);
      last.place = Math.min(last.place, range.place);
    } else {
      apart.push(range);
    }
  }
  return apart.sort((a, b) => a.place - b.place).map(({ start, end }) => ({ start, end }));
}

class RangeSetReader {
  readonly #field: string;
  #at: number;

  constructor(field: string, start: number) {
    this.#field = field;
    this.#at = start;
  }

  /** @returns  undefined for a malformed set, and for too many ranges */
  read(): RangeSpec[] | undefined {
    const specs: RangeSpec[] = [];
    for (;;) {
      this.#skipBlanks();
      if (!this.#isAtEndOfElement()) {
        const spec = this.#readSpec();
        if (spec === undefined || specs.length === RANGES_MAX) return undefined;
        specs.push(spec);
        this.#skipBlanks();
        if (!this.#isAtEndOfElement()) return undefined;
      }
      if (this.#at === this.#field.length) return specs;
      this.#at++;
    }
  }

  #readSpec(): RangeSpec | undefined {
    const first = this.#readNumber();
    if (this.#code() !== DASH) return undefined;
    this.#at++;
    const last = this.#readNumber();
    if (last === ABSENT) return first === ABSENT ? undefined : { first, last: Number.POSITIVE_INFINITY };
    // "An int-range is invalid if the last-pos value is present and less than the first-pos" (§14.1.1).
    return last < first ? undefined : { first, last };
  }

  /**
   * 1*DIGIT, of any length: "recipients MUST anticipate potentially large decimal numerals" (§14.1.2). Above 2⁵³ the number
   * is not exact, but it is beyond the end of every file.
   */
  #readNumber(): number {
    const start = this.#at;
    let value = 0;
    for (; ; this.#at++) {
      const digit = this.#code() - DIGIT_0;
      if (!(digit >= 0 && digit <= 9)) return this.#at === start ? ABSENT : value;
      value = value * 10 + digit;
    }
  }

  #skipBlanks(): void {
    while (this.#code() === SP || this.#code() === HTAB) this.#at++;
  }

  #isAtEndOfElement(): boolean {
    return this.#at === this.#field.length || this.#code() === COMMA;
  }

  /** NaN at the end. */
  #code(): number {
    return this.#field.charCodeAt(this.#at);
  }
}
