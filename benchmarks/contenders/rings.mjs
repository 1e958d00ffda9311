/** Who passes bytes round a ring of pipes: epoll alone, in each language. See floor/ring.c. */
import { floorRing } from './floor.mjs';
import { PYTHON, pythonVersion } from './python.mjs';
import { benchmarkFile, peerVersion, SETUP_HINT } from './version.mjs';

/**
 * @typedef {object} Ring
 * @property {string} name
 * @property {string} version
 * @property {readonly string[]} command  before its numbers and what becomes of the bytes
 * @property {readonly string[]} [last]   behind them
 * @property {string} [missing]
 */

/** @param {string} node @param {string} nodeVersion @returns {Ring[]} */
export function rings(node, nodeVersion) {
  const cpython = pythonVersion();
  const peer = peerVersion('epoll');
  const ours = { version: `Node ${nodeVersion}`, command: [node, benchmarkFile('programs/ring.mjs')] };
  return [
    floorRing(),
    { ...ours, name: 'Epoll.wait()' },
    { ...ours, name: 'Epoll.poll()', last: ['poll'] },
    {
      name: 'Python select.epoll',
      version: cpython ?? '',
      command: [PYTHON, benchmarkFile('python/epoll_ring.py')],
      ...(cpython === undefined ? { missing: SETUP_HINT } : {}),
    },
    {
      name: 'npm epoll',
      version: `${peer}, Node ${nodeVersion}`,
      command: [node, benchmarkFile('peers/epoll-ring.mjs')],
      ...(peer === undefined ? { missing: SETUP_HINT } : {}),
    },
  ];
}
