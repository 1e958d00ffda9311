/** Epoll alone: a ring of pipes, with few or many ready at once. See floor/ring.c. */
import { outputOf } from '../harness/children.mjs';
import { pinned } from '../harness/cores.mjs';
import { figure, grouped } from '../report/figures.mjs';

/** @import { Case, Contender } from '../types.js' */

const RINGS = [
  { registered: 100, active: 1 },
  { registered: 100, active: 100 },
  { registered: 5_000, active: 50 },
  { registered: 5_000, active: 5_000 },
].map(({ registered, active }) => {
  const title = `${grouped(active)} of ${grouped(registered)} ready`;
  const name = `eventsPerCpuSecond${active}of${registered}`;
  return { registered, active, figure: figure(name, title, `events/s, ${title}`, grouped, true) };
});

const PASS = 'Epoll and a read and a write for each event: events per second of CPU, through a ring of pipes';

export const EPOLL_CASES = [
  epollCase('epoll', 'Epoll alone: events per second of CPU, of pipes that stay ready', 'stay'),
  epollCase('epoll-ring', PASS, 'pass'),
];

/** @param {string} name @param {string} title @param {'pass' | 'stay'} bytes @returns {Case} */
function epollCase(name, title, bytes) {
  return {
    name,
    title,
    contenders: ['C', 'Epoll.wait()', 'Epoll.poll()', 'Python select.epoll', 'npm epoll'],
    figures: RINGS.map((ring) => ring.figure),
    bounds: RINGS.flatMap((ring) => [
      { figure: ring.figure, of: 'Epoll.wait()', over: ['Python select.epoll'], atLeast: 1.5 },
      { figure: ring.figure, of: 'Epoll.wait()', over: ['npm epoll'], atLeast: 20 },
      { figure: ring.figure, of: 'Epoll.wait()', over: ['C'], atLeast: 0.6 },
    ]),
    prepare:
      ({ windowMs }) =>
      async (contender) => {
        /** @type {Record<string, number>} */
        const sample = {};
        for (const { registered, active, figure } of RINGS) {
          const numbers = [registered, active, Math.ceil(windowMs / RINGS.length)].map(String);
          sample[figure.name] = await eventsPerCpuSecond(contender, [...numbers, bytes]);
        }
        return sample;
      },
  };
}

/** @param {Contender} contender @param {readonly string[]} args */
async function eventsPerCpuSecond({ name, command }, args) {
  const { events, seconds } = await outputOf(name, pinned(command(...args), false));
  return events / seconds;
}
