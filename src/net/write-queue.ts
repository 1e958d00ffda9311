/**
 * What is to be written to one descriptor, in order: bytes, and parts of files. Bytes are taken by reference: whoever
 * hands them over does not change them afterwards.
 */
import { DiskFile } from '../disk/page-cache.js';
import { CHUNK_OVERHEAD_BYTES, SENDFILE_BYTES_PER_JOB, SENDFILE_BYTES_PER_TURN } from '../limits.js';
import { constants, native } from '../native/addon.js';
import { isWouldBlock } from '../native/errno.js';

const { MSG_MORE, MSG_NOSIGNAL } = constants;

/** A part of an open file. The queue that it is pushed to owns it, and closes it when it is sent or given up. */
export interface FilePart {
  readonly fd: number;
  /** Bytes [position, end) are still to be sent. The queue moves the position. */
  position: number;
  readonly end: number;
  /** @internal  Shared by those who send the same open file. The queue makes one where there is none. */
  disk?: DiskFile;
  close(): void;
}

/** All is written. */
export const FLUSHED = 0;
/** Not all is written; go on when the descriptor is writable. */
export const WOULD_BLOCK = 1;
/** A file was truncated, or a buffer detached or resized, while it was queued: the promised length cannot be kept. */
export const CUT_SHORT = 2;
/** A file's bytes have to come from its disk first: beginSending() has a thread wait for them. */
export const NOT_IN_MEMORY = 3;
/** FLUSHED, WOULD_BLOCK, CUT_SHORT, NOT_IN_MEMORY, or -errno of the call that failed. */
export type FlushResult = number;

/** What a thread is at. */
interface Sending {
  /** Nobody wants the rest. */
  isGivenUp: boolean;
}

export class WriteQueue {
  readonly #chunks: (Uint8Array | FilePart)[] = [];
  /** Bytes of the first chunk that are written already. */
  #firstOffset = 0;
  #queuedBytes = 0;
  #queuedFiles = 0;
  /** What a thread could not do, for flush() to tell. */
  #failure: FlushResult = FLUSHED;
  #sending: Sending | undefined;

  /** Bytes held in memory; parts of files are not. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** The same, with what the chunks cost beside their bytes. */
  get heldBytes(): number {
    return this.#queuedBytes + CHUNK_OVERHEAD_BYTES * this.#chunks.length;
  }

  /** Parts of files, each an open descriptor. */
  get queuedFiles(): number {
    return this.#queuedFiles;
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
   * Writes until all is written or the descriptor would block; of a file at most SENDFILE_BYTES_PER_TURN.
   * @param nowMs  a clock. Without one it waits for disks: for a reactor in run(), where nobody hears of threads
   */
  flush(fd: number, nowMs?: number): FlushResult {
    if (this.#failure !== FLUSHED) return this.#failure;
    let fileBytes = 0;
    let isChecked = false;
    while (this.#chunks.length > 0) {
      const first = this.#chunks[0] as Uint8Array | FilePart;
      if (first instanceof Uint8Array) {
        if (!isChecked && !this.#isIntact()) return CUT_SHORT;
        isChecked = true;
        const n = this.#writeBytes(fd, first);
        if (n < 0) return outcome(n);
        if (n === 0) return CUT_SHORT;
      } else {
        isChecked = false; // closing a file calls its owner, who may detach a buffer
        if (fileBytes >= SENDFILE_BYTES_PER_TURN) return WOULD_BLOCK;
        const count = Math.min(first.end - first.position, SENDFILE_BYTES_PER_TURN - fileBytes);
        if (nowMs !== undefined && !diskOf(first).isInMemory(first.position, count, nowMs)) return NOT_IN_MEMORY;
        const n = native.sendfile(fd, first.fd, first.position, count);
        if (n < 0) return outcome(n);
        if (n === 0) return CUT_SHORT;
        fileBytes += n;
        this.#advance(first, n);
      }
    }
    return FLUSHED;
  }

  /** After NOT_IN_MEMORY: the file that is to be sent. */
  get firstDisk(): DiskFile {
    return diskOf(this.#chunks[0] as FilePart);
  }

  /**
   * After NOT_IN_MEMORY: has a thread send of the file, to what must stay open meanwhile.
   * @param done  called in a later turn of Node's loop. Whether to go on, flush() tells; unless clear() was called
   */
  beginSending(fd: number, done: () => void): void {
    const file = this.#chunks.shift() as FilePart; // clear() must not close it
    const count = Math.min(file.end - file.position, SENDFILE_BYTES_PER_JOB);
    const sending: Sending = { isGivenUp: false };
    this.#sending = sending;
    native.sendfile_job(fd, file.fd, file.position, count, (n) => {
      try {
        if (sending.isGivenUp) file.close();
        else this.#onSent(file, n);
      } finally {
        done(); // also where the file's owner fails to close it
      }
    });
  }

  #onSent(file: FilePart, n: number): void {
    this.#sending = undefined;
    this.#chunks.unshift(file);
    if (n > 0) this.#advance(file, n);
    else if (!isWouldBlock(n)) this.#failure = n === 0 ? CUT_SHORT : n;
  }

  /** Gives up what is not written. */
  clear(): void {
    for (const chunk of this.#chunks) if (!(chunk instanceof Uint8Array)) chunk.close();
    this.#chunks.length = 0;
    this.#firstOffset = 0;
    this.#queuedBytes = 0;
    this.#queuedFiles = 0;
    this.#failure = FLUSHED;
    if (this.#sending !== undefined) this.#sending.isGivenUp = true;
    this.#sending = undefined;
  }

  /** So much of the file that stands at the front is sent. */
  #advance(first: FilePart, n: number): void {
    first.position += n;
    if (first.position < first.end) return;
    this.#chunks.shift();
    this.#queuedFiles--;
    first.close();
  }

  /** Whether the chunks still have the bytes that they had when they were pushed. Their owner can detach or resize them. */
  #isIntact(): boolean {
    let bytes = -this.#firstOffset;
    for (const chunk of this.#chunks) if (chunk instanceof Uint8Array) bytes += chunk.length;
    return bytes === this.#queuedBytes;
  }

  /** One call for as many chunks of bytes as stand at the front. */
  #writeBytes(fd: number, first: Uint8Array): number {
    const second = this.#chunks[1];
    let n: number;
    if (second instanceof Uint8Array) {
      // Looked for only where there is one: a queue of many small chunks would be searched at each call.
      const fileAt = this.#queuedFiles === 0 ? -1 : this.#chunks.findIndex((chunk) => !(chunk instanceof Uint8Array));
      const run = (fileAt === -1 ? this.#chunks : this.#chunks.slice(0, fileAt)) as Uint8Array[];
      n = native.writev(fd, run, this.#firstOffset);
    } else if (second === undefined && this.#firstOffset === 0) {
      n = native.send(fd, first);
    } else {
      // MSG_MORE: a head waits for the file behind it, and leaves in one packet with it.
      const flags = second === undefined ? MSG_NOSIGNAL : MSG_NOSIGNAL | MSG_MORE;
      n = native.send(fd, first, this.#firstOffset, first.length - this.#firstOffset, flags);
    }
    if (n > 0) this.#consume(n);
    return n;
  }

  #consume(written: number): void {
    this.#queuedBytes -= written;
    let left = written + this.#firstOffset;
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
  return isWouldBlock(n) ? WOULD_BLOCK : n;
}
