/** A command with workers, and who they are. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { CommandProcess } from './command.js';
import { watchFor } from './process-status.js';

/** Its workers, which are processes that it has started. */
export function workersOf({ pid }: Pick<CommandProcess, 'pid'>): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return children === '' ? [] : children.split(' ').map(Number).filter(isThere);
}

export function isThere(pid: number): boolean {
  try {
    // A process that has ended and was not waited for is no more than its number.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** By SIGSTOP, which takes a moment. */
export function isStopped(pid: number): boolean {
  return /^State:\s+T/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
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

/** Resolves when it is so. What other processes do is told by nobody: it is looked at now and then. */
export async function until(what: string, isSo: () => boolean, withinMs = 10_000): Promise<void> {
  const giveUpMs = Date.now() + withinMs;
  while (!isSo()) {
    if (Date.now() > giveUpMs) throw new Error(`waited in vain until ${what}`);
    await watchFor(10);
  }
}
