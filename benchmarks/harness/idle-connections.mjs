/** Opens idle connections in small batches, and makes sure that the server has accepted them all. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { grouped } from '../report/figures.mjs';
import { Cannot } from './cannot.mjs';
import { endProcess, hasEnded, startProcess } from './children.mjs';
import { requireRoom } from './contender.mjs';
import { acceptQueueLength } from './kernel-sockets.mjs';
import { untilCount } from './patience.mjs';

const HOLDER = fileURLToPath(new URL('./idle-holder.mjs', import.meta.url));

/** Connections that are opened at once, far below any backlog. Before the next batch the accept queue must be empty. */
const BATCH = 250;

const END_TIMEOUT_MS = 5_000;

/** @import { Patience, Server } from '../types.js' */

/**
 * @param {Server} server
 * @param {number} connections
 * @param {{ patience: Patience, memoryBytesMax: number, request?: string }} options  request: for the file of the site; each
 *   connection sends it once before it is idle
 * @returns {Promise<{ close(): Promise<void> }>}
 * @throws  Cannot if the server does not accept or keep them all
 */
export async function openIdleConnections(server, connections, { patience, memoryBytesMax, request }) {
  const asks = request === undefined ? [] : [request, `${server.responseBytes}`];
  const holder = startProcess(
    [process.execPath, HOLDER, server.isSecure ? 'https' : 'http', `${server.port}`, ...asks],
    { ipc: true },
  );
  const close = async () => {
    if (!hasEnded(holder)) {
      const ended = once(holder, 'exit');
      holder.disconnect();
      await Promise.race([ended, sleep(END_TIMEOUT_MS)]);
    }
    await endProcess(holder);
  };
  /** @returns {Promise<{ connected: number, failed: number, closed: number }>} */
  const open = async (/** @type {number} */ more) => {
    if (hasEnded(holder)) throw new Error(`the holder of idle connections ended: ${holder.stderrText}`);
    holder.send(more);
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
        patience,
        begin,
      );
      if (gaveUp || failed > 0) {
        const why = gaveUp ?? `${grouped(failed)} failed to connect`;
        throw new Cannot(`accepts ${grouped(reached)} of ${grouped(connections)} idle connections (${why})`);
      }
    }
    const { connected, closed } = await open(0);
    if (closed > 0) {
      throw new Cannot(`keeps ${grouped(connected - closed)} of ${grouped(connections)} idle connections`);
    }
    return { close };
  } catch (error) {
    await close();
    throw error;
  }
}
