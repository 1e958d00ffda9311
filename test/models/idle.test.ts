/** The CPU time of an idle model. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { get } from '../client/raw-client.js';
import { isAsleep, processorMs, stateOf, until, wakeups } from '../support/process-info.js';
import { endModels, ModelProcess } from './model-process.js';
import { MODELS_HERE } from './models-here.js';
import { Site } from './site.js';

// Only time shows that a model does nothing. The time is not fixed, because a busy machine may give the processor to others:
// the test lasts until busy-polling has used BURNT_MS of it.
const BURNT_MS = 500;
const SAMPLE_MS = 10;
/** Two ticks of the kernel's clock: V8 may clean up after its start. */
const REST_MS = 20;
/** For the same reason. A model that looked every 10 ms would wake 50 times. */
const WAKEUPS_MAX = 2;

/** V8 gives memory back 8 s after its last allocation, which on a busy machine is within the time of the test. */
const WITHOUT_REDUCER =
  "data:text/javascript,import{setFlagsFromString}from'node:v8';setFlagsFromString('--no-memory-reducer')";

const site = new Site();
const models: ModelProcess[] = [];

beforeAll(async () => {
  for (const name of MODELS_HERE) {
    const model = await ModelProcess.startWith({ NODE_OPTIONS: `--import=${WITHOUT_REDUCER}` }, name, site.folder);
    models.push(model);
    const client = await model.connect();
    await client.send(get('/page.html'));
    await client.response();
  }
});

afterAll(async () => {
  await endModels();
  site[Symbol.dispose]();
});

function usedMs(model: ModelProcess): number {
  return model.pids.reduce((sum, pid) => sum + processorMs(pid), 0);
}

function wakeupsOf(model: ModelProcess): number {
  return model.pids.reduce((sum, pid) => sum + wakeups(pid), 0);
}

test('for a silent client busy-polling uses a whole processor, and all other models use none', async () => {
  const busy = models.find((model) => model.name === 'busy-polling') as ModelProcess;
  const waiting = models.filter((model) => model !== busy);

  // The start ends after the first answer: other threads go on compiling.
  let quietFor = 0;
  let total = -1;
  await until('the waiting models are at rest', () => {
    const now = waiting.reduce((sum, model) => sum + usedMs(model), 0);
    // On a busy machine, one that uses no processor may be waiting for it.
    const isQuiet = now === total && waiting.every((model) => model.pids.every(isAsleep));
    quietFor = isQuiet ? quietFor + 1 : 0;
    total = now;
    return quietFor >= 10;
  });

  const before = new Map(models.map((model) => [model, usedMs(model)]));
  const burnt = (model: ModelProcess): number => usedMs(model) - (before.get(model) as number);
  const wakeupsBefore = new Map(waiting.map((model) => [model, wakeupsOf(model)]));
  const states: string[] = [];
  while (burnt(busy) < BURNT_MS) {
    await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS));
    states.push(stateOf(busy.pid));
  }

  // It never waits: it always has the processor or wants it. (It may wait for its own garbage collector.)
  expect(states.filter((state) => state === 'R').length / states.length).toBeGreaterThan(0.5);
  for (const model of waiting) {
    const woken = wakeupsOf(model) - (wakeupsBefore.get(model) as number);
    expect({ model: model.name, sleeps: woken <= WAKEUPS_MAX, rests: burnt(model) <= REST_MS }).toEqual({
      model: model.name,
      sleeps: true,
      rests: true,
    });
  }
});
