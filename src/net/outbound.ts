/**
 * The sending half of a connection: a queue, and the reason for which it waits. A connection has one only while bytes are
 * queued, as a rule for the length of a turn.
 *
 *   waits for  leaves it when
 *   NOTHING    flush(): all is sent; the socket is full → PEER; a file is not in memory → DISK
 *   PEER       the socket is writable → NOTHING
 *   DISK       a thread is free for the file's disk → THREAD
 *   THREAD     it has sent → PEER: as fast as the peer reads, and in its turn among other connections
 *
 * giveUp() ends each of them.
 */
import { SPARES_MAX } from '../limits.js';
import type { ByteChannel } from './byte-channel.js';
import { type FilePart, type FlushResult, NOT_IN_MEMORY, WAIT_UNTIL_WRITABLE, WriteQueue } from './write-queue.js';

/** Ready for the next flush(). */
export const NOTHING = 0;
/** For the peer to read. */
export const PEER = 1;
/** For a thread to be free. */
const DISK = 2;
/** For a thread, which sends of a file. Its channel must stay open. */
export const THREAD = 3;
/** Given up while THREAD: what comes of it is not wanted. */
const GIVEN_UP = 4;

/**
 * Files queued for a peer, at which nothing more is read from it. Each is an open descriptor, for which a client pays with a
 * request of 40 bytes; the number of connections that are let in counts on one for each.
 */
const QUEUED_FILES_MAX = 1;

/** Empty ones. Most connections send all at once, and need one only for the length of a turn. */
const spares: Outbound[] = [];

export interface OutboundOwner {
  /** A thread has sent: flush() when the socket is writable. */
  onThreadDone(): void;
}

export class Outbound {
  readonly #queue = new WriteQueue();
  #waitsFor = NOTHING;
  /** While DISK: gives up the place in the queue. */
  #leaveDiskQueue: (() => boolean) | undefined;

  static take(): Outbound {
    return spares.pop() ?? new Outbound();
  }

  /** For another connection, when all is sent or given up. */
  giveBack(): void {
    if (spares.length < SPARES_MAX) spares.push(this);
  }

  get waitsFor(): number {
    return this.#waitsFor;
  }

  push(chunk: Uint8Array | FilePart): void {
    this.#queue.push(chunk);
  }

  isAbove(highWaterBytes: number): boolean {
    return this.#queue.heldBytes > highWaterBytes || this.#queue.queuedFiles >= QUEUED_FILES_MAX;
  }

  onWritable(): void {
    if (this.#waitsFor === PEER) this.#waitsFor = NOTHING;
  }

  /** While it waits for NOTHING: sends. As WriteQueue.flush(). */
  flush(channel: ByteChannel, owner: OutboundOwner, nowMs: number | undefined): FlushResult {
    const result = this.#queue.flush(channel, nowMs);
    if (result === WAIT_UNTIL_WRITABLE) this.#waitsFor = PEER;
    else if (result === NOT_IN_MEMORY) this.#waitForDisk(channel, owner);
    return result;
  }

  /** What is not sent never will be. While THREAD, the channel is closed here, when the thread has done with it. */
  giveUp(): void {
    const isWithThread = this.#waitsFor === THREAD;
    if (this.#waitsFor === DISK) this.#leaveDiskQueue?.();
    this.#waitsFor = isWithThread ? GIVEN_UP : NOTHING;
    this.#queue.clear(); // closes files, which may throw
    if (!isWithThread) this.giveBack();
  }

  #waitForDisk(channel: ByteChannel, owner: OutboundOwner): void {
    this.#waitsFor = DISK;
    this.#leaveDiskQueue = this.#queue.firstDisk.push((done) => {
      this.#waitsFor = THREAD;
      this.#queue.sendOnThread(channel, () => {
        done();
        if (this.#waitsFor === GIVEN_UP) {
          channel.close();
          return;
        }
        this.#waitsFor = PEER;
        owner.onThreadDone();
      });
    });
  }
}
