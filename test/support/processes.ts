/** Processes and threads that run a file of test/fixtures against the built package. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

function fixture(name: string): URL {
  return new URL(`../fixtures/${name}`, import.meta.url);
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a fixture as a process of its own, until it ends by itself. */
export async function runProcess(name: string, ...args: string[]): Promise<Ended> {
  const child = spawn(process.execPath, [fileURLToPath(fixture(name)), ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const printed = Promise.all([text(child.stdout), text(child.stderr)]);
  await once(child, 'close');
  const [stdout, stderr] = await printed;
  return { code: child.exitCode, stdout, stderr };
}

/** Starts a fixture as a thread of this process. */
export function startWorker(name: string, workerData: Readonly<Record<string, unknown>>): Worker {
  return new Worker(fixture(name), { workerData });
}

/** The next message of a worker; what it throws is thrown here. */
export async function nextMessage(worker: Worker): Promise<unknown> {
  const [message]: unknown[] = await once(worker, 'message');
  return message;
}

/** The exit code of a worker. */
export async function exitOf(worker: Worker): Promise<unknown> {
  const [code]: unknown[] = await once(worker, 'exit');
  return code;
}
