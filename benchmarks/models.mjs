#!/usr/bin/env node
/** npm run bench:models: the cost of each way of waiting, from one client to thousands. */
import { MODEL_CASES } from './cases/models.mjs';
import { modelContenders } from './contenders/catalog.mjs';
import { runBenchmark } from './harness/benchmark.mjs';

const WHOLE = {
  warmupMs: 300,
  windowMs: 1_000,
  patience: { stallMs: 5_000, limitMs: 60_000 },
  memoryBytesMax: 8 * 1024 ** 3, // a thread of Node takes 7 MiB, and other users may need the machine
  idleConnections: 0,
  steps: { active: [1, 2, 8, 32, 128, 512, 1000], idle: [0, 100, 1000, 3000, 9000] },
};

await runBenchmark({
  name: 'models',
  command: 'bench:models',
  about: `Measures the models and the tutorial's servers, rewritten in Python, side by side: throughput and CPU per request over active
connections, beside idle ones, memory per connection, fairness. Prints tables; writes models.json and charts.`,
  cases: MODEL_CASES,
  contenders: modelContenders,
  whole: WHOLE,
  quick: {
    ...WHOLE,
    warmupMs: 150,
    windowMs: 400,
    patience: { stallMs: 1_500, limitMs: 6_000 },
    steps: { active: [1, 256], idle: [0, 1000] },
  },
  rounds: 3,
});
