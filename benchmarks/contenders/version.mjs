/** What a program says of its version, and where it is, if it is there at all. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const SETUP_HINT = 'not installed: run benchmarks/setup';

/**
 * @param {string} program
 * @param {...string} args
 * @returns {string | undefined}  the first line that it prints; undefined where it is not there, or fails
 */
export function versionOf(program, ...args) {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) return undefined;
  return `${stdout}${stderr}`.split('\n')[0]?.trim();
}

/** A file of benchmarks/, as a path. @param {string} name */
export function benchmarkFile(name) {
  return fileURLToPath(new URL(`../${name}`, import.meta.url));
}

/**
 * @param {string} name  of an npm package that benchmarks/setup installs, or that the tests of this one need
 * @returns {string | undefined}  its version
 */
export function peerVersion(name) {
  for (const folder of ['peers/node_modules', '../node_modules']) {
    const path = benchmarkFile(`${folder}/${name}/package.json`);
    if (existsSync(path)) return `${name} ${JSON.parse(readFileSync(path, 'utf8')).version}`;
  }
  return undefined;
}
