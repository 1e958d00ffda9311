/** What a session is made of: a process, and what is known of it before. */
import type { ExperimentPace } from './experiment-run.js';
import type { ProgramEnd } from './observed-program.js';

/** What a session needs of the process that it shows. */
export interface SessionProcess {
  readonly ended: Promise<ProgramEnd>;
  kill(signal: NodeJS.Signals): void;
  /** Resolves when it has ended. */
  close(): Promise<void>;
}

export interface SessionOptions {
  /** For the header. */
  readonly model: string;
  readonly pace?: ExperimentPace;
  /** Files outside the package whose lines are shown. */
  readonly sources?: readonly string[];
  /** Starts the processes, which connect to this path. */
  readonly start: (socketPath: string) => SessionProcess;
}
