/**
 * The records of a program on their way to one page, as Server-Sent Events: each message is a JSON array of records. If the page
 * does not read, records wait up to a bound. Beyond it they are dropped and counted until the page has read all that waits, so that one
 * long piece is missing and not many short ones.
 */
import type { HttpResponse } from '../server/http-response.js';
import { LostRecords } from './lost-records.js';

/** Characters of records that wait for a page, beside those with which its stream begins: some seconds at 40 turns a second. */
export const WAITING_CHARACTERS_MAX = 4 * 1024 * 1024;

/** Characters of a message, but for a longer record. The page handles one message at a time, and draws in between. */
const MESSAGE_CHARACTERS_MAX = 64 * 1024;

/** A comment after so long without a record tells the page, and all between, that the stream goes on. */
const SILENCE_MS_MAX = 15_000;

/** A page connects again a second after its stream has broken off. */
const BEGIN = 'retry: 1000\n\n';

const HEADERS = { 'Content-Type': 'text/event-stream' };

export class EventStream {
  readonly #response: HttpResponse;
  readonly #keepAlive: NodeJS.Timeout;
  #lines: string[] = [];
  #characters = 0;
  /** Set after the first lines, which are always queued whole: they cost no memory, because the session holds the same strings. */
  #charactersMax: number | undefined;
  readonly #lost = new LostRecords();
  #isWriting = false;

  constructor(response: HttpResponse) {
    this.#response = response;
    this.#keepAlive = setTimeout(() => this.#sendComment(), SILENCE_MS_MAX);
    response.start(200, HEADERS);
    void response.write(BEGIN);
  }

  push(lines: readonly string[]): void {
    this.#charactersMax ??= WAITING_CHARACTERS_MAX + lines.reduce((sum, line) => sum + line.length, 0);
    for (const line of lines) {
      const isFull = !this.#lost.isEmpty || this.#characters + line.length > this.#charactersMax;
      if (isFull && this.#lost.add(line)) continue;
      this.#lines.push(line);
      this.#characters += line.length;
    }
    // Few records are essential to the page. If so many of them wait, the page must connect again, and gets the records that are kept.
    if (this.#characters > 2 * this.#charactersMax) this.end();
    else if (!this.#isWriting) void this.#write();
  }

  /** Cuts the connection: a page that is still there connects again. */
  end(): void {
    clearTimeout(this.#keepAlive);
    this.#lines = [];
    this.#response.destroy();
  }

  async #write(): Promise<void> {
    this.#isWriting = true;
    while (this.#lines.length > 0 && (await this.#response.write(`data: [${this.#nextRecords().join(',')}]\n\n`))) {
      this.#keepAlive.refresh();
    }
    this.#isWriting = false;
  }

  #nextRecords(): string[] {
    let count = 0;
    let characters = 0;
    while (count < this.#lines.length && (count === 0 || characters < MESSAGE_CHARACTERS_MAX)) {
      characters += (this.#lines[count] as string).length;
      count++;
    }
    this.#characters -= characters;
    const records = this.#lines.splice(0, count);
    if (this.#lines.length === 0 && !this.#lost.isEmpty) records.push(...this.#lost.take());
    return records;
  }

  #sendComment(): void {
    void this.#response.write(':\n\n');
    this.#keepAlive.refresh();
  }
}
