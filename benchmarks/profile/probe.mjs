/**
 * Loaded into a server before its program (node --import). Starts and stops V8's profilers on messages of the parent, and
 * sends it the profiles. In between it runs no code.
 */
import { Session } from 'node:inspector/promises';
import { PerformanceObserver } from 'node:perf_hooks';

/** Short enough to see functions of a microsecond within seconds, long enough to slow the server by only a few percent. */
const SAMPLE_INTERVAL_MICROS = 200;
/** Allocated bytes per sample, on average. */
const SAMPLE_INTERVAL_BYTES = 4 * 1024;

const session = new Session();
session.connect();

let collections = 0;
const observer = new PerformanceObserver((list) => {
  collections += list.getEntries().length;
});

/** @type {Record<string, () => Promise<unknown>>} */
const ACTIONS = {
  beginCpu: async () => {
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: SAMPLE_INTERVAL_MICROS });
    await session.post('Profiler.start');
  },
  endCpu: async () => (await session.post('Profiler.stop')).profile,
  beginHeap: async () => {
    observer.observe({ entryTypes: ['gc'] });
    collections = 0;
    await session.post('HeapProfiler.startSampling', {
      samplingInterval: SAMPLE_INTERVAL_BYTES,
      includeObjectsCollectedByMajorGC: true,
      includeObjectsCollectedByMinorGC: true,
    });
  },
  endHeap: async () => {
    const { profile } = await session.post('HeapProfiler.stopSampling');
    observer.disconnect();
    return { profile, collections };
  },
};

// The command would take the channel for that of its predecessor in an upgrade, report there that it serves, and close it.
process.disconnect = () => {};

process.on('message', async (/** @type {string} */ action) => {
  process.send?.({ action, seen: await ACTIONS[action]?.() });
});
