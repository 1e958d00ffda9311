/** A serve() in the test's own process, on a port that the kernel chose, and what its answers look like on the wire. */
import type { FetchFunction } from '../../src/fetch/fetch-handler.js';
import { type FetchServer, serve } from '../../src/fetch/serve.js';
import type { ServeOptions } from '../../src/fetch/serve-options.js';
import type { InternetAddress } from '../../src/linux/socket-address.js';
import { RawClient } from '../client/raw-client.js';

export class WebServer {
  readonly errors: unknown[] = [];
  readonly server: FetchServer;

  constructor(fetch: FetchFunction, options: Omit<ServeOptions, 'fetch'> = {}) {
    this.server = serve({ fetch, port: 0, onHandlerError: (error) => this.errors.push(error), ...options });
  }

  get address(): InternetAddress {
    return this.server.address as InternetAddress;
  }

  /** One request on a connection of its own, which the server closes after the answer. */
  async ask(method: string, target: string, headers = '', body = ''): Promise<Answer> {
    return this.askRaw(`${method} ${target} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n${headers}\r\n${body}`);
  }

  get(target: string, headers = ''): Promise<Answer> {
    return this.ask('GET', target, headers);
  }

  /** @param body  a character a byte */
  post(target: string, body: string, headers = ''): Promise<Answer> {
    return this.ask('POST', target, `Content-Length: ${body.length}\r\n${headers}`, body);
  }

  async askRaw(request: string): Promise<Answer> {
    await using client = await RawClient.connect(this.address);
    await client.send(request);
    return answerOf(await client.untilEnd());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.close();
  }
}

export interface Answer {
  readonly status: number;
  /** The lines of the head after the first, without Date and Connection. */
  readonly lines: readonly string[];
  /** The value of a header by its name in lower case; of several, the first. */
  header(name: string): string | undefined;
  /** Without the framing of chunks. */
  readonly bytes: Buffer;
  readonly text: string;
  /** The sizes of the chunks; undefined if it is not chunked. */
  readonly chunks: readonly number[] | undefined;
  /** All that was announced has come. */
  readonly isComplete: boolean;
}

export function answerOf(received: Buffer): Answer {
  const headEnd = received.indexOf('\r\n\r\n');
  const [statusLine = '', ...lines] = received.toString('latin1', 0, headEnd).split('\r\n');
  const header = (name: string): string | undefined =>
    lines.find((line) => line.toLowerCase().startsWith(`${name}:`))?.slice(name.length + 2);
  const rest = received.subarray(headEnd + 4);
  const chunks = header('transfer-encoding') === 'chunked' ? chunksOf(rest) : undefined;
  const bytes = chunks === undefined ? rest : Buffer.concat(chunks.parts);
  return {
    status: Number(/^HTTP\/1\.1 (\d{3}) /.exec(statusLine)?.[1]),
    lines: lines.filter((line) => !/^(?:Date|Connection): /.test(line)),
    header,
    bytes: Buffer.from(bytes),
    text: bytes.toString(),
    chunks: chunks?.parts.map((part) => part.length),
    isComplete: chunks?.isComplete ?? bytes.length === Number(header('content-length')),
  };
}

function chunksOf(bytes: Buffer): { parts: Buffer[]; isComplete: boolean } {
  const parts: Buffer[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd === -1) return { parts, isComplete: false };
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16);
    if (size === 0) return { parts, isComplete: bytes.toString('latin1', at) === '0\r\n\r\n' };
    at = lineEnd + 2;
    parts.push(bytes.subarray(at, at + size));
    at += size + 2;
  }
}

/** A generated body: it makes a chunk for each read. */
export function streamOf(...chunks: readonly (string | Uint8Array)[]): ReadableStream<Uint8Array> {
  const left = chunks.map((chunk) => (typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk));
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        await new Promise(setImmediate); // time passes: it is a stream
        const chunk = left.shift();
        if (chunk === undefined) controller.close();
        else controller.enqueue(chunk);
      },
    },
    { highWaterMark: 0 },
  );
}
