/**
 * One stream connection: bytes in, to a protocol; bytes and files out, as fast as the peer takes them.
 *
 * An idle connection holds no buffer. All connections of a thread read into one, which is handed to the protocol; what
 * the protocol does not consume (half a request) is kept aside, and put before the bytes that come next.
 *
 *   state      reads   writes   leaves it when
 *   OPEN       yes     yes      finish() → FINISHING; end of stream → ENDED
 *   ENDED      no      yes      finish() → FINISHING. The peer has shut its half; it still gets its answers.
 *   FINISHING  no      yes      all is written → LINGERING or CLOSED
 *   LINGERING  drops   no       end of stream, or deadline → CLOSED
 *   CLOSED
 *
 * Whatever fails goes to CLOSED from anywhere: reset by the peer, a deadline, destroy().
 */
import { DEFAULT_LIMITS, type Limits, QUEUED_FILES_MAX, READ_BUFFER_BYTES, SPARES_MAX } from '../limits.js';
import type { SocketAddress } from '../linux/socket-address.js';
import { getpeername } from '../linux/sockets.js';
import { constants, native } from '../native/addon.js';
import { isWouldBlock } from '../native/errno.js';
import { type Expirable, NOT_WAITING } from '../reactor/deadlines.js';
import type { Reactor } from '../reactor/reactor.js';
import {
  EDGE_TRIGGERED,
  FAILED,
  HUNG_UP,
  PRIORITY,
  READ_CLOSED,
  READABLE,
  type ReadinessHandler,
  WRITABLE,
} from '../reactor/readiness.js';
import { type FilePart, FLUSHED, NOT_IN_MEMORY, WOULD_BLOCK, WriteQueue } from './write-queue.js';

/** What the bytes of a connection mean. */
export interface Protocol {
  /**
   * @param buffer  bytes [0, length) are the connection's; valid during the call only
   * @returns       bytes consumed. The others come again, with more behind them, or after resume().
   */
  onBytes(buffer: Buffer, length: number): number;
  /** The peer has shut its writing half: no more bytes come. Whoever has nothing left to say calls finish(). */
  onEnd(): void;
  /** The same while the protocol is paused, with bytes that it has not taken yet: onEnd() comes behind them. */
  onPeerClosing(): void;
  /** All is written, after some of it had to wait for the peer to read, or after pauseUntilFlushed(). */
  onFlushed(): void;
  /** The deadline that was set by setDeadline(). */
  onDeadline(): void;
  /** The descriptor is closed, for whatever reason. Called once. */
  onClose(): void;
}

export type ConnectionLimits = Pick<Limits, 'writeHighWaterBytes' | 'writeStallDeadlineMs' | 'lingerDeadlineMs'>;

const OPEN = 0;
const ENDED = 1;
const FINISHING = 2;
const LINGERING = 3;
const CLOSED = 4;

/**
 * Of who reads whatever comes, and all of it: told once of what is new, the kernel need not look again whether something is
 * left. Wherever something may be left, or is waited for beside, readiness is level-triggered.
 */
const READING = READABLE | READ_CLOSED | PRIORITY | EDGE_TRIGGERED;
/** What may be left behind a read that has not filled the buffer: the end of the stream; bytes behind urgent ones, at which recv() stops. */
const MORE_BEHIND = READ_CLOSED | PRIORITY;

/** What the connections of a thread share, since only one of them is at work at a time. */
const readBuffer = Buffer.allocUnsafeSlow(READ_BUFFER_BYTES);
/** Not the read buffer, which may be in use. */
const peeked = Buffer.alloc(1);
let isDelivering = false;
/** Queues that are empty. Most connections write all at once, and need one only for the length of a turn. */
const spareQueues: WriteQueue[] = [];

