/** The body of a request as a ReadableStream. */
import { ReadableStream } from 'node:stream/web';

/**
 * A stream of bytes that takes a chunk from the client for each that is read, and none ahead. When it is cancelled, the rest is
 * discarded.
 * @param chunks  not touched before the first read
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
          controller.byobRequest?.respond(0); // a reader with a buffer of its own would wait for ever
        } else {
          controller.enqueue(transferable(value));
        }
      },
      cancel() {
        iterator ??= chunks[Symbol.asyncIterator]();
        // Not awaited: during a read it settles only when the client sends more.
        iterator.return?.().catch(() => {});
      },
    },
    { highWaterMark: 0 },
  );
}

/** `body` after the body was read in another way: used, and at its end. */
export function spentStream(): ReadableStream<Uint8Array> {
  return new ReadableStream({
    type: 'bytes',
    start(controller) {
      controller.close();
    },
  });
}

/** A stream of bytes transfers the memory of a chunk, and small Buffers share theirs with others. */
function transferable(chunk: Buffer): Uint8Array {
  return chunk.byteLength === chunk.buffer.byteLength ? new Uint8Array(chunk.buffer) : new Uint8Array(chunk);
}
