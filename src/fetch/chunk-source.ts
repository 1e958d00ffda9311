/** The source of a body's chunks: a ReadableStream, a Node stream, or any other iterable. */

/** Has the form of a ReadableStream's reader. */
export interface ChunkSource {
  read(): Promise<{ readonly done?: boolean | undefined; readonly value?: unknown }>;
  /** Ends reading. @throws  the error of the source, if it fails to cancel */
  cancel(reason: unknown): Promise<void>;
}

export type Chunks = ReadableStream<unknown> | AsyncIterable<unknown>;

/** @throws  TypeError for a stream that has a reader already */
export function chunkSource(chunks: Chunks): ChunkSource {
  return 'getReader' in chunks ? chunks.getReader() : new IteratorSource(chunks);
}

class IteratorSource implements ChunkSource {
  readonly #iterable: AsyncIterable<unknown>;
  readonly #iterator: AsyncIterator<unknown>;

  constructor(iterable: AsyncIterable<unknown>) {
    this.#iterable = iterable;
    this.#iterator = iterable[Symbol.asyncIterator]();
  }

  async read(): Promise<IteratorResult<unknown>> {
    return this.#iterator.next();
  }

  async cancel(): Promise<void> {
    if (isNodeStream(this.#iterable)) await destroy(this.#iterable);
    else await this.#iterator.return?.(); // a generator that is waiting returns only when its wait is over
  }
}

interface NodeStream {
  once(event: 'error' | 'close', listener: (error: unknown) => void): unknown;
  destroy(): unknown;
}

/** Streams of node:stream, and of packages with copies of it. */
function isNodeStream(value: object): value is NodeStream {
  return (
    'destroy' in value && typeof value.destroy === 'function' && 'once' in value && typeof value.once === 'function'
  );
}

/** @throws  the error with which the stream fails to close: without a listener it would end the process */
function destroy(stream: NodeStream): Promise<unknown> {
  return new Promise((resolve, reject) => {
    stream.once('error', reject);
    stream.once('close', resolve);
    stream.destroy();
  });
}
