/** A request and a response of node:http, as serving a file sees them (files/file-exchange.ts). */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { CancelledError, Task } from '../disk/cancellable-task.js';
import { DiskFile } from '../disk/page-cache.js';
import type { FileRequest, FileResponse } from '../files/file-exchange.js';
import { readOnThread } from '../files/open-file.js';
import { linesOf } from '../http/response/default-headers.js';
import type { ResponseHeaders } from '../http/response/response-head.js';
import { isBodyless } from '../http/response/status.js';
import type { Reactor } from '../reactor/reactor.js';
import { byteLength, closeFiles, totalLength } from '../server/body-parts.js';
import type { FilePart } from '../server/http-response.js';
import type { PreparedResponse } from '../server/prepared-response.js';

/** Bytes of a file that a thread reads at once. Each job costs a wakeup: 2 MiB would be no faster, and take more memory. */
const READ_BYTES = 256 * 1024;

const CONDITIONS = ['if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since', 'if-range', 'range'];

export class NodeFileRequest implements FileRequest {
  readonly path: string;
  readonly query: string;
  readonly reactor: Reactor;
  readonly #request: IncomingMessage;

  /** @param url  path and query, as the client has sent them */
  constructor(request: IncomingMessage, url: string, reactor: Reactor) {
    const queryAt = url.indexOf('?');
    this.path = queryAt === -1 ? url : url.slice(0, queryAt);
    this.query = queryAt === -1 ? '' : url.slice(queryAt + 1);
    this.reactor = reactor;
    this.#request = request;
  }

  get method(): string {
    return this.#request.method ?? '';
  }

  get isConditional(): boolean {
    return CONDITIONS.some((name) => name in this.#request.headers);
  }

  header(name: string): string | undefined {
    const value = this.#request.headers[name.toLowerCase()];
    return typeof value === 'object' ? value.join(', ') : value;
  }
}

export class NodeFileResponse implements FileResponse {
  onGone: (() => void) | undefined;
  status = 0;
  readonly #response: ServerResponse;
  readonly #isHead: boolean;
  readonly #onNotFound: (() => void) | undefined;

  /** @param onNotFound  called in place of a 404 */
  constructor(response: ServerResponse, isHead: boolean, onNotFound: (() => void) | undefined) {
    this.#response = response;
    this.#isHead = isHead;
    this.#onNotFound = onNotFound;
    response.once('close', () => {
      if (!response.writableFinished) this.onGone?.();
    });
  }

  get isSent(): boolean {
    return this.status !== 0 || this.#response.destroyed;
  }

  send(status: number, headers: ResponseHeaders = {}, body: string | Uint8Array = ''): void {
    if (status === 404 && this.#onNotFound !== undefined) {
      this.#onNotFound();
      return;
    }
    this.#head(status, headers, byteLength(body));
    this.#response.end(this.#isHead || isBodyless(status) ? undefined : body);
  }

  sendPrepared({ status, headers, body }: PreparedResponse): void {
    this.send(status, headers, body);
  }

  sendParts(status: number, headers: ResponseHeaders, parts: readonly (Uint8Array | FilePart)[]): void {
    this.#head(status, headers, totalLength(parts));
    if (this.#isHead) {
      closeParts(parts);
      this.#response.end();
    } else {
      void this.#write(parts);
    }
  }

  /** Headers that were set before stay. */
  #head(status: number, headers: ResponseHeaders, length: number): void {
    const response = this.#response;
    this.status = status;
    response.statusCode = status;
    for (const [name, value] of linesOf(headers)) {
      if (name === 'Vary') response.appendHeader(name, value);
      else response.setHeader(name, value);
    }
    if (!isBodyless(status)) response.setHeader('Content-Length', length);
  }

  /** If a file cannot be read to its end the connection is cut. Never rejects. */
  async #write(parts: readonly (Uint8Array | FilePart)[]): Promise<void> {
    const response = this.#response;
    const task = new Task();
    this.onGone = () => task.cancel();
    try {
      for (const part of parts) {
        if (part instanceof Uint8Array) await this.#writeBytes(part);
        else for await (const bytes of bytesOf(part, task)) await this.#writeBytes(bytes);
      }
      response.end();
    } catch (error) {
      response.destroy(error instanceof CancelledError ? undefined : (error as Error));
    } finally {
      closeParts(parts);
    }
  }

  async #writeBytes(bytes: Uint8Array): Promise<void> {
    const response = this.#response;
    if (response.destroyed) throw new CancelledError();
    if (response.write(bytes)) return;
    await new Promise<void>((resolve) => {
      const goOn = (): void => {
        response.off('drain', goOn).off('close', goOn);
        resolve();
      };
      response.on('drain', goOn).on('close', goOn);
    });
  }
}

async function* bytesOf(part: FilePart, task: Task): AsyncGenerator<Buffer> {
  const disk = part.disk ?? new DiskFile(part.fd);
  for (let at = part.position; at < part.end; ) {
    const bytes = await disk.run(task, () => readOnThread(part.fd, at, Math.min(at + READ_BYTES, part.end)));
    if (bytes.length === 0) throw new Error('a file was truncated while it was sent');
    at += bytes.length;
    yield bytes;
  }
}

function closeParts(parts: readonly (Uint8Array | FilePart)[]): void {
  closeFiles(parts, (error) => console.error('epoll-reactor: a file could not be closed:', error));
}
