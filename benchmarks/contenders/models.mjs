/** The ten models, and the tutorial's three servers in Python as it has them. */
import { python } from './python.mjs';
import { benchmarkFile, requireBuild } from './version.mjs';

/** @import { Contender } from '../types.js' */

const CLI = benchmarkFile('../dist/daemon/cli.js');

/** @param {string} node @param {string} nodeVersion @returns {Promise<Contender[]>} */
export async function modelContenders(node, nodeVersion) {
  requireBuild();
  const { MODELS } = await import('../../dist/models/catalog.js');
  const models = MODELS.map(({ name }) => ({
    name,
    version: `Node ${nodeVersion}`,
    // It has several processes, which are to use all processors.
    isOnAllCores: name === 'epoll-workers',
    command: (folder = '', port = '') => [node, CLI, 'model', name, folder, '--port', port],
  }));
  return [...models, ...python()];
}
