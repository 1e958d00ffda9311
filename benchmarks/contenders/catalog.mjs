/** All contenders, by name. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { bunAndDeno } from './bun-and-deno.mjs';
import { epollReactor } from './epoll-reactor.mjs';
import { floor } from './floor.mjs';
import { lighttpd } from './lighttpd.mjs';
import { nginx } from './nginx.mjs';
import { onNode } from './node.mjs';
import { python } from './python.mjs';
import { rings } from './rings.mjs';
import { benchmarkFile } from './version.mjs';

/**
 * @param {string} node  the program that runs this package, and those that run on Node
 * @returns {{ servers: import('../harness/contender.mjs').Contender[], rings: import('./rings.mjs').Ring[] }}
 */
export function contenders(node) {
  if (!existsSync(benchmarkFile('../dist/index.js'))) throw new Error('there is no dist/: run npm run build first');
  const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim();
  const servers = [
    ...floor(),
    ...epollReactor(node, version),
    nginx(),
    lighttpd(),
    ...bunAndDeno(),
    ...onNode(node, version),
    ...python(),
  ];
  return { servers, rings: rings(node, version) };
}
