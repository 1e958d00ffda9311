/** The logs of a process that writes them itself: a supervisor, or a command without workers. */
import type { Config } from '../config/config.js';
import { UserError } from '../config/user-error.js';
import { ErrorLog, fileLine, toStderr } from './error-log.js';
import { LogWriter } from './log-writer.js';

const STDOUT = 1;

const HINTS: Readonly<Record<string, string>> = {
  ENXIO: 'no process reads from this pipe',
  ELOOP: 'it is a symbolic link: give the path of the file',
};

export class Logs {
  readonly error: ErrorLog;
  readonly access: LogWriter | undefined;
  readonly #errorWriter: LogWriter | undefined;

  /** @throws  UserError for a path that cannot be written */
  constructor({ accessLog, accessLogFormat, errorLog, logLevel }: Config) {
    // A failing log is reported on stderr.
    const onError = (message: string): void => toStderr('error', message);
    this.#errorWriter = errorLog === 'stderr' ? undefined : open(errorLog, onError);
    const writer = this.#errorWriter;
    this.error = new ErrorLog(
      logLevel,
      writer === undefined ? toStderr : (level, message) => writer.write(fileLine(level, message)),
    );
    if (accessLog === 'stdout') this.access = new LogWriter(STDOUT, onError, accessLogFormat);
    else if (accessLog !== 'off') this.access = open(accessLog, onError);
  }

  /** Lines of the access log that were dropped. */
  get lostLines(): number {
    return this.access?.lostLines ?? 0;
  }

  /** After logrotate has moved them: SIGUSR1. */
  reopen(): void {
    this.access?.reopen();
    this.#errorWriter?.reopen();
  }

  /** Resolves when all is written. */
  async close(): Promise<void> {
    await Promise.all([this.access?.close(), this.#errorWriter?.close()]);
  }
}

function open(path: string, onError: (message: string) => void): LogWriter {
  try {
    return new LogWriter(path, onError);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    const hint = HINTS[code] ?? 'make its folder first, and check its permissions';
    throw new UserError(`the log ${path} cannot be written (${code})`, hint);
  }
}
