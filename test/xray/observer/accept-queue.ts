/** Connections that the kernel has taken and the program has not: proc_net_tcp(5), of a listening socket. */
import { readFileSync } from 'node:fs';
import { until } from '../../support/process-info.js';

const LISTEN = '0A';

export function acceptQueue(port: number): number {
  const hex = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  for (const line of readFileSync('/proc/net/tcp', 'utf8').split('\n')) {
    const [, local, , state, queues = ''] = line.trim().split(/\s+/);
    if (local === hex && state === LISTEN) return Number.parseInt(queues.split(':')[1] as string, 16);
  }
  throw new Error(`there is no listener on port ${port}`);
}

/** Three connections come, and none is accepted: the kernel completes each of them. */
export async function untilQueued(port: number, count: number): Promise<void> {
  await until(`${count} connections wait to be accepted`, () => acceptQueue(port) === count);
}
