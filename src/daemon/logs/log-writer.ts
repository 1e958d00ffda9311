/**
 * Writes the lines of a log to a file or a descriptor. The library does not wait for the disk: it collects lines, and a thread writes
 * them a few times a second. If the disk does not keep up, lines are dropped and counted, and no request waits.
 */
import { fstatSync, openSync } from 'node:fs';
import sonicBoom, { type SonicBoom } from 'sonic-boom';
import { LOG_FLAGS, openLogFile } from '../config/log-file.js';
import type { LineFormat } from '../config/value-shapes.js';

/** Lines are written when they have this many bytes … */
const LOG_FLUSH_BYTES = 8 * 1024;

/** … or after this … */
export const LOG_FLUSH_MS = 500;

/** A person sees no delay. */
const TERMINAL_FLUSH_MS = 10;

/** … and are lost, and counted, when this many bytes wait for a slow disk: 100,000 requests. */
export const LOG_BUFFERED_BYTES_MAX = 16 * 1024 * 1024;

/** Time for the last lines, when the process ends. */
const LOG_CLOSE_MS = 1_000;

export class LogWriter {
  readonly #path: string | undefined;
  readonly #onError: (message: string) => void;
  readonly #flushMs: number;
  #boom: SonicBoom;
  /** Not yet given to the library, which scans all that it holds for each line that it gets. */
  #lines = '';
  #timer: NodeJS.Timeout | undefined;
  #lostLines = 0;
  #isFailing = false;
  #closed: Promise<void> | undefined;

  /**
   * @param to       a path, where a file is created if needed, or a descriptor
   * @param onError  gets a line when writing fails, and when it works again
   * @param format   lines for a terminal are written sooner
   * @throws         UserError for a folder that others can write, if this is root; Error ENOENT | EACCES …; ENXIO for a named pipe without a reader
   */
  constructor(to: string | number, onError: (message: string) => void, format: LineFormat = 'combined') {
    this.#path = typeof to === 'string' ? to : undefined;
    this.#onError = onError;
    this.#flushMs = format === 'terminal' ? TERMINAL_FLUSH_MS : LOG_FLUSH_MS;
    this.#boom = this.#open(typeof to === 'string' ? openLogFile(to) : withoutWaiting(to));
  }

  /** Lines dropped so far. */
  get lostLines(): number {
    return this.#lostLines;
  }

  /** Whole lines. */
  write(lines: string): void {
    if (this.#closed !== undefined) return;
    this.#lines += lines;
    if (this.#lines.length >= LOG_FLUSH_BYTES) this.#flush();
    // Not an interval, which would wake an idle process.
    else this.#timer ??= setTimeout(() => this.#flush(), this.#flushMs).unref();
  }

  /** Opens the path again after logrotate(8) has moved the file. If that fails, goes on with the old file. */
  reopen(): void {
    if (this.#path === undefined || this.#closed !== undefined) return;
    try {
      const next = this.#open(openLogFile(this.#path));
      this.#flush();
      end(this.#boom);
      this.#boom = next;
    } catch (error) {
      this.#onError(`the log ${this.#path} could not be opened again: ${(error as Error).message}`);
    }
  }

  /** Resolves when all is written, or cannot be. A second call gets the same promise. */
  close(): Promise<void> {
    this.#closed ??= this.#end();
    return this.#closed;
  }

  #end(): Promise<void> {
    this.#flush();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, LOG_CLOSE_MS);
      const onEnd = (): void => {
        clearTimeout(timer);
        resolve();
      };
      this.#boom.once('close', onEnd);
      this.#boom.once('error', onEnd);
      end(this.#boom);
    });
  }

  #open(fd: number): SonicBoom {
    const boom = new sonicBoom.SonicBoom({ fd, maxLength: LOG_BUFFERED_BYTES_MAX, sync: false });
    boom.on('drop', (lines: string) => {
      this.#lostLines += lines.split('\n').length - 1;
    });
    // The next lines repeat the write. Reported once.
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

/** Writes the lines that wait, and closes the file: also at an error, after which the library would wait for more lines. */
function end(boom: SonicBoom): void {
  boom.once('error', () => boom.destroy());
  boom.end();
}

/** Opens a pipe again, so that O_NONBLOCK does not change it for other processes. */
function withoutWaiting(fd: number): number {
  try {
    return fstatSync(fd).isFIFO() ? openSync(`/proc/self/fd/${fd}`, LOG_FLAGS) : fd;
  } catch {
    return fd; // it is another user's, or /proc is not mounted
  }
}
