/** Messages for operators, by level. */
import { printable } from '../../native/printable-text.js';
import { LOG_LEVELS, type LogLevel } from '../config/value-shapes.js';

/** Writes a message. */
export type LogSink = (level: LogLevel, message: string) => void;

export class ErrorLog {
  readonly #most: number;
  readonly #sink: LogSink;

  constructor(level: LogLevel, sink: LogSink) {
    this.#most = LOG_LEVELS.indexOf(level);
    this.#sink = sink;
  }

  /** A failure that should not happen. */
  error(message: string, error?: unknown): void {
    this.tell('error', error === undefined ? message : `${message}: ${detailsOf(error)}`);
  }

  /** A failed action; the server goes on. */
  warn(message: string): void {
    this.tell('warn', message);
  }

  /** A change that was made. */
  info(message: string): void {
    this.tell('info', message);
  }

  debug(message: string): void {
    this.tell('debug', message);
  }

  /** At a level that is known only now: a message of another process. */
  tell(level: LogLevel, message: string): void {
    if (LOG_LEVELS.indexOf(level) <= this.#most) this.#sink(level, message);
  }
}

/** For a terminal, and for the journal, which adds the time itself. */
export const toStderr: LogSink = (_level, message) => {
  console.error(`epoll-reactor: ${printableLines(message).join('\n')}`);
};

/** As a line of a file; the frames of a stack follow in lines that are set in. */
export function fileLine(level: LogLevel, message: string): string {
  return `${new Date().toISOString()} ${level} [${process.pid}] ${printableLines(message).join('\n\t')}\n`;
}

/** The message and the frames of a stack. Any other line end is escaped: an error can quote what a client has sent. */
function printableLines(message: string): readonly string[] {
  return message.split(/\n(?= {4}at )/).map(printable);
}

function detailsOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
