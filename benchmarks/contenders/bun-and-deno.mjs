/** Runtimes that bring a server of their own. Their programs come as npm packages, with one for each platform. */
import { existsSync } from 'node:fs';
import { arch } from 'node:process';
import { benchmarkFile, SETUP_HINT, versionOf } from './version.mjs';

/** @typedef {import('../harness/contender.mjs').Contender} Contender */

const PACKAGES = benchmarkFile('peers/node_modules');
const BUN = `${PACKAGES}/@oven/bun-linux-${arch === 'arm64' ? 'aarch64' : 'x64'}/bin/bun`;
const DENO = `${PACKAGES}/@deno/linux-${arch}-glibc/deno`;
const DENO_FLAGS = ['run', '--quiet', '--no-lock', '--no-config', '--allow-net', '--allow-read'];

/** @returns {Contender[]} */
export function bunAndDeno() {
  const bunVersion = existsSync(BUN) ? versionOf(BUN, '--version') : undefined;
  const denoVersion = existsSync(DENO) ? versionOf(DENO, '--version') : undefined;
  const bun = { version: `Bun ${bunVersion}`, ...(bunVersion === undefined ? { missing: SETUP_HINT } : {}) };
  const deno = { version: denoVersion ?? '', ...(denoVersion === undefined ? { missing: SETUP_HINT } : {}) };
  const bunRuns = commandOf([BUN, 'run', benchmarkFile('peers/bun.mjs')]);
  const denoRuns = commandOf([DENO, ...DENO_FLAGS, benchmarkFile('peers/deno.mjs')]);
  return [
    { ...bun, name: 'Bun static route', command: bunRuns('static') },
    { ...bun, name: 'Bun file', command: bunRuns('file') },
    { ...bun, name: 'Bun fetch', command: bunRuns('fetch') },
    { ...bun, name: 'Hono on Bun', command: bunRuns('hono') },
    { ...deno, name: 'Deno', command: denoRuns('constant') },
    { ...deno, name: 'Deno fetch', command: denoRuns('fetch') },
    { ...deno, name: 'Hono on Deno', command: denoRuns('hono') },
  ];
}

/** @param {readonly string[]} command */
function commandOf(command) {
  return (/** @type {string} */ what) => (/** @type {string} */ folder, /** @type {number} */ port) => [
    ...command,
    what,
    folder,
    `${port}`,
  ];
}
