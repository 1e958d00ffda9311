/** The body of a request as a ReadableStream. */
import { ReadableStream } from 'node:stream/web';

/**
 * A stream of bytes that takes a chunk from the client for each that is read, and none ahead. Cancelled, it lets the rest
 * be discarded.
 * @param chunks  is not touched before the first read
 */
export function bodyStream(chunks: AsyncIterable<Buffer>): ReadableStream<Uint8Array> {
  let iterator: AsyncIterator<Buffer> | undefined;
  return new ReadableStream(
    {
      type: 'bytes',
      async pull(controller) {
        iterator ??= chunks[Symbol.asyncIterator]();
        const { done, value } = await iterator.next();
        if (done === true) {
          controller.close();
          controller.byobRequest?.respond(0); // or a reader with a buffer of its own waits for ever
        } else {
          controller.enqueue(transferable(value));
        }
      },
      cancel() {
        iterator ??= chunks[Symbol.asyncIterator]();
        // Not waited for: while a read is under way, it answers only when the client has sent more.
        iterator.return?.().catch(() => {});
      },
    },
    { highWaterMark: 0 },
  );
}

/** What `body` is after the body was read by other means: used, and at its end. */
export function spentStream(): ReadableStream<Uint8Array> {
  return new ReadableStream({
    type: 'bytes',
    start(controller) {
      controller.close();
    },
  });
}

/** A stream of bytes takes the memory of a chunk away from whoever has it: small Buffers share theirs with others. */
function transferable(chunk: Buffer): Uint8Array {
  return chunk.byteLength === chunk.buffer.byteLength ? new Uint8Array(chunk.buffer) : new Uint8Array(chunk);
}
