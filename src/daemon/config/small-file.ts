/** Reads a file that a person has written, or a pipe, up to a length. A mistake is one line and a hint. */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { UserError } from './user-error.js';

/** The program that writes to a pipe must send its next bytes within this time. */
const SILENCE_MS_MAX = 5_000;

const CHUNK_BYTES = 64 * 1024;
const PAUSE = new Int32Array(new SharedArrayBuffer(4));

interface SmallFileOptions {
  readonly bytesMax: number;
  /** The kind of file, for messages: `configuration file`. */
  readonly kind: string;
  /** The hint for a file that does not exist. */
  readonly hint: string;
}

/** @throws  UserError */
export function readSmallFile(path: string, options: SmallFileOptions): Buffer {
  try {
    return readBytes(path, options);
  } catch (error) {
    if (error instanceof UserError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new UserError(`there is no file ${path || 'without a name'}`, options.hint);
    if (code === 'EISDIR') throw new UserError(`${path} is a folder`, options.hint);
    throw new UserError(`${path} cannot be read (${code})`, `check its permissions: ls -l ${path}`);
  }
}

/** Reads a pipe too, for `--config <(program)`. A pipe that is endless or silent must not stop a reload. */
function readBytes(path: string, { bytesMax, kind }: SmallFileOptions): Buffer {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK); // else open(2) waits for a writer of the pipe
  const chunks: Buffer[] = [];
  try {
    let length = 0;
    for (let bytes = readSome(fd, path); bytes.length > 0; bytes = readSome(fd, path)) {
      chunks.push(bytes);
      length += bytes.length;
      if (length > bytesMax) {
        throw new UserError(`${path} has more than ${bytesMax} bytes`, `is it a ${kind}?`);
      }
    }
    if (length === 0 && !fstatSync(fd).isFile()) {
      throw new UserError(`${path} gives nothing to read`, 'nothing writes to this pipe, or it was read before');
    }
    return Buffer.concat(chunks);
  } finally {
    closeSync(fd);
    for (const chunk of chunks) chunk.fill(0); // they may have a key
  }
}

/** @returns  no bytes at the end */
function readSome(fd: number, path: string): Buffer {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  for (const endMs = performance.now() + SILENCE_MS_MAX; performance.now() < endMs; ) {
    try {
      return chunk.subarray(0, readSync(fd, chunk));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(PAUSE, 0, 0, 10);
    }
  }
  throw new UserError(
    `${path} was silent for ${SILENCE_MS_MAX / 1000} s`,
    'close the writing end of the pipe after the file',
  );
}
