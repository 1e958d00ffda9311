/**
 * Heads that are sent again and again: most responses of a handler say what another has just said, but for Date and the
 * length of their body. Such a head is kept as bytes.
 *
 * Compared is what the headers say, and not which object says it: a handler may make one each time, or change the one it has.
 */
import { REPEATED_HEAD_LENGTH_MAX, REPEATED_HEADS_MAX } from '../limits.js';
import { httpDate } from './http-date.js';
import { type ResponseHeaders, responseHead } from './response-head.js';

/**
 * One of so many that are new is remembered: what is said once only costs the less, and what is said often soon comes to
 * its turn.
 */
const NEW_HEADS_PER_REPEATED = 8;

type Pair = readonly [name: string, value: string | number];

interface Head {
  readonly status: number;
  readonly headers: readonly Pair[];
  /** Made when it is sent for the second time, and when Date changes. */
  bytes: Buffer | undefined;
  date: string;
}

const heads: Head[] = [];
/** The one that makes room for the next. */
let oldest = 0;
/** Heads that were none of these. */
let others = 0;

/**
 * The head of a response that has a body, up to where the length of that follows, if it is one of those that are kept.
 * @param status  of a final response
 * @returns       never changed; undefined for one that is not. Whether it can be sent at all is not said then
 */
export function repeatedHead(status: number, headers: ResponseHeaders, nowMs: number): Buffer | undefined {
  const pairs = Array.isArray(headers) ? (headers as readonly Pair[]) : undefined;
  if (pairs === undefined && Symbol.iterator in headers) return undefined; // it may be read once
  for (const head of heads) {
    if (head.status !== status) continue;
    const isSame = pairs === undefined ? isRecordOf(headers as Headers, head.headers) : arePairsOf(pairs, head.headers);
    if (isSame) return bytesOf(head, httpDate(nowMs));
  }
  if (others++ % NEW_HEADS_PER_REPEATED === 0) remember(status, pairs ?? Object.entries(headers));
  return undefined;
}

type Headers = Readonly<Record<string, unknown>>;

function isRecordOf(record: Headers, known: readonly Pair[]): boolean {
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

function bytesOf(head: Head, date: string): Buffer {
  if (head.bytes === undefined || head.date !== date) {
    const lines = head.headers.map(([name, value]) => [name, `${value}`] as const);
    head.bytes = Buffer.from(`${responseHead(head.status, date, lines)}Content-Length: `, 'latin1');
    head.date = date;
  }
  return head.bytes;
}

function remember(status: number, headers: readonly Pair[]): void {
  let length = 0;
  for (const [name, value] of headers) {
    if (typeof value !== 'string' && typeof value !== 'number') return; // several, of which each may change
    length += name.length + `${value}`.length;
  }
  if (length > REPEATED_HEAD_LENGTH_MAX) return;
  const copy = headers.map(([name, value]): Pair => [name, value]);
  heads[oldest] = { status, headers: copy, bytes: undefined, date: '' };
  oldest = (oldest + 1) % REPEATED_HEADS_MAX;
}
