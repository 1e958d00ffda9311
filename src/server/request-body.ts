/**
 * The body of a request. The connection gives it the bytes, and a handler may read them.
 *
 *   state       bytes that come are       leaves it when
 *   UNREAD      left in the kernel        the handler reads → READING; it will never read → DISCARDING
 *   READING     kept for the handler      all is here → COMPLETE; the handler stops → UNREAD
 *   DISCARDING  dropped, up to a bound    all is here → COMPLETE; there are too many → FAILED
 *   COMPLETE                              kept bytes can still be read
 *   FAILED                                kept bytes can still be read, and then the error
 *
 * fail() leads to FAILED from the first three. Above the high-water mark the connection stops reading: the kernel holds the
 * client back.
 */
import { BODY_DATA, BODY_REJECT, BodyDecoder } from '../http/body-decoder.js';
import { HttpError } from '../http/http-error.js';
import type { Rejection } from '../http/rejection.js';
import type { Limits } from '../limits.js';
import { CHUNK_OVERHEAD_BYTES } from '../net/write-queue.js';

const UNREAD = 0;
const READING = 1;
const DISCARDING = 2;
const COMPLETE = 3;
const FAILED = 4;

const EMPTY: Buffer = Buffer.alloc(0);

/** Options of HttpRequest.bytes(), text() and json(). */
export interface BodyOptions {
  /** A lower bound than the server's `requestBodyBytesMax`. A longer body is refused with 413. */
  readonly maxBytes?: number;
}

/** The connection that receives the bytes. */
export interface BodySource {
  /** Called when wantsBytes has become true. */
  onBodyWanted(): void;
  /** Called when the reader has stopped before the end. */
  onBodyAbandoned(): void;
}

/**
 * Checks a body before a handler is called: its announced length, and the chunks that arrived with the head. A handler that
 * ignores bodies would otherwise answer a malformed request with 200.
 * @param length  as MessageFraming.bodyLength
 * @returns       undefined if bytes [start, end) are a body within the limits, or the beginning of one
 */
export function bodyRejection(
  length: number,
  bytes: Buffer,
  start: number,
  end: number,
  limits: Limits,
): Rejection | undefined {
  let arrivedBytes = length;
  if (Number.isNaN(length)) {
    const decoder = new BodyDecoder(length, limits);
    for (let at = start; at < end && !decoder.isComplete; at = decoder.next) {
      if (decoder.decode(bytes, at, end) === BODY_REJECT) return decoder.rejection;
    }
    arrivedBytes = decoder.receivedBytes;
  }
  return arrivedBytes > limits.requestBodyBytesMax ? tooLarge(limits.requestBodyBytesMax) : undefined;
}

export class RequestBody implements AsyncIterable<Buffer> {
  readonly #decoder: BodyDecoder;
  readonly #limits: Limits;
  readonly #source: BodySource;
  /** Content-Length; NaN for a chunked body. */
  readonly #length: number;
  #state = UNREAD;
  #isUsed = false;
  /** Some of it was dropped, so it cannot be read any more. */
  #isDropped = false;
  readonly #chunks: Buffer[] = [];
  #keptBytes = 0;
  #discardedBytes = 0;
  #error: Error | undefined;
  /** Wakes a reader that waits. */
  #wake: (() => void) | undefined;
  /** Time that the client has used. The clock stands still while the handler does not read. */
  #spentMs = 0;
  #receivingSinceMs: number | undefined;

  constructor(length: number, limits: Limits, source: BodySource) {
    this.#decoder = new BodyDecoder(length, limits);
    this.#limits = limits;
    this.#source = source;
    this.#length = length;
  }

  /** Reading has begun. A body can be read once. */
  get isUsed(): boolean {
    return this.#isUsed;
  }

  /** A handler is reading. */
  get isBeingRead(): boolean {
    return this.#state === READING;
  }

  /** No more bytes will come. */
  get isOver(): boolean {
    return this.#state >= COMPLETE;
  }

  /** The body has failed: the start of the next request is unknown. */
  get hasFailed(): boolean {
    return this.#state === FAILED;
  }

