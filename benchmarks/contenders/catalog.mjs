/** All contenders. */
import { importSource } from '../../scripts/import-source.mjs';
import { bunAndDeno } from './bun-and-deno.mjs';
import { CLI, epollReactor } from './epoll-reactor.mjs';
import { floor } from './floor.mjs';
import { lighttpd } from './lighttpd.mjs';
import { nginx } from './nginx.mjs';
import { onNode } from './node.mjs';
import { python, pythonRing } from './python.mjs';
import { requireBuild } from './version.mjs';

/** @import { Contender, KeyFiles } from '../types.js' */

/**
 * The contenders of npm run bench.
 * @param {string} node  runs this package and the peers that are written for Node @param {string} nodeVersion
 * @param {KeyFiles} keys  of those that speak HTTPS
 * @returns {Contender[]}
 */
export function contenders(node, nodeVersion, keys) {
  requireBuild();
  return [
    ...floor(),
    ...epollReactor(node, nodeVersion, keys),
    ...nginx(keys),
    lighttpd(),
    ...bunAndDeno(keys),
    ...onNode(node, nodeVersion, keys),
    ...python(),
    pythonRing(),
  ];
}

/**
 * The contenders of npm run bench:models: the eleven models, and the tutorial's three servers, rewritten in Python (benchmarks/python).
 * @param {string} node @param {string} nodeVersion @returns {Promise<Contender[]>}
 */
export async function modelContenders(node, nodeVersion) {
  requireBuild();
  /** @type {typeof import('../../src/models/catalog.js')} */
  const { MODELS } = await importSource('src/models/catalog.ts');
  const models = MODELS.map(({ name }) => ({
    name,
    version: `Node ${nodeVersion}`,
    isOnAllCores: name === 'epoll-workers', // its processes should use all processors
    command: (folder = '', port = '') => [node, CLI, 'model', name, folder, '--port', port],
  }));
  return [...models, ...python()];
}
