/**
 * The processes that a benchmark starts, and their end: each by its own number, whatever happens. Ctrl-C, an error and a
 * normal end all come through here.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { processTree } from './process-tree.mjs';

/** @typedef {import('node:child_process').ChildProcess} ChildProcess */

/** @type {Set<ChildProcess>} */
const running = new Set();

/** Of what a process says on stderr, the end is kept: it is the reason where it fails. */
const STDERR_BYTES_KEPT = 2_000;

/**
 * @param {readonly string[]} command
 * @param {{ ipc?: boolean }} [options]  ipc: with a channel for messages
 * @returns {ChildProcess & { stdoutText: string, stderrText: string }}  with what it printed so far
 */
export function startProcess([file, ...args], { ipc = false } = {}) {
  const child = spawn(/** @type {string} */ (file), args, {
    stdio: ['ignore', 'pipe', 'pipe', ...(ipc ? [/** @type {const} */ ('ipc')] : [])],
  });
  const printing = Object.assign(child, { stdoutText: '', stderrText: '' });
  child.stdout?.setEncoding('utf8').on('data', (text) => {
    printing.stdoutText += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    printing.stderrText = (printing.stderrText + text).slice(-STDERR_BYTES_KEPT);
  });
  running.add(child);
  child.on('exit', () => running.delete(child));
  child.on('error', (error) => {
    running.delete(child);
    printing.stderrText += error.message;
  });
  return printing;
}

/** @param {ChildProcess} child */
export function hasEnded(child) {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

/**
 * Ends a process and all that descend from it.
 * @param {ChildProcess} child
 */
export async function endProcess(child) {
  if (hasEnded(child)) return;
  const ended = once(child, 'exit');
  killTree(child);
  await ended; // SIGKILL: it comes, though with gigabytes to give back it takes a second
}

/** @param {ChildProcess} child */
function killTree(child) {
  // Looked up first: once the parent is gone, nothing tells whose children they were.
  for (const pid of processTree(/** @type {number} */ (child.pid))) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // it ended by itself
    }
  }
}

process.on('exit', () => {
  for (const child of running) killTree(child);
});
for (const [signal, status] of /** @type {const} */ ([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
])) {
  process.on(signal, () => process.exit(status));
}
