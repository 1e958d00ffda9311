/** A protocol that writes down what its connection tells it, and consumes what the test says. */
import type { Connection } from '../../src/net/connection.js';
import type { Protocol } from '../../src/net/protocol.js';

export class RecordingProtocol implements Protocol {
  readonly connection: Connection;
  /** `bytes …`, `end`, `peer closing`, `flushed`, `deadline`, `close`, in their order. */
  readonly calls: string[] = [];
  /** The action on bytes. Returns the number of consumed bytes. */
  consume: (text: string) => number = (text) => text.length;
  /** The action on the other callbacks. */
  react: (call: string) => void = () => {};

  constructor(connection: Connection) {
    this.connection = connection;
  }

  onBytes(buffer: Buffer, length: number): number {
    const text = buffer.toString('latin1', 0, length);
    this.calls.push(`bytes ${text}`);
    return this.consume(text);
  }

  onEnd(): void {
    this.#note('end');
  }

  onPeerClosing(): void {
    this.#note('peer closing');
  }

  onFlushed(): void {
    this.#note('flushed');
  }

  onDeadline(): void {
    this.#note('deadline');
  }

  onClose(): void {
    this.#note('close');
  }

  #note(call: string): void {
    this.calls.push(call);
    this.react(call);
  }
}
