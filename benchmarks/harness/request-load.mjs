/**
 * A load of given requests: a run of wrk to warm up, and one that is measured. wrk counts requests and latencies; CPU time is
 * that of the server's process tree from before wrk starts until after it ends, when an idle server uses none.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Cannot } from './cannot.mjs';
import { cpuMicros, memoryBytes } from './process-tree.mjs';
import { scratchFolder } from './scratch.mjs';
import { runWrk } from './wrk.mjs';

/**
 * @param {readonly string[]} payloads sent in turn, each at once: a request, or several that are pipelined
 * @returns {string} a file with the payloads, for wrk-requests.lua
 */
export function writeRequests(payloads) {
  const file = join(scratchFolder(), 'requests');
  writeFileSync(file, payloads.join('\0'), 'latin1');
  return file;
}

/**
 * @param {import('../types.js').Server} server
 * @param {{ requestsFile: string, connections: number, warmupMs: number, windowMs: number }} load
 * @throws  Cannot if the server ends or answers with errors
 */
export async function measureRequests(server, { requestsFile, connections, warmupMs, windowMs }) {
  const load = (/** @type {number} */ ms) => runWrk(server.url, connections, requestsFile, ms);
  await load(warmupMs);
  server.requireAlive();
  const before = cpuMicros(server.pids());
  const { requests, bytes, micros, complaints, ...latency } = await load(windowMs);
  server.requireAlive();
  const cpu = cpuMicros(server.pids()) - before;
  const refusal = complaints.find((text) => text.includes('Non-2xx'));
  if (refusal !== undefined) throw new Cannot(refusal);
  if (requests === 0) throw new Cannot(`no answer in ${windowMs / 1000} s`);
  return {
    requestsPerSecond: (requests / micros) * 1e6,
    cpuMicrosPerRequest: cpu / requests,
    gigabytesPerSecond: bytes / micros / 1000,
    cpuMillisPerGigabyte: cpu / 1000 / (bytes / 1e9),
    ...latency,
    ...memoryBytes(server.pids()),
    complaints,
  };
}
