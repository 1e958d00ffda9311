/** What there is to send of a representation: bytes in an open file, or bytes in memory. */
import type { Task } from '../disk/task.js';
import type { FilePart } from '../server/http-response.js';

/** A file up to this size is read and sent together with its head, in one send(). Larger ones go by sendfile(). */
export const FILE_INLINE_BYTES_MAX = 64 * 1024;

/** Offsets are those of its bytes: 0 <= start <= end <= size. */
export interface Content {
  readonly size: number;
  /** Bytes [start, end) where that needs no disk; else undefined. */
  readFromMemory(start: number, end: number): Buffer | undefined;
  /**
   * The same by a thread that may wait for the disk; fewer where a file was truncated meanwhile.
   * @throws  SystemError EIO …; QueueFullError; CancelledError
   */
  readLater(start: number, end: number, task: Task): Promise<Buffer>;
  /** Bytes [start, end), for a response that takes them without reading them here. */
  part(start: number, end: number): Uint8Array | FilePart;
  /** One more user, who closes it as well. */
  retain(): void;
  close(): void;
}

/** Bytes that nobody changes any more. */
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

  /** Nothing is held open: it goes when nobody has it any more. */
  retain(): void {}
  close(): void {}
}
