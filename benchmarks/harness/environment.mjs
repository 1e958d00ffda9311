/** The machine and the versions of a run. Without them a figure is worth nothing. */
import { execFileSync } from 'node:child_process';
import { cpus, loadavg, release, totalmem } from 'node:os';

/** @param {string} folder  of the project */
export function environment(folder) {
  return {
    date: new Date().toISOString(),
    commit: commit(folder),
    machine: {
      cpu: cpus()[0]?.model.trim() ?? 'unknown',
      cores: cpus().length,
      memoryGiB: Math.round(totalmem() / 1024 ** 3),
    },
    kernel: `Linux ${release()}`,
    node: process.version,
    loadAverage: loadavg()[0] ?? 0, // of the minute before the run
  };
}

/** Other programs on the machine change every figure. A shell and an editor stay below this load. */
const LOAD_AVERAGE_QUIET = 0.5;

/** @param {{ loadAverage: number }} environment @returns {string | undefined} */
export function warning({ loadAverage }) {
  if (loadAverage <= LOAD_AVERAGE_QUIET) return undefined;
  return `the machine was busy before (load ${loadAverage.toFixed(1)}): do not trust the figures of this run`;
}

/** The commit, and whether files that are measured differ from it. */
function commit(/** @type {string} */ folder) {
  const git = (/** @type {string[]} */ ...args) =>
    execFileSync('git', ['-C', folder, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    const changed = git('status', '--porcelain', '--', 'src', 'native', 'binding.gyp', 'package.json');
    return git('rev-parse', '--short=12', 'HEAD') + (changed === '' ? '' : ' + uncommitted changes');
  } catch {
    return 'unknown';
  }
}