export class Connection implements ReadinessHandler, Expirable {
  dueMs = 0;
  sortedMs = 0;
  heapIndex = NOT_WAITING;
  readonly #reactor: Reactor;
  readonly #fd: number;
  readonly #limits: ConnectionLimits;
  readonly #protocol: Protocol;
  #state = OPEN;
  #interest = READING;
  /** Bytes that the protocol left. */
  #unread: Buffer | undefined;
  #queue: WriteQueue | undefined;
  /** The last read took all that was there. */
  #isDrained = true;
  /** The protocol wants no bytes for now. */
  #isPaused = false;
  /** The protocol is at work: what it writes is flushed when it returns, all in one call. */
  #isCorked = false;
  /** The peer does not read as fast as it is written to: there is more to flush when it has. */
  #isBlocked = false;
  /** It is blocked, and that is not the peer's fault: the file that is to be sent has to come from its disk. */
  #waitsForDisk = false;
  /** A thread is writing to the descriptor, which has to stay open until it is done. */
  #isThreadWriting = false;
  /** The protocol waits for onFlushed(). */
  #awaitsFlush = false;
  #mustRedeliver = false;
  #lingers = false;
  /** When finishing: the peer may have sent more, and it is worth a look. */
  #maySend = false;

  /**
   * @param fd  non-blocking; the connection owns it, and closes it even where this throws
   * @throws    SystemError ENOSPC (fs.epoll.max_user_watches) | ENOMEM
   */
  constructor(
    reactor: Reactor,
    fd: number,
    createProtocol: (connection: Connection) => Protocol,
    limits: ConnectionLimits = DEFAULT_LIMITS,
  ) {
    this.#reactor = reactor;
    this.#fd = fd;
    this.#limits = limits;
    try {
      reactor.register(fd, this.#interest, this);
    } catch (error) {
      native.close(fd);
      throw error;
    }
    try {
      this.#protocol = createProtocol(this);
    } catch (error) {
      reactor.clearDeadline(this);
      reactor.unregister(fd);
      native.close(fd);
      throw error;
    }
  }

  get isClosed(): boolean {
    return this.#state === CLOSED;
  }

  /** The peer reads more slowly than it is written to. Whoever goes on writing fills memory, or opens file after file. */
  get isAboveHighWater(): boolean {
    const queue = this.#queue;
    if (queue === undefined) return false;
    return queue.heldBytes > this.#limits.writeHighWaterBytes || queue.queuedFiles >= QUEUED_FILES_MAX;
  }

  get reactor(): Reactor {
    return this.#reactor;
  }

  /** The reactor's clock. */
  get nowMs(): number {
    return this.#reactor.nowMs;
  }

  /** Milliseconds since 1970, of the reactor, too. */
  get wallClockMs(): number {
    return this.#reactor.wallClockMs;
  }

  /** Where the peer connects from; undefined where it is gone, or has no name. */
  get peerAddress(): SocketAddress | undefined {
    if (this.#state === CLOSED) return undefined; // the number may be another's
    try {
      return getpeername(this.#fd);
    } catch {
      return undefined; // reset, and not yet told
    }
  }

  /** Bytes of the peer wait to be read, or to be asked for again. */
  get hasUnread(): boolean {
    return this.#unread !== undefined || (this.#state === OPEN && this.#peek() > 0);
  }

  onReady(readiness: number): void {
    if ((readiness & FAILED) !== 0) {
      this.destroy();
      return;
    }
    this.#isCorked = true;
    try {
      if (this.#mustRedeliver) this.#redeliver();
      else if ((readiness & (READABLE | HUNG_UP)) !== 0) this.#read(readiness);
      else if ((readiness & READ_CLOSED) !== 0) this.#onPeerClosing();
    } catch (error) {
      // A bug in the protocol: this connection ends, and the reactor tells whoever asked for it.
      this.destroy();
      throw error;
    } finally {
      this.#isCorked = false;
    }
    if ((readiness & WRITABLE) !== 0 && !this.#waitsForDisk) this.#isBlocked = false;
    this.#reactor.flushLater(this);
  }

  onDeadline(): void {
    if (this.#state === LINGERING || this.#isBlocked) this.destroy();
    else this.#protocol.onDeadline();
  }

  /** Sets the protocol's deadline. While the peer does not read, the deadline for that stands instead. */
  setDeadline(delayMs: number): void {
    if (this.#state <= ENDED && !this.#isBlocked) this.#reactor.setDeadline(this, delayMs);
  }

  clearDeadline(): void {
    if (!this.#isBlocked) this.#reactor.clearDeadline(this);
  }

  /**
   * Queues bytes, and bytes or a part of a file behind them, to leave together.
   * @param head  by reference: it must not change afterwards
   * @param body  likewise; a file is the connection's from then on
   * @param tail  likewise
   */
  write(head: Uint8Array, body?: Uint8Array | FilePart, tail?: Uint8Array): void {
    if (this.#state >= FINISHING) {
      if (body !== undefined && !(body instanceof Uint8Array)) body.close();
      return;
    }
    this.#queue ??= spareQueues.pop() ?? new WriteQueue();
    this.#queue.push(head);
    if (body !== undefined) this.#queue.push(body);
    if (tail !== undefined) this.#queue.push(tail);
    if (!this.#isCorked) this.flush();
  }

  /** Queues bytes and parts of files, to leave in this order. As write(). */
  writeAll(chunks: readonly (Uint8Array | FilePart)[]): void {
    if (this.#state >= FINISHING) {
      for (const chunk of chunks) if (!(chunk instanceof Uint8Array)) chunk.close();
      return;
    }
    this.#queue ??= spareQueues.pop() ?? new WriteQueue();
    for (const chunk of chunks) this.#queue.push(chunk);
    if (!this.#isCorked) this.flush();
  }

  /** No bytes are given to the protocol until resume(). */
  pause(): void {
    // Interest in reading is given up only if something comes (#read): a short pause costs no system call.
    this.#isPaused = true;
  }

  /** The same for a protocol that is above the high-water mark: onFlushed() tells when to resume. */
  pauseUntilFlushed(): void {
    this.#isPaused = true;
    this.#awaitsFlush = true;
  }

  /** onFlushed() is called when all is written, even if the peer takes it at once. */
  awaitFlush(): void {
    this.#awaitsFlush = true;
  }

  /** Gives the protocol what it left, and then what comes. */
  resume(): void {
    if (!this.#isPaused || this.#state >= FINISHING) return;
    this.#isPaused = false;
    if (this.#unread !== undefined) {
      // The parser may be in use: a handler of one connection can answer for another. Then the next turn does it, for
      // which being writable is the occasion.
      if (isDelivering) this.#mustRedeliver = true;
      else this.#redeliver();
    }
    if (this.#isCorked) this.#updateInterest();
    else this.flush();
  }

  /**
   * Writes what is queued, then closes. No more bytes are given to the protocol.
   * @param lingers  reads on for a moment and drops it: closing with unread bytes would reset the connection, and could
   *                 take our last words from the peer's buffer (RFC 9112 §9.6)
   * @param isPeerDone  the peer has said that it sends no more: it is believed where all is written at once
   */
  finish(lingers: boolean = false, isPeerDone: boolean = false): void {
    if (this.#state >= FINISHING) return;
    this.#maySend = this.#state === OPEN && (!isPeerDone || this.#isBlocked);
    this.#state = FINISHING;
    this.#lingers = lingers;
    this.#unread = undefined;
    if (!this.#isCorked) this.flush();
  }

  /**
   * Closes now; bytes that wait for the peer to read are lost. Idempotent.
   *
   * If any do, the connection is reset (SO_LINGER 0) for two reasons. After a plain close() the kernel would keep what it has
   * taken, up to 4 MB, for minutes, and count it to no process. And a FIN could pass for the end of a body that ends with
   * its connection. If none do, the kernel sends what it has taken: a peer that reads gets its last response.
   */
  destroy(): void {
    if (this.#state === CLOSED) return;
    this.#state = CLOSED;
    if (this.#isBlocked) native.setsockopt(this.#fd, constants.SOL_SOCKET, constants.SO_LINGER, 0);
    this.#unread = undefined;
    this.#reactor.clearDeadline(this);
    if (this.#isThreadWriting) {
      // Closed by whoever waits for the thread. The peer sees the end now, and the thread when it comes to write.
      if (!this.#reactor.isClosed) this.#reactor.unregister(this.#fd);
      native.shutdown(this.#fd, constants.SHUT_RDWR);
    } else {
      this.#reactor.dropBeforeClose(this.#fd);
      native.close(this.#fd);
    }
    try {
      this.#queue?.clear(); // files, which others may have a hand in closing
      this.#giveBackQueue();
    } finally {
      this.#protocol.onClose();
    }
  }

  #read(readiness: number): void {
    if (this.#isPaused && this.#state === OPEN) {
      // Hung up while nobody reads here: nobody reads the answer there either.
      if ((readiness & HUNG_UP) !== 0) this.destroy();
      // The end of the stream needs no reading, and whoever works for this peer wants to know.
      else if (this.#unread === undefined && this.#peek() === 0) this.#onEndOfStream();
      else this.#setInterest((this.#interest & ~READING) | READ_CLOSED);
      return;
    }
    const kept = this.#unread === undefined ? 0 : this.#unread.copy(readBuffer);
    const n =
      kept === 0
        ? native.recv(this.#fd, readBuffer)
        : native.recv(this.#fd, readBuffer, kept, READ_BUFFER_BYTES - kept, 0);
    this.#isDrained = n < READ_BUFFER_BYTES - kept && (readiness & MORE_BEHIND) === 0;
    if (n > 0) {
      if (this.#state === OPEN) this.#deliver(readBuffer, kept + n);
    } else if (n === 0) {
      this.#onEndOfStream();
    } else if (!isWouldBlock(n)) {
      this.destroy();
    }
  }

  #redeliver(): void {
    this.#mustRedeliver = false;
    this.#reactor.runPriorityHandlers();
    if (this.#unread !== undefined && this.#state === OPEN) this.#deliver(this.#unread, this.#unread.length);
  }

  #deliver(buffer: Buffer, length: number): void {
    const wasCorked = this.#isCorked;
    this.#isCorked = true;
    isDelivering = true;
    let consumed = length;
    try {
      consumed = this.#protocol.onBytes(buffer, length);
    } finally {
      isDelivering = false;
      this.#isCorked = wasCorked;
    }
    if (consumed === length || this.#state >= FINISHING) this.#unread = undefined;
    else if (buffer === readBuffer) this.#unread = Buffer.from(buffer.subarray(consumed, length));
    else this.#unread = buffer.subarray(consumed);
  }

  #onPeerClosing(): void {
    this.#setInterest(this.#interest & ~READ_CLOSED); // told once
    this.#protocol.onPeerClosing();
  }

  #onEndOfStream(): void {
    if (this.#state === OPEN) {
      this.#state = ENDED;
      this.#protocol.onEnd();
    } else {
      this.destroy();
    }
  }

  /** Of the reactor, in a turn: what several connections write leaves behind the last of them. */
  flush(): void {
    try {
      this.#writeQueued();
    } catch (error) {
      // Not the kernel's error but a bug, ours or a handler's: what cannot be written must not stay queued.
      this.destroy();
      throw error;
    }
  }

  #writeQueued(): void {
    if (this.#isBlocked) {
      // Not writable yet: trying anyway would cost a call, and put off the deadline of a peer that does not read.
      this.#updateInterest();
      return;
    }
    if (this.#queue !== undefined) {
      const result = this.#queue.flush(this.#fd, this.#reactor.isAttached ? this.#reactor.nowMs : undefined);
      if (result === NOT_IN_MEMORY) {
        this.#waitForDisk(this.#queue);
        return;
      }
      if (result === WOULD_BLOCK) {
        this.#isBlocked = true;
        this.#maySend = true; // whatever it has said: there is time to think again
        this.#awaitsFlush = true;
        this.#reactor.setDeadline(this, this.#limits.writeStallDeadlineMs);
        this.#updateInterest();
        return;
      }
      if (result !== FLUSHED) {
        // Reset, or a file that was cut short: what was promised cannot be sent any more.
        this.destroy();
        return;
      }
      this.#giveBackQueue();
    }
    if (this.#awaitsFlush && this.#state <= ENDED) this.#tellFlushed();
    if (this.#state === FINISHING && this.#queue === undefined) this.#afterLastByte();
    else this.#updateInterest();
  }

  /** No deadline stands meanwhile: who is slow is not the peer. */
  #waitForDisk(queue: WriteQueue): void {
    this.#isBlocked = true;
    this.#maySend = true; // whatever it has said: there is time to think again
    this.#awaitsFlush = true;
    this.#waitsForDisk = true;
    this.#reactor.clearDeadline(this);
    this.#updateInterest();
    queue.firstDisk.whenDiskIsFree((done) => {
      if (this.#state === CLOSED) {
        done();
        return;
      }
      this.#isThreadWriting = true;
      queue.beginSending(this.#fd, () => {
        done();
        this.#onDiskAnswered();
      });
    });
  }

  /** Goes on in a turn, for which being writable is the occasion: as fast as the peer takes it, and not before the others. */
  #onDiskAnswered(): void {
    this.#isThreadWriting = false;
    this.#waitsForDisk = false;
    if (this.#state === CLOSED) native.close(this.#fd);
    else if (!this.#reactor.isClosed) {
      this.#reactor.setDeadline(this, this.#limits.writeStallDeadlineMs);
      this.#updateInterest();
    }
  }

  /** What the protocol writes now leaves in the next turn: a peer that reads fast does not keep the others waiting. */
  #tellFlushed(): void {
    this.#awaitsFlush = false;
    this.#isCorked = true;
    try {
      this.#protocol.onFlushed();
    } finally {
      this.#isCorked = false;
    }
  }

  #afterLastByte(): void {
    // Closing over bytes that nobody read sends RST, which takes from the peer what it has not read yet.
    if (!this.#lingers && !(this.#maySend && this.#peek() > 0)) {
      this.destroy();
      return;
    }
    this.#state = LINGERING;
    native.shutdown(this.#fd, constants.SHUT_WR);
    this.#reactor.setDeadline(this, this.#limits.lingerDeadlineMs);
    this.#updateInterest();
  }

  /** @returns  1 where bytes can be read, 0 at the end of the stream, or -errno */
  #peek(): number {
    return native.recv(this.#fd, peeked, 0, 1, constants.MSG_PEEK);
  }

  /** Asks the kernel only for what can be used now, and only where that has changed. */
  #updateInterest(): void {
    const reads = this.#readInterest();
    const writes = (this.#queue !== undefined && !this.#waitsForDisk) || this.#mustRedeliver;
    if (!writes) this.#setInterest(reads);
    else this.#setInterest((reads === READING ? READABLE : reads) | WRITABLE);
  }

  #readInterest(): number {
    if (this.#state === LINGERING) return READABLE;
    if (this.#state !== OPEN) return 0;
    const hasGivenUp = this.#isPaused && (this.#interest & READABLE) === 0;
    if (hasGivenUp) return this.#interest & READ_CLOSED;
    return this.#isDrained ? READING : READABLE;
  }

  #setInterest(interest: number): void {
    if (interest === this.#interest || this.#state === CLOSED) return;
    this.#interest = interest;
    if (!this.#reactor.isClosed) this.#reactor.modify(this.#fd, interest);
  }

  #giveBackQueue(): void {
    if (this.#queue !== undefined && spareQueues.length < SPARES_MAX) spareQueues.push(this.#queue);
    this.#queue = undefined;
  }
}
