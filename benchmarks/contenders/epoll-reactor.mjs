/** This package: the command for files, and programs as a user writes them. All limits, deadlines and checks are on. */
import { readFileSync } from 'node:fs';
import { benchmarkFile } from './version.mjs';

/** @import { Contender, KeyFiles } from '../types.js' */

export const OURS = 'epoll-reactor';
export const OURS_SECURE = 'epoll-reactor (https)';

/** The command while the X-ray's observer is in it, and samples. */
export const OBSERVED = 'epoll-reactor (observed)';

export const CLI = benchmarkFile('../dist/cli.cjs');
const HELLO = benchmarkFile('programs/hello.mjs');
const OBSERVED_PROGRAM = benchmarkFile('programs/observed.mjs');
const RING = benchmarkFile('programs/ring.mjs');

/** The argument of programs/hello.mjs by the name of the contender. */
const HANDLERS = {
  'fast handler': 'handler',
  'fetch handler': 'fetch',
  'fetch handler (FastResponse)': 'fetch-fast',
  'Hono on epoll-reactor': 'hono',
  'Hono on epoll-reactor (FastResponse)': 'hono-fast',
};

export const OUR_CONTENDERS = new Set([
  OURS,
  OURS_SECURE,
  OBSERVED,
  'fast handler (https)',
  ...Object.keys(HANDLERS),
  'Epoll.wait()',
  'Epoll.poll()',
]);

/** @param {string} node @param {string} nodeVersion @param {KeyFiles} [keys]  for HTTPS @returns {Contender[]} */
export function epollReactor(node, nodeVersion, { cert, key } = { cert: '', key: '' }) {
  const own = JSON.parse(readFileSync(benchmarkFile('../package.json'), 'utf8')).version;
  const version = `epoll-reactor ${own}, Node ${nodeVersion}`;
  return [
    {
      name: OURS,
      version,
      command: (folder = '', port = '') => [node, '--max-semi-space-size=1', CLI, folder, '--port', port],
    },
    {
      name: OURS_SECURE,
      version,
      isSecure: true,
      command: (folder = '', port = '') => [
        ...[node, '--max-semi-space-size=1', CLI, folder, '--port', port],
        ...['--tls-cert', cert, '--tls-key', key],
      ],
    },
    {
      name: 'fast handler (https)',
      version,
      isSecure: true,
      command: (_ = '', port = '') => [node, HELLO, 'handler', port, cert, key],
    },
    {
      name: OBSERVED,
      version,
      command: (folder = '', port = '') => [node, OBSERVED_PROGRAM, CLI, folder, port],
    },
    ...Object.entries(HANDLERS).map(([name, handler]) => ({
      name,
      version,
      command: (_ = '', port = '') => [node, HELLO, handler, port],
    })),
    { name: 'Epoll.wait()', version, command: (...args) => [node, RING, ...args] },
    { name: 'Epoll.poll()', version, command: (...args) => [node, RING, ...args, 'poll'] },
  ];
}
