/**
 * The queue of one connection, in order: bytes, and parts of files. Bytes are kept by reference, and must not change
 * afterwards.
 */
import { DiskFile } from '../disk/page-cache.js';
import { isWouldBlock } from '../native/errno.js';
import type { ByteChannel } from './byte-channel.js';

/**
 * The memory that a Buffer takes beside its bytes. It is counted with them: otherwise pieces of one byte could fill
 * memory below the high-water mark.
 */
export const CHUNK_OVERHEAD_BYTES = 256;

/**
 * Bytes of a file sent to one connection in one turn, so that a fast reader of a large file leaves time for others, and
 * finds the bytes in its processor's caches. lighttpd: 256 KiB; nginx: sendfile_max_chunk 2 MiB.
 */
export const SENDFILE_BYTES_PER_TURN = 256 * 1024;

/** The same on a thread: larger, because the thread keeps no other connection waiting. */
const SENDFILE_BYTES_PER_JOB = 2 * 1024 * 1024;

/** A part of an open file. The queue owns it once it is pushed, and closes it when it is sent or given up. */
export interface FilePart {
  /** The open file. */
  readonly fd: number;
  /** Bytes [position, end) are still to be sent. The queue moves the position. */
  position: number;
  /** The first byte that is not sent. */
  readonly end: number;
  /** @internal  Shared by all parts of one open file. The queue makes one if it is unset. */
  disk?: DiskFile;
  /** Closes the file. Called once. */
  close(): void;
}

/** All is sent. */
export const FLUSHED = 0;
/** The socket is full: go on when it is writable. */
export const WAIT_UNTIL_WRITABLE = 1;
/** A file was truncated, or a buffer detached or resized, while it was queued: the promised length cannot be kept. */
export const CUT_SHORT = 2;
/** The bytes of a file must be read from its disk: sendOnThread() waits for them. */
export const NOT_IN_MEMORY = 3;
/** FLUSHED, WAIT_UNTIL_WRITABLE, CUT_SHORT, NOT_IN_MEMORY, or -errno of the call that failed. */
export type FlushResult = number;

export class WriteQueue {
  readonly #chunks: (Uint8Array | FilePart)[] = [];
  /** Bytes of the first chunk that are sent already. */
  #firstOffset = 0;
  #queuedBytes = 0;
  #queuedFiles = 0;
  /** The file that a thread is sending. It is not among the chunks. */
  #onThread: FilePart | undefined;
  /** The thread's failure, for flush() to return. */
  #failure: FlushResult = FLUSHED;

  /** Memory held: the bytes, and the cost of the chunks beside them. */
  get heldBytes(): number {
    return this.#queuedBytes + CHUNK_OVERHEAD_BYTES * this.#chunks.length;
  }

  /** Parts of files, each an open descriptor. */
  get queuedFiles(): number {
    return this.#queuedFiles;
  }

