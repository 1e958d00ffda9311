/** The worker processes of a command. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { isRunning } from '../support/process-info.js';
import type { CommandProcess } from './command.js';

export { isRunning as isThere, isStopped, until } from '../support/process-info.js';

/** Its workers, which are processes that it has started. */
export function workersOf({ pid }: Pick<CommandProcess, 'pid'>): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return children === '' ? [] : children.split(' ').map(Number).filter(isRunning);
}

/** Ports of the clients whose connections to a port a process has accepted: of IPv4 (proc_net_tcp). */
export function connectionsOf(pid: number, port: number): number[] {
  const sockets = new Set(readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`)));
  const hex = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , , , , , , , inode]) => local?.endsWith(hex) && sockets.has(`socket:[${inode}]`))
    .map(([, , remote]) => Number.parseInt(remote?.split(':')[1] ?? '0', 16));
}
