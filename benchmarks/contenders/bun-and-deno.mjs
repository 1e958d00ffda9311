/** Runtimes with their own server. npm has their programs as packages, one for each platform. */
import { arch } from 'node:process';
import { benchmarkFile, installed, versionOf } from './version.mjs';

/** @import { Contender, KeyFiles } from '../types.js' */

const PACKAGES = benchmarkFile('peers/node_modules');
const BUN = `${PACKAGES}/@oven/bun-linux-${arch === 'arm64' ? 'aarch64' : 'x64'}/bin/bun`;
const DENO = `${PACKAGES}/@deno/linux-${arch}-glibc/deno`;
const DENO_FLAGS = ['run', '--quiet', '--no-lock', '--no-config', '--allow-net', '--allow-read'];

/** @param {KeyFiles} keys @returns {Contender[]} */
export function bunAndDeno({ cert, key }) {
  const bunVersion = versionOf(BUN, '--version');
  const bun = installed(bunVersion && `Bun ${bunVersion}`);
  const deno = installed(versionOf(DENO, '--version'));
  const bunRuns =
    (/** @type {string} */ what) =>
    (/** @type {string[]} */ ...args) => [BUN, 'run', benchmarkFile('peers/bun.mjs'), what, ...args];
  const denoRuns =
    (/** @type {string} */ what) =>
    (/** @type {string[]} */ ...args) => [DENO, ...DENO_FLAGS, benchmarkFile('peers/deno.mjs'), what, ...args];
  return [
    { ...bun, name: 'Bun static route', command: bunRuns('static') },
    { ...bun, name: 'Bun file', command: bunRuns('file') },
    { ...bun, name: 'Bun fetch', command: bunRuns('fetch') },
    { ...bun, name: 'Bun file (https)', isSecure: true, command: (...args) => bunRuns('file')(...args, cert, key) },
    { ...bun, name: 'Bun fetch (https)', isSecure: true, command: (...args) => bunRuns('fetch')(...args, cert, key) },
    { ...bun, name: 'Hono on Bun', command: bunRuns('hono') },
    { ...deno, name: 'Deno', command: denoRuns('constant') },
    { ...deno, name: 'Deno fetch', command: denoRuns('fetch') },
    { ...deno, name: 'Hono on Deno', command: denoRuns('hono') },
  ];
}
