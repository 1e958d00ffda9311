/** A cached file in one form: the responses for every path that leads to it. */
import type { ResponseHeaders } from '../http/response/response-head.js';
import { PreparedResponse } from '../server/prepared-response.js';
import { FILE_INLINE_BYTES_MAX, MemoryContent } from './content.js';
import { FileHeads } from './file-heads.js';
import type { FoundFile } from './lookup.js';
import type { Representation } from './representation.js';

export class CachedFile {
  /** The same key is the same file, coding and headers. */
  readonly key: string;
  /** Cached paths that lead to it. */
  paths = 0;
  /** In memory, with the message that is made of the content. */
  readonly bytes: number;
  readonly descriptors: number;
  #representation: Representation;
  #heads: FileHeads;
  #prepared: PreparedResponse | undefined;

  /** @param nowMs  the time of the Date header: Last-Modified is never later */
  constructor(found: FoundFile, nowMs: number) {
    const { content } = found;
    this.key = fileKey(found);
    this.descriptors = content instanceof MemoryContent ? 0 : 1;
    const copies = content.size > FILE_INLINE_BYTES_MAX ? 1 : 2;
    this.bytes = content instanceof MemoryContent ? copies * content.size : 0;
    this.#representation = found;
    this.#heads = new FileHeads(found, nowMs);
    this.#prepare();
  }

  get representation(): Representation {
    return this.#representation;
  }

  get heads(): FileHeads {
    return this.#heads;
  }

  /** The 200 of a small file that has its strong tag. */
  get prepared(): PreparedResponse | undefined {
    return this.#prepared;
  }

  /** Whether it is the same state of the same file. */
  isOf(found: FoundFile): boolean {
    return lastingTag(this.#representation) === lastingTag(found);
  }

  /** Gives a file that was found soon after a change its strong tag, once the next change would have another one. */
  settle(nowMs: number): void {
    const { settled } = this.#representation;
    if (settled === undefined || nowMs < settled.fromMs) return;
    this.#representation = { ...this.#representation, validators: settled.validators, settled: undefined };
    this.#heads = new FileHeads(this.#representation, nowMs);
    this.#prepare();
  }

  #prepare(): void {
    const { content, defaultHeaders, settled } = this.#representation;
    if (!(content instanceof MemoryContent) || content.size > FILE_INLINE_BYTES_MAX || settled !== undefined) return;
    this.#prepared = new PreparedResponse(200, this.#heads.headers, content.bytes, defaultHeaders);
  }
}

export function fileKey({ name, contentEncoding, contentType, cacheControl, defaultHeaders }: FoundFile): string {
  return [name, contentEncoding, contentType, cacheControl, numberOf(defaultHeaders)].join('\n');
}

/** The strong tag, sent already or not. */
function lastingTag({ validators, settled }: Representation): string {
  return (settled?.validators ?? validators).etag;
}

const numbers = new WeakMap<ResponseHeaders, number>();
let count = 0;

/** Headers are compared as objects: rules make them once, and not for each path. */
function numberOf(headers: ResponseHeaders | undefined): number {
  if (headers === undefined) return 0;
  let number = numbers.get(headers);
  if (number === undefined) {
    number = ++count;
    numbers.set(headers, number);
  }
  return number;
}
