/** The number of connections that a process can afford, by the descriptors that it may open. */
import { readdirSync, readFileSync } from 'node:fs';
import { DEFAULT_LIMITS } from '../limits.js';

/**
 * Half of the descriptors that are still free (RLIMIT_NOFILE, `ulimit -n`): a connection is one, and the file that is sent
 * to it another. Node has raised the soft limit to the hard one when it started.
 */
export function connectionsMaxDefault(): number {
  try {
    const [, soft] = /^Max open files +(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    const open = readdirSync('/proc/self/fd').length;
    const free = Number(soft) - open; // NaN if it is unlimited
    return Number.isNaN(free) ? Number.POSITIVE_INFINITY : Math.max(1, Math.floor(free / 2));
  } catch {
    return DEFAULT_LIMITS.connectionsMax; // a sandbox without /proc
  }
}
