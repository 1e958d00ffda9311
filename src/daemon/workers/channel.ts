/**
 * The messages between a supervisor and a worker: a line of JSON each, over a socketpair that is the worker's descriptor 0.
 *
 * Not Node's IPC channel, which trusts its other end: a message of its own (`NODE_HANDLE_ACK`) ends the process that reads it, a
 * length of 4 GB makes it wait with 4 GB of memory, and it reads without bound.
 */
import type { Duplex } from 'node:stream';
import { MESSAGE_OVERHEAD_BYTES, readPaced } from './paced-reading.js';

const NEWLINE = 10;

/** When more bytes than this wait to be sent, optional messages are dropped. */
const WAITING_BYTES_MAX = 256 * 1024;

export interface ChannelOptions<Message> {
  /** The longest line that the other side sends; a longer one breaks the channel. */
  readonly lineBytesMax: number;
  /** Bytes read in a second; further bytes wait. Infinity for a trusted side. */
  readonly bytesPerSecondMax: number;
  /** The message of a line. @throws  any error for a line that is no message: the channel is broken then */
  readonly read: (line: string) => Message;
  readonly onMessage: (message: Message) => void;
  /** The other side has sent a line that is no message. Nothing more is read. */
  readonly onBroken: () => void;
}

export class Channel<Message> {
  readonly #stream: Duplex;
  readonly #options: ChannelOptions<Message>;
  #line: Buffer[] = [];
  #lineBytes = 0;

  constructor(stream: Duplex, options: ChannelOptions<Message>) {
    this.#stream = stream;
    this.#options = options;
    stream.on('error', () => {}); // EPIPE, ECONNRESET: the other side has ended; its exit is reported elsewhere
    readPaced(stream, options.bytesPerSecondMax, (chunk) => this.#onChunk(chunk));
  }

  /** @param whenSent  always called, even if the other side is gone */
  send(message: object, whenSent: () => void = () => {}): void {
    if (!this.#stream.writable) whenSent();
    else this.#stream.write(`${JSON.stringify(message)}\n`, () => whenSent());
  }

  /** Whether the other side is slow to read: then leave out optional messages. */
  get isFull(): boolean {
    return this.#stream.writableLength > WAITING_BYTES_MAX;
  }

  /** @returns  what the chunk counts (paced-reading.ts) */
  #onChunk(chunk: Buffer): number {
    let messages = 0;
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      if (!this.#keep(chunk.subarray(start, end)) || !this.#endLine()) return chunk.length;
      start = end + 1;
      messages++;
    }
    this.#keep(chunk.subarray(start));
    return chunk.length + messages * MESSAGE_OVERHEAD_BYTES;
  }

  #keep(bytes: Buffer): boolean {
    this.#line.push(bytes);
    this.#lineBytes += bytes.length;
    if (this.#lineBytes <= this.#options.lineBytesMax) return true;
    this.#break();
    return false;
  }

  #endLine(): boolean {
    const line = Buffer.concat(this.#line).toString();
    this.#line = [];
    this.#lineBytes = 0;
    let message: Message;
    try {
      message = this.#options.read(line);
    } catch {
      this.#break();
      return false;
    }
    this.#options.onMessage(message);
    return !this.#stream.destroyed;
  }

  #break(): void {
    this.#line = [];
    this.#stream.destroy();
    this.#options.onBroken();
  }
}
