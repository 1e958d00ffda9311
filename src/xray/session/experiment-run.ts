/** Runs an experiment: a process of its own acts as the clients (experiments/), and ends by itself. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { PACKAGE_FOLDER } from '../../native/package-folder.js';
import type { ClientLine } from '../experiments/client-lines.js';
import type { ClientActed, ExperimentName } from '../records.js';
import { LineSplitter } from './line-splitter.js';

const CLIENT = join(PACKAGE_FOLDER, 'dist/xray-client.cjs');
const LINE_BYTES_MAX = 1024;

export interface ExperimentPace {
  /** Between two acts of a client: a person can follow them. */
  readonly paceMs: number;
  /** The clients leave when nothing moves for so long: the program is paused, or dead. */
  readonly patienceMs: number;
}

/** A person who steps through an experiment thinks for a while. */
export const PACE: ExperimentPace = { paceMs: 100, patienceMs: 60_000 };

interface ClientEvents {
  /** @param end  ends the process */
  onStart(end: () => void): void;
  onActed(act: ClientActed): void;
  /** Resolves when the program has nothing left to do without a client. */
  settle(): Promise<void>;
}

/** @throws  Error if the process cannot be started, or fails */
export async function runClient(
  name: ExperimentName,
  port: number,
  { paceMs, patienceMs }: ExperimentPace,
  { onStart, onActed, settle }: ClientEvents,
): Promise<void> {
  const child = spawn(process.execPath, [CLIENT, name, `${port}`, `${paceMs}`, `${patienceMs}`], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close'); // rejects if it could not be started
  if (child.pid === undefined) await ended; // if no descriptor was left (EMFILE), it has no streams either
  onStart(() => child.kill('SIGKILL'));
  const { stdin, stdout } = child;
  stdin.on('error', () => {}); // EPIPE: it has ended
  const lines = new LineSplitter(LINE_BYTES_MAX);
  stdout.on('data', (bytes: Buffer) => {
    for (const line of lines.push(bytes)) {
      const parsed = JSON.parse(line) as ClientLine;
      if ('settle' in parsed) void settle().then(() => stdin.write('\n'));
      else onActed(parsed);
    }
  });
  const [code, signal] = (await ended) as [number | null, NodeJS.Signals | null];
  if (code !== 0 && signal !== 'SIGKILL') throw new Error(`the clients of ${name} ended with ${signal ?? code}`);
}
