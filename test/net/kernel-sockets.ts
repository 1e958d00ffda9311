/** The TCP sockets that the kernel keeps for a port, as /proc/net/tcp lists them: also those that no process has any more. */
import { readFileSync } from 'node:fs';

const STATES: Readonly<Record<string, string>> = {
  '01': 'ESTABLISHED',
  '04': 'FIN_WAIT1',
  '05': 'FIN_WAIT2',
  '06': 'TIME_WAIT',
  '08': 'CLOSE_WAIT',
  '0A': 'LISTEN',
};

/** @returns  a state for each socket, such as `FIN_WAIT1` */
export function kernelSockets(localPort: number, remotePort: number): string[] {
  return readFileSync('/proc/net/tcp', 'latin1')
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local = '', remote = '']) => portOf(local) === localPort && portOf(remote) === remotePort)
    .map(([, , , state = '']) => STATES[state] ?? state);
}

/** `0100007F:1F90` → 8080 */
function portOf(endpoint: string): number {
  return Number.parseInt(endpoint.split(':')[1] ?? '', 16);
}
