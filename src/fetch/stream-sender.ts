/**
 * Sends the body of a Response.
 *
 * Every body of a real Response is a stream, even that of new Response('hello'). The sender first reads the chunks that are
 * ready without waiting. If the body ends with them, it is sent whole, with Content-Length. Otherwise it is streamed: the
 * head is sent at once, and each chunk when the client has taken the one before.
 */
import { ClientGoneError } from '../http/http-error.js';
import type { HttpResponse } from '../server/http-response.js';
import { type ChunkSource, type Chunks, chunkSource } from './chunk-source.js';
import type { OutgoingHead } from './outgoing-head.js';

const RESOLVED = Promise.resolve();

type ReadResult = Awaited<ReturnType<ChunkSource['read']>>;

/**
 * @param isHead  the request was HEAD: a stream that has not ended is cancelled, and its response has no length
 * @returns       when the whole body is queued, or the client has gone
 * @throws        the error of the stream; TypeError for a stream that has a reader already, or a chunk that is not bytes
 */
export function sendStream(response: HttpResponse, head: OutgoingHead, chunks: Chunks, isHead: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    new StreamSender(response, head, chunkSource(chunks), isHead, resolve, reject).begin();
  });
}

/** Cancels a body that is not sent. If that fails, the error is reported. */
export async function cancelChunks(response: HttpResponse, chunks: Chunks, reason: unknown): Promise<void> {
  try {
    await chunkSource(chunks).cancel(reason);
  } catch (error) {
    response.owner.reportError(error);
  }
}

class StreamSender {
  readonly #response: HttpResponse;
  readonly #head: OutgoingHead;
  readonly #source: ChunkSource;
  readonly #isHead: boolean;
  readonly #resolve: () => void;
  readonly #reject: (error: unknown) => void;
  /** The first chunk, until the sender knows whether it is the last. */
  #first: string | Uint8Array | undefined;
  /** The chunk that was requested last from the source. */
  #next: Promise<ReadResult>;
  /** The sender knows whether the body is sent whole, is streamed, or cannot be sent. */
  #isDecided = false;
  #isCancelled = false;

  constructor(
    response: HttpResponse,
    head: OutgoingHead,
    source: ChunkSource,
    isHead: boolean,
    resolve: () => void,
    reject: (error: unknown) => void,
  ) {
    this.#response = response;
    this.#head = head;
    this.#source = source;
    this.#isHead = isHead;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#next = source.read();
  }

  begin(): void {
    this.#next.then(this.#onRead, this.#onError);
    timePasses().then(this.#onTimePassed);
  }

  readonly #onRead = (result: ReadResult): void => {
    if (this.#isDecided) return;
    try {
      if (result.done === true) {
        this.#isDecided = true;
        this.#response.send(this.#head.status, this.#head.headers, this.#first);
        this.#resolve();
      } else if (this.#first === undefined) {
        this.#first = toChunk(result.value);
        this.#next = this.#source.read();
        this.#next.then(this.#onRead, this.#onError);
      } else {
        this.#stream();
      }
    } catch (error) {
      this.#isDecided = true;
      this.#fail(error);
    }
  };

  readonly #onError = (error: unknown): void => {
    if (this.#isDecided) return;
    this.#isDecided = true;
    this.#fail(error);
  };

  readonly #onTimePassed = (): void => {
    if (!this.#isDecided) this.#stream();
  };

  /** Cancels a source that waits for an event. */
  readonly #onGone = (): void => {
    void this.#cancel(new ClientGoneError());
    this.#resolve();
  };

  #stream(): void {
    this.#isDecided = true;
    this.#pump().then(this.#resolve, (error: unknown) => this.#fail(error));
  }

  async #pump(): Promise<void> {
    const { status, headers, length } = this.#head;
    const response = this.#response;
    if (response.isSent) {
      response.isSecondAnswer(); // reports it
      void this.#cancel(new ClientGoneError());
      return;
    }
    response.start(status, headers, length === undefined ? {} : { length });
    if (this.#isHead) {
      response.end();
      void this.#cancel(undefined);
      return;
    }
    response.onGone = this.#onGone;
    let next = this.#next;
    let isTaken = this.#first === undefined || (await response.write(this.#first));
    while (isTaken) {
      const result = await next;
      if (result.done === true) break;
      isTaken = await response.write(toChunk(result.value));
      if (isTaken) next = this.#source.read();
    }
    response.onGone = undefined;
    if (isTaken) response.end();
    else void this.#cancel(new ClientGoneError());
  }

  #fail(error: unknown): void {
    void this.#cancel(error);
    this.#reject(error);
  }

  /** Not awaited: a generator that waits for an event returns when the event comes. */
  async #cancel(reason: unknown): Promise<void> {
    if (this.#isCancelled) return;
    this.#isCancelled = true;
    try {
      await this.#source.cancel(reason);
    } catch (error) {
      if (error !== reason) this.#response.owner.reportError(error);
    }
  }
}

/** Shared by all bodies of a tick, because a tick costs more than a promise. */
let passing: Promise<void> | undefined;

/**
 * Resolves in the next tick, after all promises that can settle without waiting. Call it in a promise job: otherwise the tick
 * would come before them.
 */
function timePasses(): Promise<void> {
  passing ??= new Promise((resolve) => {
    RESOLVED.then(() => {
      passing = undefined;
      process.nextTick(resolve);
    });
  });
  return passing;
}

/** The standard allows bytes only. Text is sent as UTF-8, as in other servers. */
function toChunk(value: unknown): string | Uint8Array {
  if (typeof value === 'string' || value instanceof Uint8Array) return value;
  throw new TypeError(`a chunk of a body: expected a Uint8Array or a string, got ${typeof value}`);
}
