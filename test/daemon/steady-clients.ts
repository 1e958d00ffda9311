/** Clients that ask all the time, as `wrk` does: what they see of a server is whether any request failed. */
import { get, RawClient, type Target } from '../client/raw-client.js';

export class SteadyClients {
  /** Requests that were answered as they should be. */
  answered = 0;
  /** What happened to others, each in a line. */
  readonly failures: string[] = [];
  readonly #target: Target;
  readonly #path: string;
  readonly #body: string;
  readonly #ended: Promise<unknown>;
  #isStopping = false;
  #onAnswer: () => void = () => {};

  constructor(target: Target, count: number, path: string, body: string) {
    this.#target = target;
    this.#path = path;
    this.#body = body;
    this.#ended = Promise.all(Array.from({ length: count }, () => this.#askAlways()));
  }

  /** Resolves when so many more requests were answered; rejects at the first that failed. */
  async untilAnswered(count: number): Promise<void> {
    const goal = this.answered + count;
    while (this.answered < goal) {
      if (this.failures.length > 0) throw new Error(this.failures.join('\n'));
      await new Promise<void>((resolve) => {
        this.#onAnswer = resolve;
      });
    }
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** One keep-alive connection after the other: a new one where the server has said that this was the last. */
  async #askAlways(): Promise<void> {
    while (!this.#isStopping) {
      try {
        await using client = await RawClient.connect(this.#target);
        let isLast = false;
        while (!isLast && !this.#isStopping) {
          await client.send(get(this.#path));
          const { status, headers, body } = await client.response();
          if (status !== 200 || body.toString() !== this.#body) throw new Error(`${status}, ${body.length} bytes`);
          isLast = headers.get('connection') === 'close';
          this.answered++;
          this.#onAnswer();
        }
      } catch (error) {
        this.failures.push(String(error));
        this.#onAnswer();
        return;
      }
    }
  }
}
