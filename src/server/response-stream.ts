/** A response whose body is written in pieces. */
import type { Connection } from '../net/connection.js';
import { byteLength, joined } from './body-parts.js';

/** Bytes of a streamed body that a handler may write before other connections have their turn, even if its client reads as fast. */
const STREAM_BYTES_PER_TURN = 1024 * 1024;

const LAST_CHUNK = '0\r\n\r\n';
const GO_ON = Promise.resolve(true);
const GONE = Promise.resolve(false);

export interface StreamFraming {
  readonly isChunked: boolean;
  /** Bytes of the whole body; undefined: not known. */
  readonly length: number | undefined;
  /** Only the head is sent: the request was HEAD, or the status has no body. */
  readonly omitsBody: boolean;
}

export class ResponseStream {
  readonly #connection: Connection;
  readonly #isChunked: boolean;
  readonly #omitsBody: boolean;
  /** It is sent with the first piece. Empty after that. */
  #head: string;
  /** NaN if no length was given. */
  #leftBytes: number;
  #bodyBytes = 0;
  /** Bytes written since other connections had their turn. */
  #turnBytes = 0;
  /** The promise that write() returns. One for all calls: a handler that does not await may write any number of times. */
  #writable: { readonly promise: Promise<boolean>; readonly resolve: (goesOn: boolean) => void } | undefined;

  constructor(connection: Connection, head: string, { isChunked, length, omitsBody }: StreamFraming) {
    this.#connection = connection;
    this.#head = head;
    this.#isChunked = isChunked;
    this.#omitsBody = omitsBody;
    this.#leftBytes = length ?? Number.NaN;
  }

  get bodyBytes(): number {
    return this.#bodyBytes;
  }

  /** As HttpResponse.write(). */
  write(chunk: string | Uint8Array): Promise<boolean> {
    if (this.#connection.isClosed) return GONE;
    if (chunk.length === 0) return GO_ON;
    this.#writePart(chunk, '');
    if (this.#connection.isClosed) return GONE;
    if (!this.#connection.isAboveHighWater && this.#turnBytes < STREAM_BYTES_PER_TURN) return GO_ON;
    return this.#whenWritable();
  }

  /** As HttpResponse.end(). */
  end(chunk: string | Uint8Array): void {
    this.#writePart(chunk, this.#isChunked ? LAST_CHUNK : '');
    this.wake();
    if (this.#leftBytes > 0 && !this.#omitsBody && !this.#connection.isClosed) {
      this.#connection.destroy();
      throw new Error(`a response was ended ${this.#leftBytes} bytes before the length that it had announced`);
    }
  }

  flushHead(): void {
    if (this.#head === '') return;
    const head = Buffer.from(this.#head, 'latin1');
    this.#head = '';
    this.#connection.write(head);
  }

  /** The client reads again, or has gone. */
  wake(): void {
    this.#turnBytes = 0;
    this.#writable?.resolve(!this.#connection.isClosed);
    this.#writable = undefined;
  }

  /** @param after  text after the chunk: latin1 */
  #writePart(chunk: string | Uint8Array, after: string): void {
    const length = byteLength(chunk);
    if (length > this.#leftBytes) {
      throw new RangeError(`chunk: ${length} bytes are more than the ${this.#leftBytes} that are left of the length`);
    }
    const isFramed = this.#isChunked && length > 0;
    const before = isFramed ? `${this.#head}${length.toString(16)}\r\n` : this.#head;
    const parts = this.#omitsBody
      ? joined(this.#head, '', 0, '')
      : joined(before, chunk, length, isFramed ? `\r\n${after}` : after);
    this.#head = '';
    this.#leftBytes -= length;
    this.#turnBytes += length;
    if (!this.#omitsBody) this.#bodyBytes += length;
    this.#connection.writeAll(parts);
  }

  #whenWritable(): Promise<boolean> {
    if (this.#writable === undefined) {
      this.#writable = withResolver();
      if (this.#connection.isAboveHighWater) this.#connection.awaitFlush();
      else setImmediate(() => this.#afterTurn()); // the client reads as fast as the handler writes: other connections get their turn
    }
    return this.#writable.promise;
  }

  #afterTurn(): void {
    if (this.#connection.isAboveHighWater) this.#connection.awaitFlush();
    else this.wake();
  }
}

function withResolver(): { promise: Promise<boolean>; resolve: (goesOn: boolean) => void } {
  let resolve: (goesOn: boolean) => void = () => {};
  const promise = new Promise<boolean>((onResolve) => {
    resolve = onResolve;
  });
  return { promise, resolve };
}
