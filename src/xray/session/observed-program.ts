/** A program that is observed: what the page's server needs of it. session.ts is the one that starts a process. */
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
  setSpeed(turnsPerSecond: number | undefined): void;
  /** Runs to its end. @throws  Error if another one is running */
  runExperiment(name: ExperimentName): Promise<void>;
  /** Ends the process. */
  close(): Promise<void>;
}
