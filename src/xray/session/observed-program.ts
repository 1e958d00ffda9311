/** An observed program, as the page's server uses it. session.ts implements it with a process. */
import type { ExperimentName, Header } from '../records.js';

/** Lines of a recording, without line ends. */
export type OnLines = (lines: readonly string[]) => void;

export interface ObservedProgram {
  readonly header: Header;
  /** From now on; first all lines that are kept, the header included. @returns  ends it */
  subscribe(onLines: OnLines): () => void;
  pause(): void;
  resume(): void;
  /** One turn: at once, or as soon as a descriptor is ready. Pauses a program that runs. */
  step(): void;
  /** Slow motion: so many turns a second. undefined: as fast as it is. */
  readonly speed: number | undefined;
  setSpeed(turnsPerSecond: number | undefined): void;
  /** Runs to its end. @throws  Error if another one is running */
  runExperiment(name: ExperimentName): Promise<void>;
  /** Ends the process. */
  close(): Promise<void>;
}

/** What the command starts. */
export interface ProgramStart {
  /** For the header: the name of a model, or `server`. */
  readonly model: string;
  /** The program and its arguments. Its process group is its own, so that Ctrl-C in a terminal reaches the command alone. */
  readonly command: readonly [program: string, ...args: string[]];
  /** Whether stdin and stdout are those of the command, or none. Stderr is the command's: it shows a user's mistake. */
  readonly stdio: 'inherit' | 'ignore';
}

export interface ProgramEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A program with a process of its own. */
export interface StartedProgram extends ObservedProgram {
  /** Resolves when the process is gone. */
  readonly ended: Promise<ProgramEnd>;
  /** Sends the process a signal, which takes effect also while it is held. */
  kill(signal: NodeJS.Signals): void;
}
