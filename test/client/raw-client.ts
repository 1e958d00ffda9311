/** A client that sends given bytes and keeps every byte that comes back: tests assert what was on the wire. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { transport } from './transport.js';
import { takeResponse, type WireResponse } from './wire-response.js';

/** An address, as HttpServer.listen() returns it. */
export type Target = ({ readonly address: string; readonly port: number } | { readonly path: string }) & {
  /** Sent before anything else, and before a handshake: a PROXY header. */
  readonly preface?: string;
  /** Speaks TLS, with these options. */
  readonly tls?: ConnectionOptions;
};

export class RawClient {
  readonly socket: Socket;
  /** The same one, or the socket below TLS. */
  readonly #tcp: Socket;
  /** Bytes [#start, #end) were received and not returned yet. It doubles in size: a test may read a hundred megabytes. */
  #buffer = Buffer.alloc(65_536);
  #start = 0;
  #end = 0;
  #hasEnded = false;
  #isClosed = false;
  /** Such as ECONNRESET. */
  error: NodeJS.ErrnoException | undefined;
  #onChange: () => void = () => {};

  private constructor(socket: Socket, tcp: Socket = socket) {
    this.socket = socket;
    this.#tcp = tcp;
    socket.on('data', (bytes: Buffer) => {
      this.#append(bytes);
      this.#onChange();
    });
    socket.on('end', () => {
      this.#hasEnded = true;
      this.#onChange();
    });
    socket.on('close', () => {
      this.#isClosed = true;
      this.#onChange();
    });
    socket.on('error', (error) => {
      this.error = error;
      this.#onChange();
    });
  }

  static async connect(target: Target): Promise<RawClient> {
    // allowHalfOpen: the server's end must not end ours, or a test could not tell which side closed.
    const socket =
      'path' in target
        ? connect({ path: target.path, allowHalfOpen: true })
        : connect({ host: target.address, port: target.port, allowHalfOpen: true, noDelay: true });
    await once(socket, 'connect');
    if (target.preface !== undefined) socket.write(target.preface);
    const tls = target.tls ?? transport.tls;
    if (tls === undefined) return new RawClient(socket);
    const secure = connectTls({ ...tls, socket });
    await once(secure, 'secureConnect');
    return new RawClient(secure, socket);
  }

  /** Sends bytes, or text with one character per byte. Resolves when the kernel has taken them. */
  send(bytes: string | Uint8Array): Promise<void> {
    return new Promise((resolve) => this.socket.write(bytes, 'latin1', () => resolve()));
  }

  /** Received bytes that responses() has not returned. */
  get received(): Buffer {
    return this.#buffer.subarray(this.#start, this.#end);
  }

  /** The next `count` responses, once they are complete; a response to HEAD has no body, whatever its head says. */
  async responses(count: number, { toHead = false } = {}): Promise<WireResponse[]> {
    const responses: WireResponse[] = [];
    while (responses.length < count) {
      const response = takeResponse(this.received, toHead);
      if (response !== undefined) {
        this.#start += response.length;
        responses.push(response);
      } else {
        if (this.#hasEnded || this.#isClosed) {
          const text = this.received.subarray(0, 200).toString('latin1');
          throw new Error(
            `${responses.length} of ${count} responses, then the end (${this.error?.code ?? 'closed'}): ${JSON.stringify(text)}`,
          );
        }
        await this.#change();
      }
    }
    return responses;
  }

  async response(options?: { toHead?: boolean }): Promise<WireResponse> {
    const [response] = await this.responses(1, options);
    return response as WireResponse;
  }

  /** All bytes, once the server has ended its half or the connection broke. */
  async untilEnd(): Promise<Buffer> {
    while (!this.#hasEnded && !this.#isClosed) await this.#change();
    return this.received;
  }

  /** Resolves when at least so many bytes are received and not returned yet. */
  async untilBytes(count: number): Promise<Buffer> {
    while (this.received.length < count) {
      if (this.#hasEnded || this.#isClosed) throw new Error(`the end came after ${this.received.length} bytes`);
      await this.#change();
    }
    return this.received;
  }

  /** Shuts our writing half: shutdown(SHUT_WR). */
  shutWriting(): void {
    this.socket.end();
  }

  /** Reads nothing more, until resume(): the server's bytes fill the kernel's buffers. */
  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  /** Closes with RST. */
  reset(): void {
    this.#tcp.resetAndDestroy();
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.socket.destroy();
    while (!this.#isClosed) await this.#change();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #append(bytes: Buffer): void {
    if (this.#end + bytes.length > this.#buffer.length) {
      // Always to a new one: returned bytes are in the old one.
      const larger = Buffer.alloc(Math.max(65_536, 2 * (this.#end - this.#start + bytes.length)));
      this.received.copy(larger);
      this.#buffer = larger;
      this.#end -= this.#start;
      this.#start = 0;
    }
    bytes.copy(this.#buffer, this.#end);
    this.#end += bytes.length;
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#onChange = resolve;
    });
  }
}

/** One request on a new connection, and all bytes until the server closes. */
export async function exchange(target: Target, request: string): Promise<string> {
  const client = await RawClient.connect(target);
  try {
    await client.send(request);
    client.shutWriting();
    return (await client.untilEnd()).toString('latin1');
  } finally {
    await client.close();
  }
}

/** One request on a new connection, and its response. */
export async function ask(target: Target, request: string): Promise<WireResponse> {
  const client = await RawClient.connect(target);
  try {
    await client.send(request);
    return await client.response({ toHead: request.startsWith('HEAD ') });
  } finally {
    await client.close();
  }
}

/** The head of a GET request. */
export function get(path: string, headers = ''): string {
  return `GET ${path} HTTP/1.1\r\nHost: test\r\n${headers}\r\n`;
}
