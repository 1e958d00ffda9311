/** Bare C on epoll, compiled when it is asked for: the limit that the kernel allows. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { COMPILER, compile } from '../harness/compile.mjs';
import { versionOf } from './version.mjs';

/** @typedef {import('../harness/contender.mjs').Contender} Contender */

const MISSING = 'no C compiler: apt install gcc libc6-dev';

/** @returns {Contender[]} */
export function floor() {
  const compiler = versionOf(COMPILER, '--version');
  if (compiler === undefined) {
    return ['floor', 'closing floor'].map((name) => ({ name, version: '', missing: MISSING, command: () => [] }));
  }
  const program = compile(source('http'));
  const command = (/** @type {string} */ folder, /** @type {number} */ port) => [
    program,
    `${port}`,
    join(folder, /** @type {string} */ (readdirSync(folder)[0])),
  ];
  return [
    { name: 'floor', version: compiler, command },
    // It reads nothing of a request, so nothing in one tells it to close.
    {
      name: 'closing floor',
      version: compiler,
      isClosing: true,
      command: (folder, port) => [...command(folder, port), 'close'],
    },
  ];
}

/** @returns {import('./rings.mjs').Ring} */
export function floorRing() {
  const compiler = versionOf(COMPILER, '--version');
  if (compiler === undefined) return { name: 'C', version: '', missing: MISSING, command: [] };
  return { name: 'C', version: compiler, command: [compile(source('ring'))] };
}

/** @param {string} name */
function source(name) {
  return new URL(`../floor/${name}.c`, import.meta.url);
}
