/** Connections that were served once and are idle since then: the memory of each, and the cost for the active ones. */
import { setTimeout as sleep } from 'node:timers/promises';
import { OURS } from '../contenders/epoll-reactor.mjs';
import { withServer } from '../harness/contender.mjs';
import { openIdleConnections } from '../harness/idle-connections.mjs';
import { memoryBytes } from '../harness/process-tree.mjs';
import { measureRequests, writeRequests } from '../harness/request-load.mjs';
import { getRequest } from '../harness/response-check.mjs';
import { createSite } from '../harness/site.mjs';
import * as figures from '../report/figures.mjs';
import { CONNECTIONS } from './request-case.mjs';

const { BYTES_PER_IDLE, CPU_ALONE, CPU_BESIDE, CPU_GROWTH, MEMORY, REQUESTS_PER_SECOND, THROUGHPUT_KEPT } = figures;

/** Memory is read after this time, when the work of new connections and the garbage collector have come to rest. */
const SETTLE_MS = 300;

/** @import { Case } from '../types.js' */

export const idle = idleCase({
  name: 'idle',
  title: 'The 1 KiB file, beside 9,000 idle connections (--quick: 1,000)',
  contenders: [OURS, 'nginx', 'lighttpd', 'Bun static route', 'node:http', 'python epoll'],
  bounds: [
    { figure: BYTES_PER_IDLE, of: OURS, atMost: 450 },
    { figure: CPU_GROWTH, of: OURS, atMost: 1.05 },
  ],
});

/** @param {Omit<Case, 'prepare' | 'figures'> & { connectionsMax?: number }} options @returns {Case} */
export function idleCase({ connectionsMax = Number.POSITIVE_INFINITY, ...about }) {
  return {
    ...about,
    figures: [CPU_BESIDE, CPU_ALONE, CPU_GROWTH, THROUGHPUT_KEPT, BYTES_PER_IDLE, REQUESTS_PER_SECOND, MEMORY],
    prepare: ({ warmupMs, windowMs, idleConnections, patience, memoryBytesMax }) => {
      const count = Math.min(idleConnections, connectionsMax);
      const site = createSite();
      const request = getRequest(site.path);
      const load = { requestsFile: writeRequests([request]), connections: CONNECTIONS, warmupMs, windowMs };
      return (contender) =>
        withServer(contender, site, async (server) => {
          const alone = await measureRequests(server, load);
          await sleep(SETTLE_MS);
          const before = memoryBytes(server.pids());
          const held = await openIdleConnections(server, count, { patience, memoryBytesMax, request });
          try {
            // The load comes first, so that the heap is in the same state as before.
            const beside = await measureRequests(server, load);
            await sleep(SETTLE_MS);
            const after = memoryBytes(server.pids());
            return {
              ...beside,
              cpuMicrosAlone: alone.cpuMicrosPerRequest,
              cpuMicrosBeside: beside.cpuMicrosPerRequest,
              cpuGrowth: beside.cpuMicrosPerRequest / alone.cpuMicrosPerRequest,
              throughputKept: beside.requestsPerSecond / alone.requestsPerSecond,
              bytesPerIdle: (after.anonymousBytes - before.anonymousBytes) / count,
            };
          } finally {
            await held.close();
          }
        });
    },
  };
}
