/**
 * Hides the values of header fields that are secrets. A field may be cut anywhere, and its pieces may come in several calls (a client
 * that drips bytes), so each direction of a connection has a place in its lines.
 */
import { SHOWN_BYTES_MAX } from '../../native/argument-formats.js';

/** The start line of a message. A client that cuts its own secret so that the rest looks like this shows only that secret. */
const START_LINE = /^(?:HTTP\/1\.[01] [1-5]\d\d|[A-Z]{3,10} [/*h])/;
const START_LINE_BYTES = 12;

const SECRET_FIELDS: ReadonlySet<string> = new Set(['cookie', 'set-cookie', 'authorization', 'proxy-authorization']);

/** Longer than the longest of them, with some blanks before the colon. */
const NAME_BYTES_MAX = 32;

/** The end of a long piece is enough: it shows in which line the next piece begins. */
const READ_BYTES_MAX = 16 * 1024;
const READ_AT_END = 1024;

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const TAB = 9;
const SPACE = 32;
const COLON = 58;

/** Where the bytes of one direction stand. */
export class LinePlace {
  /** `unknown`: somewhere in a line whose beginning was not read. It may be a secret, unless the bytes begin a message. */
  #part: 'name' | 'shown' | 'hidden' | 'unknown' = 'name';
  #name = '';
  /** Whether the line before was a secret: a line that begins with a blank continues it (RFC 9112, section 5.2). */
  #wasHidden = false;

  constructor(from?: LinePlace) {
    if (from === undefined) return;
    this.#part = from.#part;
    this.#name = from.#name;
    this.#wasHidden = from.#wasHidden;
  }

  /** The first 48 bytes at most, as latin1; hidden ones as `*`. The place stays. */
  show(bytes: Uint8Array, offset: number, length: number): string {
    const place = new LinePlace(this);
    place.#recognize(bytes, offset, length);
    const end = offset + Math.min(Math.max(0, length), SHOWN_BYTES_MAX);
    let shown = '';
    for (let i = offset; i < end; i++) {
      const byte = bytes[i] as number;
      const isHidden = place.#hides && byte !== CARRIAGE_RETURN && byte !== LINE_FEED;
      shown += isHidden ? '*' : String.fromCharCode(byte);
      place.#step(byte);
    }
    return shown;
  }

  /** Bytes have passed. */
  advance(bytes: Uint8Array, offset: number, length: number): void {
    let i = offset;
    const end = offset + length;
    this.#recognize(bytes, offset, length);
    if (length > READ_BYTES_MAX) {
      this.#part = 'unknown';
      i = end - READ_AT_END;
    }
    while (i < end) {
      if (this.#part !== 'name') {
        const next = bytes.indexOf(LINE_FEED, i);
        if (next === -1 || next >= end) return;
        i = next;
      }
      this.#step(bytes[i++] as number);
    }
  }

  /** Bytes have passed that were not read, the last of them `byte`. */
  skip(byte: number): void {
    this.#part = byte === LINE_FEED ? 'name' : 'unknown';
    this.#name = '';
    this.#wasHidden = true; // it may have been
  }

  get #hides(): boolean {
    return this.#part === 'hidden' || this.#part === 'unknown';
  }

  #recognize(bytes: Uint8Array, offset: number, length: number): void {
    if (this.#part !== 'unknown') return;
    const start = Buffer.from(bytes.buffer, bytes.byteOffset + offset, Math.min(length, START_LINE_BYTES));
    if (START_LINE.test(start.toString('latin1'))) this.#part = 'name';
  }

  #step(byte: number): void {
    if (byte === LINE_FEED) {
      this.#wasHidden = this.#hides;
      this.#part = 'name';
      this.#name = '';
    } else if (this.#part !== 'name') {
      return;
    } else if (this.#name === '' && (byte === SPACE || byte === TAB)) {
      this.#part = this.#wasHidden ? 'hidden' : 'shown';
    } else if (byte === COLON) {
      this.#part = SECRET_FIELDS.has(this.#name.trimEnd().toLowerCase()) ? 'hidden' : 'shown';
    } else if (this.#name.length === NAME_BYTES_MAX) {
      this.#part = 'shown';
    } else {
      this.#name += String.fromCharCode(byte);
    }
  }
}
