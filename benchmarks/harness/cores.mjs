/**
 * The server runs on one core, the load (and the benchmark itself) on another. So neither takes time from the other, and the
 * scheduler moves no process during a measurement.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const allowed = allowedCores();

/**
 * Moves this process, and so the load that it starts, to the last core, which is rarely the other half (hyper-thread) of the
 * first.
 */
export function pinLoad() {
  if (allowed.length < 2) throw new Error('the benchmark needs two cores: one for the server, one for the load');
  execFileSync('taskset', ['-a', '-c', '-p', `${allowed.at(-1)}`, `${process.pid}`], { stdio: 'ignore' });
}

/**
 * @param {readonly string[]} command
 * @param {boolean} isOnAllCores  for a server with several processes: it shares the load's core
 */
export function pinned(command, isOnAllCores) {
  return ['taskset', '-c', isOnAllCores ? allowed.join(',') : `${allowed[0]}`, ...command];
}

function allowedCores() {
  const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  return list.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}
