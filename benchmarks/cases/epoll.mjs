/** Epoll alone: bytes that go round a ring of pipes, of which few or many are ready at once. See floor/ring.c. */
import { once } from 'node:events';
import { figure } from '../bench/figures.mjs';
import { endProcess, startProcess } from '../harness/children.mjs';
import { pinned } from '../harness/cores.mjs';

/** @typedef {import('../contenders/rings.mjs').Ring} Ring */

const RINGS = [
  { registered: 100, active: 1 },
  { registered: 100, active: 100 },
  { registered: 5_000, active: 50 },
  { registered: 5_000, active: 5_000 },
].map((ring) => ({ ...ring, figure: figureOf(ring) }));

/** @param {{ registered: number, active: number }} ring */
function figureOf({ registered, active }) {
  const of = `${active.toLocaleString('en-US')} of ${registered.toLocaleString('en-US')} ready`;
  const format = (/** @type {number} */ value) => Math.round(value).toLocaleString('en-US');
  return figure(`eventsPerSecond${active}of${registered}`, of, `events/s, ${of}`, format, true);
}

/** @type {import('./case.mjs').Case} */
export const epoll = {
  name: 'epoll',
  title: 'Epoll alone: events/s through a ring of pipes',
  contenders: ['C', 'Epoll.wait()', 'Epoll.poll()', 'Python select.epoll', 'npm epoll'],
  figures: RINGS.map((ring) => ring.figure),
  bounds: RINGS.flatMap((ring) => [
    { figure: ring.figure, of: 'Epoll.wait()', over: ['Python select.epoll'], atLeast: 1.5 },
    { figure: ring.figure, of: 'Epoll.wait()', over: ['npm epoll'], atLeast: 20 },
    { figure: ring.figure, of: 'Epoll.wait()', over: ['C'], atLeast: 0.6 },
  ]),
  prepare: ({ windowMs }) => {
    return async (/** @type {Ring} */ ring) => {
      /** @type {Record<string, number>} */
      const sample = {};
      for (const { registered, active, figure } of RINGS) {
        sample[figure.name] = await eventsPerSecond(ring, registered, active, windowMs / RINGS.length);
      }
      return sample;
    };
  },
};

/** @param {Ring} ring @param {number} registered @param {number} active @param {number} windowMs */
async function eventsPerSecond({ name, command, last = [] }, registered, active, windowMs) {
  const numbers = [registered, active, Math.ceil(windowMs)].map(String);
  const child = startProcess(pinned([...command, ...numbers, ...last], false));
  try {
    await once(child, 'close');
    if (child.exitCode !== 0) throw new Error(`${name}: ${child.stderrText.trim()}`);
    const { events, seconds } = JSON.parse(child.stdoutText);
    return events / seconds;
  } finally {
    await endProcess(child);
  }
}
