/** The body of a request as a ReadableStream. */
import { ReadableStream } from 'node:stream/web';

/**
 * A stream of bytes. Each read takes one chunk from the client, and none is taken ahead. If the stream is cancelled, the rest
 * is discarded.
 * @param chunks  not used before the first read
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
          controller.byobRequest?.respond(0); // otherwise a reader with its own buffer would wait for ever
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

/** The `body` property after the body was read by another method: a used stream at its end. */
export function spentStream(): ReadableStream<Uint8Array> {
  return new ReadableStream({
    type: 'bytes',
    start(controller) {
      controller.close();
    },
  });
}

/** Copies a small Buffer: a stream of bytes transfers the memory of a chunk, and small Buffers share theirs. */
function transferable(chunk: Buffer): Uint8Array {
  return chunk.byteLength === chunk.buffer.byteLength ? new Uint8Array(chunk.buffer) : new Uint8Array(chunk);
}
