/** Counts the system calls of processes that run. It slows them tenfold, so that it tells how many, and not how long. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasEnded, startProcess } from '../harness/children.mjs';
import { scratchFolder } from '../harness/scratch.mjs';

/**
 * @param {readonly number[]} pids
 * @param {() => Promise<void>} act  what is counted
 * @returns {Promise<string>}  what `strace -c` has to say
 */
export async function countSystemCalls(pids, act) {
  const file = join(scratchFolder(), 'strace');
  const strace = startProcess([
    'strace',
    '-f',
    '-c',
    '-U',
    'name,calls,errors',
    '-o',
    file,
    ...pids.map((pid) => `-p${pid}`),
  ]);
  const closed = once(strace, 'close');
  while (!strace.stderrText.includes('attached') && !hasEnded(strace)) {
    await Promise.race([once(/** @type {NodeJS.EventEmitter} */ (strace.stderr), 'data'), closed]);
  }
  if (hasEnded(strace)) throw new Error(`strace: ${strace.stderrText.trim()}`);
  await act();
  strace.kill('SIGINT'); // it detaches, and writes
  await closed;
  return readFileSync(file, 'utf8');
}
