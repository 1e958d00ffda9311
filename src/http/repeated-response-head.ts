/**
 * Heads that are sent again and again: most responses of a handler say what another has just said, but for Date and the
 * length of their body. Such a head is kept as bytes; and the last text that was sent behind it, with it.
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

/** What stands between the length and the body: the end of its line, and the line that ends the head. */
const EMPTY_LINE = Buffer.from('\r\n\r\n');
const DIGIT_0 = 0x30;

export class RepeatedHead {
  readonly status: number;
  readonly headers: readonly Pair[];
  /** Up to where the length of the body follows. Made when it is sent for the second time, and when Date changes. */
  #start: Buffer | undefined;
  #date = '';
  /** The last text, and what was made of it at that Date. */
  #text: string | undefined;
  #message: Message | undefined;

  constructor(status: number, headers: readonly Pair[]) {
    this.status = status;
    this.headers = headers;
  }

  /** With a body of so many bytes, which is sent behind it. */
  head(bodyLength: number, nowMs: number): Buffer {
    return this.#build(bodyLength, 0, nowMs).bytes;
  }

  /** The head, and the body behind it: never changed, and perhaps the same as before. */
  message(body: string | Uint8Array, nowMs: number): Message {
    const date = httpDate(nowMs);
    if (body === this.#text && date === this.#date) return this.#message as Message;
    const bodyLength = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
    const message = this.#build(bodyLength, bodyLength, nowMs);
    const headLength = message.bytes.length - bodyLength;
    if (typeof body !== 'string') {
      message.bytes.set(body, headLength);
    } else {
      message.bytes.write(body, headLength);
      this.#text = body;
      this.#message = message;
    }
    return message;
  }

  /** @param room  for what is put behind the head */
  #build(bodyLength: number, room: number, nowMs: number): Message {
    const start = this.#startAt(httpDate(nowMs));
    const lengthEnd = start.length + decimalDigits(bodyLength);
    const bytes = Buffer.allocUnsafe(lengthEnd + EMPTY_LINE.length + room);
    bytes.set(start);
    writeDecimal(bytes, lengthEnd, bodyLength);
    bytes.set(EMPTY_LINE, lengthEnd);
    return { bytes, bodyLength };
  }

  #startAt(date: string): Buffer {
    if (this.#start === undefined || this.#date !== date) {
      const lines = this.headers.map(([name, value]) => [name, `${value}`] as const);
      this.#start = Buffer.from(`${responseHead(this.status, date, lines)}Content-Length: `, 'latin1');
      this.#date = date;
      this.#text = undefined;
      this.#message = undefined;
    }
    return this.#start;
  }
}

export interface Message {
  readonly bytes: Buffer;
  readonly bodyLength: number;
}

const heads: RepeatedHead[] = [];
/** The one that makes room for the next. */
let oldest = 0;
/** Heads that were none of these. */
let others = 0;

/**
 * The head of a response that has a body, if it is one of those that are kept.
 * @param status  of a final response
 * @returns       undefined for one that is not. Whether it can be sent at all is not said then
 */
export function repeatedHead(status: number, headers: ResponseHeaders): RepeatedHead | undefined {
  const pairs = Array.isArray(headers) ? (headers as readonly Pair[]) : undefined;
  if (pairs === undefined && Symbol.iterator in headers) return undefined; // it may be read once
  for (const head of heads) {
    if (head.status !== status) continue;
    const isSame =
      pairs === undefined
        ? isRecordOf(headers as Readonly<Record<string, unknown>>, head.headers)
        : arePairsOf(pairs, head.headers);
    if (isSame) return head;
  }
  if (others++ % NEW_HEADS_PER_REPEATED === 0) remember(status, pairs ?? Object.entries(headers));
  return undefined;
}

/** Whether a record of headers says what pairs say. */
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

function remember(status: number, headers: readonly Pair[]): void {
  let length = 0;
  for (const [name, value] of headers) {
    // Several values, of which each may change; or what is no text, and may say something else the next time.
    if (typeof name !== 'string' || (typeof value !== 'string' && typeof value !== 'number')) return;
    length += name.length + `${value}`.length;
  }
  if (length > REPEATED_HEAD_LENGTH_MAX) return;
  const copy = headers.map(([name, value]): Pair => [name, value]);
  heads[oldest] = new RepeatedHead(status, copy);
  oldest = (oldest + 1) % REPEATED_HEADS_MAX;
}

function decimalDigits(value: number): number {
  let digits = 1;
  for (let rest = value; rest >= 10; rest /= 10) digits++;
  return digits;
}

/** @param end  where its digits end */
function writeDecimal(bytes: Buffer, end: number, value: number): void {
  let at = end;
  let rest = value;
  do {
    bytes[--at] = DIGIT_0 + (rest % 10);
    rest = Math.floor(rest / 10);
  } while (rest > 0);
}
