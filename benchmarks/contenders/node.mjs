/** What else serves on Node: its own node:http, and what others built on it. */
import { benchmarkFile, peerVersion, SETUP_HINT } from './version.mjs';

/** @typedef {import('../harness/contender.mjs').Contender} Contender */

const PROGRAM = benchmarkFile('peers/node.mjs');

/** @param {string} node @param {string} nodeVersion @returns {Contender[]} */
export function onNode(node, nodeVersion) {
  const contender = (/** @type {string} */ name, /** @type {string} */ what, /** @type {string[]} */ ...packages) => {
    const versions = packages.map(peerVersion);
    return {
      name,
      version: [...versions, `Node ${nodeVersion}`].join(', '),
      command: (/** @type {string} */ folder, /** @type {number} */ port) => [node, PROGRAM, what, folder, `${port}`],
      ...(versions.includes(undefined) ? { missing: SETUP_HINT } : {}),
    };
  };
  return [
    contender('node:http', 'http'),
    contender('sirv', 'sirv', 'sirv'),
    contender('Fastify', 'fastify', 'fastify'),
    contender('Hono on @hono/node-server', 'hono', 'hono', '@hono/node-server'),
    contender('Hono on @hono/node-server (no globals)', 'hono-plain', 'hono', '@hono/node-server'),
    {
      name: 'uWebSockets.js',
      version: '',
      missing: 'not in the npm registry, and so not what benchmarks/setup can install',
      command: () => [],
    },
  ];
}
