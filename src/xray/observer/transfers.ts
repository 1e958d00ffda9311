/** The bytes that calls move: the first of them, in which values of secret header fields are hidden, and the requests in them. */
import { constants } from '../../native/addon.js';
import { LinePlace } from './redaction.js';
import { RequestLines } from './request-lines.js';

type Arguments = readonly unknown[];

/** A part of a buffer. */
type Piece = readonly [bytes: Uint8Array, offset: number, length: number];

const RECEIVING: ReadonlySet<string> = new Set(['recv', 'read']);
const SENDING: ReadonlySet<string> = new Set(['send', 'write', 'writev']);

/** Calls whose result is a number of bytes. */
export const MOVING: ReadonlySet<string> = new Set([
  ...RECEIVING,
  ...SENDING,
  'sendfile',
  'sendfile_job',
  'pread',
  'preadv2',
  'pread_job',
]);

export class Transfers {
  readonly #received = new Map<number, LinePlace>();
  readonly #sent = new Map<number, LinePlace>();
  readonly #requests = new Map<number, RequestLines>();
  #shown = new LinePlace();

  /** A call is about to be shown. Its arguments show bytes with show(). */
  begin(name: string, args: Arguments): void {
    this.#shown = new LinePlace(this.#placeOf(name, args));
  }

  /** The first 48 bytes of the next part of an argument. */
  show(bytes: Uint8Array, offset: number, length: number): string {
    const text = this.#shown.show(bytes, offset, length);
    this.#shown.advance(bytes, offset, Math.max(0, length));
    return text;
  }

  /**
   * Bytes have been moved, or looked at (MSG_PEEK): those come again.
   * @param args  complete
   * @returns     the first of them
   */
  moved(name: string, args: Arguments, n: number): string | undefined {
    const place = this.#placeOf(name, args);
    if (place === undefined || n <= 0) return undefined;
    let head: string | undefined;
    for (const piece of pieces(name, args, n)) {
      head ??= place.show(...piece);
      if (!isPeek(name, args)) place.advance(...piece);
    }
    return head;
  }

  /** @returns  requests of HTTP/1 whose first line ends among the bytes that have been received */
  requests(name: string, args: Arguments, n: number): number {
    if (!RECEIVING.has(name) || n <= 0 || isPeek(name, args)) return 0;
    const fd = args[0] as number;
    let lines = this.#requests.get(fd);
    if (lines === undefined) {
      lines = new RequestLines();
      this.#requests.set(fd, lines);
    }
    return pieces(name, args, n).reduce((sum, piece) => sum + lines.count(...piece), 0);
  }

  /** Bytes have been moved by a call that is not shown. */
  skipped(name: string, args: Arguments, n: number): void {
    if (n <= 0 || isPeek(name, args)) return;
    const place = this.#placeOf(name, args);
    if (place === undefined) return;
    if (RECEIVING.has(name)) this.#requests.delete(args[0] as number);
    if (name !== 'writev')
      place.skip((args[1] as Uint8Array)[((args[2] as number | undefined) ?? 0) + n - 1] as number);
    else for (const [bytes, offset, length] of pieces(name, args, n)) place.skip(bytes[offset + length - 1] as number);
  }

  closed(fd: number): void {
    this.#received.delete(fd);
    this.#sent.delete(fd);
    this.#requests.delete(fd);
  }

  #placeOf(name: string, [fd]: Arguments): LinePlace | undefined {
    const places = RECEIVING.has(name) ? this.#received : SENDING.has(name) ? this.#sent : undefined;
    let place = places?.get(fd as number);
    if (places !== undefined && place === undefined) {
      place = new LinePlace();
      places.set(fd as number, place);
    }
    return place;
  }
}

function isPeek(name: string, args: Arguments): boolean {
  return name === 'recv' && (((args[4] as number | undefined) ?? 0) & constants.MSG_PEEK) !== 0;
}

/** Bytes that a call was given to send, if its arguments do not show it. */
export function given(name: string, args: Arguments): number | undefined {
  if (name !== 'writev') return undefined;
  return pieces(name, args, Number.POSITIVE_INFINITY).reduce((sum, [, , length]) => sum + length, 0);
}

/** The bytes that a call has moved, in their order. */
function pieces(name: string, args: Arguments, n: number): Piece[] {
  if (name !== 'writev') return [[args[1] as Uint8Array, (args[2] as number | undefined) ?? 0, n]];
  const [, buffers, firstOffset] = args as [number, readonly Uint8Array[], number];
  const moved: Piece[] = [];
  let left = n;
  for (const [i, buffer] of buffers.entries()) {
    const offset = i === 0 ? firstOffset : 0;
    const length = Math.min(left, buffer.length - offset);
    if (length > 0) moved.push([buffer, offset, length]);
    left -= length;
  }
  return moved;
}
