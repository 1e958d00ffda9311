/**
 * Patterns of paths:
 *
 *     *        any characters within a segment; alone between slashes, at least one
 *     **       alone between slashes: any number of segments; at the end, the folder itself as well
 *     {a,b}    one of them
 *
 * Every other character means itself, case-sensitive, and may be percent-encoded: `%2A` is a star, `[id]` a name.
 *
 * A glob library would not do: all of them make regular expressions, and clients choose the paths. With picomatch 4.0.7,
 * `*-*-*.js` in any folder takes minutes for 8 KiB of dashes, and the loop stands still. Here each star is matched once, from
 * left to right, so the time is at most the product of the lengths of path and pattern.
 */

/** The text is not a pattern. */
export class PatternError extends Error {}

const ANY_SEGMENTS = '**';

/** The most patterns that one pattern with braces can mean. */
const ALTERNATIVES_MAX = 64;

/** The texts between the stars of a segment: one more than there are stars. */
type Segment = readonly string[] | typeof ANY_SEGMENTS;

/** The texts that the stars of a pattern match, in order: `old/a/b` gives `['a/b']` for `/old/**`. */
export type Captures = readonly string[];

export class PathPattern {
  readonly #alternatives: readonly (readonly Segment[])[];
  /** The number of stars, and so of captures. */
  readonly starCount: number;

  /** @throws  PatternError that names the expected form */
  constructor(pattern: string) {
    if (!pattern.startsWith('/')) throw new PatternError('a pattern that begins with /');
    if (/[?#]/.test(pattern)) {
      throw new PatternError('a pattern of paths, without a query (a ? or # in a name is %3F or %23)');
    }
    if (/\{[^}]*[*{]/.test(pattern)) throw new PatternError('braces with neither star nor brace in them');
    this.#alternatives = alternatives(pattern.slice(1)).map(segments);
    this.starCount = (this.#alternatives[0] as readonly Segment[]).reduce(
      (count, segment) => count + stars(segment),
      0,
    );
  }

  /** `/**`, which matches every path. */
  get isEverything(): boolean {
    const [first] = this.#alternatives;
    return first?.length === 1 && first[0] === ANY_SEGMENTS;
  }

  /**
   * @param path  its segments, decoded: `a/` is `['a', '']`, and the root `['']`
   * @returns     undefined if it does not match
   */
  match(path: readonly string[]): Captures | undefined {
    for (const pattern of this.#alternatives) {
      const captures = matchSegments(pattern, path);
      if (captures !== undefined) return captures;
    }
    return undefined;
  }
}

function alternatives(pattern: string): string[] {
  const [, before = '', among, after = ''] = /^([^{}]*)\{([^{}]*)\}(.*)$/.exec(pattern) ?? [];
  if (among === undefined) {
    if (/[{}]/.test(pattern)) throw new PatternError('a closing brace for each that opens (a { in a name is %7B)');
    return [pattern];
  }
  const rest = alternatives(after);
  const all = among.split(',').flatMap((choice) => rest.map((end) => `${before}${choice}${end}`));
  if (all.length > ALTERNATIVES_MAX) {
    throw new PatternError(`braces that stand for ${ALTERNATIVES_MAX} patterns at most`);
  }
  return all;
}

function segments(pattern: string): Segment[] {
  const texts = pattern.split('/');
  return texts.map((text, index) => {
    if (text === ANY_SEGMENTS) return text;
    if (text.includes(ANY_SEGMENTS)) throw new PatternError('** alone between slashes');
    if ((text === '' && index < texts.length - 1) || text === '.' || text === '..') {
      throw new PatternError('a path without empty segments, . and .., which no path has when it is matched');
    }
    return text.split('*').map(decoded);
  });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new PatternError('UTF-8 where a pattern is percent-encoded (a % in a name is %25)');
  }
}

function stars(segment: Segment): number {
  return segment === ANY_SEGMENTS ? 1 : segment.length - 1;
}

/** The segments of a path that a `**` matches. */
interface Span {
  /** The index in the pattern after it. */
  readonly nextAt: number;
  readonly capture: number;
  readonly start: number;
  end: number;
}

/**
 * Matches segment by segment. On a mismatch, the last `**` takes one more segment: everything before it has its shortest
 * match already, and a longer match would not help.
 */
function matchSegments(pattern: readonly Segment[], path: readonly string[]): Captures | undefined {
  const captures: string[] = [];
  let span: Span | undefined;
  let at = 0;
  let pathAt = 0;
  for (;;) {
    const segment = pattern[at];
    if (segment === ANY_SEGMENTS) {
      if (span !== undefined) captures[span.capture] = path.slice(span.start, span.end).join('/');
      at++;
      if (at === pattern.length) return [...captures, path.slice(pathAt).join('/')];
      span = { nextAt: at, capture: captures.length, start: pathAt, end: pathAt };
      captures.push('');
    } else if (segment === undefined && pathAt === path.length) {
      if (span !== undefined) captures[span.capture] = path.slice(span.start, span.end).join('/');
      return captures;
    } else if (
      segment !== undefined &&
      pathAt < path.length &&
      matchSegment(segment, path[pathAt] as string, captures)
    ) {
      at++;
      pathAt++;
    } else {
      if (span === undefined || span.end === path.length) return undefined;
      pathAt = ++span.end;
      at = span.nextAt;
      captures.length = span.capture + 1;
    }
  }
}

/** The first text matches at the start, the last at the end, and each between them at its first occurrence. */
function matchSegment(texts: readonly string[], segment: string, captures: string[]): boolean {
  const first = texts[0] as string;
  const last = texts.at(-1) as string;
  if (texts.length === 1) return segment === first;
  if (segment === '' || segment.length < first.length + last.length) return false;
  if (!segment.startsWith(first) || !segment.endsWith(last)) return false;
  const end = segment.length - last.length;
  const before = captures.length;
  let at = first.length;
  for (let i = 1; i < texts.length - 1; i++) {
    const text = texts[i] as string;
    const found = segment.indexOf(text, at);
    if (found < 0 || found + text.length > end) {
      captures.length = before;
      return false;
    }
    captures.push(segment.slice(at, found));
    at = found + text.length;
  }
  captures.push(segment.slice(at, end));
  return true;
}
