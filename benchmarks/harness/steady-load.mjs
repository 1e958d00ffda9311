/**
 * A load in its steady state. wrk runs; when each of its connections was answered and the warm-up is over, a window is
 * measured from outside. The number of requests follows from the kernel's count of the bytes that the clients received. wrk's
 * own totals would include the start, which with a thousand threads is most of the time.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { grouped } from '../report/figures.mjs';
import { Cannot } from './cannot.mjs';
import { requireRoom } from './contender.mjs';
import { bytesReceived } from './kernel-sockets.mjs';
import { untilCount } from './patience.mjs';
import { cpuMicros } from './process-tree.mjs';
import { startWrk } from './wrk.mjs';

/** @import { Server, Settings } from '../types.js' */

/**
 * @param {Server} server
 * @param {Settings & { connections: number }} options
 * @throws  Cannot if a connection is not answered
 */
export async function measureLoad(server, { connections, warmupMs, windowMs, patience, memoryBytesMax }) {
  const wrk = startWrk(server.url, connections);
  try {
    const { reached, gaveUp } = await untilCount(
      async () => {
        requireRoom(server, memoryBytesMax);
        const received = await bytesReceived(server.port);
        return [...received.values()].filter((bytes) => bytes >= server.responseBytes).length;
      },
      connections,
      patience,
    );
    if (gaveUp)
      throw new Cannot(`answers ${grouped(reached)} of ${grouped(connections)} active connections (${gaveUp})`);
    await sleep(warmupMs);
    const before = await sample(server);
    await sleep(windowMs);
    const after = await sample(server);
    const requests = (after.bytes - before.bytes) / server.responseBytes;
    const cpu = after.cpuMicros - before.cpuMicros;
    const micros = (after.atMs - before.atMs) * 1000;
    if (requests < 1) throw new Cannot(`no answer in ${windowMs / 1000} s`);
    const starved = [...before.clients].filter(([client, bytes]) => after.clients.get(client) === bytes).length;
    return {
      requestsPerSecond: (requests / micros) * 1e6,
      cpuMicrosPerRequest: cpu / requests,
      cpuShare: cpu / micros,
      complaints: [
        ...(starved > 0 ? [`${starved} connections got no answer in the window`] : []),
        ...(await wrk.finish()),
      ],
    };
  } finally {
    await wrk.finish();
  }
}

/**
 * Reads the values in the same order each time, so that the duration of a call shifts both ends of the window equally.
 * @param {Server} server
 */
async function sample(server) {
  const clients = await bytesReceived(server.port);
  const atMs = performance.now();
  const bytes = [...clients.values()].reduce((sum, received) => sum + received, 0);
  return { clients, bytes, atMs, cpuMicros: cpuMicros(server.pids()) };
}
