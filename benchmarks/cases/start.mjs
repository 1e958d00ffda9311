/** The time from the start of the process to its first answer: the cost of a deployment or a crash. */
import { OURS } from '../contenders/epoll-reactor.mjs';
import { withServer } from '../harness/contender.mjs';
import { memoryBytes } from '../harness/process-tree.mjs';
import { createSite } from '../harness/site.mjs';
import { MEMORY, START_MS } from '../report/figures.mjs';

/** @type {import('../types.js').Case} */
export const start = {
  name: 'start',
  title: 'From the start to the first answer',
  contenders: ['floor', OURS, 'nginx', 'lighttpd', 'Bun static route', 'Deno', 'node:http', 'sirv', 'python epoll'],
  figures: [START_MS, MEMORY],
  bounds: [{ figure: START_MS, of: OURS, over: ['node:http'], atMost: 1.3 }],
  prepare: () => {
    const site = createSite();
    return (contender) =>
      withServer(contender, site, async ({ startMs, pids }) => ({ startMs, ...memoryBytes(pids()) }));
  },
};
