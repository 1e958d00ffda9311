/** The parts of a response's body: text, bytes, parts of files. */
import type { FilePart } from '../net/write-queue.js';
import { attempt } from './safe-hook.js';

/**
 * A body up to this size is copied after its head, because one chunk is sent faster than two. For a larger body copying costs
 * more.
 */
export const JOINED_BODY_BYTES_MAX = 16 * 1024;

/** @throws  TypeError */
export function checkChunk(name: string, chunk: unknown): void {
  if (typeof chunk !== 'string' && !(chunk instanceof Uint8Array)) {
    throw new TypeError(`${name}: expected a string or a Uint8Array, got ${typeof chunk}`);
  }
}

export function byteLength(chunk: string | Uint8Array): number {
  return typeof chunk === 'string' ? Buffer.byteLength(chunk) : chunk.length;
}

/** @throws  RangeError for a part of a file with a position below 0 or an end before its position */
export function totalLength(parts: readonly (Uint8Array | FilePart)[]): number {
  let length = 0;
  for (const part of parts) length += part instanceof Uint8Array ? part.length : partLength(part);
  return length;
}

function partLength({ position, end }: FilePart): number {
  if (!(Number.isSafeInteger(position) && Number.isSafeInteger(end) && position >= 0 && position <= end)) {
    throw new RangeError(`file: expected 0 <= position <= end, got ${position}, ${end}`);
  }
  return end - position;
}

/** Closes the files of a body that is not sent. @param onError  gets the errors of closing */
export function closeFiles(parts: readonly (Uint8Array | FilePart)[], onError: (error: unknown) => void): void {
  for (const part of parts) if (!(part instanceof Uint8Array)) attempt(() => part.close(), onError);
}

/**
 * A head, or the frame of a chunk, with its bytes: one piece if the bytes are few, because a further piece costs more than
 * copying.
 * @param before, after  latin1
 */
export function joined(before: string, body: string | Uint8Array, bodyLength: number, after: string): Uint8Array[] {
  if (bodyLength > JOINED_BODY_BYTES_MAX) {
    const head = Buffer.from(before, 'latin1');
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    return after === '' ? [head, bytes] : [head, bytes, Buffer.from(after, 'latin1')];
  }
  const bytes = Buffer.allocUnsafe(before.length + bodyLength + after.length);
  bytes.write(before, 0, 'latin1');
  if (typeof body === 'string') bytes.write(body, before.length, 'utf8');
  else bytes.set(body, before.length);
  if (after !== '') bytes.write(after, before.length + bodyLength, 'latin1');
  return [bytes];
}
