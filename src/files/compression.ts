/**
 * Compresses files on request: which types, how well, and how much at a time. The cache keeps the result, so a file is compressed
 * once and sent many times.
 */
import { webcrypto } from 'node:crypto';
import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import { CancelledError, type Task } from '../disk/cancellable-task.js';
import { JobQueue } from '../disk/job-queue.js';
import type { Coding } from './accepted-codings.js';

/** Smaller files fit in one packet of 1,460 bytes with their head. Express, Fastify: 1 KiB. */
export const COMPRESSED_FILE_BYTES_MIN = 1024;

/** Brotli takes 90 ms of a thread for so many bytes, while others wait. */
export const COMPRESSED_FILE_BYTES_MAX = 4 * 1024 * 1024;

/** Bytes of files that are being compressed, or wait to be: 170 ms of a thread. */
export const COMPRESSION_QUEUE_BYTES_MAX = 8 * 1024 * 1024;

type Compress = (bytes: Buffer) => Promise<Buffer>;

/**
 * Text, JSON, XML and formats in them (SVG), WebAssembly, and fonts and pictures that are stored plainly. The package mime-db
 * also marks such types; but it marks application/octet-stream (`.deb`, `.iso`), does not mark text/calendar or text/x-c, and
 * takes 2.4 ms to load.
 *
 * A wrong yes costs an unused compression, and a wrong no costs each client.
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
 * Above these levels the time grows faster than the gain. Bytes left, and MB/s of a thread, for 129 files of this project's text and
 * scripts, of 1 KiB or more, and for a minified library of 1.1 MB:
 *
 *     br 4      38.5 %   32.7 %   85 MB/s      zstd 3    39.9 %   33.3 %   237 MB/s      gzip 1   40.5 %   37.6 %   130 MB/s
 *     br 5      35.8 %   30.3 %   50 MB/s      zstd 6    38.3 %   30.8 %   100 MB/s      gzip 6   37.9 %   33.0 %    57 MB/s
 *     br 9      35.6 %   29.3 %   17 MB/s      zstd 9    38.2 %   30.1 %    52 MB/s      gzip 9   37.9 %   32.9 %    44 MB/s
 *     br 11     32.0 %   26.6 %  0.8 MB/s      zstd 19   37.5 %   27.8 %     4 MB/s
 *
 * For the last tenth, compress beforehand.
 */
const BROTLI_QUALITY = 5;
const ZSTD_LEVEL = 6;
const GZIP_LEVEL = 6;

/** Node 22.15 and newer have it; the types are those of Node 20. */
const { zstdCompress } = zlib as { zstdCompress?: typeof zlib.brotliCompress };
const ZSTD_C_COMPRESSION_LEVEL = 100;

const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_SIZE_HINT } = zlib.constants;

/** In one piece (`chunkSize`): one job for the thread pool, and not one for every 16 KiB of output. */
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

/** Bytes of a digest: two forms of a file have the same with a probability of 2⁻⁹⁶. */
const TAG_BYTES = 12;

/** The codings of this version of Node, the preferred ones first. */
export const COMPRESSION_CODINGS = Object.keys(COMPRESS) as Coding[];

/** Whether compression makes files of a type smaller. @param contentType  with its charset or without */
export function isCompressible(contentType: string): boolean {
  return COMPRESSIBLE.test(contentType);
}

/** Whether a file is large enough to gain by it, and small enough for others to wait. */
export function isWorthCompressing(size: number): boolean {
  return size >= COMPRESSED_FILE_BYTES_MIN && size <= COMPRESSED_FILE_BYTES_MAX;
}

/** A file in its compressed form. */
export interface Compressed {
  readonly bytes: Buffer;
  readonly etag: string;
}

/** A later attempt may succeed: too many bytes wait now, or the file was just written. */
export const NOT_NOW = Symbol('not now');

/** Undefined: it is no smaller than the file. */
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
   * Compresses a file when its turn comes. It is read at once, so that the client gets the version that it requested.
   * @param size  bytes that `read` gives, or undefined
   * @param task  when cancelled, the result is NOT_NOW, because other requests may wait for it as well
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

  /** Runs a job after the jobs before it. */
  inTurn<T>(job: () => Promise<T>, task: Task): Promise<T> {
    return this.#jobs.run('', task, job);
  }
}

/** One for all folders of this thread, since they share the thread pool. */
export const compressions = new CompressionQueue();

/** Never rejects: it could only lack memory, and the file can be sent as it is. */
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
 * A strong tag made of the bytes alone (RFC 9110 §8.8.3): another version of a compressor, or zlib on another processor, makes other
 * bytes of the same file, and a client must not join parts of both.
 */
async function contentTag(bytes: Uint8Array): Promise<string> {
  const digest = await webcrypto.subtle.digest('SHA-256', bytes);
  return `"${Buffer.from(digest).toString('base64url', 0, TAG_BYTES)}"`;
}