  get wantsBytes(): boolean {
    return (this.#state === READING && this.#keptBytes < this.#limits.bodyHighWaterBytes) || this.#state === DISCARDING;
  }

  /** More bytes are announced than the server will drop. */
  get isTooLongToDiscard(): boolean {
    return this.#length - this.#decoder.receivedBytes > this.#limits.unreadBodyBytesMax;
  }

  // --- The connection's side

  /**
   * Takes the body's bytes out of [start, end), which it overwrites.
   * @returns  `end`, or the end of the body
   */
  receive(bytes: Buffer, start: number, end: number): number {
    const decoder = this.#decoder;
    let at = start;
    let dataEnd = start;
    let isRejected = false;
    while (at < end && !decoder.isComplete && !isRejected) {
      const result = decoder.decode(bytes, at, end);
      at = decoder.next;
      if (result === BODY_DATA) {
        // Data moves over the framing before it, so that a thousand chunks of one byte cost one Buffer.
        if (decoder.dataStart !== dataEnd) bytes.copyWithin(dataEnd, decoder.dataStart, decoder.dataEnd);
        dataEnd += decoder.dataEnd - decoder.dataStart;
      }
      isRejected = result === BODY_REJECT;
    }
    if (this.#state === DISCARDING) this.#discardedBytes += at - start;
    else if (dataEnd > start) this.#keep(Buffer.from(bytes.subarray(start, dataEnd))); // the read buffer is shared
    if (decoder.receivedBytes > this.#limits.requestBodyBytesMax)
      this.fail(errorOf(tooLarge(this.#limits.requestBodyBytesMax)));
    else if (isRejected) this.fail(errorOf(decoder.rejection));
    else if (decoder.isComplete) this.#complete();
    else if (this.#discardedBytes > this.#limits.unreadBodyBytesMax) this.fail(errorOf(UNWANTED));
    return at;
  }

  /** No handler will read the body: its bytes are dropped, up to a bound. */
  discard(): void {
    if (this.isOver) return;
    this.#state = DISCARDING;
    this.#isDropped = true;
    this.#chunks.length = 0;
    this.#keptBytes = 0;
    if (this.isTooLongToDiscard) this.fail(errorOf(UNWANTED));
  }

  /** Ends the body with an error: the reader gets the kept bytes, and then this error. */
  fail(error: Error): void {
    if (this.isOver) return;
    this.#state = FAILED;
    this.#error = error;
    this.#wakeReader();
  }

  /** Starts the client's clock. @returns the time that the client has left, in milliseconds */
  runClock(nowMs: number): number {
    this.#receivingSinceMs ??= nowMs;
    const { bodyDeadlineMs, bodyBytesPerSecondMin } = this.#limits;
    const earnedMs = (this.#decoder.receivedBytes / bodyBytesPerSecondMin) * 1000;
    return bodyDeadlineMs + earnedMs - this.#spentMs - (nowMs - this.#receivingSinceMs);
  }

  /** Stops the clock: the server does not wait for the client. */
  stopClock(nowMs: number): void {
    if (this.#receivingSinceMs !== undefined) this.#spentMs += nowMs - this.#receivingSinceMs;
    this.#receivingSinceMs = undefined;
  }

  #keep(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#keptBytes += chunk.length + CHUNK_OVERHEAD_BYTES;
    this.#wakeReader();
  }

  #complete(): void {
    this.#state = COMPLETE;
    this.#wakeReader();
  }

  #wakeReader(): void {
    this.#wake?.();
    this.#wake = undefined;
  }

  // --- The reader's side

  /**
   * Chunks as they come. `break` lets the rest be dropped.
   * @throws  TypeError if the body was read before; HttpError 400, 408, 413; ClientGoneError
   */
  [Symbol.asyncIterator](): AsyncGenerator<Buffer, void> {
    if (this.#isUsed) throw new TypeError('the body of this request was read already: it can be read once');
    this.#isUsed = true;
    return this.#read();
  }

  /** The whole body. @throws as reading in chunks; HttpError 413 if it is longer than maxBytes */
  async bytes({ maxBytes = Number.POSITIVE_INFINITY }: BodyOptions = {}): Promise<Buffer> {
    if (!(maxBytes >= 0)) throw new RangeError(`maxBytes: expected a number of bytes, got ${String(maxBytes)}`);
    if (this.#length > maxBytes) throw errorOf(tooLarge(maxBytes));
    let whole = EMPTY;
    let length = 0;
    for await (const chunk of this) {
      const end = length + chunk.length;
      if (end > maxBytes) throw errorOf(tooLarge(maxBytes));
      if (length === 0) {
        whole = chunk;
      } else {
        // Grows by doubling: a list of chunks of one byte each would cost a hundred times as much.
        if (end > whole.length) whole = grown(whole, length, Math.max(end, 2 * whole.length));
        chunk.copy(whole, length);
      }
      length = end;
    }
    return whole.subarray(0, length);
  }

  async *#read(): AsyncGenerator<Buffer, void> {
    if (this.#isDropped) throw new TypeError('the response was sent before the body was read');
    if (this.#state === UNREAD) this.#state = READING;
    try {
      for (;;) {
        const chunk = this.#chunks.shift();
        if (chunk !== undefined) {
          this.#keptBytes -= chunk.length + CHUNK_OVERHEAD_BYTES;
          yield chunk;
        } else if (this.#error !== undefined) {
          throw this.#error;
        } else if (this.#state === COMPLETE) {
          return;
        } else {
          const hasMore = new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
          this.#source.onBodyWanted();
          await hasMore;
        }
      }
    } finally {
      if (this.#state === READING) {
        this.#state = UNREAD;
        this.#source.onBodyAbandoned();
      }
    }
  }
}

const UNWANTED: Rejection = { status: 413, reason: 'request body not read' };

function tooLarge(bytesMax: number): Rejection {
  return { status: 413, reason: `request body longer than ${bytesMax} bytes` };
}

function errorOf({ status, reason }: Rejection): HttpError {
  return new HttpError(status, reason);
}

/** A larger buffer with the first `length` bytes of `buffer`. */
function grown(buffer: Buffer, length: number, size: number): Buffer {
  const larger = Buffer.allocUnsafe(size);
  buffer.copy(larger, 0, 0, length);
  return larger;
}
