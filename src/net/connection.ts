/**
 * One stream connection. It passes bytes from the peer to a protocol, and sends the protocol's bytes and files to the
 * peer, as fast as the peer reads.
 *
 * An idle connection holds no buffer. All connections of a thread read into one buffer (inbound.ts), and most send
 * without a queue of their own (outbound.ts).
 *
 *   state         reads   sends   leaves it when
 *   OPEN          yes     yes     the peer ends its half → ENDED, or PEER_CLOSING if bytes before the end are unread
 *   PEER_CLOSING  yes     yes     they are read → ENDED
 *   ENDED         no      yes     finish(), as from the two above → FINISHING. The peer still gets its answers.
 *   FINISHING     no      yes     all is sent → LINGERING or CLOSED, as the ending says
 *   LINGERING     drops   no      the peer ends its half, or the deadline is over → CLOSED
 *   CLOSED
 *
 * A reset, a stalled peer and destroy() lead to CLOSED from anywhere. outbound.ts has the states of the sending half.
 */
import { DEFAULT_LIMITS, type Limits } from '../limits.js';
import type { SocketAddress } from '../linux/socket-address.js';
import { getpeername } from '../linux/sockets.js';
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
import type { ByteChannel } from './byte-channel.js';
import { Inbound } from './inbound.js';
import { NOTHING, Outbound, type OutboundOwner, PEER, THREAD } from './outbound.js';
import { CLOSES, CLOSES_IF_QUIET, type Ending, LINGERS, type Protocol } from './protocol.js';
import { type FilePart, FLUSHED, type FlushResult, NOT_IN_MEMORY, WAIT_UNTIL_WRITABLE } from './write-queue.js';

export type ConnectionLimits = Pick<Limits, 'writeHighWaterBytes' | 'writeStallDeadlineMs' | 'lingerDeadlineMs'>;

const OPEN = 0;
const PEER_CLOSING = 1;
const ENDED = 2;
const FINISHING = 3;
const LINGERING = 4;
const CLOSED = 5;

/**
 * The interest of a connection that reads everything that comes: the kernel reports only new bytes. If bytes may be
 * left in the kernel, or while the connection waits to write, readiness is level-triggered.
 */
const READ_INTEREST = READABLE | READ_CLOSED | PRIORITY | EDGE_TRIGGERED;
export class Connection implements ReadinessHandler, Expirable, OutboundOwner {
  dueMs = 0;
  sortedMs = 0;
  heapIndex = NOT_WAITING;
  readonly #reactor: Reactor;
  readonly #channel: ByteChannel;
  readonly #limits: ConnectionLimits;
  /** Gets all callbacks. Another protocol would take over by replacing it. */
  readonly #protocol: Protocol;
  #state = OPEN;
  #interest = READ_INTEREST;
  readonly #inbound = new Inbound();
  /** Set only while bytes are queued. */
  #outbound: Outbound | undefined;
  /** The protocol is being called. Everything that it writes is sent in one call when it returns. */
  #isCorked = false;
  /** The protocol waits for onFlushed(). */
  #awaitsFlush = false;
  #ending: Ending = CLOSES_IF_QUIET;
  #endsBody = false;

