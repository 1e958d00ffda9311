/** A client of the program of an exercise. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export class Client {
  readonly socket: Socket;
  readonly #chunks: Buffer[] = [];
  /** The number of bytes that have come. */
  length = 0;
  hasEnded = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.length += chunk.length;
    });
    socket.on('end', () => {
      this.hasEnded = true;
    });
    socket.on('error', () => {}); // 'close' follows
    socket.on('close', () => {
      this.hasEnded = true;
    });
  }

  /** @param isReading  false: it reads nothing until resume() */
  static async connect(port: number, isReading: boolean): Promise<Client> {
    const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true, noDelay: true });
    await once(socket, 'connect');
    const client = new Client(socket);
    if (!isReading) socket.pause();
    return client;
  }

  get received(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  get text(): string {
    return this.received.toString('latin1');
  }

  /** Resolves when the kernel has the bytes. */
  async send(data: string | Uint8Array): Promise<void> {
    await new Promise<void>((resolve) => this.socket.write(data, () => resolve()));
  }

  get isReading(): boolean {
    return !this.socket.isPaused();
  }

  resume(): void {
    this.socket.resume();
  }

  /** Resolves when the program's half has ended, which is certain once its process has. */
  async ended(): Promise<void> {
    if (!this.hasEnded) await Promise.race([once(this.socket, 'end'), once(this.socket, 'close')]).catch(() => {});
  }

  /** The program reads the end of the stream; this client goes on reading. */
  async shutdown(): Promise<void> {
    await new Promise<void>((resolve) => this.socket.end(() => resolve()));
  }

  reset(): void {
    this.socket.resetAndDestroy();
  }
}
