/**
 * The sending half of a connection: a queue, and the reason for which it waits. A connection has one only while bytes
 * are queued, usually for the length of a turn.
 *
 *   waits for  leaves it when
 *   NOTHING    flush(): all is sent; the socket is full → PEER; a file is not in memory → DISK
 *   PEER       the socket is writable → NOTHING
 *   DISK       a thread is free for the file's disk → THREAD
 *   THREAD     it has sent → PEER: the next part waits until the peer reads and the other connections had their turn
 *
 * giveUp() ends each of them.
 */
import { SPARES_MAX } from '../limits.js';
import type { ByteChannel } from './byte-channel.js';
import { type FilePart, type FlushResult, NOT_IN_MEMORY, WAIT_UNTIL_WRITABLE, WriteQueue } from './write-queue.js';

/** flush() can send. */
export const NOTHING = 0;
/** The peer must read first. */
export const PEER = 1;
/** A thread must become free. */
const DISK = 2;
/** A thread is sending a part of a file. The channel must stay open. */
export const THREAD = 3;
/** Given up while THREAD: the result of the thread is ignored. */
const GIVEN_UP = 4;

/**
 * With so many files queued, a connection counts as above high water. Each file is an open descriptor, which costs a
 * client a request of 40 bytes; the limit of connections assumes one file for each.
 */
const QUEUED_FILES_MAX = 1;

/** Empty queues for reuse: most connections need one only for the length of a turn. */
const spares: Outbound[] = [];

export interface OutboundOwner {
  /** A thread has sent: flush() when the socket is writable. */
  onThreadDone(): void;
}

export class Outbound {
  readonly #queue = new WriteQueue();
  #waitsFor = NOTHING;
  /** While DISK: leaves the queue for a thread. */
  #leaveDiskQueue: (() => boolean) | undefined;

  static take(): Outbound {
    return spares.pop() ?? new Outbound();
  }

  /** Makes it a spare for another connection, when everything is sent or given up. */
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

  /** Waits for writability with an empty queue: the channel has a message (close_notify) that the socket did not take. */
  waitForPeer(): void {
    this.#waitsFor = PEER;
  }

  onWritable(): void {
    if (this.#waitsFor === PEER) this.#waitsFor = NOTHING;
  }

  /** Sends. Call it while `waitsFor` is NOTHING. The result is that of WriteQueue.flush(). */
  flush(channel: ByteChannel, owner: OutboundOwner, nowMs: number | undefined): FlushResult {
    const result = this.#queue.flush(channel, nowMs);
    if (result === WAIT_UNTIL_WRITABLE) this.#waitsFor = PEER;
    else if (result === NOT_IN_MEMORY) this.#waitForDisk(channel, owner);
    return result;
  }

  /** Drops the queue. While THREAD, the channel is closed here, when the thread is done with it. */
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
