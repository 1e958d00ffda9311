/** Clients that ask all the time, as `wrk` does: what they see of a server is whether any request failed. */
import { get, RawClient, type Target } from '../client/raw-client.js';
import type { WireResponse } from '../client/wire-response.js';

export class SteadyClients {
  /** Requests that were answered as they should be. */
  answered = 0;
  /** The failures of other connections, one line for each. */
  readonly failures: string[] = [];
  /** Local ports of connections that were reset or cut, if the test expects that of a process that ends. */
  readonly cut: number[] = [];
  readonly #target: Target;
  readonly #path: string;
  readonly #body: string;
  readonly #ended: Promise<unknown>;
  readonly #survives: boolean;
  #isStopping = false;
  #onAnswer: () => void = () => {};

  /** @param survives  a connection that breaks is noted, and followed by another one; to be refused is a failure even so */
  constructor(target: Target, count: number, path: string, body: string, survives = false) {
    this.#target = target;
    this.#path = path;
    this.#body = body;
    this.#survives = survives;
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

  /** One keep-alive connection after the other: a new one if the server has announced the end of the last. */
  async #askAlways(): Promise<void> {
    try {
      while (!this.#isStopping) {
        await using client = await RawClient.connect(this.#target);
        const { localPort = 0 } = client.socket;
        for (let isLast = false; !isLast && !this.#isStopping; ) {
          await client.send(get(this.#path));
          const response = await this.#responseOf(client, localPort);
          if (response === undefined) break;
          const { status, headers, body } = response;
          if (status !== 200 || body.toString() !== this.#body) throw new Error(`${status}, ${body.length} bytes`);
          isLast = headers.get('connection') === 'close';
          this.answered++;
          this.#onAnswer();
        }
      }
    } catch (error) {
      this.failures.push(String(error));
      this.#onAnswer();
    }
  }

  async #responseOf(client: RawClient, localPort: number): Promise<WireResponse | undefined> {
    try {
      return await client.response();
    } catch (error) {
      if (!this.#survives) throw error;
      this.cut.push(localPort);
      return undefined;
    }
  }
}
