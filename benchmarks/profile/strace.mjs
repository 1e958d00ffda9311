/** Counts the system calls of running processes. strace slows them tenfold, so it shows the number of calls, not their duration. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasEnded, startProcess } from '../harness/children.mjs';
import { scratchFolder } from '../harness/scratch.mjs';

/**
 * @param {readonly number[]} pids
 * @param {() => Promise<void>} act  while it runs, calls are counted
 * @returns {Promise<string>}  the output of `strace -c`
 */
export async function countSystemCalls(pids, act) {
  const file = join(scratchFolder(), 'strace');
  const options = ['-f', '-c', '-U', 'name,calls,errors', '-o', file];
  const strace = startProcess(['strace', ...options, ...pids.map((pid) => `-p${pid}`)]);
  const closed = once(strace, 'close');
  while (!strace.stderrText.includes('attached') && !hasEnded(strace)) {
    await Promise.race([once(/** @type {NodeJS.EventEmitter} */ (strace.stderr), 'data'), closed]);
  }
  if (hasEnded(strace)) throw new Error(`strace: ${strace.stderrText.trim()}`);
  await act();
  strace.kill('SIGINT'); // strace detaches and writes the counts
  await closed;
  return readFileSync(file, 'utf8');
}
