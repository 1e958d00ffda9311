/**
 * Who runs where: the server alone on one core, the load (and the benchmark itself) on another. So neither takes time from
 * the other, and the scheduler moves nobody while it is measured.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const allowed = allowedCores();

export const SERVER_CORE = allowed[0];
/** The last, which is seldom the other half (hyper-thread) of the first. */
export const LOAD_CORE = allowed.at(-1);

/** Moves this process, and so all the load that it starts, to the load's core. */
export function pinLoad() {
  if (allowed.length < 2) throw new Error('the benchmark needs two cores: one for the server, one for the load');
  execFileSync('taskset', ['-a', '-c', '-p', `${LOAD_CORE}`, `${process.pid}`], { stdio: 'ignore' });
}

/**
 * @param {readonly string[]} command
 * @param {boolean} isOnAllCores  for a server that is several processes: it then shares the load's core, too
 */
export function pinned(command, isOnAllCores) {
  return ['taskset', '-c', isOnAllCores ? allowed.join(',') : `${SERVER_CORE}`, ...command];
}

function allowedCores() {
  const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  return list.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}
