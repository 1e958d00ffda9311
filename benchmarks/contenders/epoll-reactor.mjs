/** This package: the command for files, and programs as a user writes them. All limits, deadlines and checks are on. */
import { readFileSync } from 'node:fs';
import { benchmarkFile } from './version.mjs';

/** @typedef {import('../harness/contender.mjs').Contender} Contender */

export const OURS = 'epoll-reactor';

const CLI = benchmarkFile('../dist/daemon/cli.js');
const HELLO = benchmarkFile('programs/hello.mjs');

/** By the way in which a program answers hello. */
export const HANDLERS = /** @type {const} */ ({
  'fast handler': 'handler',
  'fetch handler': 'fetch',
  'fetch handler (FastResponse)': 'fetch-fast',
  'Hono on epoll-reactor': 'hono',
  'Hono on epoll-reactor (FastResponse)': 'hono-fast',
});

/** @param {string} node  the program that runs it @param {string} nodeVersion @returns {Contender[]} */
export function epollReactor(node, nodeVersion) {
  const own = JSON.parse(readFileSync(benchmarkFile('../package.json'), 'utf8')).version;
  const version = `epoll-reactor ${own}, Node ${nodeVersion}`;
  return [
    {
      name: OURS,
      version,
      command: (folder, port) => [node, '--max-semi-space-size=1', CLI, folder, '--port', `${port}`],
    },
    ...Object.entries(HANDLERS).map(([name, handler]) => ({
      name,
      version,
      command: (/** @type {string} */ _, /** @type {number} */ port) => [node, HELLO, handler, `${port}`],
    })),
  ];
}