  /**
   * @param channel  of a non-blocking socket; the connection owns it, and closes it even if this constructor throws
   * @throws         SystemError ENOSPC (fs.epoll.max_user_watches) | ENOMEM
   */
  constructor(
    reactor: Reactor,
    channel: ByteChannel,
    createProtocol: (connection: Connection) => Protocol,
    limits: ConnectionLimits = DEFAULT_LIMITS,
  ) {
    this.#reactor = reactor;
    this.#channel = channel;
    this.#limits = limits;
    try {
      reactor.register(channel.fd, this.#interest, this);
      this.#protocol = createProtocol(this);
    } catch (error) {
      reactor.clearDeadline(this);
      reactor.dropBeforeClose(channel.fd);
      channel.close();
      throw error;
    }
  }

  get isClosed(): boolean {
    return this.#state === CLOSED;
  }

  /**
   * finish() or destroy() was called, or the connection has failed: it receives no more bytes, and write() drops what
   * it gets.
   */
  get isFinished(): boolean {
    return this.#state >= FINISHING;
  }

  /** The peer has shut its half, and the protocol has all its bytes. */
  get hasPeerEnded(): boolean {
    return this.#state === ENDED;
  }

  /** The peer has shut its half, or the connection is closed. */
  get isPeerGone(): boolean {
    return this.#state === PEER_CLOSING || this.#state === ENDED || this.#state === CLOSED;
  }

  /** The peer reads more slowly than the protocol writes. More writing would fill memory, or open file after file. */
  get isAboveHighWater(): boolean {
    return this.#outbound?.isAbove(this.#limits.writeHighWaterBytes) === true;
  }

  get reactor(): Reactor {
    return this.#reactor;
  }

  /** undefined: the peer is gone, or has no name. */
  get peerAddress(): SocketAddress | undefined {
    if (this.#state === CLOSED) return undefined; // the descriptor may be another connection's
    try {
      return getpeername(this.#channel.fd);
    } catch {
      return undefined; // reset, and not yet reported
    }
  }

  /** Bytes of the peer are unread, here or in the kernel. */
  get hasUnread(): boolean {
    return this.#inbound.hasUnread || (this.#state <= PEER_CLOSING && this.#channel.peek() > 0);
  }

  onReady(readiness: number): void {
    if ((readiness & FAILED) !== 0) {
      this.destroy();
      return;
    }
    this.#isCorked = true;
    try {
      if (this.#inbound.isResuming) this.#redeliver();
      else if ((readiness & (READABLE | HUNG_UP)) !== 0) this.#read(readiness);
      else if ((readiness & READ_CLOSED) !== 0) this.#onPeerClosing();
    } catch (error) {
      // A bug in the protocol: this connection ends, and the reactor reports the error.
      this.destroy();
      throw error;
    }
    this.#isCorked = false;
    if ((readiness & WRITABLE) !== 0) this.#outbound?.onWritable();
    this.#reactor.flushLater(this);
  }

  onDeadline(): void {
    if (this.#state === LINGERING || this.#isBlocked) this.destroy();
    else this.#protocol.onDeadline();
  }

  /** Sets the protocol's deadline. While the peer does not read, the stall deadline stands instead. */
  setDeadline(delayMs: number): void {
    if (this.#state <= ENDED && !this.#isBlocked) this.#reactor.setDeadline(this, delayMs);
  }

  clearDeadline(): void {
    if (!this.#isBlocked) this.#reactor.clearDeadline(this);
  }

  /**
   * Queues bytes, or a part of a file.
   * @param chunk  bytes are kept by reference and must not change afterwards; the connection closes the file
   */
  write(chunk: Uint8Array | FilePart): void {
    if (this.#state >= FINISHING) {
      if (!(chunk instanceof Uint8Array)) chunk.close();
      return;
    }
    this.#outbound ??= Outbound.take();
    this.#outbound.push(chunk);
    if (!this.#isCorked) this.flush();
  }

  /** write() for several chunks, which are sent together. */
  writeAll(chunks: readonly (Uint8Array | FilePart)[]): void {
    if (this.#state >= FINISHING) {
      for (const chunk of chunks) if (!(chunk instanceof Uint8Array)) chunk.close();
      return;
    }
    this.#outbound ??= Outbound.take();
    for (const chunk of chunks) this.#outbound.push(chunk);
    if (!this.#isCorked) this.flush();
  }

  /** The protocol gets no bytes until resume(). */
  pause(): void {
    this.#inbound.pause(); // the interest changes only when bytes come: a short pause costs no system call
  }

  /** Asks for a call of onFlushed() when everything is sent, even if the socket takes it at once. */
  awaitFlush(): void {
    this.#awaitsFlush = true;
  }

  /** Gives the protocol the bytes that it left, and then those that arrive. */
  resume(): void {
    if (this.#inbound.isPaused) this.#resumePaused();
  }

  #resumePaused(): void {
    this.#inbound.resume();
    if (!this.#inbound.isResuming) this.#redeliver();
    if (this.#isCorked) this.#updateInterest();
    else this.flush();
  }

  /** Sends the queue, then closes. The protocol gets no more bytes. */
  finish(ending: Ending = CLOSES_IF_QUIET): void {
    if (this.#state >= FINISHING) return;
    if (ending === CLOSES && this.#isBlocked) this.#ending = CLOSES_IF_QUIET;
    else if (ending === CLOSES_IF_QUIET && this.#state === ENDED) this.#ending = CLOSES;
    else this.#ending = ending;
    this.#state = FINISHING;
    this.#inbound.stop();
    if (!this.#isCorked) this.flush();
  }

  /** Says that the end of the stream will mark the end of a body: if the connection is cut before finish(), it is reset. */
  endsBody(): void {
    this.#endsBody = true;
  }

  /**
   * Closes now. Bytes that are not sent yet are lost. Idempotent.
   *
   * The connection is reset in two cases. If bytes wait for the peer to read: after a plain close() the kernel would
   * keep its part of them, up to 4 MB, for minutes, and count it to no process. And if the end of the stream would mark
   * the end of a body: the peer would take half a body for the whole. Otherwise the kernel sends what it has taken, so
   * a peer that reads gets its last response.
   */
  destroy(): void {
    if (this.#state === CLOSED) return;
    const isCut = this.#isBlocked || (this.#endsBody && this.#state < FINISHING);
    this.#state = CLOSED;
    this.#inbound.stop();
    this.#reactor.clearDeadline(this);
    if (isCut) this.#channel.resetOnClose();
    const outbound = this.#outbound;
    if (outbound?.waitsFor === THREAD) {
      // outbound closes the channel when the thread is done. The peer sees the end now; the thread sees it when it
      // sends.
      if (!this.#reactor.isClosed) this.#reactor.unregister(this.#channel.fd);
      this.#channel.endBoth();
    } else {
      this.#reactor.dropBeforeClose(this.#channel.fd);
      this.#channel.close();
    }
    this.#outbound = undefined;
    try {
      outbound?.giveUp(); // closes files, and their owners may throw
    } finally {
      this.#protocol.onClose();
    }
  }

  get #isBlocked(): boolean {
    return this.#outbound !== undefined && this.#outbound.waitsFor !== NOTHING;
  }

  #read(readiness: number): void {
    if (this.#inbound.isPaused) {
      this.#readPaused(readiness);
      return;
    }
    const n = this.#inbound.read(this.#channel, this.#protocol, readiness);
    if (n <= 0) this.#onNothingRead(n);
  }

  #onNothingRead(n: number): void {
    if (n === 0) this.#onEndOfStream();
    else if (!isWouldBlock(n)) this.destroy();
  }

  #readPaused(readiness: number): void {
    // The peer hung up while this side was paused: it does not read the answer either.
    if ((readiness & HUNG_UP) !== 0) this.destroy();
    // The end of the stream is reported even while paused: the handler that works for this peer can stop.
    else if (!this.#inbound.hasUnread && this.#channel.peek() === 0) this.#onEndOfStream();
    else this.#setInterest((this.#interest & ~READ_INTEREST) | (this.#state === OPEN ? READ_CLOSED : 0));
  }

  #redeliver(): void {
    if (!this.#inbound.hasUnread) return;
    const wasCorked = this.#isCorked;
    this.#isCorked = true;
    try {
      this.#reactor.runPriorityHandlers();
      this.#inbound.redeliver(this.#protocol);
    } finally {
      this.#isCorked = wasCorked;
    }
  }

  #onPeerClosing(): void {
    this.#setInterest(this.#interest & ~READ_CLOSED); // reported once
    if (this.#state !== OPEN) return;
    this.#state = PEER_CLOSING;
    this.#protocol.onPeerClosing();
  }

  #onEndOfStream(): void {
    if (this.#state <= PEER_CLOSING) {
      this.#state = ENDED;
      this.#protocol.onEnd();
    } else {
      this.destroy();
    }
  }

  /** The reactor calls it at the end of a turn, for several connections in a row. */
  flush(): void {
    try {
      this.#sendQueued();
    } catch (error) {
      // A bug of this package or of a handler. Bytes that cannot be sent must not stay queued.
      this.destroy();
      throw error;
    }
  }

  #sendQueued(): void {
    const outbound = this.#outbound;
    if (outbound !== undefined && !this.#isSent(outbound)) return;
    if (this.#awaitsFlush && this.#state <= ENDED) this.#tellFlushed();
    if (this.#state === FINISHING && this.#outbound === undefined) this.#afterLastByte();
    else this.#updateInterest();
  }

  /** Sends as much as the socket takes. @returns whether the queue is empty */
  #isSent(outbound: Outbound): boolean {
    if (outbound.waitsFor !== NOTHING) {
      // Trying anyway would cost a system call, and put off the deadline of a peer that does not read.
      this.#updateInterest();
      return false;
    }
    const result = outbound.flush(this.#channel, this, this.#reactor.isAttached ? this.#reactor.nowMs : undefined);
    if (result !== FLUSHED) {
      this.#onNotFlushed(result);
      return false;
    }
    this.#outbound = undefined;
    outbound.giveBack();
    return true;
  }

  #onNotFlushed(result: FlushResult): void {
    if (result !== WAIT_UNTIL_WRITABLE && result !== NOT_IN_MEMORY) {
      this.destroy(); // the peer has reset the connection, or a promised length cannot be kept
      return;
    }
    this.#awaitsFlush = true;
    if (this.#ending === CLOSES) this.#ending = CLOSES_IF_QUIET; // the peer has had time to send more
    // No deadline for the disk: the peer is not at fault if it is slow.
    if (result === WAIT_UNTIL_WRITABLE) this.#reactor.setDeadline(this, this.#limits.writeStallDeadlineMs);
    else this.#reactor.clearDeadline(this);
    this.#updateInterest();
  }

  onThreadDone(): void {
    if (this.#reactor.isClosed) return;
    this.#reactor.setDeadline(this, this.#limits.writeStallDeadlineMs);
    this.#updateInterest();
  }

  /**
   * Bytes that the protocol writes now are sent in the next turn, so that a peer that reads fast does not keep the
   * others waiting.
   */
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
    if (isWouldBlock(this.#channel.sendEnd())) {
      this.#outbound = Outbound.take();
      this.#outbound.waitForPeer();
      this.#onNotFlushed(WAIT_UNTIL_WRITABLE);
      return;
    }
    const lingers = this.#ending === LINGERS || (this.#ending === CLOSES_IF_QUIET && this.#channel.peek() > 0);
    if (!lingers) {
      this.destroy();
      return;
    }
    this.#state = LINGERING;
    this.#channel.endSending();
    this.#reactor.setDeadline(this, this.#limits.lingerDeadlineMs);
    this.#updateInterest();
  }

  /** Changes the interest in the kernel, if it is not what the connection can use now. */
  #updateInterest(): void {
    const isIdle = this.#interest === READ_INTEREST && this.#outbound === undefined && this.#state === OPEN;
    if (!isIdle || !this.#inbound.isSettled) this.#changeInterest();
  }

  #changeInterest(): void {
    const reads = this.#readInterest();
    const isQueued = this.#outbound !== undefined && this.#outbound.waitsFor <= PEER;
    if (!isQueued && !this.#inbound.isResuming) this.#setInterest(reads);
    // Level-triggered, so that each turn reports it again.
    else this.#setInterest((reads === READ_INTEREST ? READABLE : reads) | WRITABLE);
  }

  #readInterest(): number {
    if (this.#state === LINGERING) return READABLE;
    if (this.#state > PEER_CLOSING) return 0;
    const hasGivenUp = this.#inbound.isPaused && (this.#interest & READABLE) === 0;
    if (hasGivenUp) return this.#interest & READ_CLOSED;
    return this.#inbound.isDrained ? READ_INTEREST : READABLE;
  }

  #setInterest(interest: number): void {
    if (interest === this.#interest || this.#state === CLOSED) return;
    this.#interest = interest;
    if (!this.#reactor.isClosed) this.#reactor.modify(this.#channel.fd, interest);
  }
}
