#!/usr/bin/env node
/** npm run bench: the cost of a request in this package, its peers and bare C. */
import { CASES } from './cases/catalog.mjs';
import { contenders } from './contenders/catalog.mjs';
import { runBenchmark } from './harness/benchmark.mjs';
import { writeCertificate } from './harness/certificate.mjs';

const WHOLE = {
  warmupMs: 1_000,
  windowMs: 3_000,
  patience: { stallMs: 5_000, limitMs: 30_000 },
  memoryBytesMax: 4 * 1024 ** 3,
  idleConnections: 9_000,
  steps: {},
};

await runBenchmark({
  name: 'bench',
  command: 'bench',
  about: `Measures this package beside its peers (benchmarks/setup installs them) and beside bare C: CPU time per request, requests/s,
latency, memory. Prints tables and which bounds are reached; writes bench.json and charts.`,
  cases: CASES,
  contenders: async (node, nodeVersion) => contenders(node, nodeVersion, await writeCertificate()),
  whole: WHOLE,
  quick: { ...WHOLE, warmupMs: 400, windowMs: 400, idleConnections: 1_000 },
  rounds: 5,
});
