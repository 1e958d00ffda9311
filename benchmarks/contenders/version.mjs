/** The paths of programs, and the versions that they print. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * @param {string} program
 * @param {...string} args
 * @returns {string | undefined}  the first line that it prints; undefined if it is not installed or fails
 */
export function versionOf(program, ...args) {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) return undefined;
  return `${stdout}${stderr}`.split('\n')[0]?.trim();
}

/**
 * The version of a contender, or why it cannot run.
 * @param {string | undefined} version @param {string} [hint]
 * @returns {{ version: string, missing?: string }}
 */
export function installed(version, hint = 'not installed: run benchmarks/setup') {
  return version === undefined ? { version: '', missing: hint } : { version };
}

/** A file of benchmarks/, as a path. @param {string} name */
export function benchmarkFile(name) {
  return fileURLToPath(new URL(`../${name}`, import.meta.url));
}

export function requireBuild() {
  if (!existsSync(benchmarkFile('../dist/index.mjs'))) throw new Error('there is no dist/: run npm run build first');
}

/**
 * @param {string} name  of an npm package that benchmarks/setup installs, or that the tests of this one need
 * @returns {string | undefined}  its name and version
 */
export function peerVersion(name) {
  for (const folder of ['peers/node_modules', '../node_modules']) {
    const path = benchmarkFile(`${folder}/${name}/package.json`);
    if (existsSync(path)) return `${name} ${JSON.parse(readFileSync(path, 'utf8')).version}`;
  }
  return undefined;
}
