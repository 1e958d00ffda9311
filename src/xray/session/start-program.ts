/** Starts a program under observation. */
import { type ExperimentPace, PACE } from './experiment-run.js';
import type { ProgramEnd, ProgramStart, StartedProgram } from './observed-program.js';
import { ProgramProcess } from './program-process.js';
import { Session } from './session.js';

/**
 * Resolves when the program listens, and with its end if it ends before.
 * @throws  Error if it cannot be started, or does not listen within half a minute
 */
export async function startProgram(
  start: ProgramStart,
  pace: ExperimentPace = PACE,
): Promise<StartedProgram | ProgramEnd> {
  const session = new Session({ model: start.model, pace, start: (path) => new ProgramProcess(start, path) });
  try {
    const port = await session.whenListening();
    if (typeof port === 'number') return session;
    await session.close();
    return port;
  } catch (error) {
    await session.close();
    throw error;
  }
}
