/**
 * Heads that a handler repeats: most of its responses differ only in Date and body. A repeated head is recognised by the
 * contents of its headers and not by the object, because a handler may make a new object each time, or change the one that it
 * has.
 */
import { HeadTemplate } from './head-template.js';
import type { ResponseHeaders } from './response-head.js';
import { isBodyless } from './status.js';

/** Heads that are remembered. The head of a response is compared with each that has the same status: 5 ns. */
const REPEATED_HEADS_MAX = 4;

/** Characters of names and values in one of them. A longer head is seldom sent twice. */
export const REPEATED_HEAD_LENGTH_MAX = 1024;

/** Only one of so many new heads is remembered: a head that is sent once then costs less, and a frequent head is soon the one. */
const NEW_HEADS_PER_REPEATED = 8;

type Pair = readonly [name: string, value: string | number];

interface KnownHead {
  readonly pairs: readonly Pair[];
  readonly template: HeadTemplate;
}

const heads: KnownHead[] = [];
/** The index of the oldest head, which the next one replaces. */
let oldest = 0;
/** The number of new heads so far. */
let others = 0;

/**
 * The template of a head that is remembered, or of one that is remembered from now on.
 * @returns  undefined for any other head, and for a status without a body
 * @throws   TypeError or RangeError for a head that would be remembered but cannot be sent
 */
export function repeatedHead(status: number, headers: ResponseHeaders): HeadTemplate | undefined {
  const pairs = Array.isArray(headers) ? (headers as readonly Pair[]) : undefined;
  if (pairs === undefined && Symbol.iterator in headers) return undefined; // an iterator can be read only once
  for (const { pairs: known, template } of heads) {
    if (template.status !== status) continue;
    const isSame =
      pairs === undefined ? isRecordOf(headers as Readonly<Record<string, unknown>>, known) : arePairsOf(pairs, known);
    if (isSame) return template;
  }
  return others++ % NEW_HEADS_PER_REPEATED === 0 ? remember(status, pairs ?? Object.entries(headers)) : undefined;
}

/** Whether a record of headers has the same contents as `pairs`. */
export function isRecordOf(
  record: Readonly<Record<string, unknown>>,
  known: readonly (readonly [name: string, value: unknown])[],
): boolean {
  let count = 0;
  for (const name in record) {
    const pair = known[count++];
    if (pair === undefined || pair[0] !== name || pair[1] !== record[name]) return false;
  }
  return count === known.length;
}

function arePairsOf(pairs: readonly Pair[], known: readonly Pair[]): boolean {
  if (pairs.length !== known.length) return false;
  for (let i = 0; i < known.length; i++) {
    const pair = pairs[i] as Pair;
    const other = known[i] as Pair;
    if (pair[0] !== other[0] || pair[1] !== other[1]) return false;
  }
  return true;
}

function remember(status: number, headers: readonly Pair[]): HeadTemplate | undefined {
  if (isBodyless(status)) return undefined;
  let length = 0;
  for (const [name, value] of headers) {
    // Several values, each of which may change; or a value that is not text, and may become another text the next time.
    if (typeof name !== 'string' || (typeof value !== 'string' && typeof value !== 'number')) return undefined;
    length += name.length + `${value}`.length;
  }
  if (length > REPEATED_HEAD_LENGTH_MAX) return undefined;
  const pairs = headers.map(([name, value]): Pair => [name, value]);
  const template = new HeadTemplate(
    status,
    pairs.map(([name, value]) => [name, `${value}`] as const),
  );
  heads[oldest] = { pairs, template };
  oldest = (oldest + 1) % REPEATED_HEADS_MAX;
  return template;
}
