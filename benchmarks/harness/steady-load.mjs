/**
 * Load in its steady state: wrk runs, and when each of its connections has been answered and the warm-up is over, a window
 * is measured from outside. Requests are what the kernel counted (bytes received by the clients), CPU time what the server
 * used meanwhile. wrk's own totals would include the beginning: with a thousand threads to start, mostly that.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Cannot, count } from './cannot.mjs';
import { requireRoom } from './contender.mjs';
import { bytesReceived } from './kernel-sockets.mjs';
import { untilCount } from './patience.mjs';
import { cpuMicros } from './process-tree.mjs';
import { startWrk } from './wrk.mjs';

/**
 * @typedef {object} LoadOptions
 * @property {number} connections
 * @property {number} warmupMs
 * @property {number} windowMs
 * @property {import('./patience.mjs').Patience} patience
 * @property {number} memoryBytesMax
 */

/**
 * @typedef {object} LoadSample
 * @property {number} requestsPerSecond
 * @property {number} cpuMicrosPerRequest
 * @property {number} cpuShare     of one core; 1 = all of it
 * @property {number} starved      connections without an answer in the window
 * @property {string[]} complaints what wrk reported
 */

/**
 * @param {import('./contender.mjs').Server} server
 * @param {LoadOptions} options
 * @returns {Promise<LoadSample>}
 * @throws  Cannot where not all of the connections are answered
 */
export async function measureLoad(server, { connections, warmupMs, windowMs, patience, memoryBytesMax }) {
  const wrk = startWrk(server.url, connections);
  try {
    await requireAllAnswered(server, connections, patience, memoryBytesMax);
    await sleep(warmupMs);
    const before = await sample(server);
    await sleep(windowMs);
    const after = await sample(server);
    const requests = (after.bytes - before.bytes) / server.responseBytes;
    const cpu = after.cpuMicros - before.cpuMicros;
    const micros = (after.atMs - before.atMs) * 1000;
    if (requests < 1) throw new Cannot(`no answer in ${windowMs / 1000} s`);
    let starved = 0;
    for (const [client, bytes] of before.clients) if (after.clients.get(client) === bytes) starved++;
    return {
      requestsPerSecond: (requests / micros) * 1e6,
      cpuMicrosPerRequest: cpu / requests,
      cpuShare: cpu / micros,
      starved,
      complaints: await wrk.finish(),
    };
  } finally {
    await wrk.finish();
  }
}

/**
 * @param {import('./contender.mjs').Server} server
 * @param {number} connections
 * @param {import('./patience.mjs').Patience} patience
 * @param {number} memoryBytesMax
 */
async function requireAllAnswered(server, connections, patience, memoryBytesMax) {
  const { reached, gaveUp } = await untilCount(
    async () => {
      requireRoom(server, memoryBytesMax);
      let answered = 0;
      for (const bytes of (await bytesReceived(server.port)).values()) if (bytes >= server.responseBytes) answered++;
      return answered;
    },
    connections,
    patience,
  );
  if (gaveUp) throw new Cannot(`answers ${count(reached)} of ${count(connections)} active connections (${gaveUp})`);
}

/** Always in the same order, so that what one call takes shifts both ends of the window alike. */
async function sample(/** @type {import('./contender.mjs').Server} */ server) {
  const clients = await bytesReceived(server.port);
  const atMs = performance.now();
  let bytes = 0;
  for (const received of clients.values()) bytes += received;
  return { clients, bytes, atMs, cpuMicros: cpuMicros(server.pids()) };
}
