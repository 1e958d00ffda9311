/**
 * Where lines of a log go: a file, or a descriptor. The library's writer does not wait for the disk: lines are collected, and
 * written a few times a second by a thread. Where the disk does not keep up, lines are lost, and counted; requests are not held.
 */
import { closeSync, openSync } from 'node:fs';
import sonicBoom, { type SonicBoom } from 'sonic-boom';
import { LOG_BUFFERED_BYTES_MAX, LOG_FLUSH_BYTES, LOG_FLUSH_MS } from '../limits.js';

/** Who has asked for what is not everybody's business. */
const MODE = 0o640;

export class LogWriter {
  readonly #boom: SonicBoom;
  readonly #path: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #lostLines = 0;
  #isClosed = false;

  /**
   * @param to       a path, which is made if it is not there, or a descriptor
   * @param onError  what went wrong with it, in a line
   * @throws         Error ENOENT | EACCES …
   */
  constructor(to: string | number, onError: (message: string) => void) {
    this.#path = typeof to === 'string' ? to : undefined;
    if (typeof to === 'string') closeSync(openSync(to, 'a', MODE)); // what is wrong with it is to be said now
    this.#boom = new sonicBoom.SonicBoom({
      ...(typeof to === 'string' ? { dest: to, mode: MODE } : { fd: to }),
      minLength: LOG_FLUSH_BYTES,
      maxLength: LOG_BUFFERED_BYTES_MAX,
      sync: false,
    });
    this.#boom.on('drop', () => {
      this.#lostLines++;
    });
    this.#boom.on('error', (error: Error) => onError(`a log could not be written: ${error.message}`));
  }

  /** Lines that were lost since there is a writer. */
  get lostLines(): number {
    return this.#lostLines;
  }

  /** Whole lines. */
  write(lines: string): void {
    if (this.#isClosed) return;
    this.#boom.write(lines);
    // Not by an interval: nothing is to wake a process that has nothing to do.
    this.#timer ??= setTimeout(() => this.#flush(), LOG_FLUSH_MS).unref();
  }

  /** Writes to the path anew: what was the file before has been moved away (logrotate(8)). */
  reopen(): void {
    if (this.#path !== undefined) this.#boom.reopen(this.#path);
  }

  /** Resolves when all is written. */
  close(): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#isClosed) return Promise.resolve();
    this.#isClosed = true;
    return new Promise((resolve) => {
      this.#boom.once('close', resolve);
      this.#boom.once('error', resolve);
      this.#boom.end();
    });
  }

  #flush(): void {
    this.#timer = undefined;
    this.#boom.flush();
  }
}
