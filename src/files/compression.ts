/**
 * Compressing a file because it is asked for: what gains by it, how well it is done, and how much of it at a time. The cache
 * keeps what comes out, so that a file is compressed once and sent many times.
 */
import { webcrypto } from 'node:crypto';
import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import { JobQueue } from '../disk/job-queue.js';
import { CancelledError, type Task } from '../disk/task.js';
import type { Coding } from './accepted-codings.js';

/** Smaller files fit in one packet of 1,460 bytes with their head. Express, Fastify: 1 KiB. */
export const COMPRESSED_FILE_BYTES_MIN = 1024;

/** Brotli takes 90 ms of a thread for so many bytes, while others wait. */
export const COMPRESSED_FILE_BYTES_MAX = 4 * 1024 * 1024;

/** Bytes of files that are being compressed, or wait to be: 170 ms of a thread. */
export const COMPRESSION_QUEUE_BYTES_MAX = 8 * 1024 * 1024;

type Compress = (bytes: Buffer) => Promise<Buffer>;

/**
 * Text, and what repeats itself as much: JSON, XML and what is written in them (SVG), WebAssembly, fonts and pictures that are
 * stored plainly. The package mime-db marks such types, too; but application/octet-stream among them (`.deb`, `.iso`), and
 * not text/calendar or text/x-c. It takes 2.4 ms to load.
 *
 * A wrong yes costs a compression that is not used, a wrong no costs each client.
 */
const COMPRESSIBLE = new RegExp(
  [
    /^text\//,
    /[+/](?:json|xml|yaml)(?:;|$)/,
    /^application\/(?:javascript|node|wasm|toml|sql|rtf|x-sh)(?:;|$)/,
    /^font\/(?:otf|ttf)$/,
    /^image\/(?:bmp|vnd\.microsoft\.icon)$/,
  ]
    .map(({ source }) => source)
    .join('|'),
);

/**
 * At which the time begins to grow faster than what it saves. Bytes left, and MB/s of a thread, for the 129 files of 1 KiB and
 * more that were this project's text and scripts, and for a minified library of 1.1 MB:
 *
 *     br 4      38.5 %   32.7 %   85 MB/s      zstd 3    39.9 %   33.3 %   237 MB/s      gzip 1   40.5 %   37.6 %   130 MB/s
 *     br 5      35.8 %   30.3 %   50 MB/s      zstd 6    38.3 %   30.8 %   100 MB/s      gzip 6   37.9 %   33.0 %    57 MB/s
 *     br 9      35.6 %   29.3 %   17 MB/s      zstd 9    38.2 %   30.1 %    52 MB/s      gzip 9   37.9 %   32.9 %    44 MB/s
 *     br 11     32.0 %   26.6 %  0.8 MB/s      zstd 19   37.5 %   27.8 %     4 MB/s
 *
 * Who wants the last tenth compresses beforehand.
 */
const BROTLI_QUALITY = 5;
const ZSTD_LEVEL = 6;
const GZIP_LEVEL = 6;

/** Of Node 22.15 and newer; the types are those of Node 20. */
const { zstdCompress } = zlib as { zstdCompress?: typeof zlib.brotliCompress };
const ZSTD_C_COMPRESSION_LEVEL = 100;

const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_SIZE_HINT } = zlib.constants;

/** In one piece (`chunkSize`), so that a thread is asked once, and not for every 16 KiB of output. */
const COMPRESS: { readonly [C in Coding]?: Compress } = {
  br: (bytes) => {
    const params = { [BROTLI_PARAM_QUALITY]: BROTLI_QUALITY, [BROTLI_PARAM_SIZE_HINT]: bytes.length };
    return promisify(zlib.brotliCompress)(bytes, { chunkSize: bytes.length, params });
  },
  ...(zstdCompress !== undefined && {
    zstd: (bytes: Buffer) => {
      const params = { [ZSTD_C_COMPRESSION_LEVEL]: ZSTD_LEVEL };
      return promisify(zstdCompress)(bytes, { chunkSize: bytes.length, params });
    },
  }),
  gzip: (bytes) => promisify(zlib.gzip)(bytes, { chunkSize: bytes.length, level: GZIP_LEVEL }),
};

