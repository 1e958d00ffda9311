/** Bare C on epoll, compiled at the start of a run: the limit that the kernel allows. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { COMPILER, compile } from '../harness/compile.mjs';
import { installed, versionOf } from './version.mjs';

/** @import { Contender } from '../types.js' */

/** @returns {Contender[]} */
export function floor() {
  const compiler = versionOf(COMPILER, '--version');
  const shared = installed(compiler, 'no C compiler: apt install gcc libc6-dev');
  const [server, ring] = ['http', 'ring'].map((name) =>
    compiler === undefined ? '' : compile(new URL(`../floor/${name}.c`, import.meta.url)),
  );
  const command = (folder = '', port = '') => [`${server}`, port, join(folder, readdirSync(folder)[0] ?? '')];
  return [
    { ...shared, name: 'floor', command },
    // It does not parse requests, so a request cannot make it close.
    { ...shared, name: 'closing floor', isClosing: true, command: (...args) => [...command(...args), 'close'] },
    { ...shared, name: 'C', command: (...args) => [`${ring}`, ...args] },
  ];
}
