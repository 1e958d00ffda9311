/**
 * Loaded into a server before its own program (node --import): starts and stops V8's profilers when its parent says so, and
 * hands over what they have seen. Nothing of it runs while no profiler does.
 */
import { Session } from 'node:inspector/promises';
import { PerformanceObserver } from 'node:perf_hooks';

/** Short enough to see functions of a microsecond in a few seconds, long enough to slow the server by some percent only. */
const SAMPLE_INTERVAL_MICROS = 200;
/** A sample per so many bytes allocated, on average. */
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

// The command takes a channel for its predecessor's: it says there that it serves, and closes it.
process.disconnect = () => {};

process.on('message', async (/** @type {string} */ action) => {
  process.send?.({ action, seen: await ACTIONS[action]?.() });
});
