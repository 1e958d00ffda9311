/** Where the chunks of a body come from: a ReadableStream, a Node stream, or whatever else can be iterated. */

/** A reader of a ReadableStream is one. */
export interface ChunkSource {
  read(): Promise<{ readonly done?: boolean | undefined; readonly value?: unknown }>;
  /** Nothing more is read. @throws  what the source fails with when it hears of it */
  cancel(reason: unknown): Promise<void>;
}

export type Chunks = ReadableStream<unknown> | AsyncIterable<unknown>;

/** @throws  TypeError for a stream that is read already */
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
    else await this.#iterator.return?.(); // a generator that waits for something returns when its wait is over
  }
}

interface NodeStream {
  once(event: 'error' | 'close', listener: (error: unknown) => void): unknown;
  destroy(): unknown;
}

/** Those of node:stream, and of packages that have copies of it. */
function isNodeStream(value: object): value is NodeStream {
  return (
    'destroy' in value && typeof value.destroy === 'function' && 'once' in value && typeof value.once === 'function'
  );
}

/** @throws  what the stream fails to close with: an error that nobody listens for would end the process */
function destroy(stream: NodeStream): Promise<unknown> {
  return new Promise((resolve, reject) => {
    stream.once('error', reject);
    stream.once('close', resolve);
    stream.destroy();
  });
}
