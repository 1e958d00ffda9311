/** Peers on Node: node:http itself, servers built on it, and the npm package epoll. */
import { benchmarkFile, installed, peerVersion } from './version.mjs';

/** @import { Contender, KeyFiles } from '../types.js' */

/** @param {string} node @param {string} nodeVersion @param {KeyFiles} keys @returns {Contender[]} */
export function onNode(node, nodeVersion, { cert, key }) {
  const runs = (/** @type {string} */ file, /** @type {string[]} */ ...packages) => {
    const versions = packages.map(peerVersion);
    const isComplete = !versions.includes(undefined);
    const about = installed(isComplete ? [...versions, `Node ${nodeVersion}`].join(', ') : undefined);
    return (/** @type {string} */ name, /** @type {string[]} */ ...what) => ({
      ...about,
      name,
      command: (/** @type {string[]} */ ...args) => [node, benchmarkFile(`peers/${file}`), ...what, ...args],
    });
  };
  const onHono = runs('node.mjs', 'hono', '@hono/node-server');
  return [
    runs('node.mjs')('node:http', 'http'),
    {
      name: 'node:https',
      version: `Node ${nodeVersion}`,
      isSecure: true,
      command: (...args) => [node, benchmarkFile('peers/node.mjs'), 'http', ...args, cert, key],
    },
    runs('node.mjs', 'sirv')('sirv', 'sirv'),
    runs('node.mjs', 'fastify')('Fastify', 'fastify'),
    onHono('Hono on @hono/node-server', 'hono'),
    onHono('Hono on @hono/node-server (no globals)', 'hono-plain'),
    {
      name: 'uWebSockets.js',
      ...installed(undefined, 'not in the npm registry, so that benchmarks/setup cannot install it'),
      command: () => [],
    },
    runs('epoll-ring.mjs', 'epoll')('npm epoll'),
  ];
}
