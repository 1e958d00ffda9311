/** All contenders of npm run bench. */
import { bunAndDeno } from './bun-and-deno.mjs';
import { epollReactor } from './epoll-reactor.mjs';
import { floor } from './floor.mjs';
import { lighttpd } from './lighttpd.mjs';
import { nginx } from './nginx.mjs';
import { onNode } from './node.mjs';
import { python, pythonRing } from './python.mjs';
import { requireBuild } from './version.mjs';

/** @import { Contender } from '../types.js' */

/**
 * @param {string} node  runs this package and the peers that are written for Node @param {string} nodeVersion
 * @returns {Promise<Contender[]>}
 */
export async function contenders(node, nodeVersion) {
  requireBuild();
  return [
    ...floor(),
    ...epollReactor(node, nodeVersion),
    nginx(),
    lighttpd(),
    ...bunAndDeno(),
    ...onNode(node, nodeVersion),
    ...python(),
    pythonRing(),
  ];
}
