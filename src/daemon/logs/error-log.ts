/** What an operator should know, by how much of it they want to know. */
import { LOG_LEVELS, type LogLevel } from '../config/config.js';

/** Takes a line that is to be told. */
export type LogSink = (level: LogLevel, message: string) => void;

export class ErrorLog {
  readonly #most: number;
  readonly #sink: LogSink;

  constructor(level: LogLevel, sink: LogSink) {
    this.#most = LOG_LEVELS.indexOf(level);
    this.#sink = sink;
  }

  /** Something failed that should not have. */
  error(message: string, error?: unknown): void {
    this.tell('error', error === undefined ? message : `${message}: ${detailsOf(error)}`);
  }

  /** Something was asked for and is not done; serving goes on. */
  warn(message: string): void {
    this.tell('warn', message);
  }

  /** What was done. */
  info(message: string): void {
    this.tell('info', message);
  }

  debug(message: string): void {
    this.tell('debug', message);
  }

  /** Where the level is known only now: what another process has told. */
  tell(level: LogLevel, message: string): void {
    if (LOG_LEVELS.indexOf(level) <= this.#most) this.#sink(level, message);
  }
}

/** On a terminal, and in the journal, which has the time by itself. */
export const toStderr: LogSink = (_level, message) => {
  console.error(`epoll-reactor: ${printable(message)}`);
};

/** As a line of a file; what follows in further lines, such as a stack, is set in. */
export function fileLine(level: LogLevel, message: string): string {
  return `${new Date().toISOString()} ${level} [${process.pid}] ${printable(message).replaceAll('\n', '\n\t')}\n`;
}

/** An error can have in it what a client has sent: it does not reach the terminal of who reads it. */
function printable(message: string): string {
  return message.replace(
    /[^\P{Cc}\t\n]/gu,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

function detailsOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
