/** The bytes of a representation: in an open file, or in memory. */
import type { Task } from '../disk/cancellable-task.js';
import type { FilePart } from '../server/http-response.js';

/** A file up to this size is read and sent together with its head, in one send(). Larger ones go by sendfile(). */
export const FILE_INLINE_BYTES_MAX = 64 * 1024;

/** 0 <= start <= end <= size. */
export interface Content {
  readonly size: number;
  /** Bytes [start, end) if no disk is needed, else undefined. */
  readFromMemory(start: number, end: number): Buffer | undefined;
  /**
   * The same from a thread that may wait for the disk; fewer if the file was truncated meanwhile.
   * @throws  SystemError EIO …; QueueFullError; CancelledError
   */
  readLater(start: number, end: number, task: Task): Promise<Buffer>;
  /** Bytes [start, end) for a response, which are not read here. */
  part(start: number, end: number): Uint8Array | FilePart;
  /** Adds a user, who closes it as well. */
  retain(): void;
  close(): void;
}

/** Bytes that never change. */
export class MemoryContent implements Content {
  readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  get size(): number {
    return this.bytes.length;
  }

  readFromMemory(start: number, end: number): Buffer {
    return this.bytes.subarray(start, end);
  }

  async readLater(start: number, end: number): Promise<Buffer> {
    return this.bytes.subarray(start, end);
  }

  part(start: number, end: number): Buffer {
    return this.bytes.subarray(start, end);
  }

  /** Nothing is open: the garbage collector frees it. */
  retain(): void {}
  close(): void {}
}