  /** The file that flush() found not to be in memory. */
  get firstDisk(): DiskFile {
    return diskOf(this.#chunks[0] as FilePart);
  }

  push(chunk: Uint8Array | FilePart): void {
    if (chunk instanceof Uint8Array) {
      if (chunk.length === 0) return;
      this.#queuedBytes += chunk.length;
    } else if (chunk.position >= chunk.end) {
      chunk.close();
      return;
    } else {
      this.#queuedFiles++;
    }
    this.#chunks.push(chunk);
  }

  /**
   * Sends until the queue is empty or the socket is full, or SENDFILE_BYTES_PER_TURN of files are sent.
   * @param nowMs  the time: a file is sent only if its bytes are in memory. undefined: wait for disks here. In a
   *               reactor's run() a thread has no way to report
   */
  flush(channel: ByteChannel, nowMs?: number): FlushResult {
    const only = this.#chunks.length === 1 ? this.#chunks[0] : undefined;
    if (only instanceof Uint8Array && only.length - this.#firstOffset === this.#queuedBytes) {
      // Most queues are one chunk, which the kernel takes whole.
      const n = channel.send(only, this.#firstOffset, false);
      if (n < 0) return outcome(n);
      if (n < this.#queuedBytes) {
        this.#consume(n);
      } else {
        this.#chunks.pop();
        this.#firstOffset = 0;
        this.#queuedBytes = 0;
        return FLUSHED;
      }
    }
    return this.#flushAll(channel, nowMs);
  }

  #flushAll(channel: ByteChannel, nowMs: number | undefined): FlushResult {
    if (this.#failure !== FLUSHED) return this.#failure;
    let fileBytes = 0;
    let isChecked = false;
    while (this.#chunks.length > 0) {
      const first = this.#chunks[0] as Uint8Array | FilePart;
      if (first instanceof Uint8Array) {
        if (!isChecked && !this.#isIntact(first)) return CUT_SHORT;
        isChecked = true;
        const n = this.#sendBytes(channel, first);
        if (n < 0) return outcome(n);
        if (n === 0) return CUT_SHORT;
      } else {
        isChecked = false; // closing a file calls its owner, who may detach a buffer
        if (fileBytes >= SENDFILE_BYTES_PER_TURN) return WAIT_UNTIL_WRITABLE;
        const count = Math.min(first.end - first.position, SENDFILE_BYTES_PER_TURN - fileBytes);
        if (nowMs !== undefined && !diskOf(first).isInMemory(first.position, count, nowMs)) return NOT_IN_MEMORY;
        const n = channel.sendFile(first.fd, first.position, count);
        if (n < 0) return outcome(n);
        if (n === 0) return CUT_SHORT;
        fileBytes += n;
        this.#advance(first, n);
      }
    }
    return FLUSHED;
  }

  /**
   * After NOT_IN_MEMORY: a thread sends the next part of the first file.
   * @param done  called in a later turn of Node's loop. Then flush() goes on, unless clear() was called
   */
  sendOnThread(channel: ByteChannel, done: () => void): void {
    const file = this.#chunks.shift() as FilePart; // clear() must not close it
    this.#onThread = file;
    const count = Math.min(file.end - file.position, SENDFILE_BYTES_PER_JOB);
    channel.sendFileOnThread(file.fd, file.position, count, (n) => {
      try {
        if (this.#onThread === file) this.#onSent(file, n);
        else file.close(); // cleared meanwhile
      } finally {
        done(); // also if the file's owner throws while closing it
      }
    });
  }

  #onSent(file: FilePart, n: number): void {
    this.#onThread = undefined;
    this.#chunks.unshift(file);
    if (n > 0) this.#advance(file, n);
    else if (!isWouldBlock(n)) this.#failure = n === 0 ? CUT_SHORT : n;
  }

  /** Drops everything that is not sent, and closes the files. */
  clear(): void {
    for (const chunk of this.#chunks) if (!(chunk instanceof Uint8Array)) chunk.close();
    this.#chunks.length = 0;
    this.#firstOffset = 0;
    this.#queuedBytes = 0;
    this.#queuedFiles = 0;
    this.#failure = FLUSHED;
    this.#onThread = undefined;
  }

  /** Notes that `n` bytes of the first file are sent. */
  #advance(first: FilePart, n: number): void {
    first.position += n;
    if (first.position < first.end) return;
    this.#chunks.shift();
    this.#queuedFiles--;
    first.close();
  }

  /** Whether the chunks are as long as when they were pushed. Their owner can detach or resize them. */
  #isIntact(first: Uint8Array): boolean {
    if (this.#chunks.length === 1) return first.length - this.#firstOffset === this.#queuedBytes; // as most queues are
    let bytes = -this.#firstOffset;
    for (const chunk of this.#chunks) if (chunk instanceof Uint8Array) bytes += chunk.length;
    return bytes === this.#queuedBytes;
  }

  /** Sends all chunks of bytes at the front in one call. */
  #sendBytes(channel: ByteChannel, first: Uint8Array): number {
    const second = this.#chunks[1];
    let n: number;
    if (second instanceof Uint8Array) {
      // The search for a file is skipped if there is none: a queue of many small chunks would be searched at each call.
      const fileAt = this.#queuedFiles === 0 ? -1 : this.#chunks.findIndex((chunk) => !(chunk instanceof Uint8Array));
      const run = (fileAt === -1 ? this.#chunks : this.#chunks.slice(0, fileAt)) as Uint8Array[];
      n = channel.sendAll(run, this.#firstOffset);
    } else {
      n = channel.send(first, this.#firstOffset, second !== undefined);
    }
    if (n > 0) this.#consume(n);
    return n;
  }

  #consume(sent: number): void {
    this.#queuedBytes -= sent;
    let left = sent + this.#firstOffset;
    let done = 0;
    for (;;) {
      const length = (this.#chunks[done] as Uint8Array | undefined)?.length;
      if (length === undefined || left < length) break;
      left -= length;
      done++;
      if (left === 0) break;
    }
    if (done === 1) this.#chunks.shift();
    else if (done > 1) this.#chunks.splice(0, done);
    this.#firstOffset = left;
  }
}

function diskOf(part: FilePart): DiskFile {
  part.disk ??= new DiskFile(part.fd);
  return part.disk;
}

function outcome(n: number): FlushResult {
  return isWouldBlock(n) ? WAIT_UNTIL_WRITABLE : n;
}
