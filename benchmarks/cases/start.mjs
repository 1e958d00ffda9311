/** From the start of the process to its first answer: what a deployment, or a crash, costs. */
import { MEMORY, START_MS } from '../bench/figures.mjs';
import { OURS } from '../contenders/epoll-reactor.mjs';
import { measureFirstAnswer } from '../harness/first-answer.mjs';
import { createSite } from '../harness/site.mjs';

/** @type {import('./case.mjs').Case} */
export const start = {
  name: 'start',
  title: 'From the start to the first answer',
  contenders: ['floor', OURS, 'nginx', 'lighttpd', 'Bun static route', 'Deno', 'node:http', 'sirv', 'python epoll'],
  figures: [START_MS, MEMORY],
  bounds: [],
  prepare: () => {
    const site = createSite();
    return (contender) => measureFirstAnswer(contender, site);
  },
};
