/** Opens idle connections, gently, and makes sure that the server has accepted them all: that none waits in the kernel. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Cannot, count } from './cannot.mjs';
import { endProcess, hasEnded, startProcess } from './children.mjs';
import { requireRoom } from './contender.mjs';
import { acceptQueueLength } from './kernel-sockets.mjs';
import { untilCount } from './patience.mjs';

const HOLDER = fileURLToPath(new URL('./idle-holder.mjs', import.meta.url));

/** Not 127.0.0.1, from which wrk comes: so the kernel's counters tell them apart. */
const HOLDER_ADDRESS = '127.0.0.2';

/** At once; then the accept queue is waited for. Far below any backlog. */
const BATCH = 250;

const END_TIMEOUT_MS = 5_000;

/**
 * @param {import('./contender.mjs').Server} server
 * @param {number} connections
 * @param {{ patience: import('./patience.mjs').Patience, memoryBytesMax: number, request?: string }} options  request: that
 *   each has made, for the file of the site, before it is idle
 * @returns {Promise<{ close(): Promise<void> }>}
 * @throws  Cannot where the server does not accept them all, or does not keep them
 */
export async function openIdleConnections(server, connections, { patience, memoryBytesMax, request }) {
  const asks = request === undefined ? [] : [request, `${server.responseBytes}`];
  const holder = startProcess([process.execPath, HOLDER, `${server.port}`, HOLDER_ADDRESS, ...asks], { ipc: true });
  const close = async () => {
    if (!hasEnded(holder)) {
      const ended = once(holder, 'exit');
      holder.send('end');
      await Promise.race([ended, sleep(END_TIMEOUT_MS)]);
    }
    await endProcess(holder);
  };
  /** @returns {Promise<{ connected: number, failed: number, closed: number }>} */
  const open = async (/** @type {number} */ more) => {
    if (hasEnded(holder)) throw new Error(`the holder of idle connections ended: ${holder.stderrText}`);
    holder.send({ open: more });
    const [counts] = await once(holder, 'message');
    if (counts.ownFailure) throw new Error(`idle connections cannot be opened here: ${counts.ownFailure}`);
    return counts;
  };
  const begin = performance.now();
  try {
    for (let opened = 0; opened < connections; ) {
      const batch = Math.min(BATCH, connections - opened);
      const { connected, failed } = await open(batch);
      opened += batch;
      const { reached, gaveUp } = await untilCount(
        async () => {
          requireRoom(server, memoryBytesMax);
          return connected - (await acceptQueueLength(server.port));
        },
        connected,
        { ...patience, limitMs: Math.max(0, patience.limitMs - (performance.now() - begin)) },
      );
      if (gaveUp || failed > 0) {
        const why = gaveUp?.startsWith('after')
          ? `after ${patience.limitMs / 1000} s`
          : (gaveUp ?? `${count(failed)} failed to connect`);
        throw new Cannot(`accepts ${count(reached)} of ${count(connections)} idle connections (${why})`);
      }
    }
    const { connected, closed } = await open(0);
    if (closed > 0) {
      throw new Cannot(
        `keeps ${count(connected - closed)} of ${count(connections)} idle connections, closes the others`,
      );
    }
    return { close };
  } catch (error) {
    await close();
    throw error;
  }
}