/** Of a digest: two forms of a file have the same with a chance of 2⁻⁹⁶. */
const TAG_BYTES = 12;

/** Those that this Node can do, in the order in which they are preferred. */
export const COMPRESSION_CODINGS = Object.keys(COMPRESS) as Coding[];

/** Whether files of a type are made smaller. @param contentType  with its charset or without */
export function isCompressible(contentType: string): boolean {
  return COMPRESSIBLE.test(contentType);
}

/** Whether a file is neither too small to gain by it nor too large to be done while others wait. */
export function isWorthCompressing(size: number): boolean {
  return size >= COMPRESSED_FILE_BYTES_MIN && size <= COMPRESSED_FILE_BYTES_MAX;
}

/** What a file was made into. */
export interface Compressed {
  readonly bytes: Buffer;
  readonly etag: string;
}

/** It may succeed another time: too much is being compressed already, or the file was just written. */
export const NOT_NOW = Symbol('not now');

/** Undefined: it is no smaller than what it was made of. */
export type Outcome = Compressed | undefined | typeof NOT_NOW;

/**
 * The compressions of this thread, one at a time: three of libuv's four threads are left for others, and one processor of two for
 * the loop. When much waits already, a file is sent as it is.
 */
export class CompressionQueue {
  readonly #jobs = new JobQueue(1, Number.POSITIVE_INFINITY);
  #bytes = 0;

  /** Bytes that are being compressed, or wait to be: so many are in memory. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Jobs under way, or waiting. */
  get size(): number {
    return this.#jobs.size;
  }

  /**
   * Compresses a file when its turn comes. It is read at once, so that what is sent is what was asked for.
   * @param size  bytes that `read` gives, or undefined
   * @param task  cancelled, it is not compressed any more: NOT_NOW, for others may wait for the result, too
   */
  async compress(coding: Coding, size: number, read: () => Promise<Buffer | undefined>, task: Task): Promise<Outcome> {
    if (this.#bytes + size > COMPRESSION_QUEUE_BYTES_MAX) return NOT_NOW;
    this.#bytes += size;
    try {
      const bytes = await read();
      return bytes === undefined ? NOT_NOW : await this.inTurn(() => compress(coding, bytes), task);
    } catch (error) {
      if (error instanceof CancelledError) return NOT_NOW;
      throw error;
    } finally {
      this.#bytes -= size;
    }
  }

  /** Does a job when those before it are done. */
  inTurn<T>(job: () => Promise<T>, task: Task): Promise<T> {
    return this.#jobs.run('', task, job);
  }
}

/** One for all folders that this thread serves, as its pool is one. */
export const compressions = new CompressionQueue();

/** Never rejects: what it could fail for is want of memory, and the file can be sent as it is. */
async function compress(coding: Coding, original: Buffer): Promise<Outcome> {
  try {
    const bytes = await (COMPRESS[coding] as Compress)(original);
    if (bytes.length >= original.length) return undefined;
    // Copied out of the buffer that was as large as the original.
    return { bytes: Buffer.from(new Uint8Array(bytes).buffer), etag: await contentTag(bytes) };
  } catch {
    return NOT_NOW;
  }
}

/**
 * A strong tag of bytes (RFC 9110 §8.8.3): of them alone, for another version of a compressor, or zlib on another processor,
 * makes others of the same file, and parts of both must not be put together.
 */
async function contentTag(bytes: Uint8Array): Promise<string> {
  const digest = await webcrypto.subtle.digest('SHA-256', bytes);
  return `"${Buffer.from(digest).toString('base64url', 0, TAG_BYTES)}"`;
}
