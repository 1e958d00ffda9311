/**
 * Where lines of a log go: a file, or a descriptor. The library's writer does not wait for the disk: lines are collected, and
 * written a few times a second by a thread. Where the disk does not keep up, lines are lost, and counted; requests are not held.
 */
import { fstatSync, openSync } from 'node:fs';
import sonicBoom, { type SonicBoom } from 'sonic-boom';
import { LOG_FLAGS, openLogFile } from '../config/log-file.js';

/** Lines are written when there are so many bytes of them … */
const LOG_FLUSH_BYTES = 8 * 1024;

/** … or after this … */
export const LOG_FLUSH_MS = 500;

/** … and are lost, and counted, when so many bytes wait for a disk that does not keep up: 100,000 requests. */
export const LOG_BUFFERED_BYTES_MAX = 16 * 1024 * 1024;

/** For the last lines, when the process ends. */
const LOG_CLOSE_MS = 1_000;

export class LogWriter {
  readonly #path: string | undefined;
  readonly #onError: (message: string) => void;
  #boom: SonicBoom;
  /** Not yet given to the library, which looks at all that it has collected for each line that it gets. */
  #lines = '';
  #timer: NodeJS.Timeout | undefined;
  #lostLines = 0;
  #isFailing = false;
  #closed: Promise<void> | undefined;

  /**
   * @param to       a path, which is made if it is not there, or a descriptor
   * @param onError  what goes wrong with it, and that it is over, in a line
   * @throws         UserError for a folder that others can write, where this is root; Error ENOENT | EACCES …; ENXIO for a named pipe that nobody has open
   */
  constructor(to: string | number, onError: (message: string) => void) {
    this.#path = typeof to === 'string' ? to : undefined;
    this.#onError = onError;
    this.#boom = this.#open(typeof to === 'string' ? openLogFile(to) : withoutWaiting(to));
  }

  /** Lines that were lost since there is a writer. */
  get lostLines(): number {
    return this.#lostLines;
  }

  /** Whole lines. */
  write(lines: string): void {
    if (this.#closed !== undefined) return;
    this.#lines += lines;
    if (this.#lines.length >= LOG_FLUSH_BYTES) this.#flush();
    // Not by an interval: nothing is to wake a process that has nothing to do.
    else this.#timer ??= setTimeout(() => this.#flush(), LOG_FLUSH_MS).unref();
  }

  /** Writes to the path anew: what was the file before has been moved away (logrotate(8)). Goes on with it where that fails. */
  reopen(): void {
    if (this.#path === undefined || this.#closed !== undefined) return;
    try {
      const next = this.#open(openLogFile(this.#path));
      this.#flush();
      const before = this.#boom;
      before.once('error', () => before.destroy()); // it would wait for lines that do not come any more
      before.end();
      this.#boom = next;
    } catch (error) {
      this.#onError(`the log ${this.#path} could not be opened anew: ${(error as Error).message}`);
    }
  }

  /** Resolves when all is written, or cannot be; the same for whoever asks a second time. */
  close(): Promise<void> {
    this.#closed ??= this.#end();
    return this.#closed;
  }

  #end(): Promise<void> {
    this.#flush();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, LOG_CLOSE_MS);
      const end = (): void => {
        clearTimeout(timer);
        resolve();
      };
      this.#boom.once('close', end);
      this.#boom.once('error', end);
      this.#boom.end();
    });
  }

  #open(fd: number): SonicBoom {
    const boom = new sonicBoom.SonicBoom({ fd, maxLength: LOG_BUFFERED_BYTES_MAX, sync: false });
    boom.on('drop', (lines: string) => {
      this.#lostLines += lines.split('\n').length - 1;
    });
    // What could not be written is tried again, with the next lines. It is told once.
    boom.on('error', (error: Error) => {
      if (!this.#isFailing) this.#onError(`a log cannot be written: ${error.message}`);
      this.#isFailing = true;
    });
    boom.on('write', () => {
      if (this.#isFailing) this.#onError(`the log is written again; ${this.#lostLines} lines of it were lost so far`);
      this.#isFailing = false;
    });
    return boom;
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const lines = this.#lines;
    this.#lines = '';
    if (lines !== '') this.#boom.write(lines);
  }
}

/** A pipe is opened anew: its other end keeps the kind of wait that it has. */
function withoutWaiting(fd: number): number {
  try {
    return fstatSync(fd).isFIFO() ? openSync(`/proc/self/fd/${fd}`, LOG_FLAGS) : fd;
  } catch {
    return fd; // of another user; or there is no /proc
  }
}
