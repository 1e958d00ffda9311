/**
 * A Response's body on its way to the client.
 *
 * Every body of a real Response is a stream, also that of new Response('hello'). So it is read for as long as no time
 * passes: what has ended until then is sent whole, with Content-Length. What has not is streamed: its head goes out at once,
 * then each chunk when the client has taken those before.
 */
import { ClientGoneError } from '../http/http-error.js';
import type { HttpResponse } from '../server/http-response.js';
import type { OutgoingHead } from './outgoing-head.js';

const RESOLVED = Promise.resolve();

type Reader = ReadableStreamDefaultReader<unknown>;
type ReadResult = { readonly done: boolean; readonly value?: unknown };

/**
 * @param isHead  the request was HEAD: a stream that goes on is cancelled, and its response has no length
 * @returns       when the whole is queued, or the client has gone
 * @throws        what the stream fails with; TypeError for a stream that is in use already, or gives chunks that are none
 */
export function sendStream(
  response: HttpResponse,
  head: OutgoingHead,
  stream: ReadableStream<unknown>,
  isHead: boolean,
): Promise<void> {
  return new Promise((resolve, reject) => {
    new StreamSender(response, head, stream.getReader(), isHead, resolve, reject).begin();
  });
}

class StreamSender {
  readonly #response: HttpResponse;
  readonly #head: OutgoingHead;
  readonly #reader: Reader;
  /** The request was HEAD: of a body, only its length is wanted. */
  readonly #isHead: boolean;
  readonly #resolve: (done: void | Promise<void>) => void;
  readonly #reject: (error: unknown) => void;
  /** The first chunk, while it is not known whether it is the last. */
  #first: string | Uint8Array | undefined;
  /** What the stream has been asked for and has not given. */
  #next: Promise<ReadResult>;
  /** It is known which way the body goes. */
  #isDecided = false;

  constructor(
    response: HttpResponse,
    head: OutgoingHead,
    reader: Reader,
    isHead: boolean,
    resolve: (done: void | Promise<void>) => void,
    reject: (error: unknown) => void,
  ) {
    this.#response = response;
    this.#head = head;
    this.#reader = reader;
    this.#isHead = isHead;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#next = reader.read();
  }

  begin(): void {
    this.#next.then(this.#onRead, this.#onError);
    timePasses().then(this.#onTimePassed);
  }

  readonly #onRead = (result: ReadResult): void => {
    if (this.#isDecided) return;
    try {
      if (result.done) {
        this.#isDecided = true;
        this.#response.send(this.#head.status, this.#head.headers, this.#first);
        this.#resolve();
      } else if (this.#first === undefined) {
        this.#first = toChunk(result.value);
        this.#next = this.#reader.read();
        this.#next.then(this.#onRead, this.#onError);
      } else {
        this.#stream();
      }
    } catch (error) {
      this.#fail(error);
    }
  };

  readonly #onError = (error: unknown): void => {
    if (this.#isDecided) return;
    this.#isDecided = true;
    this.#reject(error);
  };

  readonly #onTimePassed = (): void => {
    if (!this.#isDecided) this.#stream();
  };

  #stream(): void {
    this.#isDecided = true;
    this.#resolve(this.#pump());
  }

  async #pump(): Promise<void> {
    const { status, headers, length } = this.#head;
    const response = this.#response;
    if (response.isSent) return this.#cancel(new ClientGoneError());
    // A source that waits for an event hears in no other way that nobody waits with it.
    response.onGone = () => void this.#cancel(new ClientGoneError()).catch(() => {});
    try {
      response.start(status, headers, length === undefined ? {} : { length });
      if (this.#isHead) {
        response.end();
        return await this.#cancel(undefined);
      }
      let isTaken = this.#first === undefined || (await response.write(this.#first));
      for (let result = await this.#next; isTaken && !result.done; result = await this.#reader.read()) {
        isTaken = await response.write(toChunk(result.value));
      }
      if (isTaken) response.end();
      else await this.#cancel(new ClientGoneError());
    } catch (error) {
      this.#cancel(error).catch(() => {}); // one error is enough
      throw error;
    } finally {
      response.onGone = undefined;
    }
  }

  #fail(error: unknown): void {
    this.#isDecided = true;
    this.#cancel(error).catch(() => {});
    this.#reject(error);
  }

  /** Lets whoever fills the stream know that nobody reads it any more. */
  #cancel(reason: unknown): Promise<void> {
    return this.#reader.cancel(reason);
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
