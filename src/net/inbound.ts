/**
 * The receiving half of a connection. All connections of a thread read into one buffer, which the protocol sees during
 * its call. Bytes that the protocol does not consume (half a request) are copied, and put in front of the bytes that
 * come next.
 *
 *   state     bytes that come are   leaves it when
 *   FLOWING   given to the protocol pause() → PAUSED
 *   PAUSED    left in the kernel    resume() → FLOWING, or RESUMING if another connection is using the buffer
 *   RESUMING  left in the kernel    redeliver(), in the next turn → FLOWING; pause() → PAUSED
 *   STOPPED   dropped
 *
 * stop() leads to STOPPED from anywhere.
 */
import { READ_BUFFER_BYTES } from '../limits.js';
import { PRIORITY, READ_CLOSED } from '../reactor/readiness.js';
import type { ByteChannel } from './byte-channel.js';
import type { Protocol } from './protocol.js';

const FLOWING = 0;
const PAUSED = 1;
const RESUMING = 2;
const STOPPED = 3;

/**
 * With these, more can be in the kernel after a read that has not filled the buffer: the end of the stream, or bytes
 * after urgent ones, at which recv() stops.
 */
const MORE_BEHIND = READ_CLOSED | PRIORITY;

const readBuffer = Buffer.allocUnsafeSlow(READ_BUFFER_BYTES);
/** Some protocol is using the buffer, or the unread bytes of its connection. */
let isDelivering = false;

export class Inbound {
  #state = FLOWING;
  /** The last read took everything that the kernel had. */
  #isDrained = true;
  /** Bytes that the protocol left. */
  #unread: Buffer | undefined;

  get isPaused(): boolean {
    return this.#state === PAUSED;
  }

  get isResuming(): boolean {
    return this.#state === RESUMING;
  }

  get isDrained(): boolean {
    return this.#isDrained;
  }

  /** The kernel has nothing that it will not report, and no delivery is put off: edge-triggered readiness is safe. */
  get isSettled(): boolean {
    return this.#isDrained && this.#state !== RESUMING;
  }

  get hasUnread(): boolean {
    return this.#unread !== undefined;
  }

  pause(): void {
    this.#state = PAUSED;
  }

  /**
   * Call it while paused. A handler can answer for another connection while the parser is in use: that connection is
   * resumed in the next turn.
   */
  resume(): void {
    this.#state = isDelivering && this.hasUnread ? RESUMING : FLOWING;
  }

  stop(): void {
    this.#state = STOPPED;
    this.#unread = undefined;
  }

  /**
   * Reads once, and gives the protocol the bytes.
   * @param readiness  what the kernel has reported
   * @returns          bytes, 0 at the end of the stream, or -errno
   */
  read(channel: ByteChannel, protocol: Protocol, readiness: number): number {
    const kept = this.#unread === undefined ? 0 : this.#unread.copy(readBuffer);
    const n = channel.receive(readBuffer, kept);
    this.#isDrained = channel.hasTakenAll(n, readBuffer.length - kept) && (readiness & MORE_BEHIND) === 0;
    if (n > 0 && this.#state !== STOPPED) this.#deliver(protocol, readBuffer, kept + n);
    return n;
  }

  /** Gives the protocol the bytes that it left. */
  redeliver(protocol: Protocol): void {
    if (this.#state === RESUMING) this.#state = FLOWING;
    if (this.#unread !== undefined) this.#deliver(protocol, this.#unread, this.#unread.length);
  }

  #deliver(protocol: Protocol, buffer: Buffer, length: number): void {
    isDelivering = true;
    let consumed: number;
    try {
      consumed = protocol.onBytes(buffer, length);
    } catch (error) {
      isDelivering = false;
      throw error;
    }
    isDelivering = false;
    if (consumed === length) this.#unread = undefined;
    else this.#keep(buffer, consumed, length);
  }

  #keep(buffer: Buffer, consumed: number, length: number): void {
    if (this.#state === STOPPED) this.#unread = undefined;
    else if (buffer === readBuffer) this.#unread = Buffer.from(buffer.subarray(consumed, length));
    else this.#unread = buffer.subarray(consumed);
  }
}
