/** How long a server takes from its start to the last byte of its first answer. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Cannot } from './cannot.mjs';
import { endProcess, hasEnded, startProcess } from './children.mjs';
import { freePort } from './contender.mjs';
import { pinned } from './cores.mjs';
import { memoryBytes, processTree } from './process-tree.mjs';
import { ask, getRequest } from './response-check.mjs';

const TIMEOUT_MS = 10_000;
const RETRY_MS = 1;

/**
 * @param {import('./contender.mjs').Contender} contender
 * @param {import('./contender.mjs').Site} site
 * @returns {Promise<{ startMs: number, pssBytes: number }>}  memory: when it has answered once
 */
export async function measureFirstAnswer(contender, site) {
  const port = await freePort();
  const command = pinned(contender.command(site.folder, port), contender.isOnAllCores ?? false);
  const begin = performance.now();
  const child = startProcess(command);
  try {
    for (;;) {
      if (hasEnded(child)) throw new Cannot(`does not start: ${child.stderrText.trim().split('\n')[0]}`);
      if (performance.now() - begin > TIMEOUT_MS) throw new Cannot(`no answer after ${TIMEOUT_MS / 1000} s`);
      try {
        const { body } = await ask(port, getRequest(site.path));
        const startMs = performance.now() - begin;
        if (!body.equals(site.body)) throw new Cannot('the first answer is not the file');
        return { startMs, ...memoryBytes(processTree(/** @type {number} */ (child.pid))) };
      } catch (error) {
        if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ECONNREFUSED') throw error;
      }
      await sleep(RETRY_MS);
    }
  } finally {
    await endProcess(child);
  }
}
