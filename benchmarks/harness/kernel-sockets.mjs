/**
 * The kernel's counters of each socket, read with ss(8): how many bytes each client has received, and how many connections
 * wait to be accepted. It works with any server, and costs the server nothing.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024; // 10,000 connections: 7 MB

/**
 * @param {number} port  of the server
 * @returns {Promise<Map<string, number>>}  bytes received so far by the client of each connection from 127.0.0.1
 */
export async function bytesReceived(port) {
  const filter = ['state', 'established', 'src', '127.0.0.1', 'dst', `127.0.0.1:${port}`];
  const { stdout } = await run('ss', ['-tnHiO', ...filter], { maxBuffer: OUTPUT_BYTES_MAX });
  /** @type {Map<string, number>} */
  const received = new Map();
  for (const line of stdout.split('\n')) {
    const client = line.trim().split(/\s+/)[2]; // Recv-Q Send-Q client server …
    if (client) received.set(client, Number(/ bytes_received:(\d+)/.exec(line)?.[1] ?? 0)); // absent while it is 0
  }
  return received;
}

/**
 * @param {number} port
 * @returns {Promise<number>}  connections that the kernel has established and the server has not accepted yet
 */
export async function acceptQueueLength(port) {
  const { stdout } = await run('ss', ['-ltnH', `sport = :${port}`]);
  return stdout.split('\n').reduce((sum, line) => sum + Number(line.trim().split(/\s+/)[1] ?? 0), 0); // LISTEN Recv-Q …
}
