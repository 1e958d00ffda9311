/**
 * A Response's body on its way to the client.
 *
 * Every body of a real Response is a stream, also that of new Response('hello'). So it is read for as long as no time
 * passes: what has ended until then is sent whole, with Content-Length. What has not is streamed: its head goes out at once,
 * then each chunk when the client has taken those before.
 */
import { ClientGoneError } from '../http/http-error.js';
import type { HttpResponse } from '../server/http-response.js';
import { type ChunkSource, type Chunks, chunkSource } from './chunk-source.js';
import type { OutgoingHead } from './outgoing-head.js';

const RESOLVED = Promise.resolve();

type ReadResult = Awaited<ReturnType<ChunkSource['read']>>;

/**
 * @param isHead  the request was HEAD: a stream that goes on is cancelled, and its response has no length
 * @returns       when the whole is queued, or the client has gone
 * @throws        what the stream fails with; TypeError for a stream that is in use already, or gives chunks that are none
 */
export function sendStream(response: HttpResponse, head: OutgoingHead, chunks: Chunks, isHead: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    new StreamSender(response, head, chunkSource(chunks), isHead, resolve, reject).begin();
  });
}

/** Lets the source of a body know that nothing more of it is read. Its failure is reported. */
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
  /** The request was HEAD: of a body, only its length is wanted. */
  readonly #isHead: boolean;
  readonly #resolve: () => void;
  readonly #reject: (error: unknown) => void;
  /** The first chunk, while it is not known whether it is the last. */
  #first: string | Uint8Array | undefined;
  /** What the source has been asked for and has not given. */
  #next: Promise<ReadResult>;
  /** It is known which way the body goes. */
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

  /** The source may wait for an event, and would not hear otherwise that nobody waits with it. */
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

  /** Not waited for: a generator that waits for an event returns when it comes. */
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

/** Of all who have begun since the last tick: to ask for one takes longer than for its promise. */
let passing: Promise<void> | undefined;

/** A tick comes when every promise that can go on has gone on. Asked for from within one: else it would come before them. */
function timePasses(): Promise<void> {
  passing ??= new Promise((resolve) => {
    RESOLVED.then(() => {
      passing = undefined;
      process.nextTick(resolve);
    });
  });
  return passing;
}

/** The standard has bytes only. Others send text too, as UTF-8, and so do we. */
function toChunk(value: unknown): string | Uint8Array {
  if (typeof value === 'string' || value instanceof Uint8Array) return value;
  throw new TypeError(`a chunk of a body: expected a Uint8Array or a string, got ${typeof value}`);
}
